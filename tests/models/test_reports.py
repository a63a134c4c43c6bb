"""What a report does to the store, where the API's own tests do not go."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from models.applications import LIVE, Application, ApplicationState, apply
from models.database import Database
from models.events import Event
from models.importing.run import run
from models.masking import mask
from models.members import Member
from models.programs import Program, ProgramSession, SessionState
from models.refusals import Refused
from models.reports import OVER, Outcome, Report, apply_report
from models.rules import Rules
from models.sessions import call_off
from tests.models.rows import dovol_row, read_dovol
from tests.world import make_member, make_session

RULES = Rules()
_REPORT: TypeAdapter[Report] = TypeAdapter(Report)
PROGRAMME: dict[str, Any] = {
    "type": "programme.published",
    "programme": {"title": "2026년 강변 줍깅", "content": "강변 쓰레기 줍기"},
    "sessions": [
        {
            "number": "PPG020001261102-90000001",
            "day": "2026-12-05",
            "sido": "서울특별시",
            "sigungu": "마포구",
            "place": "망원한강공원",
            "seats": 10,
            "hours": 2,
            "apply_from": "2026-11-01",
            "apply_until": "2026-12-04",
        }
    ],
}


def reported(database: Database, report: dict[str, Any], now: datetime) -> Outcome:
    with database.session() as db:
        outcome = apply_report(db, _REPORT.validate_python(report), RULES, now)
        db.commit()
        return outcome


def test_every_type_of_report_can_be_applied() -> None:
    schema = _REPORT.json_schema()
    assert len(schema["discriminator"]["mapping"]) == 16
    with pytest.raises(ValidationError):
        _REPORT.validate_python({"type": "member.deleted", "member": "x"})


def test_an_import_knows_a_reported_programme_again(database: Database, now: datetime) -> None:
    reported(database, PROGRAMME, now)
    result = run(database, read_dovol(dovol_row()), now)
    with database.session() as db:
        assert (result.new, result.changed) == (0, 1)
        assert db.scalar(select(func.count()).select_from(Program)) == 1
        assert db.scalar(select(func.count()).select_from(Event)) == 1


def test_a_reported_programme_that_an_import_brought_is_left_alone(database: Database, now: datetime) -> None:
    run(database, read_dovol(dovol_row(refMttr="집게 지참")), now)
    assert reported(database, PROGRAMME, now) == Outcome(changed=False)
    with database.session() as db:
        assert db.scalars(select(ProgramSession)).one().notes == "집게 지참"


def test_what_hosts_write_is_masked(database: Database, now: datetime) -> None:
    number = PROGRAMME["sessions"][0]["number"]
    reported(database, PROGRAMME, now)
    words = "담당자 010-0000-5678에게 물어보세요"
    with database.session() as db:
        application = apply(db, make_member(db), db.scalars(select(ProgramSession)).one(), RULES, now)
        db.commit()
    off = {"type": "session.called_off", "session": {"number": number}, "reason": words}
    reported(database, {"type": "session.moved", "session": {"number": number}, "place": words}, now)
    reported(database, off, now)
    with database.session() as db:
        assert db.get_one(Application, application.id).reason == mask(words)
        assert "5678" not in mask(words)
        assert "5678" not in db.scalars(select(ProgramSession)).one().place


def test_a_move_to_another_day_keeps_the_length_of_many_days(database: Database, now: datetime) -> None:
    with database.session() as db:
        session = make_session(db)
        session.source, session.source_no, session.ends_on = "dovol", "1", date(2026, 12, 7)
        db.commit()
    reported(database, {"type": "session.moved", "session": {"number": "1"}, "day": "2027-01-08"}, now)
    with database.session() as db:
        moved = db.get_one(ProgramSession, session.id)
        assert (moved.starts_on, moved.ends_on) == (date(2027, 1, 8), date(2027, 1, 10))
        assert db.get_one(Program, moved.program_id).last_date == date(2027, 1, 10)


def test_nothing_is_decided_on_a_talent_that_was_never_filed_by_a_child_alone(
    database: Database, now: datetime
) -> None:
    with database.session() as db:
        child = make_member(db, born=date(2014, 5, 5))
        db.commit()
    report = {
        "type": "talent.approved",
        "member": child.dovol_id,
        "offer": {"talent": "기타", "when": "주말", "where": "천안"},
        "host": {"name": "천안청소년수련관"},
    }
    with pytest.raises(Exception, match="guardian_consent"):
        reported(database, report, now)
    with database.session() as db:
        assert db.scalar(select(func.count()).select_from(Event)) == 0


def insistent(work: Callable[[], object]) -> object:
    """Do work as whoever reports or imports does: again while others hold the store."""
    while True:
        try:
            return work()
        except OperationalError:
            continue


def test_whoever_applies_while_a_session_is_called_off_is_not_left_behind(
    database: Database, now: datetime
) -> None:
    with database.session() as db:
        session = make_session(db, seats=4)
        members = [make_member(db) for _ in range(8)]
        db.commit()

    def applying(member: Member) -> None:
        with database.session() as db:
            try:
                apply(db, db.get_one(Member, member.id), db.get_one(ProgramSession, session.id), RULES, now)
                db.commit()
            except Refused:
                db.rollback()

    def calling_off() -> None:
        with database.session() as db:
            call_off(db, db.get_one(ProgramSession, session.id), "", now)
            db.commit()

    work: list[Any] = [lambda member=member: applying(member) for member in members]
    work.insert(4, calling_off)
    with ThreadPoolExecutor(5) as threads:
        list(threads.map(insistent, work))
    with database.session() as db:
        left = db.scalars(select(Application).where(Application.state.in_(LIVE))).all()
        assert (left, db.get_one(ProgramSession, session.id).state) == ([], SessionState.CALLED_OFF)
        assert db.get_one(ProgramSession, session.id).taken == 0
        versions = db.execute(select(Event.object, Event.version)).all()
        ended = db.scalars(select(Application)).all()
        assert sorted(versions) == sorted((f"application:{each.id}", v) for each in ended for v in (1, 2))


def test_a_decision_after_an_absence_was_entered_comes_too_late(database: Database, now: datetime) -> None:
    with database.session() as db:
        member, session = make_member(db), make_session(db)
        session.source, session.source_no = "dovol", "1"
        db.commit()
    on = {"member": member.dovol_id, "session": {"number": "1"}}
    reported(database, {"type": "activity.absent", **on}, now)
    later = now + timedelta(hours=1)
    assert reported(database, {"type": "application.approved", **on}, later) == OVER
    with database.session() as db:
        assert db.scalars(select(Application)).one().state is ApplicationState.ABSENT
