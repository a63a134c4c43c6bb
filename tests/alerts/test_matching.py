"""Whom a new programme suits, and why."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.event import listen
from sqlalchemy.orm import Session

from alerts.matching import match
from models.alert_settings import set_alerts
from models.applications import ApplicationState
from models.database import Database
from models.follows import follow
from models.hosts import HostClub
from models.members import Level, Member
from models.programs import Program
from models.recommendations import Recommendation, Why
from models.rules import Rules
from tests.world import make_application, make_host, make_member, make_program, make_session

RULES = Rules()
SATURDAY = date(2026, 12, 5)
SEOUL, JUNG = "6110000", "3010000"


def wanting(db: Session, now: datetime, *kinds: int, **changes: Any) -> Member:
    """Return a member of 천안 who wants recommendations and likes 환경 (0800)."""
    member = make_member(db)
    member.interests = ["0400", "0800"]
    for name, value in changes.items():
        setattr(member, name, value)
    set_alerts(db, member, set(kinds or (10, 11)), {"kakao"}, on=True, rules=RULES, via="page", now=now)
    return member


def planted(db: Session, **changes: Any) -> Program:
    """Return a programme of 천안 on a Saturday, in the field 환경."""
    return make_session(db, **changes).program


def found(db: Session) -> list[Recommendation]:
    return list(db.scalars(select(Recommendation).order_by(Recommendation.id)))


def test_a_programme_is_noted_once_for_who_likes_its_field_however_many_sessions_it_has(
    database: Database, now: datetime
) -> None:
    with database.session() as db:
        member = wanting(db, now)
        program = planted(db)
        make_session(db, program=program, starts_on=SATURDAY + timedelta(days=7))
        assert match(db, program, RULES, now) == 1
        assert match(db, program, RULES, now) == 0
        db.commit()
        (note,) = found(db)
    assert (note.member_id, note.program_id, note.kind, note.at) == (member.id, program.id, 10, now)
    assert note.whys == [Why.INTEREST, Why.NEAR]
    assert note.digest_day is None


def test_who_never_asked_or_turned_it_off_again_is_left_alone(database: Database, now: datetime) -> None:
    with database.session() as db:
        make_member(db).interests = ["0800"]
        gone = wanting(db, now)
        set_alerts(db, gone, {10, 11}, {"kakao"}, on=False, rules=RULES, via="chat", now=now)
        assert match(db, planted(db), RULES, now) == 0


def test_two_channels_are_one_recommendation(database: Database, now: datetime) -> None:
    with database.session() as db:
        member = wanting(db, now)
        set_alerts(db, member, {10, 11}, {"sms"}, on=True, rules=RULES, via="page", now=now)
        assert match(db, planted(db), RULES, now) == 1


def test_clubs_are_for_who_wants_clubs_and_institutions_for_who_wants_those(
    database: Database, now: datetime
) -> None:
    with database.session() as db:
        of_hosts, of_clubs = wanting(db, now, 10), wanting(db, now, 11)
        by_host, by_club = planted(db), planted(db)
        by_club.club = club_of(db, by_club)
        db.flush()
        assert match(db, by_host, RULES, now) == match(db, by_club, RULES, now) == 1
        noted = {(note.member_id, note.program_id, note.kind) for note in found(db)}
    assert noted == {(of_hosts.id, by_host.id, 10), (of_clubs.id, by_club.id, 11)}


def club_of(db: Session, program: Program) -> HostClub:
    club = HostClub(host=program.host, name="푸른지구동아리")
    db.add(club)
    db.flush()
    return club


@pytest.mark.parametrize(
    "closed",
    [
        {"seats": 3, "taken": 3},
        {"apply_until": date(2026, 11, 22)},
        {"starts_on": date(2026, 11, 22)},
    ],
    ids=["full", "too late to apply", "over"],
)
def test_what_nobody_can_apply_for_is_not_recommended(
    database: Database, now: datetime, closed: dict[str, Any]
) -> None:
    with database.session() as db:
        wanting(db, now)
        assert match(db, planted(db, **closed), RULES, now) == 0


def test_what_opens_later_is_noted_and_waits(database: Database, now: datetime) -> None:
    with database.session() as db:
        wanting(db, now)
        assert match(db, planted(db, apply_from=date(2026, 11, 30)), RULES, now) == 1


def test_a_programme_without_sessions_suits_nobody(database: Database, now: datetime) -> None:
    with database.session() as db:
        wanting(db, now)
        assert match(db, make_program(db), RULES, now) == 0


def test_nothing_is_noted_where_the_rules_allow_no_digest(database: Database, now: datetime) -> None:
    with database.session() as db:
        wanting(db, now)
        assert match(db, planted(db), Rules(digest_per_day=0), now) == 0


UNSUITED: dict[str, dict[str, Any]] = {
    "another school level": {"level": Level.MIDDLE},
    "another region": {"sido_code": SEOUL, "sigungu_code": JUNG},
    "no known region": {"sido_code": None, "sigungu_code": None},
    "no time on that day": {"free_days": 1 << 6},
    "no reason at all": {"sigungu_code": "4500000", "interests": []},
    "a free day alone is no reason": {"sigungu_code": "4500000", "interests": [], "free_days": 32},
}


@pytest.mark.parametrize("changes", UNSUITED.values(), ids=UNSUITED)
def test_whom_it_does_not_suit_is_left_alone(
    database: Database, now: datetime, changes: dict[str, Any]
) -> None:
    with database.session() as db:
        wanting(db, now, **changes)
        assert match(db, planted(db, levels=Level.HIGH), RULES, now) == 0


SUITED: dict[str, tuple[dict[str, Any], str]] = {
    "likes the field, elsewhere in the region": ({"sigungu_code": "4500000"}, "interest"),
    "lives near and said no interests": ({"interests": []}, "near"),
    "has time on that day": ({"free_days": 32 + 64}, "interest near day"),
    "goes to no school": ({"level": None}, "interest near"),
}


@pytest.mark.parametrize(("changes", "reasons"), SUITED.values(), ids=SUITED)
def test_whom_it_suits_is_told_why(
    database: Database, now: datetime, changes: dict[str, Any], reasons: str
) -> None:
    with database.session() as db:
        wanting(db, now, **changes)
        assert match(db, planted(db, levels=Level.HIGH), RULES, now) == 1
        assert [note.reasons for note in found(db)] == [reasons]


def test_one_session_must_suit_in_everything(database: Database, now: datetime) -> None:
    """A Sunday in 천안 and a Saturday in 서울 are no Saturday in 천안."""
    with database.session() as db:
        wanting(db, now, free_days=1 << 5)
        program = planted(db, starts_on=SATURDAY + timedelta(days=1))
        far = make_session(db, program=program, starts_on=SATURDAY)
        far.sido_code, far.sigungu_code = SEOUL, JUNG
        db.flush()
        assert match(db, program, RULES, now) == 0


def test_the_online_field_knows_no_regions(database: Database, now: datetime) -> None:
    with database.session() as db:
        wanting(db, now, sido_code=SEOUL, sigungu_code=JUNG, interests=["1900"])
        assert match(db, planted(db, field="1900"), RULES, now) == 1


@pytest.mark.parametrize("whom", ["host", "club"])
def test_who_follows_hears_of_it_from_anywhere(database: Database, now: datetime, whom: str) -> None:
    with database.session() as db:
        member = wanting(db, now, sido_code=SEOUL, sigungu_code=JUNG, interests=[])
        program = planted(db)
        program.club = club_of(db, program)
        assert program.host is not None
        follow(db, member, program.host if whom == "host" else program.club, now)
        db.flush()
        assert match(db, program, RULES, now) == 1
        assert [note.reasons for note in found(db)] == [whom]


def test_following_somebody_else_is_no_reason(database: Database, now: datetime) -> None:
    with database.session() as db:
        member = wanting(db, now, sido_code=SEOUL, sigungu_code=JUNG, interests=[])
        follow(db, member, make_host(db, "다른수련관"), now)
        assert match(db, planted(db), RULES, now) == 0


@pytest.mark.parametrize("state", [ApplicationState.APPLIED, ApplicationState.CANCELLED_BY_USER])
def test_who_applied_knows_it(database: Database, now: datetime, state: ApplicationState) -> None:
    with database.session() as db:
        program = planted(db)
        make_application(db, wanting(db, now), make_session(db, program=program), state)
        make_application(db, make_member(db, name="김낯선"), make_session(db), state)
        assert match(db, program, RULES, now) == 0


def test_the_strongest_reason_comes_first_whatever_else_speaks_for_it(
    database: Database, now: datetime
) -> None:
    with database.session() as db:
        program = planted(db)
        assert program.host is not None
        makers: dict[str, Callable[[], Member]] = {
            "follows": lambda: wanting(db, now, sigungu_code="4500000", interests=[]),
            "likes": lambda: wanting(db, now, sigungu_code="4500000"),
            "near": lambda: wanting(db, now, interests=[], free_days=32),
        }
        members = {name: make() for name, make in makers.items()}
        follow(db, members["follows"], program.host, now)
        match(db, program, RULES, now)
        ranked = sorted(found(db), key=lambda note: -note.score)
    assert [note.member_id for note in ranked] == [each.id for each in members.values()]


def test_all_members_are_looked_at_in_one_statement(database: Database, now: datetime) -> None:
    with database.session() as db:
        for _ in range(20):
            wanting(db, now)
        program = planted(db)
        db.flush()
        written: list[str] = []
        listen(database.engine, "before_cursor_execute", lambda *said: written.append(said[2]))
        assert match(db, program, RULES, now) == 20
    assert [statement.split()[0] for statement in written] == ["SELECT", "INSERT"]
