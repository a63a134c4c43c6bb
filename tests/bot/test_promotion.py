"""Another model begins to answer, or the one before comes back: nobody goes unanswered, wherever it breaks off."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from bot.memory import Memory
from bot.model_folder import ModelFolder
from bot.nlu_server import LoadedModel
from bot.promotion import Promoter, stand_up
from bot.slots import Slots, TrafficReader
from bot.turn import Deadline
from bot.understanding import RasaUnderstanding
from models import nlu_switches, nlu_traffic
from models.clock import SetClock
from models.database import Database
from models.nlu_switches import NluSwitch, SwitchKind, SwitchState, SwitchStep, Wanted
from models.nlu_traffic import Traffic
from models.staff import StaffRefused
from tests.nlu_double import NluDouble, nlu_doubles, write_model


@dataclass
class World:
    """Two servers with the old model, as ``make run`` leaves them, and what changes that."""

    a: NluDouble
    b: NluDouble
    slots: Slots
    database: Database
    clock: SetClock
    models: ModelFolder
    promoter: Promoter

    @property
    def now(self) -> Traffic:
        return self.promoter.traffic()

    @property
    def last(self) -> NluSwitch:
        with self.database.session() as db:
            return nlu_switches.last_changes(db)[0]

    def forget_loads(self) -> None:
        self.a.loads.clear()
        self.b.loads.clear()


@pytest.fixture
def world(sqlite_address: str, clock: SetClock, memory: Memory, tmp_path: Path) -> Iterator[World]:
    database = Database(sqlite_address)
    with _world(database, clock, memory, tmp_path) as world:
        yield world
    database.close()


@pytest.fixture
def each_world(database: Database, clock: SetClock, memory: Memory, tmp_path: Path) -> Iterator[World]:
    """Return the world over SQLite, then over PostgreSQL."""
    with _world(database, clock, memory, tmp_path) as world:
        yield world


@contextmanager
def _world(database: Database, clock: SetClock, memory: Memory, tmp_path: Path) -> Iterator[World]:
    models = ModelFolder(tmp_path / "models")
    for name in ("old", "new", "newer"):
        write_model(models.folder, name)
    models.link_live("old")
    stand_up(database, models, ("a", "b"), clock.now())
    with nlu_doubles(2) as (a, b):
        a.model = b.model = LoadedModel("old", "number of old")
        slots = Slots({"a": [a.url], "b": [b.url]}, "token", memory)
        promoter = Promoter(slots, database, clock, models, settle=0, patience=0)
        yield World(a, b, slots, database, clock, models, promoter)
        slots.close()


def refused(call: Callable[[], object]) -> str:
    with pytest.raises(StaffRefused) as error:
        call()
    return error.value.words


def test_a_model_is_loaded_where_nobody_is_served_and_then_answers(each_world: World) -> None:
    steps: list[SwitchStep] = []
    each_world.promoter.promote("new", reason="더 잘 알아들어요", watch=steps.append)
    assert (each_world.a.loads, each_world.b.loads) == ([], ["new"])
    assert (each_world.now.live, each_world.now.live_model, each_world.now.models["a"]) == ("b", "new", "old")
    assert steps == [SwitchStep.LOADING, SwitchStep.WARMING, SwitchStep.FLIPPED]
    assert each_world.b.parsed, "it was warmed up"
    last = each_world.last
    assert (last.kind, last.state, last.step) == (SwitchKind.PROMOTE, SwitchState.DONE, SwitchStep.FLIPPED)
    assert (last.model_from, last.model_to, last.reason) == ("old", "new", "더 잘 알아들어요")


def test_servers_that_start_again_find_what_their_slot_has(world: World) -> None:
    world.promoter.promote("new")
    assert (world.models.linked("a"), world.models.linked("b")) == ("old", "new")
    assert world.models.linked_live() == "new"


def test_the_way_back_and_forth_again_loads_nothing(world: World) -> None:
    world.promoter.promote("new")
    world.forget_loads()
    assert world.promoter.at_once(world.now)
    for expected in ("old", "new"):
        assert world.promoter.rollback() == expected
        assert world.now.live_model == expected
        assert world.last.kind is SwitchKind.ROLLBACK
    assert (world.a.loads, world.b.loads) == ([], [])


def test_the_way_back_finds_a_server_that_has_something_else_and_loads_first(world: World) -> None:
    world.promoter.promote("new")
    world.a.model = LoadedModel("newer", "number of newer")
    world.promoter.rollback()
    assert world.a.loads == ["old"]
    assert world.now.live_model == "old"


def test_two_promotions_leave_the_one_before_to_return_to(world: World) -> None:
    world.promoter.promote("new")
    world.promoter.promote("newer")
    assert (world.now.live, world.now.live_model) == ("a", "newer")
    assert world.promoter.rollback() == "new"


def test_without_a_model_before_there_is_nothing_to_return_to(world: World) -> None:
    assert "되돌릴 모델이 없어요" in refused(world.promoter.rollback)


def test_a_model_before_that_was_thrown_away_is_nothing_to_return_to(world: World) -> None:
    world.promoter.promote("new")
    world.models.path("old").unlink()
    assert "되돌릴 모델이 없어요" in refused(world.promoter.rollback)


@pytest.mark.parametrize("name", ["none", "live", "../old", ""])
def test_only_a_model_of_the_folder_can_be_promoted(world: World, name: str) -> None:
    assert "모델이 없어요" in refused(lambda: world.promoter.promote(name))
    assert world.now.live_model == "old"


def test_the_live_model_is_not_promoted_again(world: World) -> None:
    assert refused(lambda: world.promoter.promote("old")) == "old 모델은 지금 쓰고 있어요."


@pytest.mark.parametrize("content", [b"", b"no archive", b"half"])
def test_a_broken_file_is_refused_before_a_server_hears_of_it(world: World, content: bytes) -> None:
    half = world.models.path("new").read_bytes()[:60]
    world.models.path("new").write_bytes(half if content == b"half" else content)
    assert "망가져" in refused(lambda: world.promoter.promote("new"))
    assert world.b.loads == []


def test_a_model_that_the_server_cannot_load_leaves_the_old_one_and_the_next_try_works(world: World) -> None:
    world.b.refuses = True
    assert "쓰던 모델은 그대로예요" in refused(lambda: world.promoter.promote("new"))
    assert (world.now.live, world.now.live_model, world.models.linked("b")) == ("a", "old", "old")
    assert (world.last.state, world.last.open) == (SwitchState.FAILED, None)
    assert "읽지 못했어요" in world.last.why
    world.b.refuses = False
    world.promoter.promote("new")
    assert world.now.live_model == "new"


def test_a_server_that_has_another_model_than_it_was_told_to_load_gets_no_traffic(world: World) -> None:
    world.b.loads_instead = LoadedModel("old", "number of old")
    assert "쓰던 모델은 그대로예요" in refused(lambda: world.promoter.promote("new"))
    assert world.now.live == "a"


def test_a_resting_server_that_is_off_is_not_flipped_to(world: World) -> None:
    world.b.stop()
    assert "서버가 꺼져 있어요" in refused(lambda: world.promoter.promote("new"))
    assert world.now.live == "a"


def test_while_everything_is_off_the_model_is_there_for_the_next_start(world: World) -> None:
    world.a.stop()
    world.b.stop()
    world.promoter.promote("new")
    assert world.models.linked(world.now.live) == "new"
    assert stand_up(world.database, world.models, ("a", "b"), world.clock.now()) == world.now.live
    assert world.now.live_model == "new"


# --- one at a time, and what breaks off ---


def begin(world: World) -> NluSwitch:
    with world.database.session() as db:
        wanted = Wanted(SwitchKind.PROMOTE, "b", "old", "new")
        return nlu_switches.begin(db, wanted, world.clock.now())


def test_who_promotes_while_somebody_promotes_is_told_so(each_world: World) -> None:
    begin(each_world)
    for change in (lambda: each_world.promoter.promote("new"), lambda: each_world.promoter.shadow("new", 10)):
        assert "10:00에 시작한 다른 모델 바꾸기를 하고 있어요" in refused(change)
    assert (each_world.b.loads, each_world.now.live) == ([], "a")


def test_of_two_at_the_same_moment_one_promotes(each_world: World) -> None:
    each_world.b.load_seconds = 0.3
    results: list[str] = []

    def promote(name: str) -> None:
        try:
            each_world.promoter.promote(name)
            results.append(name)
        except StaffRefused as error:
            results.append(error.words[:2])

    both = [threading.Thread(target=promote, args=(name,)) for name in ("new", "newer")]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert len([each for each in results if each in {"new", "newer"}]) == 1
    assert each_world.now.live_model in results


def test_a_change_whose_holder_died_is_closed_by_the_next_one(each_world: World) -> None:
    died = begin(each_world)
    each_world.clock.advance(nlu_switches.LIFELESS + timedelta(seconds=1))
    each_world.promoter.promote("newer")
    assert each_world.now.live_model == "newer"
    with each_world.database.session() as db:
        assert db.get_one(NluSwitch, died.id).state is SwitchState.ABANDONED


def test_a_holder_that_was_taken_for_dead_cannot_flip_any_more(each_world: World) -> None:
    def sleep_too_long(step: SwitchStep) -> None:
        if step is SwitchStep.WARMING:
            each_world.clock.advance(nlu_switches.LIFELESS + timedelta(seconds=1))
            with each_world.database.session() as db:
                nlu_switches.close_lifeless(db, each_world.clock.now())
                db.commit()

    assert "다른 사람이" in refused(lambda: each_world.promoter.promote("new", watch=sleep_too_long))
    assert each_world.now.live_model == "old"
    assert each_world.last.state is SwitchState.ABANDONED


@pytest.mark.parametrize("where", [SwitchStep.LOADING, SwitchStep.WARMING])
def test_wherever_it_breaks_off_the_old_model_answers_and_the_next_try_works(
    world: World, where: SwitchStep
) -> None:
    def pull_the_plug(step: SwitchStep) -> None:
        if step is where:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        world.promoter.promote("new", watch=pull_the_plug)
    assert (world.now.live_model, world.last.state) == ("old", SwitchState.FAILED)
    world.promoter.promote("new")
    assert world.now.live_model == "new"


def test_nobody_waits_or_goes_unanswered_while_models_change(world: World, memory: Memory) -> None:
    world.a.load_seconds = world.b.load_seconds = 0.4
    urls = {"a": [world.a.url], "b": [world.b.url]}
    slots = Slots(urls, "token", memory, TrafficReader(world.database, every=0.05))
    nlu = RasaUnderstanding(slots)
    promoter = Promoter(slots, world.database, world.clock, world.models, settle=1)
    models: list[str] = []
    done = threading.Event()

    def talk() -> None:
        while not done.wait(0.002):
            models.append(nlu.parse(f"안녕 {len(models)}", Deadline.after(3)).model)

    talker = threading.Thread(target=talk)
    talker.start()
    for name in ("new", "newer"):
        promoter.promote(name)
        until = Deadline.after(10)
        while name not in models and until.left():
            done.wait(0.01)
        promoter.rollback()
    assert talker.is_alive(), "a parse failed"
    done.set()
    talker.join()
    slots.close()
    assert set(models) == {"old", "new", "newer"}
    assert world.a.kept_waiting == world.b.kept_waiting == 0


# --- one slot, several servers ---


def test_with_one_slot_the_model_is_loaded_in_place(world: World, memory: Memory) -> None:
    slots = Slots({"a": [world.a.url]}, "token", memory)
    promoter = Promoter(slots, world.database, world.clock, world.models, settle=0)
    promoter.promote("new")
    assert (world.a.loads, world.now.live, world.now.live_model) == (["new"], "a", "new")
    assert not promoter.at_once(world.now)
    assert promoter.rollback() == "old"
    assert (world.a.loads, world.models.linked("a")) == (["new", "old"], "old")
    assert "자리가 하나라서" in refused(lambda: promoter.shadow("new", 5))
    slots.close()


def test_all_servers_of_a_slot_load_and_one_that_is_off_is_left_out(world: World, memory: Memory) -> None:
    with nlu_doubles(1) as (second,):
        second.model = LoadedModel("old", "number of old")
        urls = {"a": [world.a.url], "b": [world.b.url, second.url, "http://127.0.0.1:9"]}
        slots = Slots(urls, "token", memory)
        Promoter(slots, world.database, world.clock, world.models, settle=0).promote("new")
        assert (world.b.loads, second.loads) == (["new"], ["new"])
        slots.close()


# --- a candidate beside the live model ---


def test_a_candidate_reads_along_and_then_answers_without_being_loaded_again(each_world: World) -> None:
    each_world.promoter.shadow("new", 20)
    assert (each_world.now.candidate, each_world.now.shadow_share, each_world.now.live_model) == (
        "new",
        20,
        "old",
    )
    each_world.forget_loads()
    each_world.promoter.promote("new")
    assert each_world.b.loads == []
    assert (each_world.now.candidate, each_world.now.shadow_share, each_world.now.live_model) == (
        "",
        0,
        "new",
    )


def test_a_candidate_in_its_place_makes_the_way_back_longer_but_not_closed(world: World) -> None:
    world.promoter.promote("new")
    world.promoter.shadow("newer", 20)
    assert not world.promoter.at_once(world.now)
    assert world.promoter.rollback() == "old"
    assert (world.now.live_model, world.now.candidate) == ("old", "")


def test_reading_along_ends_when_told(world: World) -> None:
    world.promoter.shadow("new", 20)
    world.promoter.shadow("new", 0)
    assert (world.now.candidate, world.now.shadow_share) == ("", 0)


def test_the_live_model_is_no_candidate(world: World) -> None:
    assert "지금 쓰고 있어요" in refused(lambda: world.promoter.shadow("old", 20))


def test_a_share_is_a_percentage(world: World) -> None:
    with world.database.session() as db, pytest.raises(ValueError, match="120"):
        nlu_traffic.set_shadow(db, "new", 120, world.clock.now())
