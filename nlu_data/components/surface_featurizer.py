"""The words and letters of a sentence, weighted by how rare they are.

Two ways of looking, each a vector of length one: morphemes with pairs of them that stand close together (which survive
a word put between), and pieces of the written line taken apart into jamo, two to seven of them (which survive typos,
missing spaces and words nobody trained).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
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
from scipy.sparse import csr_matrix

ORIGIN = "surface"  # by this name the classifiers find the features
NORMALIZED = "normalized"
FILE = "rarity.npz"
REACH = 4  # morphemes a pair may lie apart
JAMO = range(2, 8)
BUCKET_BITS = 19
BUCKETS = 2**BUCKET_BITS  # several times as many as a training has different pieces
LONGEST = 400  # characters and tokens read of a message
STEP = np.uint64(
    0x9E3779B97F4A7C15
)  # odd and without pattern, so that numbers of pieces spread over the buckets
Numbers = NDArray[np.uint64]
Counts = tuple[
    NDArray[np.int64], NDArray[np.float32]
]  # buckets, ascending, and 1 + log of how often each is met


def morpheme_pieces(morphemes: Sequence[str]) -> Numbers:
    """Return numbers of the morphemes and of pairs at most ``REACH`` apart, in the order they stand."""
    single = np.array([crc32(each.encode("utf-8", "replace")) for each in morphemes], np.uint64)
    pairs = [single[:-apart] * STEP + single[apart:] for apart in range(1, REACH + 1)]
    return np.concatenate([single, *pairs])


def jamo_pieces(text: str) -> Numbers:
    """Return numbers of two to seven letters in a row: lower case, Hangul taken apart, a blank before and after."""
    letters = unicodedata.normalize("NFD", f" {text.lower()} ").encode("utf-32-le", "surrogatepass")
    codes = np.frombuffer(letters, np.uint32).astype(np.uint64)
    pieces = [codes]
    for length in JAMO:  # a piece is a shorter one and the next letter
        pieces.append(pieces[-1][:-1] * STEP + codes[length - 1 :])
    return np.concatenate(pieces[1:])


def count(pieces: Numbers) -> Counts:
    """Count how often each piece is there, as 1 + log, by bucket."""
    buckets = (pieces ^ (pieces >> np.uint64(32))) * STEP >> np.uint64(64 - BUCKET_BITS)
    columns, counts = np.unique(buckets.astype(np.int64), return_counts=True)
    return columns, 1 + np.log(counts.astype(np.float32))


def rarity(counted: Sequence[Counts]) -> NDArray[np.float32]:
    """Weight of each bucket: ``1 + ln((1 + sentences) / (1 + sentences that have it))``."""
    having = np.bincount(np.concatenate([columns for columns, _ in counted]), minlength=BUCKETS)
    return (1 + np.log((1 + len(counted)) / (1 + having))).astype(np.float32)


def weigh(counts: Counts, weights: NDArray[np.float32], share: float) -> NDArray[np.float32]:
    """Return the counts times the weights, of length ``sqrt(share)``."""
    values = counts[1] * weights[counts[0]]
    length = np.sqrt((values * values).sum()) or 1.0
    return values * np.float32(np.sqrt(share) / length)


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
        self._weights = (rarity([words for words, _ in counted]), rarity([letters for _, letters in counted]))
        with self._storage.write_to(self._resource) as directory:
            np.savez(directory / FILE, morphemes=self._weights[0], jamo=self._weights[1])
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
        words, letters = _counts(message)
        # The product of two such rows is the weighted mean of the two cosines.
        values = (
            weigh(words, self._weights[0], 1 - self._share),
            weigh(letters, self._weights[1], self._share),
        )
        columns = np.concatenate([words[0], letters[0] + BUCKETS])
        return csr_matrix(
            (np.concatenate(values), columns.astype(np.int32), [0, len(columns)]), shape=(1, 2 * BUCKETS)
        )


def _counts(message: Message) -> tuple[Counts, Counts]:
    tokens = message.get(TOKENS_NAMES[TEXT])[:LONGEST]
    morphemes = [form for token in tokens for form in token.lemma.lower().split("+") if form]
    text = str(message.get(NORMALIZED) or message.get(TEXT))[:LONGEST]
    return count(morpheme_pieces(morphemes)), count(jamo_pieces(text))
