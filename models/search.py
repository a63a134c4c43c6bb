"""Finding programmes: any mix of region, date, time, field, host, words, level and age.

A page is a handful of programmes, each shown at its first matching session. Every filter either has an index that
ends in (starts_on, id) or is checked on the rows such an index yields, so a page costs the same at a million
sessions. Words are looked up among programmes that are still to come (``Program.last_date``) before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from typing import Any, TypeAlias, cast

from sqlalchemy import ColumnElement, Integer, Select, Table, and_, exists, or_, select, tuple_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session, contains_eager, joinedload
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from models.base import LARGEST_ID
from models.programs import Program, ProgramSession, SessionState

MANY_PROGRAMS = 400
"""More programmes than this with the words: they are common, so checking rows one by one finds a page sooner."""

_EARLIER = cast("Table", ProgramSession.__table__).alias("earlier")
"""Another session of the same programme. A plain table: adapting an ORM alias takes longer than the query."""
Columns: TypeAlias = Any
"""``ProgramSession`` itself, or the columns of ``_EARLIER``: the same names."""


@dataclass(frozen=True, slots=True)
class ProgramQuery:
    """What is looked for. Empty means any."""

    sido_codes: tuple[str, ...] = ()
    sigungu_codes: tuple[str, ...] = ()
    first_day: date | None = None
    last_day: date | None = None
    weekdays: frozenset[int] = frozenset()
    """0 is Monday."""
    begins_from: time | None = None
    begins_before: time | None = None
    field_codes: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    """Each must occur in title, host or club; white space and case do not matter."""
    level: int | None = None
    age: int | None = None
    program_ids: tuple[int, ...] = ()
    with_seats: bool = True
    only_open: bool = True
    """Without what opens for applications later."""
    exclude_program_ids: tuple[int, ...] = field(default=())

    def without(self, name: str) -> ProgramQuery:
        """Return the query with one filter lifted."""
        return replace(self, **{name: getattr(ProgramQuery(), name)})


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where the next page begins."""

    starts_on: date
    session_id: int

    def __str__(self) -> str:
        return f"{self.starts_on.isoformat()}:{self.session_id}"

    @classmethod
    def parse(cls, text: str) -> Cursor | None:
        """Return the cursor written as ``text``, None when it is none."""
        day, _, number = text.partition(":")
        try:
            cursor = cls(date.fromisoformat(day), int(number))
        except ValueError:
            return None
        return cursor if 0 <= cursor.session_id <= LARGEST_ID else None


@dataclass(frozen=True, slots=True)
class Page:
    """Programmes at their first matching session, in order of date."""

    sessions: list[ProgramSession]
    next: Cursor | None


def find_sessions(
    db: Session, query: ProgramQuery, now: datetime, *, limit: int = 5, after: Cursor | None = None
) -> Page:
    """Return one page of what can be applied for at ``now``, one session for each programme."""
    narrowed = _narrow_by_words(db, query, now.date())
    if narrowed is None:
        return Page([], None)
    rows = list(db.scalars(_page_query(narrowed, now, after).limit(limit + 1)))
    more = len(rows) > limit
    rows = rows[:limit]
    return Page(rows, Cursor(rows[-1].starts_on, rows[-1].id) if more else None)


def sessions_of(db: Session, program_id: int, now: datetime, limit: int = 20) -> list[ProgramSession]:
    """Return the sessions of one programme that are still to come, full ones too."""
    query = (
        select(ProgramSession)
        .where(
            ProgramSession.program_id == program_id,
            ProgramSession.starts_on >= now.date(),
            ProgramSession.state != SessionState.CALLED_OFF,
        )
        .options(joinedload(ProgramSession.program).joinedload(Program.host))
        .order_by(ProgramSession.starts_on, ProgramSession.id)
        .limit(limit)
    )
    return list(db.scalars(query))


def can_be_applied_for(now: datetime) -> ColumnElement[bool]:
    """Return the condition that a ``ProgramSession`` has a free seat and is open at ``now``."""
    return and_(*_matches(ProgramSession, ProgramQuery(), now))


def squeeze(words: str) -> str:
    """Return words as ``Program.search_text`` holds them: lower case, without white space."""
    return "".join(words.lower().split())


