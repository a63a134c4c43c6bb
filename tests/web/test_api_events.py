"""DOVOL's own system reports what changed there: over the whole application, on SQLite and PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app import close_app, create_app
from bot.settings import Settings
from models import api_requests
from models.api_requests import KEPT, UNDER_WAY, ApiRequest
from models.applications import Application, ApplicationState, apply, cancel
from models.certificates import Certificate
from models.clock import SetClock
from models.consents import consent_of, set_dovol_side
from models.database import Database
from models.events import Event
from models.hours import total_hours
from models.members import Level, Member
from models.profiles import ProfileChange
from models.programs import Program, ProgramSession, SessionState
from models.retention import purge
from models.rules import Rules
from models.talents import OfferState, TalentOffer, withdraw_offer
from tests.world import make_application, make_member, make_record, make_session

KEY = "the key of DOVOL's own system, 32 characters and more"
RULES = Rules()
NUMBER = "PPG020001261102-90000001"
_keys = count(1)


def settings(folder: Path, database: str, redis_url: str, key: str) -> Settings:
    return Settings(
        app_env="test",
        instance_dir=folder,
        database_url=database,
        redis_url=redis_url,
        skill_key="k" * 16,
        nlu_token="t" * 16,
        data_key="a key for tests only, of enough length",
        signing_key="a key for tests",
        events_key=key,
    )


@pytest.fixture
def app(tmp_path: Path, database_address: str, redis_url: str, clock: SetClock) -> Iterator[Flask]:
    app = create_app(settings(tmp_path, database_address, redis_url, KEY), clock)
    yield app
    close_app(app)


@pytest.fixture
def db(app: Flask) -> Iterator[Session]:
    database: Database = app.extensions["database"]
    with database.session() as session:
        yield session


@pytest.fixture
def member(db: Session) -> Member:
    member = make_member(db)
    db.commit()
    return member


@pytest.fixture
def session(db: Session) -> ProgramSession:
    return known_session(db)


def known_session(db: Session, number: str = NUMBER, **other: Any) -> ProgramSession:
    session = make_session(db, **other)
    session.source, session.source_no = "dovol", number
    db.commit()
    return session


@dataclass
class Dovol:
    """The other system: sends a report and reads the answer."""

    app: Flask

    def send(
        self,
        report: Any,
        *,
        key: str | None = None,
        authorization: str | None = f"Bearer {KEY}",
        content_type: str = "application/json",
    ) -> TestResponse:
        headers = {"Idempotency-Key": key if key is not None else f"key-{next(_keys)}"}
        if authorization is not None:
            headers["Authorization"] = authorization
        body = report if isinstance(report, bytes) else json.dumps(report).encode()
        return self.app.test_client().post(
            "/api/v1/events", data=body, headers=headers, content_type=content_type
        )

    def changed(self, report: Any) -> bool:
        """Return whether a report that is well received changed something."""
        answer = self.send(report)
        assert answer.status_code == 200, answer.text
        return bool(answer.get_json()["changed"])

    def passed_over(self, report: Any) -> str:
        """Return why a report that is well received changed nothing."""
        answer = self.send(report)
        assert (answer.status_code, answer.get_json()["changed"]) == (200, False), answer.text
        return str(answer.get_json().get("why", ""))


@pytest.fixture
def dovol(app: Flask) -> Dovol:
    return Dovol(app)


def about(member: Member, kind: str, at: datetime | None = None, /, **more: Any) -> dict[str, Any]:
    moment = {"occurred_at": at.isoformat()} if at else {}
    return {"type": kind, "member": member.dovol_id, **moment, **more}


def on(member: Member, kind: str, at: datetime | None = None, /, **more: Any) -> dict[str, Any]:
    return about(member, kind, at, session={"source": "dovol", "number": NUMBER}, **more)


def told(db: Session) -> list[tuple[str, int, dict[str, Any]]]:
    db.rollback()
    return [(each.object, each.version, each.data) for each in db.scalars(select(Event).order_by(Event.id))]


def application_of(db: Session, member: Member) -> Application:
    db.rollback()
    query = select(Application).where(Application.member_id == member.id).order_by(Application.id.desc())
    return db.scalars(query.execution_options(populate_existing=True)).first()  # type: ignore[return-value]  # there is one


def problem(answer: TestResponse, status: int, code: str) -> dict[str, Any]:
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json"), answer.text
    assert (answer.get_json()["status"], answer.get_json()["code"]) == (status, code)
    assert answer.get_json()["detail"]
    return dict(answer.get_json())


OFFER: dict[str, Any] = {
    "offer": {"talent": "기타 연주", "when": "토요일", "where": "천안"},
    "host": {"name": "천안청소년수련관", "phone": "041-000-1388"},
}
PROGRAMME: dict[str, Any] = {
    "type": "programme.published",
    "programme": {
        "title": "강변 줍깅",
        "content": "쓰레기를 줍고 나눠 담아요",
        "host": {"name": "마포청소년센터", "phone": "02-000-1388"},
        "field": "0800",
        "levels": ["middle", "high"],
    },
    "sessions": [
        {
            "number": NUMBER,
            "day": "2026-12-05",
            "begins_at": "10:00",
            "ends_at": "12:00",
            "sido": "서울특별시",
            "sigungu": "마포구",
            "place": "망원한강공원",
            "seats": 10,
            "hours": 2,
            "notes": "집게 지참",
            "apply_from": "2026-11-23",
            "apply_until": "2026-12-04",
        }
    ],
}


# Each type, once and twice


def test_a_changed_profile_is_told_by_its_fields(dovol: Dovol, db: Session, member: Member) -> None:
    report = about(member, "member.profile_changed", fields=["phone", "school"])
    assert dovol.changed(report)
    change = db.scalars(select(ProfileChange)).one()
    assert (change.fields, change.via) == (["school", "phone"], "dovol")
    assert told(db) == [(f"profile_change:{change.id}", 1, {"fields": ["school", "phone"]})]


def test_a_profile_field_without_a_name_is_refused(dovol: Dovol, db: Session, member: Member) -> None:
    body = problem(
        dovol.send(about(member, "member.profile_changed", fields=["phone", "shoes"])), 422, "invalid"
    )
    assert body["errors"][0]["field"] == "fields.1"
    assert "phone" in body["errors"][0]["advice"]
    assert told(db) == []


def test_the_same_profile_change_at_the_same_moment_is_one(
    dovol: Dovol, db: Session, member: Member, now: datetime
) -> None:
    report = about(member, "member.profile_changed", now, fields=["phone"])
    assert [dovol.changed(report) for _ in range(2)] == [True, False]
    assert len(told(db)) == 1


def test_values_of_a_profile_are_refused_and_not_repeated(dovol: Dovol, db: Session, member: Member) -> None:
    report = about(member, "member.profile_changed", fields=["phone"], phone="010-0000-7777")
    answer = dovol.send(report)
    body = problem(answer, 422, "invalid")
    assert body["errors"] == [{"field": "phone", "advice": "leave it out: it is not in the schema"}]
    assert "7777" not in answer.text
    assert told(db) == []


def test_a_matched_talent_is_known_and_an_approved_one_told(
    dovol: Dovol, db: Session, member: Member
) -> None:
    matched = about(member, "talent.matched", **OFFER)
    assert [dovol.changed(matched) for _ in range(2)] == [True, False]
    offer = db.scalars(select(TalentOffer)).one()
    assert (offer.state, offer.matches[0].host.phone) == (OfferState.MATCHED, "041-000-1388")
    approved = about(member, "talent.approved", **OFFER)
    assert [dovol.changed(approved) for _ in range(2)] == [True, False]
    assert [name.split(":")[0] for name, _, _ in told(db)] == ["talent_offer", "talent_match"]
    db.refresh(offer)
    assert offer.state is OfferState.APPROVED


def test_a_withdrawn_talent_stays_withdrawn(dovol: Dovol, db: Session, member: Member) -> None:
    dovol.changed(about(member, "talent.matched", **OFFER))
    withdraw_offer(db, db.scalars(select(TalentOffer)).one(), member)
    db.commit()
    assert dovol.passed_over(about(member, "talent.approved", **OFFER)) == "over"
    assert len(told(db)) == 1


def test_an_application_goes_through_all_its_states(
    dovol: Dovol, db: Session, member: Member, session: ProgramSession
) -> None:
    for kind, more in (
        ("application.filed", {}),
        ("application.waitlisted", {}),
        ("application.promoted", {}),
        ("activity.absent", {}),
        ("activity.attended", {"hours": 2}),
    ):
        assert [dovol.changed(on(member, kind, **more)) for _ in range(2)] == [True, False], kind
    application = application_of(db, member)
    name = f"application:{application.id}"
    assert told(db) == [
        (name, 1, {"state": "applied", "by": "member"}),
        (name, 2, {"state": "waitlisted", "by": "host"}),
        (name, 3, {"state": "approved", "by": "system"}),
        (name, 4, {"state": "absent", "by": "host"}),
        (name, 5, {"state": "attended", "by": "host"}),
    ]
    assert [step.version for step in application.history] == [1, 2, 3, 4, 5]
    db.refresh(session)
    assert (session.taken, total_hours(db, member)) == (1, 2)


@pytest.mark.parametrize(
    ("kind", "more", "state", "by"),
    [
        ("application.approved", {}, "approved", "host"),
        ("application.rejected", {"reason": "신청이 많아요."}, "rejected", "host"),
        ("application.cancelled", {"by": "member"}, "cancelled_by_user", "member"),
        ("application.cancelled", {"by": "host", "reason": "비가 와요."}, "cancelled_by_host", "host"),
        ("application.promoted", {}, "approved", "system"),
        ("activity.attended", {"hours": 3}, "attended", "host"),
        ("activity.absent", {}, "absent", "host"),
    ],
)
def test_what_is_not_known_here_is_filed_first(
    dovol: Dovol,
    db: Session,
    member: Member,
    session: ProgramSession,
    kind: str,
    more: dict[str, Any],
    state: str,
    by: str,
) -> None:
    assert [dovol.changed(on(member, kind, **more)) for _ in range(2)] == [True, False]
    application = application_of(db, member)
    assert (application.state.value, application.reason) == (state, more.get("reason"))
    assert [data for _, _, data in told(db)] == [
        {"state": "applied", "by": "system"},
        {"state": state, "by": by},
    ]


def test_who_goes_straight_to_the_waiting_list_takes_no_seat(
    dovol: Dovol, db: Session, member: Member, session: ProgramSession
) -> None:
    assert [dovol.changed(on(member, "application.waitlisted")) for _ in range(2)] == [True, False]
    db.refresh(session)
    assert (session.taken, application_of(db, member).version) == (0, 1)


def test_the_host_may_give_more_seats_than_it_announced(dovol: Dovol, db: Session, member: Member) -> None:
    full = known_session(db, seats=2, taken=2)
    assert dovol.changed(on(member, "application.approved"))
    db.refresh(full)
    assert full.taken == 3


def test_after_an_end_one_can_apply_again(
    dovol: Dovol, db: Session, member: Member, session: ProgramSession, now: datetime
) -> None:
    dovol.changed(on(member, "application.filed", now - timedelta(hours=3)))
    dovol.changed(on(member, "application.cancelled", now - timedelta(hours=2), by="member"))
    assert dovol.changed(on(member, "application.filed", now - timedelta(hours=1)))
    assert dovol.passed_over(on(member, "application.cancelled", now - timedelta(hours=2), by="member")) == (
        "older"
    )
    db.rollback()
    states = db.scalars(select(Application.state).order_by(Application.id)).all()
    assert states == [ApplicationState.CANCELLED_BY_USER, ApplicationState.APPLIED]


def test_no_more_hours_than_a_day_allows_are_credited(
    dovol: Dovol, db: Session, member: Member, session: ProgramSession
) -> None:
    make_record(db, member, served_on=session.starts_on, hours=6)
    db.commit()
    assert dovol.changed(on(member, "activity.attended", hours=4))
    assert total_hours(db, member) == RULES.max_hours_per_day


def test_a_certificate_is_issued_once_a_day(
    dovol: Dovol, db: Session, member: Member, session: ProgramSession
) -> None:
    dovol.changed(on(member, "activity.attended", hours=2))
    for kind in ("199010", "199015"):
        more = on(member, "certificate.issued", kind=kind)
        report = more if kind == "199010" else {k: v for k, v in more.items() if k != "session"}
        assert [dovol.changed(report) for _ in range(2)] == [True, False], kind
    certificates = db.scalars(select(Certificate).order_by(Certificate.id)).all()
    assert [name for name, _, _ in told(db)][2:] == [f"certificate:{each.id}" for each in certificates]


def test_a_certificate_about_nothing_is_refused_by_the_rule(
    dovol: Dovol, db: Session, member: Member
) -> None:
    problem(dovol.send(about(member, "certificate.issued", kind="199015")), 422, "nothing_credited")
    problem(dovol.send(about(member, "certificate.issued", kind="199014")), 422, "invalid")
    assert told(db) == []


def test_a_consent_is_told_each_time_it_changes(dovol: Dovol, db: Session, member: Member) -> None:
    changed = [
        dovol.changed(about(member, "consent_1365.changed", agreed=each)) for each in (True, True, False)
    ]
    assert changed == [True, False, True]
    name = f"consent_1365:{member.id}"
    assert told(db) == [(name, 1, {"agreed": True}), (name, 2, {"agreed": False})]


def test_a_child_without_a_guardian_does_not_consent_by_a_report(dovol: Dovol, db: Session) -> None:
    child = make_member(db, born=date(2014, 5, 5))
    db.commit()
    report = about(child, "consent_1365.changed", agreed=True)
    problem(dovol.send(report), 422, "guardian_consent")
    assert consent_of(db, child) is None
    assert told(db) == []


def test_a_session_that_is_called_off_takes_its_applications_with_it(
    dovol: Dovol, db: Session, member: Member, session: ProgramSession
) -> None:
    application = make_application(db, member, session, ApplicationState.APPROVED)
    db.commit()
    report = {"type": "session.called_off", "session": {"number": NUMBER}, "reason": "비가 많이 와요."}
    assert [dovol.changed(report) for _ in range(2)] == [True, False]
    db.refresh(session)
    db.refresh(application)
    assert (session.state, application.reason) == (SessionState.CALLED_OFF, "비가 많이 와요.")
    assert told(db) == [(f"application:{application.id}", 2, {"state": "cancelled_by_host", "by": "host"})]


def test_a_session_that_is_moved_says_where_it_was(
    dovol: Dovol, db: Session, member: Member, session: ProgramSession, now: datetime
) -> None:
    make_application(db, member, session)
    db.commit()
    report = {
        "type": "session.moved",
        "session": {"number": NUMBER},
        "day": "2026-12-12",
        "begins_at": "14:00",
        "ends_at": "16:00",
        "place": "월드컵공원",
    }
    assert [dovol.changed(report) for _ in range(2)] == [True, False]
    db.refresh(session)
    assert (session.starts_on, session.ends_on, session.weekday) == (
        date(2026, 12, 12),
        date(2026, 12, 12),
        5,
    )
    assert (session.begins_at, session.ends_at, session.place) == (time(14), time(16), "월드컵공원")
    before = {"day": "2026-12-05", "time": "10:00", "place": "천안천"}
    assert told(db) == [(f"session:{session.id}", int(now.timestamp()), {"before": before})]


def test_a_published_programme_can_be_applied_for_and_is_told_once(dovol: Dovol, db: Session) -> None:
    assert [dovol.changed(PROGRAMME) for _ in range(2)] == [True, False]
    program = db.scalars(select(Program)).one()
    (session,) = program.sessions
    assert program.host is not None
    assert (program.host.name, program.host.phone) == ("마포청소년센터", "02-000-1388")
    assert (program.field_code, program.levels) == ("0800", int(Level.MIDDLE | Level.HIGH))
    assert (session.source, session.source_no, session.seats) == ("dovol", NUMBER, 10)
    assert (session.begins_at, session.sigungu_code is not None) == (time(10), True)
    assert told(db) == [(f"program:{program.id}", 1, {})]


def test_a_clubs_programme_names_the_club(dovol: Dovol, db: Session) -> None:
    assert dovol.changed({**PROGRAMME, "programme": {**PROGRAMME["programme"], "club": "줍깅반"}})
    program = db.scalars(select(Program)).one()
    assert program.club is not None
    assert (program.club.name, program.club.host) == ("줍깅반", program.host)


def test_a_published_programme_leaves_a_session_alone_that_is_known(dovol: Dovol, db: Session) -> None:
    dovol.changed(PROGRAMME)
    dovol.changed({"type": "session.called_off", "session": {"number": NUMBER}})
    second = {**PROGRAMME["sessions"][0], "number": "PPG020001261102-90000002", "day": "2026-12-06"}
    assert dovol.changed({**PROGRAMME, "sessions": [*PROGRAMME["sessions"], second]})
    states = db.scalars(select(ProgramSession.state).order_by(ProgramSession.source_no)).all()
    assert states == [SessionState.CALLED_OFF, SessionState.PLANNED]
    assert len(told(db)) == 1


# Order


def test_reports_out_of_order_move_no_state_backwards(
    dovol: Dovol, db: Session, member: Member, session: ProgramSession, now: datetime
) -> None:
    moments = [now - timedelta(hours=hours) for hours in (3, 2, 1)]
    assert dovol.changed(on(member, "application.cancelled", moments[2], by="host"))
    assert dovol.passed_over(on(member, "application.approved", moments[1])) == "older"
    assert dovol.passed_over(on(member, "application.filed", moments[0])) == "older"
    application = application_of(db, member)
    assert (application.state, application.changed_at) == (ApplicationState.CANCELLED_BY_HOST, moments[2])


def test_reports_of_one_backlog_are_all_applied(
    dovol: Dovol, db: Session, member: Member, session: ProgramSession, now: datetime
) -> None:
    """What happened there before we heard of the step before it is still newer than that step."""
    assert dovol.changed(on(member, "application.filed", now - timedelta(hours=3)))
    assert dovol.changed(on(member, "application.approved", now - timedelta(hours=2)))
    assert application_of(db, member).state is ApplicationState.APPROVED


def test_what_was_done_here_later_stands(
    dovol: Dovol, db: Session, member: Member, session: ProgramSession, clock: SetClock
) -> None:
    application = apply(db, member, session, RULES, clock.now())
    approved_at = clock.now() + timedelta(minutes=1)
    clock.advance(timedelta(minutes=5))
    cancel(db, application, member, RULES, clock.now())
    db.commit()
    assert dovol.passed_over(on(member, "application.approved", approved_at)) == "older"
    set_dovol_side(db, member, agreed=True, rules=RULES, via="chat", now=clock.now())
    db.commit()
    assert dovol.passed_over(about(member, "consent_1365.changed", approved_at, agreed=False)) == "older"


def test_after_attendance_no_decision_counts_any_more(
    dovol: Dovol, db: Session, member: Member, session: ProgramSession
) -> None:
    dovol.changed(on(member, "activity.attended", hours=2))
    for kind in ("application.approved", "application.waitlisted", "application.rejected"):
        assert dovol.passed_over(on(member, kind)) == "over"
    assert application_of(db, member).state is ApplicationState.ATTENDED


def test_hours_that_were_corrected_are_not_set_back(
    dovol: Dovol, db: Session, member: Member, session: ProgramSession, now: datetime
) -> None:
    dovol.changed(on(member, "activity.attended", now - timedelta(hours=2), hours=2))
    assert dovol.changed(on(member, "activity.attended", now - timedelta(hours=1), hours=3))
    assert dovol.passed_over(on(member, "activity.attended", now - timedelta(hours=2), hours=2)) == "older"
    assert total_hours(db, member) == 3


def test_an_older_place_does_not_come_back(
    dovol: Dovol, db: Session, session: ProgramSession, now: datetime
) -> None:
    moved = {"type": "session.moved", "session": {"number": NUMBER}}
    assert dovol.changed({**moved, "place": "새 곳", "occurred_at": now.isoformat()})
    older = (now - timedelta(hours=1)).isoformat()
    assert dovol.passed_over({**moved, "place": "헌 곳", "occurred_at": older}) == "older"
    assert dovol.changed({"type": "session.called_off", "session": {"number": NUMBER}})
    assert dovol.passed_over({**moved, "place": "다른 곳"}) == "over"
    db.refresh(session)
    assert session.place == "새 곳"


def test_the_future_is_refused_but_a_clock_a_little_ahead_is_not(
    dovol: Dovol, db: Session, member: Member, session: ProgramSession, now: datetime
) -> None:
    problem(dovol.send(on(member, "application.filed", now + timedelta(hours=1))), 422, "in_future")
    assert dovol.changed(on(member, "application.filed", now + timedelta(minutes=2)))
    assert application_of(db, member).changed_at == now


# The same request again


def test_the_same_request_gets_the_same_answer_again(
    dovol: Dovol, db: Session, member: Member, session: ProgramSession
) -> None:
    report = on(member, "application.approved")
    first, again = (dovol.send(report, key="once") for _ in range(2))
    assert first.get_json() == again.get_json() == {"changed": True}
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert len(told(db)) == 2


def test_the_same_key_with_another_body_is_refused(
    dovol: Dovol, db: Session, member: Member, session: ProgramSession
) -> None:
    dovol.send(on(member, "application.approved"), key="once")
    problem(dovol.send(on(member, "application.rejected"), key="once"), 422, "key_reused")
    assert application_of(db, member).state is ApplicationState.APPROVED


def test_while_the_first_is_under_way_the_second_waits_and_a_dead_one_is_taken_over(
    dovol: Dovol, db: Session, member: Member, session: ProgramSession, clock: SetClock
) -> None:
    report = on(member, "application.approved")
    api_requests.begin(db, "once", json.dumps(report).encode(), clock.now())
    db.commit()
    answer = dovol.send(report, key="once")
    problem(answer, 409, "under_way")
    assert answer.headers["Retry-After"] == "1"
    assert told(db) == []
    clock.advance(UNDER_WAY)
    assert dovol.send(report, key="once").get_json() == {"changed": True}
    assert dovol.send(report, key="once").headers["Idempotent-Replayed"] == "true"


def test_who_was_taken_over_changes_nothing_any_more(db: Session, app: Flask, now: datetime) -> None:
    slow = api_requests.begin(db, "once", b"{}", now)
    fast = api_requests.begin(db, "once", b"{}", now + UNDER_WAY)
    assert api_requests.finish(db, slow.claim, 200, "{}") is False
    assert api_requests.finish(db, fast.claim, 200, "{}") is True


def test_a_refused_report_may_be_sent_again_with_the_same_key(
    dovol: Dovol, db: Session, member: Member
) -> None:
    report = on(member, "application.filed")
    problem(dovol.send(report, key="once"), 422, "unknown_session")
    known_session(db)
    assert dovol.send(report, key="once").get_json() == {"changed": True}


def test_two_at_once_with_one_key_change_it_once(
    dovol: Dovol, db: Session, member: Member, session: ProgramSession
) -> None:
    report = about(member, "member.profile_changed", fields=["phone"])  # nothing but the key tells two apart
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: dovol.send(report, key="once"), range(16)))
    assert {answer.status_code for answer in answers} <= {200, 409, 503}
    fresh = [
        each for each in answers if each.status_code == 200 and "Idempotent-Replayed" not in each.headers
    ]
    assert len(fresh) == 1
    assert len(told(db)) == 1


def test_two_at_once_with_two_keys_change_it_once(
    dovol: Dovol, db: Session, member: Member, session: ProgramSession
) -> None:
    report = on(member, "application.approved")
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: dovol.send(report), range(16)))
    assert {answer.status_code for answer in answers} <= {200, 503}
    assert sum(answer.get_json().get("changed", False) for answer in answers) == 1
    assert db.scalar(select(func.count()).select_from(Application)) == 1
    assert len(told(db)) == 2


def test_answers_are_kept_for_two_days(
    dovol: Dovol, db: Session, member: Member, session: ProgramSession, now: datetime
) -> None:
    dovol.send(on(member, "application.approved"), key="once")
    assert purge(db, RULES, now + KEPT)["api_request"] == 0
    assert purge(db, RULES, now + KEPT + timedelta(seconds=1))["api_request"] == 1


def test_neither_key_nor_body_is_kept(
    dovol: Dovol, db: Session, member: Member, session: ProgramSession
) -> None:
    dovol.send(on(member, "application.approved"), key="a key of theirs")
    kept = db.scalars(select(ApiRequest)).one()
    everything = " ".join(str(value) for value in vars(kept).values())
    assert "a key of theirs" not in everything
    assert member.dovol_id not in everything


# What cannot be


def test_somebody_unknown_is_named_by_the_field(dovol: Dovol, db: Session, session: ProgramSession) -> None:
    report = {"type": "application.filed", "member": "nobody", "session": {"number": NUMBER}}
    answer = dovol.send(report)
    assert problem(answer, 422, "unknown_member")["errors"][0]["field"] == "member"
    assert "nobody" not in answer.text


def test_a_member_who_was_deleted_is_unknown(
    dovol: Dovol, db: Session, member: Member, session: ProgramSession
) -> None:
    report = on(member, "application.filed")
    db.delete(member)
    db.commit()
    problem(dovol.send(report), 422, "unknown_member")
    assert told(db) == []


def test_an_unknown_session_is_named_by_the_field(dovol: Dovol, db: Session, member: Member) -> None:
    body = problem(dovol.send(on(member, "application.filed")), 422, "unknown_session")
    assert body["errors"] == [{"field": "session.number", "advice": "report programme.published first"}]
    assert told(db) == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"type": "application.forgotten"}, "type"),
        ({"type": None}, "type"),
        ({"member": ""}, "member"),
        ({"member": "two\nlines"}, "member"),
        ({"member": 7}, "member"),
        ({"session": {"number": "x" * 61}}, "session.number"),
        ({"session": {"source": "1365", "number": NUMBER}}, "session.source"),
        ({"occurred_at": "2026-11-23T10:00:00"}, "occurred_at"),
        ({"occurred_at": "0001-01-01T00:00:00+09:00"}, "occurred_at"),
        ({"hours": 0}, "hours"),
        ({"hours": "2"}, "hours"),
        ({"hours": 25}, "hours"),
        ({"name": "홍길동"}, "name"),
    ],
)
def test_a_field_that_is_wrong_is_named(
    dovol: Dovol, db: Session, member: Member, session: ProgramSession, change: dict[str, Any], field: str
) -> None:
    report = {**on(member, "activity.attended", hours=2), **change}
    body = problem(dovol.send(report), 422, "invalid")
    assert [each["field"] for each in body["errors"]] == [field]
    assert field in body["detail"]
    assert told(db) == []


@pytest.mark.parametrize(
    "moved",
    [{}, {"begins_at": "10:00"}, {"begins_at": "12:00", "ends_at": "10:00"}, {"ends_at": "10:00+09:00"}],
)
def test_a_move_says_where_to(dovol: Dovol, session: ProgramSession, moved: dict[str, Any]) -> None:
    report = {"type": "session.moved", "session": {"number": NUMBER}, **moved}
    problem(dovol.send(report), 422, "invalid")


def test_dates_that_run_backwards_are_refused(dovol: Dovol, db: Session) -> None:
    backwards = {**PROGRAMME["sessions"][0], "apply_until": "2026-11-01"}
    problem(dovol.send({**PROGRAMME, "sessions": [backwards]}), 422, "malformed")
    assert db.scalar(select(func.count()).select_from(Program)) == 0


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff", b"[" * 60_000], ids=["empty", "cut", "not UTF-8", "deep"]
)
def test_what_is_no_json_is_refused(dovol: Dovol, body: bytes) -> None:
    problem(dovol.send(body), 400, "not_json")


def test_a_list_of_reports_is_refused(dovol: Dovol) -> None:
    problem(dovol.send(b"[]"), 400, "not_an_object")


def test_a_body_that_is_too_large_is_refused(dovol: Dovol) -> None:
    problem(dovol.send(b" " * (64 * 1024 + 1)), 413, "too_large")


def test_another_kind_of_body_is_refused(dovol: Dovol) -> None:
    problem(dovol.send(b"{}", content_type="text/plain"), 415, "not_json_type")


@pytest.mark.parametrize("key", ["", "k" * 256])
def test_a_request_without_a_sound_key_of_its_own_is_refused(dovol: Dovol, member: Member, key: str) -> None:
    report = about(member, "member.profile_changed", fields=["phone"])
    problem(dovol.send(report, key=key), 400, "no_idempotency_key")


@pytest.mark.parametrize("authorization", [None, "", "Bearer", "Bearer wrong", f"Basic {KEY}", "Bearer 열쇠"])
def test_without_the_key_nothing_happens(
    dovol: Dovol, db: Session, member: Member, authorization: str | None
) -> None:
    report = about(member, "member.profile_changed", fields=["phone"])
    encoded = authorization.encode().decode("latin-1") if authorization is not None else None
    answer = dovol.send(report, authorization=encoded)
    problem(answer, 401, "unauthorized")
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert told(db) == []


def test_another_method_says_which_one(app: Flask) -> None:
    answer = app.test_client().get("/api/v1/events")
    problem(answer, 405, "method_not_allowed")
    assert answer.headers["Allow"] == "POST"


def test_without_a_key_of_ours_it_is_not_there(
    tmp_path: Path, sqlite_address: str, redis_url: str, clock: SetClock
) -> None:
    app = create_app(settings(tmp_path, sqlite_address, redis_url, ""), clock)
    problem(Dovol(app).send(PROGRAMME, authorization="Bearer "), 404, "not_set_up")
    close_app(app)


def test_a_store_that_does_not_answer_in_time_says_so(
    dovol: Dovol, app: Flask, db: Session, member: Member
) -> None:
    database: Database = app.extensions["database"]
    report = about(member, "member.profile_changed", fields=["phone"])
    with database.session() as other:
        member.lock(other)
        answer = dovol.send(report, key="once")
        problem(answer, 503, "busy")
        other.rollback()
    assert answer.headers["Retry-After"] == "1"
    assert told(db) == []
