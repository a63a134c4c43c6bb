"""The evening before: who is reminded, and once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

import pytest
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from alerts import reminders
from alerts.reminders import plan_reminders
from models.alert_settings import set_quiet_hours
from models.applications import Application, ApplicationState
from models.database import Database
from models.members import Member
from models.outbox import Alert
from models.programs import SessionState
from tests.world import NOW, make_application, make_member, make_session

S = ApplicationState
TOMORROW = NOW.date() + timedelta(days=1)
EVENING = NOW.replace(hour=17)


@pytest.fixture
def db(database: Database) -> Iterator[Session]:
    with database.session() as session:
        yield session


def apply(db: Session, state: ApplicationState = S.APPROVED, starts_on: date = TOMORROW) -> Application:
    return make_application(db, make_member(db), make_session(db, starts_on=starts_on), state)


def owed(db: Session) -> list[Alert]:
    return list(db.scalars(select(Alert).order_by(Alert.id)))


def test_nobody_is_reminded_before_the_evening(db: Session) -> None:
    apply(db)
    assert plan_reminders(db, NOW.replace(hour=16, minute=59)) == 0
    assert owed(db) == []


def test_who_is_approved_for_tomorrow_is_reminded_in_the_evening(db: Session) -> None:
    application = apply(db)
    assert plan_reminders(db, EVENING) == 1
    (alert,) = owed(db)
    assert (alert.kind, alert.recipient) == (5, f"member:{application.member_id}")
    assert (alert.object, alert.version) == (f"application:{application.id}", TOMORROW.toordinal())
    assert (alert.due_at, alert.at_once) == (EVENING, False)
    assert alert.deadline == EVENING + timedelta(hours=20)


@pytest.mark.parametrize("state", [state for state in S if state is not S.APPROVED])
def test_who_is_not_approved_is_not_reminded(db: Session, state: ApplicationState) -> None:
    apply(db, state)
    assert plan_reminders(db, EVENING) == 0


@pytest.mark.parametrize("days", [-1, 0, 2], ids=["yesterday", "today", "the day after"])
def test_only_tomorrow_is_reminded_of(db: Session, days: int) -> None:
    apply(db, starts_on=NOW.date() + timedelta(days=days))
    assert plan_reminders(db, EVENING) == 0


def test_what_is_called_off_is_not_reminded_of(db: Session) -> None:
    apply(db).session.state = SessionState.CALLED_OFF
    db.flush()
    assert plan_reminders(db, EVENING) == 0


def test_looking_again_every_minute_reminds_nobody_twice(db: Session) -> None:
    apply(db)
    assert [plan_reminders(db, EVENING + timedelta(minutes=n)) for n in range(3)] == [1, 0, 0]


def test_who_is_approved_during_the_evening_is_reminded_too(db: Session) -> None:
    apply(db)
    plan_reminders(db, EVENING)
    apply(db)
    assert plan_reminders(db, EVENING + timedelta(hours=1)) == 1


def test_a_session_that_moves_to_another_day_is_reminded_of_again(db: Session) -> None:
    application = apply(db)
    plan_reminders(db, EVENING)
    application.session.starts_on = application.session.ends_on = TOMORROW + timedelta(days=3)
    db.commit()
    assert plan_reminders(db, EVENING + timedelta(days=3)) == 1
    assert len({alert.version for alert in owed(db)}) == 2


@pytest.mark.parametrize(
    ("quiet", "due"),
    [
        ((time(16), time(19)), EVENING.replace(hour=19)),
        ((time(16), time(7)), EVENING.replace(hour=8) + timedelta(days=1)),
    ],
    ids=["part of the evening", "the whole evening"],
)
def test_own_quiet_hours_move_the_reminder_and_do_not_lose_it(
    db: Session, quiet: tuple[time, time], due: datetime
) -> None:
    application = apply(db)
    set_quiet_hours(db, application.member, *quiet, NOW)
    plan_reminders(db, EVENING)
    assert owed(db)[0].due_at == due


def test_more_than_one_page_of_people_is_reminded(db: Session) -> None:
    session, count = make_session(db, starts_on=TOMORROW, seats=5000), reminders.AT_ONCE + 5
    people = [
        {
            "dovol_id": f"p-{n}",
            "name": "홍길동",
            "birth_date": date(2010, 5, 5),
            "interests": [],
            "careers": [],
            "created_at": NOW,
        }
        for n in range(count)
    ]
    db.execute(insert(Member), people)
    applied = [
        {
            "member_id": member_id,
            "session_id": session.id,
            "state": S.APPROVED,
            "applied_at": NOW,
            "changed_at": NOW,
        }
        for member_id in db.scalars(select(Member.id))
    ]
    db.execute(insert(Application), applied)
    db.commit()
    assert [plan_reminders(db, EVENING), plan_reminders(db, EVENING)] == [count, 0]
    assert len({alert.recipient for alert in owed(db)}) == count
