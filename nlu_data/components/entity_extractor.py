"""Entities by a linear-chain CRF over Korean morphemes: which words name a day, a place, a kind of activity.

Rasa's CRFEntityExtractor looks at single tokens, costs most of its time in making its features and learns anew at
every start. This one looks at what Korean tells (stems and their endings, the word a morpheme is part of, the words
around and what the sentence is about), learns in a third of the time and is saved in CRFsuite's own format.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pycrfsuite
from components.entity_features import (
    Lookups,
    Span,
    Unit,
    entities,
    features,
    pieces,
    tags,
    units,
    whole_words,
)
from components.side_by_side import later
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import ENTITY_ATTRIBUTE_CONFIDENCE_TYPE, TOKENS_NAMES
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import (
    ENTITIES,
    ENTITY_ATTRIBUTE_END,
    ENTITY_ATTRIBUTE_START,
    ENTITY_ATTRIBUTE_TYPE,
    ENTITY_ATTRIBUTE_VALUE,
    INTENT,
    INTENT_NAME_KEY,
    TEXT,
)
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.svm import LinearSVC

WEIGHTS = "entities.crfsuite"
KNOWLEDGE = "entities.json"
PARTS = 3
"""Of the training sentences, when their intents are guessed."""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class EntityExtractor(GraphComponent, EntityExtractorMixin):
    """Finds entities in the tokens before it; spans are those of the tokens, in the original text.

    Where the training sentences only ever mark whole words, whole words are found; else single tokens are looked at.
    Lookup tables and regular expressions of the training data are features, not decisions; so is the intent that a
    classifier before it has found.
    """

    def __init__(self, config: dict[str, Any], storage: ModelStorage, resource: Resource) -> None:
        self._config = config
        self._storage = storage
        self._resource = resource
        self._lookups = Lookups({}, [])
        self._by_word = False
        self._tagger: pycrfsuite.Tagger | None = None

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """``c1``, ``c2``: weight of the L1 and L2 penalties; ``steps`` of learning; ``rare``: features seen less are left."""
        return {"c1": 0.1, "c2": 0.1, "steps": 40, "rare": 2}

    @staticmethod
    def supported_languages() -> list[str]:
        """Name Korean."""
        return ["ko"]

    @staticmethod
    def required_packages() -> list[str]:
        """Name none: Rasa wants one name for distribution and module, and CRFsuite has two (python-crfsuite, pycrfsuite)."""
        return []

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,  # noqa: ARG003 - Rasa passes it by name
    ) -> EntityExtractor:
        """Make an extractor that has learned nothing yet."""
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,  # noqa: ARG003 - Rasa passes it by name
        **kwargs: Any,  # noqa: ARG003 - the same
    ) -> EntityExtractor:
        """Read what was learned into memory; the directory is gone afterwards."""
        extractor = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as directory:
            known = json.loads((directory / KNOWLEDGE).read_text("utf-8"))
            if (directory / WEIGHTS).exists():
                extractor._open(directory / WEIGHTS)
        extractor._by_word = known["by_word"]
        extractor._lookups = Lookups(known["names"], known["patterns"])
        return extractor

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from all sentences, those without entities too; without any entity nothing is ever found."""
        self._lookups = Lookups.of(
            training_data.lookup_tables, training_data.regex_features, training_data.entities
        )
        examples = self.filter_trainable_entities(training_data.nlu_examples)
        marked = [_spans(example) for example in examples]
        self._by_word = whole_words([example.get(TEXT) for example in examples], marked)
        with self._storage.write_to(self._resource) as directory:
            (directory / KNOWLEDGE).write_text(json.dumps(self._knowledge(), ensure_ascii=False), "utf-8")
            if any(marked):
                later(lambda: self._learn(examples, marked, directory / WEIGHTS))
        return self._resource

    def _learn(self, examples: list[Message], marked: list[list[Span]], weights: Path) -> None:
        trainer = pycrfsuite.Trainer(algorithm="lbfgs", params=self._parameters(), verbose=False)
        for example, spans, intent in zip(examples, marked, guessed_intents(examples), strict=True):
            line = self._units(example)
            trainer.append(features(line, self._lookups(line), intent), tags(line, spans))
        trainer.train(str(weights))
        self._open(weights)

    def _parameters(self) -> dict[str, Any]:
        return {
            "c1": self._config["c1"],
            "c2": self._config["c2"],
            "max_iterations": self._config["steps"],
            "feature.minfreq": self._config["rare"],
            "feature.possible_transitions": True,
        }

    def _knowledge(self) -> dict[str, Any]:
        return {"by_word": self._by_word, "names": self._lookups.names, "patterns": self._lookups.patterns}

    def _open(self, weights: Path) -> None:
        """Read the weights. From a file, which CRFsuite copies: bytes it would use after Python has freed them."""
        self._tagger = pycrfsuite.Tagger()
        self._tagger.open(str(weights))

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the entities of each message to those it has."""
        for message in messages:
            found = self.add_extractor_name(self.extract(message))
            message.set(ENTITIES, message.get(ENTITIES, []) + found, add_to_output=True)
        return messages

    def extract(self, message: Message) -> list[dict[str, Any]]:
        """Return the entities of a message, in the order written, as Rasa writes them."""
        line = self._units(message)
        if self._tagger is None or not line:
            return []
        intent = (message.get(INTENT) or {}).get(INTENT_NAME_KEY) or ""
        self._tagger.set(features(line, self._lookups(line), intent))
        tagged = self._tagger.tag()
        return [
            self._entity(message.get(TEXT), span, min(self._tagger.marginal(tagged[i], i) for i in part))
            for span, part in entities(line, tagged)
        ]

    @staticmethod
    def _entity(text: str, span: Span, confidence: float) -> dict[str, Any]:
        entity, start, end = span
        return {
            ENTITY_ATTRIBUTE_TYPE: entity,
            ENTITY_ATTRIBUTE_START: start,
            ENTITY_ATTRIBUTE_END: end,
            ENTITY_ATTRIBUTE_CONFIDENCE_TYPE: confidence,
            ENTITY_ATTRIBUTE_VALUE: text[start:end],
        }

    def _units(self, message: Message) -> list[Unit]:
        return units(message.get(TEXT), pieces(message.get(TOKENS_NAMES[TEXT]) or ()), self._by_word)


def guessed_intents(examples: Sequence[Message]) -> list[str]:
    """Return what each sentence would be taken for by one who learned the intents from the other parts only.

    The extractor must learn from intents that are as often wrong as those it will be given.
    """
    intents = np.array([example.get(INTENT) or "" for example in examples])
    guessed = np.full(len(intents), "", dtype=object)
    part = np.arange(len(intents)) % PARTS
    letters = HashingVectorizer(analyzer="char_wb", ngram_range=(1, 3), n_features=2**15)
    rows = letters.transform([example.get(TEXT) for example in examples])
    for own in range(PARTS):
        others = part != own
        if (part == own).any() and len(set(intents[others])) > 1:
            classifier = LinearSVC(C=0.5, random_state=0).fit(rows[others], intents[others])
            guessed[part == own] = classifier.predict(rows[part == own])
    return [str(each) for each in guessed]


def _spans(example: Message) -> list[Span]:
    return [
        (entity[ENTITY_ATTRIBUTE_TYPE], entity[ENTITY_ATTRIBUTE_START], entity[ENTITY_ATTRIBUTE_END])
        for entity in example.get(ENTITIES, [])
    ]
