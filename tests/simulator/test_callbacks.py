from __future__ import annotations

import json
import threading
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from simulator import callbacks
from simulator.callbacks import Callbacks
from tests.simulator.skill_server import fixture

BODY = json.dumps(fixture("callback_final_post")).encode()


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 22, 10, 0, tzinfo=ZoneInfo("Asia/Seoul"))

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def kept(clock: Clock) -> Callbacks:
    return Callbacks(clock, seconds=60)


def test_an_answer_is_taken_and_confirmed_in_kakaos_words(kept: Callbacks) -> None:
    result = kept.receive(kept.issue(), BODY)
    seen = fixture("callback_result_success")
    assert {k: type(v) for k, v in result.items()} == {k: type(v) for k, v in seen.items()}
    assert (result["status"], result["message"]) == ("SUCCESS", "success")


def test_a_second_answer_to_the_same_address_fails_in_kakaos_words(kept: Callbacks) -> None:
    token = kept.issue()
    kept.receive(token, BODY)
    result = kept.receive(token, BODY)
    assert result | {"taskId": "", "timestamp": 0} == fixture("callback_result_fail") | {
        "taskId": "",
        "timestamp": 0,
    }


def test_an_address_is_good_for_one_minute(kept: Callbacks, clock: Clock) -> None:
    early, late = kept.issue(), kept.issue()
    clock.now += timedelta(seconds=59)
    assert kept.receive(early, BODY)["status"] == "SUCCESS"
    clock.now += timedelta(seconds=1)
    assert kept.receive(late, BODY)["message"] == callbacks.WRONG_TOKEN


def test_an_unknown_address_fails(kept: Callbacks) -> None:
    assert kept.receive("never-issued", BODY)["message"] == callbacks.WRONG_TOKEN
    with pytest.raises(KeyError):
        kept.wait("never-issued", 0)


def test_an_address_of_the_bot_test_console_never_works(kept: Callbacks) -> None:
    assert kept.receive(kept.issue(testing=True), BODY)["message"] == callbacks.TEST_TOKEN


def test_an_answer_nobody_announced_is_refused(kept: Callbacks) -> None:
    token = kept.issue()
    kept.close(token)
    assert kept.receive(token, BODY)["message"] == callbacks.NOT_ASKED


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"\xff not json", callbacks.NOT_JSON),
        (b'{"version":"2.0"}', callbacks.NOT_A_REPLY),
        (json.dumps(fixture("use_callback_ack")).encode(), callbacks.NOT_A_REPLY),
    ],
)
def test_a_broken_answer_fails_and_uses_the_address_up(kept: Callbacks, body: bytes, message: str) -> None:
    token = kept.issue()
    assert kept.receive(token, body)["message"] == message
    assert kept.receive(token, BODY)["message"] == callbacks.WRONG_TOKEN
    arrived = kept.wait(token, 0)
    assert arrived
    assert arrived.violations


def test_who_waits_is_woken_by_the_answer(kept: Callbacks) -> None:
    token = kept.issue()
    poster = threading.Timer(0.05, kept.receive, (token, BODY))
    poster.start()
    arrived = kept.wait(token, 10)
    poster.join()
    assert arrived
    assert arrived.reply == fixture("callback_final_post")


def test_who_waits_too_short_learns_nothing_and_who_waits_past_the_minute_learns_it_expired(
    kept: Callbacks, clock: Clock
) -> None:
    token = kept.issue()
    assert kept.wait(token, 0) is None
    clock.now += timedelta(seconds=60)
    arrived = kept.wait(token, 0)
    assert arrived
    assert arrived.state == "open"


def test_only_the_newest_addresses_are_remembered(kept: Callbacks) -> None:
    first = kept.issue()
    for _ in range(callbacks.KEPT):
        kept.issue()
    assert kept.receive(first, BODY)["message"] == callbacks.WRONG_TOKEN
