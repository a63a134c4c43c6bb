"""A text that remembers what it was: every character of it knows its place in the original."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from re import Match, Pattern

Place = tuple[int, int]  # first character and after the last one, in the original
Piece = tuple[str, int, int]  # a character and the part of the match it stands for
Edit = tuple[int, int, str | list[Piece]]


@dataclass(frozen=True)
class Written:
    """``origin[i]`` is where ``text[i]`` was written; places ascend and never leave the original.

    A character that nothing was written for (a space put in) has an empty place.
    """

    text: str
    origin: tuple[Place, ...]

    @classmethod
    def as_is(cls, text: str) -> Written:
        """Return a text nothing was done to."""
        return cls(text, tuple((i, i + 1) for i in range(len(text))))

    def edited(self, edits: Iterable[Edit]) -> Written:
        """Put something else in some places: ``(start, end, text)``, ascending, apart from each other.

        Instead of a text, an edit may give pieces ``(character, start, end)``, offsets from the edit's start.
        """
        text: list[str] = []
        origin: list[Place] = []
        done = 0
        for start, end, new in edits:
            text.append(self.text[done:start])
            origin.extend(self.origin[done:start])
            for character, first, last in (
                new if isinstance(new, list) else aligned(self.text[start:end], new)
            ):
                text.append(character)
                origin.append(self._place(start + first, start + last))
            done = end
        if not done and not text:
            return self
        return Written("".join(text) + self.text[done:], (*origin, *self.origin[done:]))

    def sub(
        self, pattern: Pattern[str], new: Callable[[Match[str]], str | list[Piece] | None], keep: Shelter
    ) -> Written:
        """Like ``re.sub``, outside what is sheltered; ``None`` leaves a match as it is."""
        edits: list[Edit] = []
        for match in pattern.finditer(self.text):
            instead = None if keep.holds(*match.span()) else new(match)
            if instead is not None and instead != match[0]:
                edits.append((match.start(), match.end(), instead))
        return self.edited(edits)

    def _place(self, first: int, last: int) -> Place:
        if first < last:
            return self.origin[first][0], self.origin[last - 1][1]
        at = self.origin[first - 1][1] if first else 0
        return at, at


class Shelter:
    """Places no step may touch: addresses, ids."""

    def __init__(self, places: Iterable[Place]) -> None:
        self._places = list(places)
        self._starts = [start for start, _ in self._places]

    def holds(self, start: int, end: int) -> bool:
        """Whether any of it is sheltered."""
        before = bisect_right(self._starts, end - 1)
        return before > 0 and self._places[before - 1][1] > start


def aligned(old: str, new: str) -> list[Piece]:
    """Say which part of the old text each character of the new one stands for.

    What both begin or end with stays in place (담주 → 다음 주 keeps its 주); of equal length, one for one; otherwise
    every character between stands for everything between.
    """
    head = _common(old, new)
    tail = _common(old[head:][::-1], new[head:][::-1])
    middle = new[head : len(new) - tail]
    first, last = head, len(old) - tail
    if first == last and middle.strip():
        # Letters nobody wrote belong to the letter before them, or the one after at the beginning.
        first, last = (head - 1, head) if head else (0, min(1, len(old)))
    one_for_one = len(middle) == last - first
    return [
        *((char, i, i + 1) for i, char in enumerate(old[:head])),
        *(
            (char, first + i, first + i + 1) if one_for_one else (char, first, last)
            for i, char in enumerate(middle)
        ),
        *(
            (char, len(old) - tail + i, len(old) - tail + i + 1)
            for i, char in enumerate(old[len(old) - tail :])
        ),
    ]


def _common(a: str, b: str) -> int:
    count = 0
    for x, y in zip(a, b, strict=False):
        if x != y:
            break
        count += 1
    return count
