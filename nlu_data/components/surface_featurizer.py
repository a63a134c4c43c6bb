"""The words and letters of a sentence, weighted by how rare they are.

Two ways of looking, each a vector of length one: morphemes with pairs of them that stand close together (which survive
a word put between), and pieces of the written line taken apart into jamo, two to seven of them (which survive typos,
missing spaces and words nobody trained).
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import TOKENS_NAMES
from rasa.nlu.tokenizers.tokenizer import Tokenizer
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix, hstack, vstack

ORIGIN = "surface"  # by this name the classifiers find the features
NORMALIZED = "normalized"
FILE = "rarity.npz"
REACH = 4  # morphemes a pair may lie apart
JAMO = range(2, 8)
BUCKETS = 2**19  # several times as many as a training has different pieces
LONGEST = 400  # characters and tokens read of a message


def morpheme_pieces(morphemes: Sequence[str]) -> Iterator[str]:
    """Morphemes, and pairs at most ``REACH`` apart in the order they stand."""
    yield from morphemes
    for place, first in enumerate(morphemes):
        for second in morphemes[place + 1 : place + 1 + REACH]:
            yield f"{first}\t{second}"


def jamo_pieces(text: str) -> Iterator[str]:
    """Pieces of two to seven letters of the text in lower case, Hangul taken apart; a blank before and after it."""
    letters = unicodedata.normalize("NFD", f" {text.lower()} ")
    for length in JAMO:
        for start in range(len(letters) - length + 1):
            yield letters[start : start + length]


def count(pieces: Iterable[str]) -> csr_matrix:
    """How often each piece is there, as 1 + log, in one row of ``BUCKETS`` columns."""
    counts = Counter(crc32(piece.encode("utf-8", "replace")) % BUCKETS for piece in pieces)
    columns = sorted(counts)
    values = 1 + np.log(np.array([counts[column] for column in columns], dtype=np.float32))
    return csr_matrix((values, columns, [0, len(columns)]), shape=(1, BUCKETS), dtype=np.float32)


def rarity(rows: csr_matrix) -> NDArray[np.float32]:
    """Weight of each column: ``1 + ln((1 + sentences) / (1 + sentences that have it))``."""
    having = np.bincount(rows.indices, minlength=BUCKETS)
    weights: NDArray[np.float32] = (1 + np.log((1 + rows.shape[0]) / (1 + having))).astype(np.float32)
    return weights


def weigh(row: csr_matrix, weights: NDArray[np.float32]) -> csr_matrix:
    """Return the row times the weights, of length one."""
    values = row.data * weights[row.indices]
    length = np.sqrt((values * values).sum()) or 1.0
    return csr_matrix((values / np.float32(length), row.indices, row.indptr), shape=row.shape)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class SurfaceFeaturizer(GraphComponent):
    """Gives each message a sparse sentence feature: morphemes in the first half of the columns, jamo in the second."""

    def __init__(
        self,
        config: dict[str, Any],
        storage: ModelStorage,
        resource: Resource,
        weights: Sequence[NDArray[np.float32]] = (),
    ) -> None:
        self._share = config["jamo"]
        self._storage = storage
        self._resource = resource
        self._weights = weights

    @classmethod
    def required_components(cls) -> list[type]:
        """Ask for a tokenizer before it."""
        return [Tokenizer]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """``jamo``: share of the letters in how alike two sentences are, 0 to 1; the rest is the words'."""
        return {"jamo": 0.5}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,  # noqa: ARG003 - Rasa passes it by name
    ) -> SurfaceFeaturizer:
        """Make one that has not counted yet."""
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,  # noqa: ARG003 - Rasa passes it by name
        **kwargs: Any,  # noqa: ARG003 - the same
    ) -> SurfaceFeaturizer:
        """Read the weights back."""
        with (
            model_storage.read_from(resource) as directory,
            np.load(directory / FILE, allow_pickle=False) as saved,
        ):
            return cls(config, model_storage, resource, (saved["morphemes"], saved["jamo"]))

    def train(self, training_data: TrainingData) -> Resource:
        """Count how rare each piece is, and save that in the model."""
        counted = [_counts(message) for message in training_data.intent_examples]
        self._weights = (rarity(vstack([m for m, _ in counted])), rarity(vstack([j for _, j in counted])))
        with self._storage.write_to(self._resource) as directory:
            np.savez_compressed(directory / FILE, morphemes=self._weights[0], jamo=self._weights[1])
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Give all training sentences their features."""
        self.process(training_data.intent_examples)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Give every message its features."""
        for message in messages:
            message.add_features(Features(self._row(message), FEATURE_TYPE_SENTENCE, TEXT, ORIGIN))
        return messages

    def _row(self, message: Message) -> csr_matrix:
        words, letters = (weigh(row, w) for row, w in zip(_counts(message), self._weights, strict=True))
        # The product of two such rows is the weighted mean of the two cosines.
        return hstack([words * np.sqrt(1 - self._share), letters * np.sqrt(self._share)], "csr", np.float32)


def _counts(message: Message) -> tuple[csr_matrix, csr_matrix]:
    tokens = message.get(TOKENS_NAMES[TEXT])[:LONGEST]
    morphemes = [form for token in tokens for form in token.lemma.lower().split("+") if form]
    text = str(message.get(NORMALIZED) or message.get(TEXT))[:LONGEST]
    return count(morpheme_pieces(morphemes)), count(jamo_pieces(text))
