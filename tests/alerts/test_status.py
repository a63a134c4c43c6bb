"""The figures of the alerts: what staff see, and what Prometheus reads."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from alerts.status import (
    AlertsCollector,
    Cost,
    ProviderFigures,
    costs,
    figures,
    kinds_since,
    next_in_queue,
    queue_by_kind,
)
from models.clock import SEOUL, SetClock
from models.database import Database
from models.events import Event, EventKind
from models.members import Member
from models.outbox import Alert, AlertState, AttemptState
from models.rules import load_rules
from tests.outbox_rows import make_alert, make_attempt
from tests.world import make_member
from web import health

_versions = count(1)


@pytest.fixture
def db(database: Database) -> Iterator[Session]:
    with database.session() as session:
        yield session


@pytest.fixture
def member(db: Session) -> Member:
    return make_member(db)


def after_event(
    db: Session, member: Member, at: datetime, handed_after: float | None, **columns: Any
) -> Alert:
    event = Event(
        kind=EventKind.APPLICATION_CHANGED,
        object="application:1",
        version=next(_versions),
        at=at,
        planned_at=at,
    )
    db.add(event)
    db.flush()
    handed = None if handed_after is None else at + timedelta(seconds=handed_after)
    return make_alert(db, member, at=at, event_id=event.id, handed_at=handed, **columns)


def test_states_are_those_of_today_and_the_bar_counts_what_has_ended(
    db: Session, member: Member, now: datetime
) -> None:
    make_alert(db, member, AlertState.DELIVERED)
    make_alert(db, member, AlertState.SUPPRESSED)
    make_alert(db, member, AlertState.CREATED, due_at=now + timedelta(hours=1))
    make_alert(db, member, AlertState.DELIVERED, at=now - timedelta(days=1))
    found = figures(db, load_rules(db), now)
    assert {state for state, number in found.states.items() if number} == {
        AlertState.DELIVERED,
        AlertState.SUPPRESSED,
        AlertState.CREATED,
    }
    assert (found.owed, found.done) == (3, 2)


def test_what_is_due_and_for_how_long_the_oldest_has_waited(
    db: Session, member: Member, now: datetime
) -> None:
    assert (figures(db, load_rules(db), now).due, figures(db, load_rules(db), now).oldest_due_seconds) == (
        0,
        0,
    )
    make_alert(db, member, AlertState.CREATED, at=now - timedelta(seconds=42))
    make_alert(db, member, AlertState.PENDING, at=now - timedelta(seconds=5))
    make_alert(db, member, AlertState.CREATED, due_at=now + timedelta(seconds=1))
    make_alert(db, member, AlertState.DELIVERED, at=now - timedelta(hours=1))
    found = figures(db, load_rules(db), now)
    assert (found.due, found.oldest_due_seconds) == (2, 42)


def test_providers_of_the_last_hour_and_the_cost_of_the_month(
    db: Session, member: Member, now: datetime
) -> None:
    alert = make_alert(db, member)
    lately, last_month = now - timedelta(minutes=10), now - timedelta(days=25)
    for state in (AttemptState.DELIVERED, AttemptState.FAILED, AttemptState.HANDED):
        make_attempt(db, alert, "kakao", state, at=lately, handed_at=lately, cost=15)
    make_attempt(db, alert, "sms", AttemptState.CLAIMED, at=lately)
    make_attempt(db, alert, "sms", AttemptState.DELIVERED, at=now - timedelta(days=2), handed_at=now, cost=9)
    make_attempt(db, alert, "sms", AttemptState.DELIVERED, at=last_month, handed_at=last_month, cost=1000)
    found = figures(db, load_rules(db), now)
    assert found.providers == {"test_kakao": ProviderFigures(3, 1), "test_sms": ProviderFigures(0, 0)}
    assert found.won == 3 * 15 + 9


def test_in_time_is_ten_seconds_from_the_event_to_the_provider(
    db: Session, member: Member, now: datetime
) -> None:
    at = now - timedelta(minutes=5)
    after_event(db, member, at, 3)
    after_event(db, member, at, 10)
    after_event(db, member, at, 11)
    after_event(db, member, at, None, state=AlertState.PERMANENT_FAILURE)
    after_event(db, member, at, None, state=AlertState.SUPPRESSED)
    after_event(db, member, now - timedelta(seconds=4), None, state=AlertState.CREATED)
    after_event(db, member, now - timedelta(hours=2), 3)
    found = figures(db, load_rules(db), now)
    assert (found.prompt, found.timed) == (2, 4)


def test_what_waits_for_the_morning_or_its_slot_is_not_late(db: Session, member: Member) -> None:
    night = datetime(2026, 11, 23, 22, 0, tzinfo=SEOUL)
    after_event(db, member, night - timedelta(minutes=5), None, state=AlertState.CREATED)
    after_event(db, member, night - timedelta(minutes=5), 2, kind=1, at_once=True)
    found = figures(db, load_rules(db), night)
    assert (found.prompt, found.timed) == (1, 1)


def test_prometheus_reads_what_waits_and_how_the_last_hour_stands(
    database: Database, db: Session, member: Member, clock: SetClock
) -> None:
    now = clock.now()
    make_alert(db, member, AlertState.CREATED, at=now - timedelta(seconds=7))
    make_alert(db, member, AlertState.DELIVERED)
    make_alert(db, member, AlertState.DELIVERED, at=now - timedelta(hours=2))
    db.commit()
    app = Flask(__name__)
    app.register_blueprint(health.create_blueprint({}, [AlertsCollector(database, clock)]))
    told = app.test_client().get("/metrics").text.splitlines()
    assert "boram_alerts_due 1.0" in told
    assert "boram_alerts_oldest_due_seconds 7.0" in told
    assert 'boram_alerts_last_hour{state="delivered"} 1.0' in told
    assert 'boram_alerts_last_hour{state="technical-failure"} 0.0' in told
    assert any(line.startswith("boram_kakao_turns_total") or "python_info" in line for line in told)


def test_without_the_store_the_other_figures_are_still_told(tmp_path: Path, clock: SetClock) -> None:
    empty = Database(f"sqlite:///{tmp_path / 'empty.sqlite3'}")
    app = Flask(__name__)
    app.register_blueprint(health.create_blueprint({}, [AlertsCollector(empty, clock)]))
    response = app.test_client().get("/metrics")
    empty.close()
    assert response.status_code == 200
    assert "boram_alerts" not in response.text
    assert "# HELP" in response.text


# --- what the console's pages ask


def test_figures_of_each_kind_are_those_since_then(db: Session, member: Member, now: datetime) -> None:
    make_alert(db, member, AlertState.DELIVERED, kind=6)
    make_alert(db, member, AlertState.CREATED, kind=6)
    make_alert(db, member, AlertState.DELIVERED, kind=6, at=now - timedelta(days=1))
    make_alert(db, member, AlertState.DELIVERED, kind=0)
    found = kinds_since(db, now - timedelta(hours=10))
    assert found[6] == {AlertState.DELIVERED: 1, AlertState.CREATED: 1}
    assert set(found) == set(range(1, 12))


def test_the_queue_is_what_has_not_ended_in_the_order_of_its_turns(
    db: Session, member: Member, now: datetime
) -> None:
    later = make_alert(db, member, AlertState.CREATED, due_at=now + timedelta(hours=2))
    due = make_alert(db, member, AlertState.SENDING, kind=6)
    make_alert(db, member, AlertState.DELIVERED)
    assert queue_by_kind(db, now) == [(4, 0, 1), (6, 1, 0)]
    assert next_in_queue(db, 9) == [due, later]
    assert next_in_queue(db, 1) == [due]


def test_costs_stand_by_month_in_seoul_and_by_channel(db: Session, member: Member, now: datetime) -> None:
    alert = make_alert(db, member)
    november = datetime(2026, 11, 1, 0, 30, tzinfo=SEOUL)  # still October where the clock shows UTC
    for at, channel, cost, handed in (
        (november, "sms", 9, True),
        (november, "sms", 30, True),
        (november, "kakao", 0, False),
        (november - timedelta(hours=1), "alimtalk", 8, True),
        (now - timedelta(days=400), "sms", 9, True),
    ):
        handed_at = at if handed else None
        make_attempt(db, alert, channel, AttemptState.DELIVERED, at=at, cost=cost, handed_at=handed_at)
    found = costs(db, now)
    assert len(found) == 12
    first, second, *others = found.values()
    assert first == {"sms": Cost(2, 39), "kakao": Cost(0, 0)}
    assert second == {"alimtalk": Cost(1, 8)}
    assert not any(others)
