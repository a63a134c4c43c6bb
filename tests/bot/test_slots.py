"""Two slots: the store says which answers, the other steps in, and what is remembered is remembered by model."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from sqlalchemy import text

from bot.memory import Memory
from bot.nlu_server import LoadedModel
from bot.slots import Slots, SlotsCollector, TrafficReader
from bot.turn import Deadline
from bot.understanding import NLUUnavailable, RasaUnderstanding, SlotUnderstanding
from models import nlu_traffic
from models.clock import SetClock
from models.database import Database
from models.nlu_traffic import Traffic
from tests.nlu_double import NluDouble, nlu_doubles

OLD, NEW = LoadedModel("old", "1"), LoadedModel("new", "2")


@pytest.fixture
def servers() -> Iterator[list[NluDouble]]:
    """Run slot a's server with the old model and slot b's with the new one."""
    with nlu_doubles(2) as (a, b):
        a.model, b.model = OLD, NEW
        yield [a, b]


class Told:
    """Who answers, as the test says."""

    def __init__(self, live: str = "a", version: int = 1) -> None:
        self.now = Traffic(live, version=version)

    def __call__(self) -> Traffic:
        return self.now


def slots_of(servers: list[NluDouble], memory: Memory, told: Told) -> Slots:
    return Slots({"a": [servers[0].url], "b": [servers[1].url]}, "token", memory, told)


def soon() -> Deadline:
    return Deadline.after(2)


def test_the_live_slot_answers_and_after_the_flip_the_other_one(
    servers: list[NluDouble], memory: Memory
) -> None:
    told = Told()
    nlu = RasaUnderstanding(slots_of(servers, memory, told))
    assert nlu.parse("안녕", soon()).intent == "old"
    told.now = Traffic("b", version=2)
    assert nlu.parse("안녕", soon()).intent == "new"


def test_a_parse_names_its_model_whether_it_is_new_or_remembered(
    servers: list[NluDouble], memory: Memory
) -> None:
    nlu = RasaUnderstanding(slots_of(servers, memory, Told()))
    first, second = (nlu.parse("안녕", soon()) for _ in range(2))
    assert (first.source, first.model) == ("nlu", "old")
    assert (second.source, second.model) == ("cache", "old")


def test_the_other_slot_steps_in_while_the_live_one_is_down(servers: list[NluDouble], memory: Memory) -> None:
    servers[0].stop()
    nlu = RasaUnderstanding(slots_of(servers, memory, Told()))
    assert [nlu.parse(f"안녕 {n}", soon()).intent for n in range(5)] == ["new"] * 5
    servers[1].stop()
    with pytest.raises(NLUUnavailable):
        nlu.parse("안녕", soon())


def test_a_candidate_is_tried_alone_and_nothing_steps_in_for_it(
    servers: list[NluDouble], memory: Memory
) -> None:
    candidate = SlotUnderstanding(slots_of(servers, memory, Told()), "b")
    assert candidate.parse("안녕", soon()).intent == "new"
    assert candidate.parse(" ", soon()).source == "blank"
    assert candidate.ready()
    servers[1].stop()
    assert not candidate.ready()
    with pytest.raises(NLUUnavailable):
        candidate.parse("안녕", soon())


def test_what_one_model_made_of_words_is_found_again_when_it_comes_back(
    servers: list[NluDouble], memory: Memory
) -> None:
    told = Told()
    nlu = RasaUnderstanding(slots_of(servers, memory, told))
    found = []
    for version, live in enumerate("abab", start=2):
        told.now = Traffic(live, version=version)
        found.append((nlu.parse("안녕", soon()).source, nlu.parse("안녕", soon()).intent))
    assert found == [("nlu", "old"), ("nlu", "new"), ("cache", "old"), ("cache", "new")]


def test_what_the_resting_slot_says_is_not_remembered_because_its_model_may_just_change(
    servers: list[NluDouble], memory: Memory
) -> None:
    slots = slots_of(servers, memory, Told())
    assert [slots.parse_with("b", "안녕").source for _ in range(2)] == ["nlu", "nlu"]


def test_what_a_slot_says_while_it_loads_another_model_is_not_remembered(
    servers: list[NluDouble], memory: Memory
) -> None:
    told = Told()
    told.now = Traffic("a", version=1, loading=frozenset("a"))
    slots = Slots({"a": [servers[0].url]}, "token", memory, told)
    assert [slots.parse_with("a", "안녕").source for _ in range(2)] == ["nlu", "nlu"]


def test_after_a_change_a_server_is_asked_at_once_which_model_it_has(
    servers: list[NluDouble], memory: Memory
) -> None:
    told = Told()
    slots = slots_of(servers, memory, told)
    assert slots.parse_with("a", "안녕").model == "old"
    servers[0].model = NEW
    told.now = Traffic("a", version=2)
    assert slots.parse_with("a", "안녕").model == "new"


def test_a_slot_with_several_servers_goes_on_with_the_next_one(
    servers: list[NluDouble], memory: Memory
) -> None:
    slots = Slots(
        {"a": ["http://127.0.0.1:9", servers[0].url], "b": [servers[1].url]}, "token", memory, Told()
    )
    assert RasaUnderstanding(slots).parse("안녕", soon()).intent == "old"


def test_ready_needs_the_live_slot_or_who_steps_in(servers: list[NluDouble], memory: Memory) -> None:
    nlu = RasaUnderstanding(slots_of(servers, memory, Told()))
    servers[1].stop()
    assert nlu.ready()
    servers[0].stop()
    assert not nlu.ready()
    servers[1].start()
    assert nlu.ready()


def test_a_slot_that_is_not_set_up_any_more_is_never_live(servers: list[NluDouble], memory: Memory) -> None:
    slots = Slots({"a": [servers[0].url]}, "token", memory, Told("b"))
    assert (slots.live(), slots.other()) == ("a", None)
    assert RasaUnderstanding(slots).parse("안녕", soon()).intent == "old"


# --- the store ---


def flip(database: Database, slot: str, clock: SetClock) -> None:
    with database.session() as db:
        nlu_traffic.flip(db, slot, clock.now())
        db.commit()


def test_a_process_sees_in_the_store_who_answers(database: Database, clock: SetClock) -> None:
    with closing(TrafficReader(database, every=0, patience=10)) as read:
        assert (read().live, read().version) == ("a", 0)
        flip(database, "b", clock)
        assert (read().live, read().version) == ("b", 1)


def test_it_looks_once_in_a_while_and_not_for_every_turn(database: Database, clock: SetClock) -> None:
    with closing(TrafficReader(database, every=60, patience=10)) as read:
        assert read().live == "a"
        flip(database, "b", clock)
        assert read().live == "a"


def test_without_the_store_the_last_word_holds(sqlite_address: str, clock: SetClock) -> None:
    database = Database(sqlite_address)
    flip(database, "b", clock)
    with closing(TrafficReader(database, every=0, patience=10)) as read:
        assert read().live == "b"
        with database.engine.begin() as connection:
            connection.execute(text("DROP TABLE nlu_traffic"))
        assert read().live == "b"
    database.close()


def seen_within_seconds(read: TrafficReader, slot: str) -> bool:
    until = time.monotonic() + 10
    while read().live != slot and time.monotonic() < until:
        time.sleep(0.01)
    return read().live == slot


def test_a_store_that_hangs_keeps_nobody_waiting(postgres_address: str, clock: SetClock) -> None:
    database = Database(postgres_address)
    flip(database, "b", clock)
    with closing(TrafficReader(database, every=0)) as read:
        assert seen_within_seconds(read, "b")
        with database.engine.begin() as connection:
            connection.execute(text("LOCK TABLE nlu_traffic IN ACCESS EXCLUSIVE MODE"))
            connection.execute(text("UPDATE nlu_traffic SET live = 'a'"))
            began = time.monotonic()
            assert read().live == "b"
            assert time.monotonic() - began < 1
        assert seen_within_seconds(read, "a"), "what it saw too late is seen all the same"
    database.close()


def test_prometheus_sees_which_slot_is_live(database: Database, clock: SetClock) -> None:
    with database.session() as db:
        nlu_traffic.mark_loaded(db, "b", "new", "2", clock.now())
        nlu_traffic.flip(db, "b", clock.now())
        db.commit()
    registry = CollectorRegistry()
    registry.register(SlotsCollector(database, ("a", "b")))
    told = generate_latest(registry).decode()
    assert 'boram_nlu_live_slot{model="",slot="a"} 0.0' in told
    assert 'boram_nlu_live_slot{model="new",slot="b"} 1.0' in told
