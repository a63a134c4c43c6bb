"""What a message wants: the intent and how sure that is, and how new the message is.

A kernel machine over the sentence features (see kernel.py). Confidences are probabilities that hold: they are learned
from what is said of each training sentence without itself. Whether the message is out of scope is decided apart (see
scope.py). Training data without an intent ``out_of_scope`` is fine; nothing is refused then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
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
from components.scope import OUT_OF_SCOPE, Scope, evidence_of, tempered
from components.scope import learn as learn_scope
from components.second_look import SecondLook, encoder
from components.second_look import learn as look_again
from components.sentence_encoder import SentenceEncoder
from components.surface_featurizer import SurfaceFeaturizer
from numpy.typing import NDArray
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import (
    INTENT,
    INTENT_NAME_KEY,
    INTENT_RANKING_KEY,
    PREDICTED_CONFIDENCE_KEY,
    TEXT,
)
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix

FILE = "intents.npz"
ALIKE = "alike"  # how alike the message is to each training sentence; for the topic classifier
NOVELTY = "novelty"
NORMALIZED = "normalized"
SECOND_LOOK = ("again_meaning", "again_mean", "again_weights", "again_unsure")  # in the file


class ModelBroken(RuntimeError):
    """A file of the model is missing or damaged: it must be trained again."""


@dataclass(frozen=True)
class Learned:
    """Everything the classifier keeps: sentences, classes, weights (sentences, classes), sharpness, scope."""

    kernel: Kernel
    classes: NDArray[np.str_]
    labels: NDArray[np.int64]
    weights: Floats
    sharpness: float
    scope: Scope | None
    second_look: SecondLook | None

    @property
    def outside(self) -> NDArray[np.bool_]:
        """Which trained sentences are out of scope."""
        return self.classes[self.labels] == OUT_OF_SCOPE

    @property
    def column(self) -> int:
        """Place of the class out of scope."""
        return int(np.searchsorted(self.classes, OUT_OF_SCOPE))

    def judge(self, texts: Sequence[str], alike: Floats) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Probabilities of the classes, shape (messages, classes), and novelties, shape (messages,)."""
        scores = alike @ self.weights
        if self.second_look:
            scores = self.second_look.improve(texts, scores)
        chances = probabilities(scores, self.sharpness)
        if self.scope is None:
            return chances, np.zeros(len(chances))
        evidence = evidence_of(scores, alike, self.column, self.outside)
        return tempered(chances, self.column, self.scope.outside(evidence)), self.scope.novelty(evidence)

    def save(self, file: Path) -> None:
        """Write it as plain arrays."""
        surface, scope = self.kernel.surface, self.scope
        np.savez(
            file,
            values=surface.data,
            columns=surface.indices,
            starts=surface.indptr,
            width=surface.shape[1],
            meaning=self.kernel.meaning,
            mean=self.kernel.mean,
            classes=self.classes,
            labels=self.labels,
            weights=self.weights,
            sharpness=self.sharpness,
            scope=scope.weights if scope else np.empty(0),
            nearness=scope.nearness if scope else np.empty(0),
            **_arrays_of(self.second_look),
        )

    @classmethod
    def read(cls, file: Path) -> Learned:
        """Read it back.

        Raises:
            ModelBroken: the file is missing or damaged; says which, and what to run.
        """
        try:
            with np.load(file, allow_pickle=False) as saved:
                return cls._of(saved)
        except Exception as error:  # whatever numpy and zip make of damaged bytes
            raise ModelBroken(
                f"{file.name} in the model cannot be read ({error}): train again with nlu_data/train.sh"
            ) from error

    @classmethod
    def _of(cls, saved: Any) -> Learned:
        shape = (len(saved["labels"]), int(saved["width"]))
        surface = csr_matrix((saved["values"], saved["columns"], saved["starts"]), shape=shape)
        again = [saved[name] for name in SECOND_LOOK if name in saved]
        return cls(
            kernel=Kernel(surface, saved["meaning"], saved["mean"]),
            classes=saved["classes"],
            labels=saved["labels"],
            weights=saved["weights"],
            sharpness=float(saved["sharpness"]),
            scope=Scope(saved["scope"], saved["nearness"]) if len(saved["scope"]) else None,
            second_look=SecondLook(*again[:3], float(again[3])) if again else None,
        )


