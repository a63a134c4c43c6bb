"""What a source's row says, as values: a programme and its sessions, or why there are none."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date, time
from typing import Any, TypeAlias

from models.members import Level
from models.programs import SessionState

RawRow: TypeAlias = Mapping[str, Any]
"""One row of a source: field name → text, number or None."""

_DATE = re.compile(r"(\d{4})[-./]?(\d{2})[-./]?(\d{2})")
_INVISIBLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\ufeff]")
YEARS = range(2000, 2101)


class Malformed(ValueError):
    """A row cannot be read. The message tells staff in Korean which value is wrong and how."""


@dataclass(frozen=True, slots=True)
class HostFacts:
    """The recruiting body; its telephone is an office's."""

    name: str
    phone: str | None
    sido_code: str | None
    sigungu_code: str | None


@dataclass(frozen=True, slots=True)
class ProgramFacts:
    """What one row says of its programme."""

    source: str
    source_key: str
    title: str
    content: str
    host: HostFacts | None
    field_code: str
    activity_type: str
    content_type: str
    levels: Level
    cost: int
    url: str


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """What one row says of one date."""

    source_no: str
    starts_on: date
    ends_on: date
    begins_at: time | None
    ends_at: time | None
    place: str
    sido_code: str | None
    sigungu_code: str | None
    seats: int
    taken_elsewhere: int
    credited_hours: int
    notes: str
    apply_from: date
    apply_until: date
    state: SessionState = SessionState.PLANNED
    closed_by_hand: bool = False
    """The host stopped recruiting before ``apply_until``."""


@dataclass(frozen=True, slots=True)
class Item:
    """A row that can be stored."""

    program: ProgramFacts
    sessions: tuple[SessionFacts, ...]
    schedule: str = ""
    """What decides which sessions there are."""
    summary_mark: str = ""
    """Mark of what a list row says of this programme; empty where the source has no separate details."""
    summary_only: bool = False
    """Only the list row is known, which says less than what may be stored already."""

    @property
    def names_all_sessions(self) -> bool:
        """Tell whether a coming session that is not here has been withdrawn."""
        return bool(self.summary_mark) and not self.summary_only

    def fingerprint(self, session: SessionFacts) -> str:
        """Return the mark of everything the row says of one session, to see later whether it has changed."""
        values = json.dumps(
            [asdict(self.program), asdict(session), self.schedule], default=str, sort_keys=True
        )
        mark = hashlib.sha256(values.encode()).hexdigest()[:32]
        return f"{self.summary_mark}:{mark}" if self.names_all_sessions else mark


@dataclass(frozen=True, slots=True)
class Skipped:
    """A sound row that is not for us."""

    why: str


@dataclass(frozen=True, slots=True)
class Bad:
    """A row that cannot be read, by its number."""

    number: str
    why: str


Reading: TypeAlias = Item | Skipped | Bad
Reader: TypeAlias = Callable[[RawRow, date], Item | Skipped]


def read_rows(rows: Iterable[tuple[str, object]], reader: Reader, today: date) -> Iterator[Reading]:
    """Read (number, row) pairs; a row that cannot be read becomes a ``Bad`` and the rest goes on."""
    for number, row in rows:
        try:
            yield reader(_as_row(row), today)
        except Malformed as error:
            yield Bad(number, str(error))


def _as_row(row: object) -> RawRow:
    if not isinstance(row, Mapping):
        raise Malformed("줄이 '이름: 값' 꼴이 아니에요")
    return row


def words(row: RawRow, name: str, longest: int = 4000) -> str:
    """Return a text field: composed, trimmed, without invisible characters, cut at ``longest``.

    Raises:
        Malformed: the field holds no text.
    """
    value = row.get(name)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise Malformed(f"{name} 값이 글이 아니에요")
    text = unicodedata.normalize("NFC", str(value).replace("\r\n", "\n").replace("\r", "\n"))
    return _INVISIBLE.sub("", text).encode(errors="ignore").decode().strip()[:longest]


def needed(row: RawRow, name: str, meaning: str, longest: int = 200) -> str:
    """Return a text field that may not be empty.

    Raises:
        Malformed: it is missing, empty or no text.
    """
    value = words(row, name, longest)
    if not value:
        raise Malformed(f"{meaning}({name})이 없어요")
    return value


def whole(row: RawRow, name: str, meaning: str, most: int) -> int | None:
    """Return a whole number from 0 to ``most``, None when the field is empty.

    Raises:
        Malformed: it is no whole number, or outside.
    """
    text = words(row, name, 40)
    if not text:
        return None
    if not re.fullmatch(r"-?\d{1,12}(\.0+)?", text, re.ASCII):
        raise Malformed(f"{meaning}({name}) 값 '{text[:20]}'이 숫자가 아니에요")
    number = int(text.partition(".")[0])
    if not 0 <= number <= most:
        raise Malformed(f"{meaning}({name}) 값 {number}이 0~{most} 사이가 아니에요")
    return number


def day(row: RawRow, name: str, meaning: str) -> date | None:
    """Return a date written as 20261010, 2026-10-10 or the number 20261010; None when the field is empty.

    Raises:
        Malformed: it is no date of this century.
    """
    text = words(row, name, 40)
    if not text:
        return None
    match = _DATE.fullmatch(text)
    try:
        found = date(*map(int, match.groups())) if match else None
    except ValueError:
        found = None
    if found is None or found.year not in YEARS:
        raise Malformed(f"{meaning}({name}) 값 '{text[:20]}'이 날짜가 아니에요")
    return found


def in_order(first: date, last: date, meaning: str) -> None:
    """Check that a span does not end before it begins.

    Raises:
        Malformed: it does.
    """
    if last < first:
        raise Malformed(f"{meaning}이 거꾸로예요({first} ~ {last})")
