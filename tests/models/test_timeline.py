"""Every step of a message, read off its rows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from models.database import Database
from models.events import Event, EventKind
from models.members import Member
from models.outbox import Alert, AlertState, AttemptState
from models.redrives import redrive
from models.timeline import count_messages, messages_of, timeline, timeline_of
from tests.outbox_rows import make_alert, make_attempt
from tests.world import NOW, make_member

START = NOW - timedelta(minutes=30)


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


@pytest.fixture
def db(database: Database) -> Iterator[Session]:
    with database.session() as session:
        yield session


@pytest.fixture
def member(db: Session) -> Member:
    return make_member(db)


@pytest.fixture
def event(db: Session, member: Member) -> Event:
    event = Event(
        kind=EventKind.APPLICATION_CHANGED,
        object="application:77",
        version=2,
        member_id=member.id,
        at=START,
        planned_at=after(1),
    )
    db.add(event)
    db.flush()
    return event


def test_a_message_that_took_two_ways_tells_them_in_order(db: Session, member: Member, event: Event) -> None:
    alert = make_alert(
        db,
        member,
        AlertState.DELIVERED,
        at=after(1),
        event_id=event.id,
        finished_at=after(9),
        shown_at=after(4),
        tapped_at=after(60),
        channel="alimtalk",
    )
    kakao = make_attempt(db, alert, "kakao", AttemptState.FAILED, at=after(2))
    kakao.handed_at, kakao.ended_at, kakao.reference = after(3), after(5), "task-1"
    kakao.code, kakao.reason = "201", "no answer"
    other = make_attempt(db, alert, "alimtalk", AttemptState.DELIVERED, at=after(6), handed_at=after(7))
    other.ended_at = after(9)
    db.flush()
    steps = timeline(db, alert)
    assert [step.code for step in steps] == [
        "event",
        "planned",
        "tried",
        "handed",
        "shown",
        "failed",
        "tried",
        "handed",
        "delivered",
        "delivered",
        "tapped",
    ]
    assert [step.at for step in steps] == sorted(step.at for step in steps)
    assert "task-1" in steps[3].words
    assert "201, no answer" in steps[5].words
    assert steps[5].words.startswith("카카오톡")


def test_an_answer_that_got_lost_and_a_try_in_vain_are_told(db: Session, member: Member) -> None:
    alert = make_alert(db, member, AlertState.PENDING, at=START)
    make_attempt(db, alert, "sms", AttemptState.UNKNOWN, at=after(1), reason="HTTP 502")
    vain = make_attempt(db, alert, "alimtalk", AttemptState.AGAIN, at=after(2))
    vain.tries, vain.reason = 3, "HTTP 429"
    db.flush()
    told = {step.code: step.words for step in timeline(db, alert)}
    assert "HTTP 502" in told["unknown"]
    assert "HTTP 429" in told["again"]
    assert "3번째" in [step.words for step in timeline(db, alert) if step.code == "tried"][1]


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        ({"state": AlertState.CREATED}, "held"),
        ({"state": AlertState.PENDING}, "due"),
        ({"state": AlertState.SENDING, "claim": "worker"}, "taken"),
    ],
)
def test_an_open_message_tells_what_it_waits_for(
    db: Session, member: Member, columns: dict[str, Any], code: str
) -> None:
    state = columns["state"]
    alert = make_alert(db, member, state, at=START, due_at=after(600), claim=columns.get("claim"))
    last = timeline(db, alert)[-1]
    assert (last.code, last.at) == (code, after(600))


def test_rounds_are_told_together_and_the_event_once(db: Session, member: Member, event: Event) -> None:
    first = make_alert(db, member, AlertState.PERMANENT_FAILURE, at=after(1), event_id=event.id)
    (again,) = redrive(db, [first.id], NOW)
    second = db.get_one(Alert, again)
    for alert in (first, second):
        assert [step.code for step in timeline(db, alert)] == [
            "event",
            "planned",
            "permanent-failure",
            "planned",
            "held",
        ]
    assert "2번째" in timeline(db, first)[3].words


def test_a_members_messages_come_newest_first_in_pages_and_nobody_elses(db: Session, member: Member) -> None:
    made = [make_alert(db, member, at=after(number)).id for number in range(5)]
    make_alert(db, make_member(db))
    page = timeline_of(db, member, limit=3)
    assert [story.alert.id for story in page] == made[:1:-1]
    rest = timeline_of(db, member, limit=3, before=page[-1].alert.id)
    assert [story.alert.id for story in rest] == made[1::-1]
    assert {step.alert_id for step in rest[0].steps} == {rest[0].alert.id}
    assert timeline_of(db, make_member(db)) == []


def test_what_a_member_reads_leaves_out_chat_cards_guardians_old_rounds_and_old_times(
    db: Session, member: Member
) -> None:
    make_alert(db, member, kind=0, recipient="account:1")
    make_alert(db, member, kind=1, recipient=f"guardian:{member.id}")
    make_alert(db, member, at=NOW - timedelta(days=100))
    failed = make_alert(db, member, AlertState.PERMANENT_FAILURE)
    again = redrive(db, [failed.id], NOW)
    since = NOW - timedelta(days=90)
    assert [alert.id for alert in messages_of(db, member, since)] == again
    assert count_messages(db, member, since) == 1