def _arrays_of(second_look: SecondLook | None) -> dict[str, Any]:
    if second_look is None:
        return {}
    parts = (second_look.meaning, second_look.mean, second_look.weights, second_look.unsure)
    return dict(zip(SECOND_LOOK, parts, strict=True))


def learn_intents(
    texts: Sequence[str],
    surface: csr_matrix,
    meaning: Floats,
    intents: NDArray[np.str_],
    config: Mapping[str, Any],
) -> Learned:
    """Learn from sentences, their features, shapes (n, columns) and (n, 512), and their intents."""
    kernel = Kernel.of(surface, meaning)
    classes, labels = np.unique(intents, return_inverse=True)
    wanted = targets(intents, classes)
    alike = kernel.among()
    learned = fit(alike.copy(), wanted, config["smoothing"])
    left_out, second_look = learned.left_out, None
    if config["second_look"]:
        second_look, left_out = look_again(texts, left_out, wanted, config["second_look"])
    sharpness = calibrated_sharpness(left_out, labels)
    np.fill_diagonal(alike, 0)
    scope = _scope_of(left_out, alike, classes, labels)
    return Learned(kernel, classes, labels, learned.weights, sharpness, scope, second_look)


def _scope_of(
    left_out: Floats, alike: Floats, classes: NDArray[np.str_], labels: NDArray[np.int64]
) -> Scope | None:
    outside = classes[labels] == OUT_OF_SCOPE
    if not outside.any() or outside.all():
        return None
    column = int(np.searchsorted(classes, OUT_OF_SCOPE))
    return learn_scope(evidence_of(left_out, alike, column, outside), outside)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class KernelIntentClassifier(IntentClassifier, GraphComponent):
    """Sets ``intent``, ``intent_ranking`` (sorted, its confidences sum to 1) and ``novelty`` of each message."""

    def __init__(
        self,
        config: dict[str, Any],
        storage: ModelStorage,
        resource: Resource,
        learned: Learned | None = None,
    ) -> None:
        self._config = config
        self._storage = storage
        self._resource = resource
        self._learned = learned

    @classmethod
    def required_components(cls) -> list[type]:
        """Ask for words, letters and meaning before it."""
        return [SurfaceFeaturizer, SentenceEncoder]

    @staticmethod
    def required_packages() -> list[str]:
        """Name what the decision about scope is learned with."""
        return ["sklearn"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """``smoothing``: more trusts each single sentence less; ``second_look``: share of the training sentences.

        It is the hardest ones that the slow reader learns from, 12 ms each; 0 does without it.
        """
        return {"smoothing": 0.2, "second_look": 0.0}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,  # noqa: ARG003 - Rasa passes it by name
    ) -> KernelIntentClassifier:
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
    ) -> KernelIntentClassifier:
        """Read back what was learned; a damaged file is an error, never a classifier that knows nothing."""
        with model_storage.read_from(resource) as directory:
            learned = Learned.read(directory / FILE)
        if learned.second_look:
            encoder()  # now: a server whose encoder is damaged must not start
        return cls(config, model_storage, resource, learned)

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from all sentences that have an intent, and save it in the model."""
        examples = training_data.intent_examples
        intents = np.array([example.get(INTENT) for example in examples])
        self._learned = learn_intents(
            [_read(e) for e in examples], surface_of(examples), meaning_of(examples), intents, self._config
        )
        with self._storage.write_to(self._resource) as directory:
            self._learned.save(directory / FILE)
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Put intent, ranking and novelty into each message's output."""
        assert self._learned is not None  # noqa: S101 - Rasa trains or loads first
        alike = self._learned.kernel.rows(surface_of(messages), meaning_of(messages))
        for message, row, chances, novelty in zip(
            messages, alike, *self._learned.judge([_read(m) for m in messages], alike), strict=True
        ):
            ranking = _ranking(self._learned.classes, chances)
            message.set(ALIKE, row)
            message.set(INTENT, ranking[0], add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
            message.set(NOVELTY, float(novelty), add_to_output=True)
        return messages


def _read(message: Message) -> str:
    return str(message.get(NORMALIZED) or message.get(TEXT))


def _ranking(classes: NDArray[np.str_], chances: NDArray[np.float64]) -> list[dict[str, Any]]:
    return [
        {INTENT_NAME_KEY: str(classes[i]), PREDICTED_CONFIDENCE_KEY: float(chances[i])}
        for i in np.argsort(-chances, kind="stable")
    ]
