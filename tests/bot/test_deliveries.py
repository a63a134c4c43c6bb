"""One answer for one message, however often it is delivered."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest

from bot.deliveries import Deliveries
from bot.memory import Memory
from bot.turn import Deadline, Person, Turn
from tests.conftest import MONDAY


def a_turn(delivery_id: str) -> Turn:
    return Turn(Person("kakao", "bot", "user"), "네", MONDAY, Deadline.after(3), delivery_id=delivery_id)


def test_two_deliveries_at_once_are_answered_by_one_run(memory: Memory) -> None:
    deliveries, runs, begun = Deliveries(memory), count(1), threading.Event()

    def produce() -> bytes:
        begun.set()
        threading.Event().wait(0.2)
        return str(next(runs)).encode()

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(deliveries.once, a_turn("id:1"), produce)
        begun.wait()
        second = pool.submit(deliveries.once, a_turn("id:1"), produce)
        assert (first.result(), second.result()) == (b"1", b"1")


def test_a_late_duplicate_gets_the_answer_of_the_first(memory: Memory) -> None:
    deliveries, runs = Deliveries(memory), count(1)
    answers = [deliveries.once(a_turn("id:2"), lambda: str(next(runs)).encode()) for _ in range(2)]
    assert answers == [b"1", b"1"]


def test_different_deliveries_are_different_messages(memory: Memory) -> None:
    deliveries, runs = Deliveries(memory), count(1)
    answers = [
        deliveries.once(a_turn(name), lambda: str(next(runs)).encode()) for name in ("id:a", "id:b", "", "")
    ]
    assert answers == [b"1", b"2", b"3", b"4"]


def test_without_redis_every_delivery_is_answered() -> None:
    deliveries = Deliveries(Memory("redis://127.0.0.1:9"))
    assert deliveries.once(a_turn("id:3"), lambda: b"answer") == b"answer"


def test_after_a_failure_the_next_delivery_tries_again(memory: Memory) -> None:
    deliveries = Deliveries(memory)

    def fail() -> bytes:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        deliveries.once(a_turn("id:4"), fail)
    assert deliveries.once(a_turn("id:4"), lambda: b"answer") == b"answer"


def test_the_same_words_right_after_each_other_are_one_message(memory: Memory) -> None:
    deliveries, runs = Deliveries(memory), count(1)
    answers = [deliveries.once(a_turn("body:x"), lambda: str(next(runs)).encode()) for _ in range(2)]
    assert answers == [b"1", b"1"]


def test_the_same_words_after_something_else_are_meant_again(memory: Memory) -> None:
    deliveries, runs = Deliveries(memory), count(1)
    answers = [
        deliveries.once(a_turn(name), lambda: str(next(runs)).encode())
        for name in ("body:x", "body:y", "body:x")
    ]
    assert answers == [b"1", b"2", b"3"]
