"""Which FAQ topic a message is about, among the topics of the intent it was understood as.

Training sentences carry the topic in their metadata (``topic: login_problem/find_id``); those without one want the
action of the intent itself. The parse then has ``"topic": {"name": "login_problem/find_id", "confidence": 0.83}``,
and no ``"topic"`` (Rasa leaves out what is null) for the action itself; ``intent.name`` stays the intent.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import skops.io
from components.sentence_vector import sentence_vector
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.featurizers.featurizer import Featurizer
from rasa.shared.nlu.constants import INTENT, INTENT_NAME_KEY, METADATA, METADATA_INTENT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import vstack
from sklearn.linear_model import LogisticRegression

TOPIC = "topic"
NO_TOPIC = ""
FILE = "topics.skops"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class TopicClassifier(IntentClassifier, GraphComponent):
    """One logistic regression per intent that has topics, over the sentence features of the pipeline."""

    def __init__(
        self,
        config: dict[str, Any],
        storage: ModelStorage,
        resource: Resource,
        classifiers: dict[str, LogisticRegression] | None = None,
    ) -> None:
        self._config = config
        self._storage = storage
        self._resource = resource
        self._classifiers = classifiers or {}

    @classmethod
    def required_components(cls) -> list[type]:
        """Featurizers must come before."""
        return [Featurizer]

    @staticmethod
    def required_packages() -> list[str]:
        """Name the linear model and the format it is saved in."""
        return ["sklearn", "skops"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """``C``: inverse strength of regularisation."""
        return {"C": 1.0}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,  # noqa: ARG003 - Rasa passes it by name
    ) -> TopicClassifier:
        """Make an untrained classifier."""
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,  # noqa: ARG003 - Rasa passes it by name
        **kwargs: Any,  # noqa: ARG003 - the same
    ) -> TopicClassifier:
        """Read the classifiers back; skops refuses anything but plain scikit-learn."""
        with model_storage.read_from(resource) as directory:
            return cls(config, model_storage, resource, skops.io.load(directory / FILE))

    def train(self, training_data: TrainingData) -> Resource:
        """Learn the topics of every intent that has at least one, and save them in the model."""
        by_intent: dict[str, list[Message]] = defaultdict(list)
        for example in training_data.intent_examples:
            by_intent[example.get(INTENT)].append(example)
        self._classifiers = {
            intent: self._fit(examples)
            for intent, examples in by_intent.items()
            if len({_topic_of(example) for example in examples}) > 1
        }
        with self._storage.write_to(self._resource) as directory:
            skops.io.dump(self._classifiers, directory / FILE)
        return self._resource

    def _fit(self, examples: list[Message]) -> LogisticRegression:
        # Few sentences and many features: the dual problem takes milliseconds where the primal takes seconds.
        classifier = LogisticRegression(
            C=self._config["C"], solver="liblinear", dual=True, class_weight="balanced", random_state=0
        )
        features = vstack([sentence_vector(example) for example in examples])
        return classifier.fit(features, [_topic_of(example) for example in examples])

    def process(self, messages: list[Message]) -> list[Message]:
        """Put the topic of the winning intent into each message's output."""
        for message in messages:
            message.set(TOPIC, self._predict(message), add_to_output=True)
        return messages

    def _predict(self, message: Message) -> dict[str, Any] | None:
        classifier = self._classifiers.get(message.get(INTENT)[INTENT_NAME_KEY])
        if classifier is None:
            return None
        probabilities = classifier.predict_proba(sentence_vector(message))[0]
        best = probabilities.argmax()
        name = str(classifier.classes_[best])
        return None if name == NO_TOPIC else {"name": name, "confidence": float(probabilities[best])}


def _topic_of(example: Message) -> str:
    metadata = example.get(METADATA) or {}
    return (metadata.get(METADATA_INTENT) or {}).get(TOPIC, NO_TOPIC)
