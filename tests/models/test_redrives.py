"""Dead letters: which there are, and what sending them anew writes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from models.database import Database
from models.outbox import FAILED, Alert, AlertState, NoticeCard, written
from models.redrives import Failure, counted, dead_letters, failed_alike, failures, redrive
from tests.outbox_rows import make_alert
from tests.world import make_account, make_member


@pytest.fixture
def db(database: Database) -> Iterator[Session]:
    with database.session() as session:
        yield session


def newest(db: Session, ids: list[int]) -> list[Alert]:
    db.expire_all()
    query = select(Alert).where(Alert.id.in_(ids)).order_by(Alert.id).options(undefer(Alert.content))
    return list(db.scalars(query))


def test_only_what_failed_is_a_dead_letter(db: Session) -> None:
    member = make_member(db)
    made = {state: make_alert(db, member, state).id for state in AlertState}
    assert dead_letters(db) == sorted(made[state] for state in FAILED)


def test_dead_letters_are_narrowed_by_kind_reason_time_and_number(db: Session, now: datetime) -> None:
    member, failed = make_member(db), AlertState.PERMANENT_FAILURE
    old = make_alert(db, member, failed, at=now - timedelta(days=2), reason="3019 no KakaoTalk")
    new = make_alert(db, member, failed, kind=6, reason="100% full")
    assert dead_letters(db, kind=6) == [new.id]
    assert dead_letters(db, reason="KakaoTalk") == [old.id]
    assert dead_letters(db, reason="%") == [new.id]
    assert dead_letters(db, since=now - timedelta(days=1)) == [new.id]
    assert dead_letters(db, alert_id=old.id) == [old.id]
    assert counted(db, [old.id, new.id]) == {(4, failed, "3019 no KakaoTalk"): 1, (6, failed, "100% full"): 1}


def test_sent_anew_is_a_new_row_and_the_old_one_stays_as_it_ended(db: Session, now: datetime) -> None:
    old = make_alert(
        db,
        make_member(db),
        AlertState.TEMPORARY_FAILURE,
        at=now - timedelta(days=4),
        reason="too late",
        at_once=True,
        send_id=None,
        attempts=3,
        content=written(NoticeCard("title", "what it said then")),
    )
    key, code = old.key, old.code
    new_ids = redrive(db, [old.id], now)
    db.commit()
    old, new = newest(db, [old.id, *new_ids])
    assert (old.state, old.reason, old.round, old.attempts) == (
        AlertState.TEMPORARY_FAILURE,
        "too late",
        1,
        3,
    )
    same = ("kind", "recipient", "member_id", "object", "version", "at_once")
    assert [getattr(new, name) for name in same] == [getattr(old, name) for name in same]
    assert (new.round, new.state, new.attempts, new.finished_at) == (2, AlertState.CREATED, 0, None)
    assert new.content is None
    assert new.key != key
    assert new.code != code
    assert (new.due_at, new.deadline) == (now, now + timedelta(days=3))


def test_a_card_of_the_chat_keeps_its_words(db: Session, now: datetime) -> None:
    member = make_member(db)
    account = make_account(db, member)
    card = make_alert(
        db,
        member,
        AlertState.PERMANENT_FAILURE,
        kind=0,
        recipient=f"account:{account.id}",
        account_id=account.id,
        content=written(NoticeCard("연결했어요", "이제 물어볼 수 있어요")),
    )
    (new,) = newest(db, redrive(db, [card.id], now))
    assert new.card.title == "연결했어요"
    assert new.account_id == account.id


def test_sending_anew_twice_sends_once(db: Session, now: datetime) -> None:
    old = make_alert(db, make_member(db), AlertState.PERMANENT_FAILURE)
    first = redrive(db, [old.id], now)
    assert len(first) == 1
    assert redrive(db, [old.id], now) == []
    assert dead_letters(db) == []


def test_what_failed_anew_can_be_sent_a_third_time(db: Session, now: datetime) -> None:
    old = make_alert(db, make_member(db), AlertState.PERMANENT_FAILURE)
    (second,) = newest(db, redrive(db, [old.id], now))
    second.state, second.finished_at = AlertState.PERMANENT_FAILURE, now
    db.flush()
    assert dead_letters(db) == [second.id]
    assert [row.round for row in newest(db, redrive(db, [second.id], now))] == [3]


def test_what_arrived_is_not_sent_anew(db: Session, now: datetime) -> None:
    assert redrive(db, [make_alert(db, make_member(db)).id], now) == []


def test_failures_that_are_alike_stand_together_the_most_first(db: Session, now: datetime) -> None:
    member, failed = make_member(db), AlertState.PERMANENT_FAILURE
    same = [make_alert(db, member, failed, reason="no such number") for _ in range(2)]
    bare = make_alert(db, member, AlertState.TECHNICAL_FAILURE, kind=6)
    old = make_alert(db, member, failed, reason="no such number", at=now - timedelta(days=3))
    make_alert(db, member)
    found = failures(db)
    assert [(each.kind, each.reason, each.count) for each in found] == [(4, "no such number", 3), (6, "", 1)]
    assert found[0] == Failure(4, failed, "no such number", 3, same[0].created_at)
    assert failures(db, kind=6) == found[1:]
    assert [each.count for each in failures(db, since=now - timedelta(days=1))] == [2, 1]
    assert failed_alike(db, 4, failed, "no such number") == [*same, old]
    assert failed_alike(db, 4, failed, "no such number", now - timedelta(days=1), 1) == same[:1]
    assert failed_alike(db, 6, AlertState.TECHNICAL_FAILURE, "") == [bare]
    assert failed_alike(db, 4, AlertState.DELIVERED, "") == []
    redrive(db, [bare.id], now)
    assert len(failures(db)) == 1
