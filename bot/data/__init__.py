"""What the readers of words share: the tables beside this file, and what finding a word gives."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from models.codes import spaced, squeeze

T = TypeVar("T")

_DECLINED = re.compile(
    r"\s{0,2}(?:[거꺼것걸]\s?)?(?:은|는|이|가|을|를)?\s{0,2}(?:말고(?!도)|빼고|제외|아니고|아니라|아닌)|"
    r"(?:에?[은는]|엔)\s?(?:(?:안|못)\s?(?:되|돼|가|하|해)|힘들|싫)[고구]"
)


@dataclass(frozen=True, slots=True)
class Found(Generic[T]):
    """A value and the words it was read from: ``plain(text)[start:end] == text``."""

    value: T
    start: int
    end: int
    text: str


def plain(text: str) -> str:
    """Return text as it is read: composed syllables, half-width, lower case, character for character.

    Positions found count characters of this form; they are those of the original when it is in NFC, as text from
    KakaoTalk is.
    """
    return "".join(map(_plain_character, unicodedata.normalize("NFC", text)))


def _plain_character(character: str) -> str:
    folded = unicodedata.normalize("NFKC", character).lower()
    return folded if len(folded) == 1 else character


def declined(text: str, end: int) -> bool:
    """Tell whether what ends at ``end`` is named only to rule it out: 서울 말고, 토요일은 빼고."""
    return bool(_DECLINED.match(text, end))


def table(name: str) -> Any:
    """Return the content of ``<name>.json``; its shape is described in the file that reads it."""
    return json.loads((Path(__file__).parent / f"{name}.json").read_text(encoding="utf-8"))


def latin_alone(text: str, start: int, end: int) -> bool:
    """Tell whether Latin letters at a place are a word of their own: it, but not in item. Hangul always is."""
    around = text[max(0, start - 1) : start] + text[end : end + 1]
    return not (text[start].isascii() and any(c.isascii() and c.isalnum() for c in around))


class Words(Generic[T]):
    """Finds the words of a table in a sentence, longest first, whatever the spaces within them.

    A word whose value is None hides those inside it. ``fits`` may refuse a word at its place.
    """

    def __init__(
        self, values: Mapping[str, T | None], fits: Callable[[str, int, int], bool] = lambda *_: True
    ) -> None:
        self._values = {squeeze(word): value for word, value in values.items()}
        self._pattern = spaced(values)
        self._fits = fits

    def find(self, text: str) -> list[Found[T]]:
        """Return what is meant, in order; what is ruled out (환경 말고) is left out."""
        return list(self._wanted(plain(text)))

    def _wanted(self, text: str) -> Iterator[Found[T]]:
        for match in self._pattern.finditer(text):
            value = self._values[squeeze(match.group())]
            start, end = match.span()
            if value is not None and self._fits(text, start, end) and not declined(text, end):
                yield Found(value, start, end, match.group())
