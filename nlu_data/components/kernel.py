"""How alike two sentences are, and what can be learned from nothing but that.

Kernel ridge regression: the score of a class is a weighted sum of how alike a sentence is to each trained one. It needs
no steps and no luck, and what it would say of each training sentence had it not seen it comes for free, so confidence
and novelty are learned from honest scores without training several times.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from components.sentence_encoder import ORIGIN as MEANING
from components.surface_featurizer import ORIGIN as SURFACE
from numpy.typing import NDArray
from rasa.shared.nlu.training_data.message import Message
from scipy.linalg.lapack import spotrf, spotrs, strtri
from scipy.sparse import csr_matrix, vstack

Floats = NDArray[np.float32]
SHARPNESS = np.float32(2.0)  # of the kernel over meanings: exp(2 (cosine - 1))
MEANING_SHARE = np.float32(1 / 3)
ROWS = 512  # of the kernel at a time; bounds the memory of a sparse product


def surface_of(messages: list[Message]) -> csr_matrix:
    """Sparse sentence features of the messages, shape (messages, columns); the rows have length one."""
    return vstack([_feature(message, SURFACE) for message in messages], format="csr")


def meaning_of(messages: list[Message]) -> Floats:
    """Dense sentence features of the messages, shape (messages, 512)."""
    return np.vstack([_feature(message, MEANING) for message in messages])


def _feature(message: Message, origin: str) -> csr_matrix | Floats:
    return next(feature.features for feature in message.features if feature.origin == origin)


def centred(vectors: Floats, mean: Floats) -> Floats:
    """Vectors seen from their mean, of length one: what all sentences share says nothing."""
    seen = vectors - mean
    lengths = np.linalg.norm(seen, axis=1, keepdims=True)
    result: Floats = (seen / np.maximum(lengths, np.float32(1e-6))).astype(np.float32)
    return result


def closeness(some: Floats, others: Floats) -> Floats:
    """How alike vectors of length one are, 1 for the same: shape (some, others)."""
    result: Floats = np.exp(SHARPNESS * (some @ others.T - 1))
    return result


class Kernel:
    """The trained sentences, and how alike any other is to each of them: 0 to 1."""

    def __init__(self, surface: csr_matrix, meaning: Floats, mean: Floats) -> None:
        self.surface = surface
        self.meaning = meaning
        self.mean = mean
        self._by_column = surface.T.tocsr()

    @classmethod
    def of(cls, surface: csr_matrix, meaning: Floats) -> Kernel:
        """Make one of the features of the trained sentences, shapes (n, columns) and (n, 512)."""
        mean = meaning.mean(axis=0)
        return cls(surface, centred(meaning, mean), mean)

    def __len__(self) -> int:
        return len(self.meaning)

    def rows(self, surface: csr_matrix, meaning: Floats) -> Floats:
        """Return how alike each sentence is to each trained one, shape (sentences, trained)."""
        result = closeness(centred(meaning, self.mean), self.meaning) * MEANING_SHARE
        for start in range(0, len(meaning), ROWS):
            part = slice(start, start + ROWS)
            result[part] += (surface[part] @ self._by_column).toarray() * (1 - MEANING_SHARE)
        return result

    def among(self) -> Floats:
        """Return how alike the trained sentences are to each other: as ``rows`` of them, in half the time."""
        result = closeness(self.meaning, self.meaning) * MEANING_SHARE
        for start in range(0, len(self), ROWS):
            part, rest = slice(start, start + ROWS), slice(start, None)
            words = (self.surface[part] @ self.surface[rest].T.tocsr()).toarray() * (1 - MEANING_SHARE)
            result[part, rest] += words
            result[start + ROWS :, part] += words[:, ROWS:].T
        return result

    def part(self, places: NDArray[np.int64]) -> Kernel:
        """Return the kernel of some of the trained sentences; how alike they are stays the same."""
        return Kernel(self.surface[places], self.meaning[places], self.mean)


@dataclass(frozen=True)
class Fit:
    """What was learned: weights (trained, classes), and each trained sentence's scores without itself."""

    weights: Floats
    left_out: Floats


def fit(alike: Floats, wanted: Floats, smoothing: float) -> Fit:
    """Learn scores from similarities.

    Args:
        alike: how alike the trained sentences are, shape (n, n); overwritten.
        wanted: the scores they should get, shape (n, classes).
        smoothing: added to the diagonal; more trusts each single sentence less.
    """
    alike[np.diag_indices(len(alike))] += np.float32(smoothing)
    factor, failed = spotrf(np.asfortranarray(alike), lower=1, overwrite_a=1)
    if failed:
        raise ValueError("similarities are not positive definite: are there features at all?")
    weights, _ = spotrs(factor, wanted, lower=1)
    root, _ = strtri(factor, lower=1, overwrite_c=1)  # the inverse is its square; only the diagonal is needed
    return Fit(weights, wanted - weights / _squared_columns(root)[:, np.newaxis])


def _squared_columns(lower: Floats) -> Floats:
    """Sum of the squares in each column of a lower triangle, whatever is above it."""
    return np.array([lower[i:, i] @ lower[i:, i] for i in range(len(lower))], np.float32)


def targets(labels: NDArray[np.str_], classes: NDArray[np.str_]) -> Floats:
    """Scores wanted: 1 for the sentence's class, -1 for every other; shape (labels, classes)."""
    result: Floats = np.where(labels[:, np.newaxis] == classes, np.float32(1), np.float32(-1))
    return result


def probabilities(scores: Floats, sharpness: float) -> NDArray[np.float64]:
    """Softmax of the scores times the sharpness, over the last axis."""
    scaled = (scores - scores.max(axis=-1, keepdims=True)).astype(np.float64) * sharpness
    weights = np.exp(scaled)
    result: NDArray[np.float64] = weights / weights.sum(axis=-1, keepdims=True)
    return result


def calibrated_sharpness(scores: Floats, right: NDArray[np.int64]) -> float:
    """Return the sharpness under which the right classes are most likely, of 60 between 0.5 and 50."""
    candidates = np.geomspace(0.5, 50, 60)
    rows = np.arange(len(right))
    likelihood = [np.log(probabilities(scores, c)[rows, right] + 1e-9).sum() for c in candidates]
    return float(candidates[int(np.argmax(likelihood))])


def margin(scores: Floats) -> Floats:
    """How far the best score is before the second, for each row."""
    ordered = np.partition(scores, -2, axis=1)
    result: Floats = ordered[:, -1] - ordered[:, -2]
    return result
