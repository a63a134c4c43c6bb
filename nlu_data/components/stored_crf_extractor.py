"""Rasa's CRF entity extractor with its model saved, where Rasa saves the training data and learns at every start."""

from __future__ import annotations

import shutil
from collections import OrderedDict
from typing import Any

from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.crf_entity_extractor import CRFEntityExtractor, CRFToken
from rasa.shared.nlu.constants import ENTITY_ATTRIBUTE_TYPE
from sklearn_crfsuite import CRF

FILE = "entities.crfsuite"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class StoredCRFExtractor(CRFEntityExtractor):
    """Same features and output as ``CRFEntityExtractor``; entity types only, no roles and groups."""

    def persist(self, dataset: list[list[CRFToken]]) -> None:  # noqa: ARG002 - Rasa would save this one
        """Save the learned model in CRFsuite's own format."""
        with self._model_storage.write_to(self._resource) as directory:
            shutil.copyfile(self.entity_taggers[ENTITY_ATTRIBUTE_TYPE].modelfile.name, directory / FILE)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,  # noqa: ARG003 - Rasa passes it by name
        **kwargs: Any,  # noqa: ARG003 - the same
    ) -> StoredCRFExtractor:
        """Read the model into memory; the directory is gone afterwards."""
        with model_storage.read_from(resource) as directory:
            tagger = CRF(model_filename=str(directory / FILE))
            tagger.tagger_.labels()  # opens the file now
        return cls(config, model_storage, resource, OrderedDict({ENTITY_ATTRIBUTE_TYPE: tagger}))
