"""Whom a new programme suits: found in the database, in one statement, however many members there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import (
    ColumnElement,
    Select,
    Text,
    and_,
    case,
    cast,
    exists,
    false,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.orm import Session, aliased

from models.alert_settings import AlertSetting
from models.applications import Application
from models.events import insert_unless_there
from models.follows import Follow
from models.members import Member
from models.programs import Program, ProgramSession, Recruitment
from models.recommendations import Recommendation, Why
from models.rules import Rules

OF_HOST, OF_CLUB = 10, 11
ONLINE = "1900"
"""Field of what is done from anywhere."""
WEIGHTS: dict[Why, int] = {Why.CLUB: 16, Why.HOST: 8, Why.INTEREST: 4, Why.NEAR: 2, Why.DAY: 1}
"""Each weighs more than all after it together."""
ENOUGH = (Why.CLUB, Why.HOST, Why.INTEREST, Why.NEAR)
"""Reasons of which one is enough; a free day alone is none."""

Condition: TypeAlias = ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class Place:
    """Where sessions of one programme take place, for whom, and on which days of the week (as a bit mask)."""

    sido_code: str | None
    sigungu_code: str | None
    levels: int
    days: int


def match(db: Session, program: Program, rules: Rules, now: datetime) -> int:
    """Note for every member who wants recommendations whether a new programme suits them; return how many it does.

    Who has a note of it, or applied, is passed over. Ages are encrypted and looked at when the digest is written.
    The caller commits.
    """
    places = _places(db, program, now)
    if not places or rules.digest_per_day < 1:
        return 0
    columns = ("program_id", "member_id", "kind", "reasons", "score", "at")
    suited = _suited(program, places, now)
    insert = insert_unless_there(db, Recommendation, ("program_id", "member_id"))
    statement = insert.from_select(columns, suited).execution_options(preserve_rowcount=True)
    done = db.execute(statement)
    return int(done.rowcount)  # type: ignore[attr-defined]  # an INSERT gives a CursorResult


def kind_of(program: Program) -> int:
    """Return the number of the alert that tells of a new programme."""
    return OF_CLUB if program.club_id is not None else OF_HOST


def _places(db: Session, program: Program, now: datetime) -> list[Place]:
    """Return where it can be applied for, now or later: what opens later waits for its digest until then."""
    days: defaultdict[tuple[str | None, str | None, int], int] = defaultdict(int)
    sessions = select(ProgramSession).where(
        ProgramSession.program_id == program.id, ProgramSession.starts_on >= now.date()
    )
    for session in db.scalars(sessions):
        if session.recruitment(now) in (Recruitment.RECRUITING, Recruitment.SCHEDULED):
            days[session.sido_code, session.sigungu_code, session.levels] |= 1 << session.weekday
    return [Place(*where, mask) for where, mask in days.items()]


def _suited(program: Program, places: list[Place], now: datetime) -> Select[Any]:
    """Return the rows to write, of all members whom the programme suits."""
    host, club = aliased(Follow), aliased(Follow)
    followed = or_(host.id.is_not(None), club.id.is_not(None))
    anywhere = or_(followed, literal(program.field_code == ONLINE))
    fitting = {place: and_(_for_person(place), or_(anywhere, _in_sido(place))) for place in places}
    near = or_(*(and_(fits, _in_sigungu(place)) for place, fits in fitting.items()))
    whys: dict[Why, Condition] = {
        Why.CLUB: club.id.is_not(None),
        Why.HOST: host.id.is_not(None),
        Why.INTEREST: cast(Member.interests, Text).contains(f'"{program.field_code}"'),
        Why.NEAR: near,
        Why.DAY: Member.free_days.is_not(None),  # the day fits, or nobody would be asking why
    }
    return (
        select(literal(program.id), Member.id, *_noted(program, whys, now))
        .select_from(Member)
        .outerjoin(host, and_(host.member_id == Member.id, _same(host.host_id, program.host_id)))
        .outerjoin(club, and_(club.member_id == Member.id, _same(club.club_id, program.club_id)))
        .where(
            Member.id.in_(_wanting(kind_of(program))),
            or_(*fitting.values()),
            or_(*(whys[why] for why in ENOUGH)),
            ~_applied(program),
        )
    )


def _noted(program: Program, whys: dict[Why, Condition], now: datetime) -> Iterable[ColumnElement[Any]]:
    """Return the columns kind, reasons, score and time."""
    said: ColumnElement[str] = literal("")
    score: ColumnElement[int] = literal(0)
    for why, holds in whys.items():
        said = said.concat(case((holds, f"{why} "), else_=""))
        score += case((holds, WEIGHTS[why]), else_=0)
    return literal(kind_of(program)), func.trim(said), score, literal(now, Recommendation.at.type)


def _wanting(kind: int) -> Select[int]:
    """Return the members who want alerts of this kind, by whichever channel."""
    return select(AlertSetting.member_id).where(AlertSetting.kind == kind, AlertSetting.on.is_(True))


def _for_person(place: Place) -> Condition:
    level = or_(Member.level.is_(None), Member.level.op("&")(place.levels) != 0)
    return and_(level, or_(Member.free_days.is_(None), Member.free_days.op("&")(place.days) != 0))


def _in_sido(place: Place) -> Condition:
    return _same(Member.sido_code, place.sido_code)


def _in_sigungu(place: Place) -> Condition:
    return and_(_in_sido(place), _same(Member.sigungu_code, place.sigungu_code))


def _same(column: Any, value: object) -> Condition:
    """Compare; what is not known is the same as nothing."""
    return false() if value is None else column == value


def _applied(program: Program) -> Condition:
    return exists().where(
        Application.member_id == Member.id,
        Application.session_id == ProgramSession.id,
        ProgramSession.program_id == program.id,
    )
