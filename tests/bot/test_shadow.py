"""A candidate reads along after the answer is out, and where it differs is kept without personal data."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.memory import Memory
from bot.nlu_server import LoadedModel
from bot.shadow import MOST_WAITING, Shadow
from bot.slots import Slots
from bot.turn import Deadline
from bot.understanding import RasaUnderstanding, certain
from models.clock import SetClock
from models.database import Database
from models.nlu_traffic import (
    Compared,
    Read,
    ShadowReading,
    Traffic,
    disagreements,
    keep_compared,
    shadow_run,
)
from models.retention import purge
from models.rules import Rules
from tests.nlu_double import NluDouble, nlu_doubles

SAME = {"intent": {"name": "greet", "confidence": 0.9}}
WORDS = "010-1234-5678로 전화해 주세요"


@pytest.fixture
def servers() -> Iterator[list[NluDouble]]:
    with nlu_doubles(2) as (a, b):
        a.model, b.model = LoadedModel("old", "1"), LoadedModel("new", "2")
        for model in ("old", "new"):
            a.intents[model, "안녕"] = b.intents[model, "안녕"] = SAME
        yield [a, b]


class World:
    """An understanding with a candidate that reads everything along."""

    def __init__(self, servers: list[NluDouble], memory: Memory, store: Database, clock: SetClock) -> None:
        self.live, self.candidate = servers
        self.traffic = Traffic("a", candidate="new", shadow_share=100, version=1)
        urls = {"a": [self.live.url], "b": [self.candidate.url]}
        self.slots = Slots(urls, "token", memory, lambda: self.traffic)
        self.luck = 0.0
        self.shadow = Shadow(self.slots, store, clock, chance=lambda: self.luck)
        self.store = store

    def say(self, text: str, seconds: float = 0.1) -> None:
        """Parse as a turn does that must be answered after so many seconds."""
        RasaUnderstanding(self.slots, self.shadow).parse(text, Deadline.after(seconds))

    def wait_for(self, count: int) -> None:
        """Wait until the candidate has read so many."""
        until = Deadline.after(10)
        while len(self.candidate.parsed) < count and until.left():
            time.sleep(0.01)
        assert len(self.candidate.parsed) == count

    def kept(self) -> tuple[tuple[int, int], list[ShadowReading]]:
        """Return how often was compared and how often it differed, and what differed."""
        self.shadow.close()
        with self.store.session() as db:
            run = shadow_run(db, "old", "new")
            return (run.compared, run.differed) if run else (0, 0), disagreements(db, "old", "new")


@pytest.fixture
def world(servers: list[NluDouble], memory: Memory, sqlite_address: str, clock: SetClock) -> Iterator[World]:
    store = Database(sqlite_address)
    world = World(servers, memory, store, clock)
    yield world
    world.shadow.close()
    world.slots.close()
    store.close()


def test_what_differs_is_kept_once_with_how_often_and_without_personal_data(world: World) -> None:
    for words in (WORDS, "안녕", WORDS):
        world.say(words)
    world.wait_for(3)
    counted, (reading,) = world.kept()
    assert counted == (3, 2)
    assert (reading.times, reading.live_intent, reading.candidate_intent) == (2, "old", "new")
    assert "1234" not in reading.words
    assert reading.words.endswith("로 전화해 주세요")


def test_what_one_model_fears_and_the_other_does_not_is_a_difference(world: World) -> None:
    world.live.intents["old", "안녕"] = SAME | {"safety": {"level": "alarm", "kind": "crisis"}}
    world.say("안녕")
    world.wait_for(1)
    _, (reading,) = world.kept()
    assert (reading.live_safety, reading.candidate_safety) == ("alarm", None)


def test_the_candidate_reads_only_when_the_turn_is_over(world: World) -> None:
    world.say("안녕", seconds=0.6)
    began = time.monotonic()
    world.wait_for(1)
    assert time.monotonic() - began > 0.4


def test_a_candidate_that_hangs_slows_no_turn(world: World) -> None:
    with world.candidate.busy:
        began = time.monotonic()
        for number in range(5):
            world.say(f"안녕 {number}", seconds=0.2)
        assert time.monotonic() - began < 1


def test_only_the_share_is_read_along(world: World) -> None:
    world.traffic = replace(world.traffic, shadow_share=20)
    world.luck = 0.2
    world.say("첫 문장")
    world.luck = 0.19
    world.say("둘째 문장")
    world.wait_for(1)
    assert world.candidate.parsed == ["둘째 문장"]


def test_without_a_candidate_nothing_is_read_along(world: World) -> None:
    world.traffic = replace(world.traffic, candidate="", shadow_share=0)
    world.say("안녕")
    assert world.kept() == ((0, 0), [])
    assert world.candidate.parsed == []


def test_another_model_in_the_candidates_place_is_not_taken_for_it(world: World) -> None:
    world.candidate.model = LoadedModel("newer", "3")
    world.say("안녕")
    world.wait_for(1)
    assert world.kept() == ((0, 0), [])


def test_more_than_can_wait_is_left_out(world: World) -> None:
    for number in range(MOST_WAITING + 50):
        world.shadow.offer(certain("greet", "nlu"), Deadline.after(60))
        assert world.shadow.waiting <= MOST_WAITING, number
    assert world.shadow.waiting == MOST_WAITING


def test_the_other_slot_in_place_of_the_live_one_is_not_compared_with_itself(world: World) -> None:
    world.live.stop()
    world.say("안녕")
    assert world.kept() == ((0, 0), [])
    assert world.candidate.parsed == ["안녕"]


def test_processes_count_together(database: Database, clock: SetClock) -> None:
    pair = Compared(
        "안녕하세요", Read("old", "greet", None, 0.9, None), Read("new", "thanks", "a/b", 0.4, "check")
    )
    for count in (1, 2):
        with database.session() as db:
            keep_compared(db, [pair] * count, clock.now())
            db.commit()
        clock.advance(timedelta(minutes=1))
    with database.session() as db:
        run = shadow_run(db, "old", "new")
        (reading,) = disagreements(db, "old", "new")
    assert run is not None
    assert (run.compared, run.differed, run.last_at - run.first_at) == (3, 3, timedelta(minutes=1))
    assert (reading.times, reading.candidate_topic, reading.candidate_safety) == (3, "a/b", "check")
    with database.session() as db:
        assert disagreements(db, "old", "newer") == []


def test_sentences_are_kept_no_longer_than_the_chat(database: Database, clock: SetClock) -> None:
    read = Read("old", "greet", None, 0.9, None)
    for words, days in (("오래된 말", 181), ("새 말", 1)):
        with database.session() as db:
            pair = Compared(words, read, replace(read, model="new", intent="thanks"))
            keep_compared(db, [pair], clock.now() - timedelta(days=days))
            db.commit()
    with database.session() as db:
        purge(db, Rules(), clock.now())
        assert [each.words for each in disagreements(db, "old", "new")] == ["새 말"]
