"""Rasa's logistic regression over intents, made fast enough for a message every ten milliseconds."""

from __future__ import annotations

from typing import Any

import numpy as np
from components.sentence_vector import sentence_vector
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.logistic_regression_classifier import LogisticRegressionClassifier
from rasa.shared.nlu.training_data.message import Message
from scipy.sparse import csr_matrix, vstack


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class LinearIntentClassifier(LogisticRegressionClassifier):
    """The same model, numbers and output as ``LogisticRegressionClassifier``."""

    def _create_X(self, messages: list[Message]) -> csr_matrix:  # noqa: N802 - the name is Rasa's
        return vstack([sentence_vector(message) for message in messages], format="csr")

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> LinearIntentClassifier:
        """Read the model back and lay its weights out so that a prediction need not copy them (5 MB each time)."""
        component = super().load(config, model_storage, resource, execution_context, **kwargs)
        component.clf.coef_ = np.asfortranarray(component.clf.coef_)
        return component
