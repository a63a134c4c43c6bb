from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis

from alerts.channels.limits import Bucket
from tests.simulator.conftest import free_port

TAKER = """
import sys, time
from alerts.channels.limits import Bucket
bucket, until, taken = Bucket(sys.argv[1], "shared", 100, 20), time.monotonic() + 2, 0
while time.monotonic() < until:
    wait = bucket.take()
    if wait: time.sleep(min(wait, 0.02))
    else: taken += 1
print(taken)
"""


@pytest.fixture
def store(redis_url: str) -> str:
    with redis.Redis.from_url(redis_url) as client:
        client.flushall()
    return redis_url


@pytest.fixture(params=["shared", "alone"])
def address(request: pytest.FixtureRequest, store: str) -> str:
    """A store, and none: the rule is the same."""
    return store if request.param == "shared" else f"redis://127.0.0.1:{free_port()}/0"


def test_a_full_bucket_gives_its_burst_at_once_and_then_says_how_long_to_wait(address: str) -> None:
    bucket = Bucket(address, "nhn", rate=10, burst=5)
    assert [bucket.take() for _ in range(5)] == [0.0] * 5
    assert 0 < bucket.take() <= 0.1
    assert 0.2 < bucket.take(3) <= 0.3


def test_what_was_refused_was_not_taken(address: str) -> None:
    bucket = Bucket(address, "nhn", rate=50, burst=1)
    assert bucket.take() == 0
    wait = max(bucket.take() for _ in range(20))
    assert wait <= 0.02
    time.sleep(0.03)
    assert bucket.take() == 0


def test_the_bucket_never_holds_more_than_its_burst(address: str) -> None:
    bucket = Bucket(address, "nhn", rate=100, burst=2)
    bucket.take(2)
    time.sleep(0.2)
    assert [bucket.take() == 0 for _ in range(3)] == [True, True, False]


def test_more_than_the_bucket_holds_is_taken_on_credit_and_paid_for_afterwards(address: str) -> None:
    bucket = Bucket(address, "nhn", rate=100, burst=10)
    assert bucket.take(60) == 0
    assert 0.4 < bucket.take(1) <= 0.52


def test_buckets_of_other_names_are_other_buckets(store: str) -> None:
    first, second = Bucket(store, "nhn", 1, 1), Bucket(store, "solapi", 1, 1)
    assert (first.take(), second.take()) == (0, 0)
    assert first.take() > 0


def test_all_workers_share_one_bucket(store: str) -> None:
    began = time.monotonic()
    takers = [
        subprocess.Popen([sys.executable, "-c", TAKER, store], stdout=subprocess.PIPE, env=os.environ)
        for _ in range(3)
    ]
    taken = [int(taker.communicate(timeout=60)[0]) for taker in takers]
    seconds = time.monotonic() - began
    assert all(taken)
    assert 100 <= sum(taken) <= 20 + 100 * seconds


def test_threads_of_one_process_never_take_more_than_there_is(store: str) -> None:
    bucket = Bucket(store, "nhn", rate=0.001, burst=50)
    with ThreadPoolExecutor(8) as pool:
        waits = list(pool.map(lambda _: bucket.take(), range(200)))
    assert waits.count(0) == 50


def test_an_idle_bucket_is_forgotten_and_a_forgotten_one_is_full(store: str) -> None:
    Bucket(store, "nhn", rate=1000, burst=10).take(10)
    with redis.Redis.from_url(store) as client:
        assert 0 < int(client.pttl("bucket:nhn")) <= 1100
        client.delete("bucket:nhn")
    assert Bucket(store, "nhn", rate=1000, burst=10).take(10) == 0


def test_without_redis_the_limit_still_holds_for_one_process_and_costs_no_time() -> None:
    bucket = Bucket(f"redis://127.0.0.1:{free_port()}/0", "nhn", rate=0.001, burst=20)
    began = time.monotonic()
    with ThreadPoolExecutor(4) as pool:
        waits = list(pool.map(lambda _: bucket.take(), range(100)))
    assert waits.count(0) == 20
    assert time.monotonic() - began < 2