def _narrow_by_words(db: Session, query: ProgramQuery, today: date) -> ProgramQuery | None:
    """Turn rare words into programme ids; leave common ones for the row check; None when nothing has them."""
    if not query.words or query.program_ids:
        return query
    found = db.scalars(
        select(Program.id)
        .where(Program.last_date >= today, *_has_words(Program, query.words))
        .limit(MANY_PROGRAMS + 1)
    ).all()
    if len(found) > MANY_PROGRAMS:
        return query
    return replace(query, words=(), program_ids=tuple(found)) if found else None


def _page_query(query: ProgramQuery, now: datetime, after: Cursor | None) -> Select[ProgramSession]:
    earlier = _EARLIER.c
    is_first = ~exists().where(
        earlier.program_id == ProgramSession.program_id,
        tuple_(earlier.starts_on, earlier.id) < tuple_(ProgramSession.starts_on, ProgramSession.id),
        *_matches(earlier, query, now),
    )
    conditions = [*_matches(ProgramSession, query, now), is_first, *_program_matches(query)]
    if after is not None:
        conditions.append(
            or_(
                ProgramSession.starts_on > after.starts_on,
                and_(ProgramSession.starts_on == after.starts_on, ProgramSession.id > after.session_id),
            )
        )
        conditions.append(ProgramSession.starts_on >= after.starts_on)
    return (
        select(ProgramSession)
        .join(ProgramSession.program)
        .where(*conditions)
        .options(contains_eager(ProgramSession.program).joinedload(Program.host))
        .order_by(ProgramSession.starts_on, ProgramSession.id)
    )


def _matches(session: Columns, query: ProgramQuery, now: datetime) -> Sequence[ColumnElement[bool]]:
    """Conditions on a session's own columns: open at ``now`` (or later, if so asked), and all filters but those on the programme."""
    today = now.date()
    conditions = [
        session.state == SessionState.PLANNED,
        session.starts_on >= max(query.first_day or today, today),
        session.apply_until >= today,
    ]
    if query.only_open:
        conditions.append(session.apply_from <= today)
    if query.with_seats:
        conditions.append(session.taken < session.seats)
    if query.level:
        conditions.append(session.levels.op("&")(query.level) != 0)
    return [*conditions, *_at_place(session, query), *_at_time(session, query)]


def _at_place(session: Columns, query: ProgramQuery) -> Iterator[ColumnElement[bool]]:
    if query.sigungu_codes:
        yield session.sigungu_code.in_(query.sigungu_codes)
    elif query.sido_codes:
        yield session.sido_code.in_(query.sido_codes)
    if query.field_codes:
        yield session.field_code.in_(query.field_codes)
    if query.program_ids:
        yield session.program_id.in_(query.program_ids)


def _at_time(session: Columns, query: ProgramQuery) -> Iterator[ColumnElement[bool]]:
    if query.last_day:
        yield session.starts_on <= query.last_day
    if query.weekdays:
        yield session.weekday.in_(sorted(query.weekdays))
    if query.begins_from:
        yield session.begins_at >= query.begins_from
    if query.begins_before:
        yield session.begins_at < query.begins_before


def _program_matches(query: ProgramQuery) -> Sequence[ColumnElement[bool]]:
    conditions = list(_has_words(Program, query.words))
    if query.age is not None:
        conditions.append(or_(Program.age_min.is_(None), Program.age_min <= query.age))
        conditions.append(or_(Program.age_max.is_(None), Program.age_max >= query.age))
    if query.exclude_program_ids:
        conditions.append(Program.id.not_in(query.exclude_program_ids))
    return conditions


def has_text(column: Any, part: str) -> ColumnElement[bool]:
    """Return the condition that a text column holds ``part``, letter for letter."""
    return _position(column, part) > 0


def _has_words(program: type[Program], words: tuple[str, ...]) -> Sequence[ColumnElement[bool]]:
    return [has_text(program.search_text, squeeze(word)) for word in words]


class _position(FunctionElement[int]):  # noqa: N801 - reads as the SQL function it is
    """Place of a text in another, 0 when it is not there; several times faster than LIKE."""

    type = Integer()
    inherit_cache = True


@compiles(_position)
def _strpos(element: _position, compiler: SQLCompiler, **kwargs: Any) -> str:
    return f"strpos({compiler.process(element.clauses, **kwargs)})"


@compiles(_position, "sqlite")
def _instr(element: _position, compiler: SQLCompiler, **kwargs: Any) -> str:
    return f"instr({compiler.process(element.clauses, **kwargs)})"
