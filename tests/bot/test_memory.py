"""The memory over a real Valkey, and without one."""

from __future__ import annotations

import pytest
import redis

from bot.memory import Memory


@pytest.fixture
def gone() -> Memory:
    return Memory("redis://127.0.0.1:9")


def test_what_is_set_is_found_and_can_be_forgotten(memory: Memory) -> None:
    memory.set("key", "value", 10)
    assert memory.get("key") == b"value"
    memory.delete("key")
    assert memory.get("key") is None


def test_adding_twice_keeps_the_first(memory: Memory) -> None:
    assert memory.add("once", "first", 10) is True
    assert memory.add("once", "second", 10) is False
    assert memory.get("once") == b"first"


def test_counting_counts_within_one_window(memory: Memory) -> None:
    memory.set("key", "value", 10)
    assert [memory.count_and_get("rate", 60, "key") for _ in range(2)] == [(1, b"value"), (2, b"value")]
    assert memory.count_and_get("rate", 60, "none") == (3, None)


def test_without_redis_nothing_is_remembered_and_nothing_fails(gone: Memory) -> None:
    gone.set("key", "value", 10)
    assert gone.get("key") is None
    assert gone.add("once", "first", 10) is True
    assert gone.count_and_get("rate", 60, "key") == (0, None)
    gone.delete("key")


def test_only_ping_tells_that_redis_is_gone(gone: Memory) -> None:
    with pytest.raises(redis.ConnectionError):
        gone.ping()
