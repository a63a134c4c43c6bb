"""The circuit breaker: when it refuses, and that it lets calls run side by side."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.breaker import Breaker, BreakerOpen


def fail() -> None:
    raise ConnectionError


def test_after_three_failures_in_a_row_the_neighbour_is_not_called() -> None:
    breaker = Breaker(failures=3, seconds=60)
    for _ in range(3):
        with pytest.raises(ConnectionError):
            breaker.call(fail)
    with pytest.raises(BreakerOpen):
        breaker.call(fail)


def test_a_success_between_failures_begins_the_count_anew() -> None:
    breaker = Breaker(failures=2, seconds=60)
    for _ in range(3):
        with pytest.raises(ConnectionError):
            breaker.call(fail)
        breaker.call(lambda: None)


def test_after_the_pause_one_call_may_try_and_closes_it_again() -> None:
    breaker = Breaker(failures=1, seconds=0)
    with pytest.raises(ConnectionError):
        breaker.call(fail)
    assert breaker.call(lambda: "back") == "back"


def test_a_slow_call_does_not_hold_up_another() -> None:
    breaker, other_done = Breaker(), threading.Event()
    with ThreadPoolExecutor(2) as pool:
        slow = pool.submit(breaker.call, lambda: other_done.wait(10))
        breaker.call(other_done.set)
        assert slow.result() is True
