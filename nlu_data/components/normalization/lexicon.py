"""The words a normaliser knows: abbreviations, spellings, English, the words of the service, and Kiwi.

What the steps search with (patterns, the index of words one key apart) is made here once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from re import Pattern
from typing import Protocol

from components.normalization.nearness import Index, index_of

# Where an abbreviation counts, see lookups/abbreviations.txt.
PLACES = ("alone", "head", "word", "tail", "noun")
BEFORE, AFTER = "(?<![가-힣ㄱ-ㅣA-Za-z0-9])", "(?![가-힣ㄱ-ㅣA-Za-z0-9])"
AROUND = {
    "alone": ("^", "(?![ㄱ-ㅣ])(?=[\\s~!?.,^ㅋㅎㅠ]*$)"),
    "head": (BEFORE, ""),
    "word": (BEFORE, AFTER),
    "tail": ("(?<![ㄱ-ㅣA-Za-z0-9])", "(?![가-힣ㄱ-ㅊㅌㅍㅏ-ㅣA-Za-z0-9])"),
}


class Morpheme(Protocol):
    """What is read of a morpheme; ``unknown`` means no dictionary has it, ``score`` is its log probability."""

    @property
    def form(self) -> str:
        """Dictionary form."""

    @property
    def tag(self) -> str:
        """Part of speech."""

    @property
    def start(self) -> int:
        """First character."""

    @property
    def end(self) -> int:
        """After the last character."""

    @property
    def unknown(self) -> bool:
        """No dictionary has it."""

    @property
    def score(self) -> float:
        """Log probability in its context."""


Analyse = Callable[[str], Sequence[Morpheme]]


@dataclass(frozen=True)
class Abbreviation:
    """One line of ``abbreviations.txt``."""

    written: str
    meaning: str
    place: str


@dataclass(frozen=True)
class Lexicon:
    """The words a normaliser knows, and the analyser that tells a word from no word."""

    analyse: Analyse
    abbreviations: tuple[Abbreviation, ...] = ()
    spellings: Mapping[str, str] = field(default_factory=dict)
    endings: Mapping[str, str] = field(default_factory=dict)
    english: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()

    @cached_property
    def meanings(self) -> Mapping[str, Mapping[str, str]]:
        """What each abbreviation means, by the place where it counts."""
        return {p: {a.written: a.meaning for a in self.abbreviations if a.place == p} for p in PLACES}

    @cached_property
    def patterns(self) -> Mapping[str, Pattern[str]]:
        """Patterns of the abbreviations that are told by their place."""
        return {place: _pattern(place, self.meanings[place]) for place in AROUND}

    @cached_property
    def spelling(self) -> Pattern[str]:
        """Pattern of spellings wrong anywhere in a word."""
        return _any_of(self.spellings)

    @cached_property
    def ending(self) -> Pattern[str]:
        """Pattern of spellings wrong at the end of a word."""
        return re.compile(f"(?:{_any_of(self.endings).pattern})(?![가-힣])")

    @cached_property
    def index(self) -> Index:
        """The words, found by what is one key away from them."""
        return index_of(self.words)

    def likelihood(self, text: str) -> float:
        """Log probability a syllable; minus infinity where no dictionary has some of it."""
        morphemes = self.analyse(text)
        if any(m.unknown or m.tag[0] in "SWZ" for m in morphemes):
            return float("-inf")
        return sum(m.score for m in morphemes) / len(text)


def _any_of(words: Iterable[str]) -> Pattern[str]:
    longest_first = sorted(words, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first)) or "(?!)")


def _pattern(place: str, words: Iterable[str]) -> Pattern[str]:
    before, after = AROUND[place]
    return re.compile(f"{before}({_any_of(words).pattern})(?:\\1)*{after}", re.IGNORECASE)
