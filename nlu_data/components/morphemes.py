"""Kiwi, once per process: normaliser and tokenizer ask it about the same texts with the same words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from kiwipiepy import Kiwi

# Kiwi's time grows faster than the text where there is no space, so a long text goes to it in pieces.
PIECE = re.compile(r"[\s\S]{1,400}(?=\s)|[\s\S]{1,100}")
Word = tuple[str, str]  # form, part of speech


class Morpheme(NamedTuple):
    """One morpheme: its dictionary form, part of speech and place; ``score`` is its log probability in context."""

    form: str
    tag: str
    start: int
    end: int
    unknown: bool
    score: float


class Analyser:
    """Morphemes of a text. A text already analysed is not analysed again while it is recent."""

    def __init__(self, words: Iterable[Word]) -> None:
        self._kiwi = Kiwi(num_workers=1)
        for form, tag in words:
            self._kiwi.add_user_word(form, tag)
        self._recent = lru_cache(maxsize=512)(self._analyse)
        self._analyse("")  # Kiwi makes itself ready at its first text, which takes seconds

    def __call__(self, text: str) -> tuple[Morpheme, ...]:
        """Return the morphemes in the order written; offsets count characters of the text."""
        return self._recent(text)

    def _analyse(self, text: str) -> tuple[Morpheme, ...]:
        pieces = [(0, text)] if len(text) <= 400 else [(m.start(), m[0]) for m in PIECE.finditer(text)]
        return tuple(
            Morpheme(m.form, m.tag, at + m.start, at + m.end, m.oov, m.score)
            for at, piece in pieces
            for m in self._kiwi.tokenize(piece)
        )


def read_words(path: Path) -> tuple[Word, ...]:
    """Read a user dictionary: form, tab, part of speech; lines that begin with # explain."""
    rows = (line.split("\t") for line in path.read_text("utf-8").splitlines() if line and line[0] != "#")
    return tuple((row[0], row[1]) for row in rows)


@lru_cache(maxsize=2)
def analyser(words: tuple[Word, ...]) -> Analyser:
    """Return the process's analyser that knows these words; loading one takes seconds and 0.5 GB."""
    return Analyser(words)
