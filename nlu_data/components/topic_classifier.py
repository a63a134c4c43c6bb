"""Which FAQ topic a message is about, among the topics of the intent it was understood as.

Training sentences carry the topic in their metadata (``topic: login_problem/find_id``); those without one want the
action of the intent itself. The parse then has ``"topic": {"name": "login_problem/find_id", "confidence": 0.83}``,
and no ``"topic"`` (Rasa leaves out what is null) for the action itself; ``intent.name`` stays the intent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from components.intent_classifier import ALIKE, ModelBroken
from components.kernel import (
    Floats,
    Kernel,
    calibrated_sharpness,
    fit,
    meaning_of,
    probabilities,
    surface_of,
    targets,
)
from numpy.typing import NDArray
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, INTENT_NAME_KEY, METADATA, METADATA_INTENT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

TOPIC = "topic"
NO_TOPIC = ""
FILE = "topics.npz"


@dataclass(frozen=True)
class Topics:
    """What is known of one intent: its sentences among all trained ones, its topics, weights (sentences, topics)."""

    sentences: NDArray[np.int64]
    names: NDArray[np.str_]
    weights: Floats
    sharpness: float

    def judge(self, alike: Floats) -> tuple[str, float]:
        """Best topic and its probability, of how alike a message is to each trained sentence."""
        chances = probabilities(alike[self.sentences] @ self.weights, self.sharpness)
        best = int(chances.argmax())
        return str(self.names[best]), float(chances[best])


def learn_topics(
    kernel: Kernel, examples: list[Message], sentences: NDArray[np.int64], smoothing: float
) -> Topics:
    """Learn the topics of the intent that these sentences (places in ``examples``) have."""
    wanted = np.array([_topic_of(examples[i]) for i in sentences])
    names, labels = np.unique(wanted, return_inverse=True)
    learned = fit(kernel.part(sentences).among(), targets(wanted, names), smoothing)
    return Topics(sentences, names, learned.weights, calibrated_sharpness(learned.left_out, labels))


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class TopicClassifier(IntentClassifier, GraphComponent):
    """One small kernel machine per intent that has topics; stands after all that choose the intent.

    It reads how alike the message is to each training sentence from ``KernelIntentClassifier``, so it costs nothing.
    """

    def __init__(
        self,
        config: dict[str, Any],
        storage: ModelStorage,
        resource: Resource,
        topics: dict[str, Topics] | None = None,
    ) -> None:
        self._config = config
        self._storage = storage
        self._resource = resource
        self._topics = topics or {}

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """``smoothing``: less than for intents, because a topic has few sentences."""
        return {"smoothing": 0.1}

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
        """Read the topics back; a damaged file is an error that says what to run."""
        with model_storage.read_from(resource) as directory:
            try:
                with np.load(directory / FILE, allow_pickle=False) as saved:
                    return cls(config, model_storage, resource, _read(saved))
            except Exception as error:  # whatever numpy and zip make of damaged bytes
                raise ModelBroken(
                    f"{FILE} in the model cannot be read ({error}): train again with nlu_data/train.sh"
                ) from error

    def train(self, training_data: TrainingData) -> Resource:
        """Learn the topics of every intent that has at least one, and save them in the model."""
        examples = training_data.intent_examples
        kernel = Kernel.of(surface_of(examples), meaning_of(examples))
        by_intent: dict[str, list[int]] = {}
        for place, example in enumerate(examples):
            by_intent.setdefault(example.get(INTENT), []).append(place)
        self._topics = {
            intent: learn_topics(kernel, examples, np.array(places), self._config["smoothing"])
            for intent, places in by_intent.items()
            if len({_topic_of(examples[place]) for place in places}) > 1
        }
        with self._storage.write_to(self._resource) as directory:
            np.savez(directory / FILE, **_arrays(self._topics))
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Put the topic of the winning intent into each message's output."""
        for message in messages:
            message.set(TOPIC, self._predict(message), add_to_output=True)
        return messages

    def _predict(self, message: Message) -> dict[str, Any] | None:
        topics = self._topics.get(message.get(INTENT)[INTENT_NAME_KEY])
        if topics is None:
            return None
        name, confidence = topics.judge(message.get(ALIKE))
        return None if name == NO_TOPIC else {"name": name, "confidence": confidence}


def _arrays(topics: dict[str, Topics]) -> dict[str, Any]:
    return {
        f"{intent}.{part}": getattr(known, part)
        for intent, known in topics.items()
        for part in ("sentences", "names", "weights", "sharpness")
    }


def _read(saved: Any) -> dict[str, Topics]:
    intents = [name.removesuffix(".names") for name in saved if name.endswith(".names")]
    return {
        intent: Topics(
            saved[f"{intent}.sentences"],
            saved[f"{intent}.names"],
            saved[f"{intent}.weights"],
            float(saved[f"{intent}.sharpness"]),
        )
        for intent in intents
    }


def _topic_of(example: Message) -> str:
    metadata = example.get(METADATA) or {}
    return (metadata.get(METADATA_INTENT) or {}).get(TOPIC, NO_TOPIC)
