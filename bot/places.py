"""Hosts and programmes by what people call them: typos, missing spaces, a part of the name.

The store narrows a name down (words within the name, then pairs of syllables that survive a typo), rapidfuzz compares
the few that remain letter by letter (자모). A name as typed is looked for first, so only a misspelt one costs the second
look.
"""

from __future__ import annotations

import logging
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any

from rapidfuzz import fuzz
from sqlalchemy import ColumnElement, case, func, literal, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from models.clock import Clock
from models.database import Database
from models.hosts import HostInstitution
from models.programs import Program
from models.search import has_text, squeeze

log = logging.getLogger(__name__)

ALIKE = 85.0
"""Least likeness, 0 to 100, of 자모. One wrong letter in a word of three syllables (seven letters, 도서간 for 도서관) is
85.7, in two syllables 75: so short must a name be typed rightly, or 도서 would be 도시."""
CLOSE = 4.0
"""What is at most this much less alike than the best is meant as well: the person is asked."""
MOST_NEAR = 5
"""More hits than this are no ambiguity but a common word (복지관): it stays a word to search for."""
_CANDIDATES = 1000
"""Rows that are compared letter by letter; not distinct ones, for which the store would read on to the end."""
_SHORTEST = 2
_SERIES = re.compile(r"\s?\(?\d{1,4}\s?(?:기|회차?|차시?|탄)\)?$")
_FILLING = re.compile(r"(?<=\S\S)\s?(?:봉사활동|봉사|활동|프로그램|거|것|꺼)$")


class StoredPlaces:
    """``bot.values.Places`` over the store, each look in a session of its own. No names while the store is down."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    def hosts(self, words: str) -> tuple[str, ...]:
        """Return the hosts that ``words`` may mean; see ``hosts_like``."""
        return self._looked_up(lambda db: hosts_like(db, words))

    def programs(self, words: str) -> tuple[str, ...]:
        """Return the titles that ``words`` may mean; see ``programs_like``."""
        return self._looked_up(lambda db: programs_like(db, words, self._clock.now().date()))

    def _looked_up(self, look: Callable[[Session], tuple[str, ...]]) -> tuple[str, ...]:
        try:
            with self._database.session() as db:
                return look(db)
        except SQLAlchemyError as error:
            log.warning("names were not looked up: %s", type(error).__name__)
            return ()


def hosts_like(db: Session, words: str) -> tuple[str, ...]:
    """Return the names of hosts that ``words`` may mean, most alike first; none when it is a common word."""
    text = func.replace(func.lower(HostInstitution.name), " ", "")
    return _like(db, words, HostInstitution.name, text, [])


def programs_like(db: Session, words: str, today: date) -> tuple[str, ...]:
    """Return the titles of programmes still to come that ``words`` may mean, without the number of a series."""
    return _like(db, words, Program.title, Program.search_text, [Program.last_date >= today])


def as_stored(db: Session, words: str, today: date) -> str:
    """Return words to search programmes for: as they are where any has them, else the one name they were meant for."""
    ahead = Program.last_date >= today
    if db.scalar(select(Program.id).where(ahead, has_text(Program.search_text, squeeze(words))).limit(1)):
        return words
    for near in (programs_like(db, words, today), hosts_like(db, words)):
        if len(near) == 1:
            return near[0]
    return words


def _like(
    db: Session, words: str, name: Any, text: ColumnElement[str] | Any, conditions: list[ColumnElement[bool]]
) -> tuple[str, ...]:
    meant = _FILLING.sub("", unicodedata.normalize("NFC", words).strip()) or words
    parts = [part for part in map(squeeze, meant.split()) if part]
    if len("".join(parts)) < _SHORTEST:
        return ()
    for narrowing in (_holding(text, parts), _resembling(text, "".join(parts))):
        rows = db.scalars(select(name).where(*conditions, *narrowing).limit(_CANDIDATES))
        if near := nearest(parts, set(rows)):
            return near if len(near) <= MOST_NEAR else ()
    return ()


def _holding(text: ColumnElement[str], parts: Sequence[str]) -> list[ColumnElement[bool]]:
    return [has_text(text, part) for part in parts]


def _resembling(text: ColumnElement[str], word: str) -> list[ColumnElement[bool]]:
    """Narrow down to names that share what one wrong syllable leaves of the word's pairs of syllables."""
    if len(word) <= _SHORTEST:
        return [literal(value=False)]
    if len(word) == _SHORTEST + 1:
        holed = [f"%{word[:at]}_{word[at + 1 :]}%" for at in range(len(word))]
        return [text.like(holed[0]) | text.like(holed[1]) | text.like(holed[2])]
    pairs = sorted({word[at : at + 2] for at in range(len(word) - 1)})
    shared = sum((case((has_text(text, pair), 1), else_=0) for pair in pairs), start=literal(0))
    return [shared >= max(1, min(len(pairs) - 2, len(pairs) * 6 // 10))]


def nearest(parts: Sequence[str], names: Iterable[str]) -> tuple[str, ...]:
    """Return the names most like ``parts`` (words without spaces, lower case), the best first, series as one."""
    scores: dict[str, float] = {}
    for name in names:
        title = _SERIES.sub("", name)
        if title not in scores and (likeness := alike(parts, squeeze(title))) >= ALIKE:
            scores[title] = likeness
    best = max(scores.values(), default=0.0)
    near = [title for title in scores if scores[title] >= best - CLOSE]
    return tuple(sorted(near, key=lambda title: (-scores[title], title)))


def alike(parts: Sequence[str], name: str) -> float:
    """Return how alike words and a name are, 0 to 100: 100 the same, 98 within it, else by the letters of the best part."""
    whole = "".join(parts)
    if whole == name:
        return 100.0 + CLOSE
    if whole in name or all(part in name for part in parts):
        return 98.0
    if len(whole) <= _SHORTEST:
        return 0.0
    typed, stored = _letters(whole), _letters(name)
    return max(fuzz.partial_ratio(typed, stored), fuzz.ratio(typed, stored))


def _letters(word: str) -> str:
    return unicodedata.normalize("NFD", word)
