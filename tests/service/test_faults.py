"""Neighbours that are gone, hang or fail, under the running service."""

from __future__ import annotations

import os
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
import requests

from bench.stack import Stack, descendants
from tests.service.kakao import Kakao


def pids_of(stack: Stack, word: str) -> list[int]:
    """Return the processes of a part, by a word of their command line."""
    found = []
    for pid in descendants(stack.pid):
        command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
        if word in command and "supervisord" not in command:
            found.append(pid)
    return found


@contextmanager
def frozen(stack: Stack, word: str) -> Iterator[None]:
    """Stop a part in its tracks: it accepts connections and never answers."""
    pids = pids_of(stack, word)
    assert pids, f"no process for {word}"
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def ready_again(stack: Stack) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        if requests.get(f"{stack.web}/readyz", timeout=10).status_code == 200:
            return
        time.sleep(0.5)
    pytest.fail("the service did not become ready again")


def test_with_a_hanging_nlu_the_menu_works_and_the_deadline_is_kept(stack: Stack, kakao: Kakao) -> None:
    with frozen(stack, "serve.py"):
        began = time.monotonic()
        reply = kakao.say(f"fault-{uuid4().hex}", "음 그러니까 아무 말이나 길게 해볼게")
        assert time.monotonic() - began < 4.5
        assert "버튼" in reply.text
        assert "42시간" in kakao.press("persona-42h", reply, "내 봉사시간").text
    ready_again(stack)


def test_a_killed_nlu_comes_back_by_itself(stack: Stack, kakao: Kakao) -> None:
    for pid in pids_of(stack, "serve.py"):
        os.kill(pid, signal.SIGKILL)
    assert kakao.say("persona-42h", "내 봉사시간").understood["intent"] == "check_hours"
    ready_again(stack)
    deadline = time.monotonic() + 20  # each web process finds out for itself
    understood = {"source": "none"}
    while understood["source"] not in {"nlu", "cache"} and time.monotonic() < deadline:
        understood = dict(
            kakao.say("persona-42h", f"나 봉사 얼마나 했는지 궁금해 {time.monotonic()}").understood
        )
        time.sleep(0.5)
    assert understood["source"] == "nlu"


def test_without_redis_answers_come_without_memory(stack: Stack, kakao: Kakao) -> None:
    with frozen(stack, "valkey"):
        began = time.monotonic()
        reply = kakao.say("persona-42h", "내 봉사시간 알려줘")
        assert time.monotonic() - began < 4.5
        assert "42시간" in reply.text
        found = kakao.say("persona-42h", "봉사 찾기")
        assert "신청할게요" in kakao.press("persona-42h", found, "신청하기").buttons
    ready_again(stack)


def test_a_locked_database_gets_a_polite_card(stack: Stack, kakao: Kakao) -> None:

    with sqlite3.connect(stack.instance / "boram.sqlite3") as other:
        other.execute("BEGIN EXCLUSIVE")
        began = time.monotonic()
        reply = kakao.say("persona-42h", "내 봉사시간 알려줘")
        assert time.monotonic() - began < 4.5
        assert reply.outputs
        other.rollback()
    assert "42시간" in kakao.say("persona-42h", "내 봉사시간 보여줘").text
