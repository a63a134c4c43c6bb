"""The folder of models before servers start: links of the slots agree with the store, whatever was there before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.model_folder import ModelFolder, identity
from bot.nlu_server import LoadedModel
from bot.promotion import stand_up
from models import nlu_traffic
from models.clock import SetClock
from models.database import Database
from tests.nlu_double import write_model

BOTH = ("a", "b")


@pytest.fixture
def store(sqlite_address: str) -> Iterator[Database]:
    database = Database(sqlite_address)
    yield database
    database.close()


@pytest.fixture
def models(tmp_path: Path) -> ModelFolder:
    models = ModelFolder(tmp_path / "models")
    for name in ("one", "two"):
        write_model(models.folder, name)
    return models


def seen(store: Database) -> tuple[str, dict[str, str]]:
    """Return the live slot and what each slot should have."""
    with store.session() as db:
        now = nlu_traffic.traffic(db)
    return now.live, dict(now.models)


def test_a_model_is_known_by_its_file_and_its_number(models: ModelFolder) -> None:
    assert identity(models.find("one")) == LoadedModel("one", "number of one")
    assert identity(models.find("one.tar.gz")).name == "one"


def test_links_are_no_models(models: ModelFolder, store: Database, clock: SetClock) -> None:
    models.link_live("one")
    stand_up(store, models, BOTH, clock.now())
    assert models.names() == ["one", "two"]


def test_without_any_model_there_is_nothing_to_start_from(
    tmp_path: Path, store: Database, clock: SetClock
) -> None:
    assert stand_up(store, ModelFolder(tmp_path / "none"), BOTH, clock.now()) == ""


def test_a_first_model_is_in_both_slots_so_that_either_can_answer(
    models: ModelFolder, store: Database, clock: SetClock
) -> None:
    models.link_live("one")
    assert stand_up(store, models, BOTH, clock.now()) == "a"
    assert seen(store) == ("a", {"a": "one", "b": "one"})
    assert (models.linked("a"), models.linked("b")) == ("one", "one")


def test_links_of_before_there_were_slots_become_the_slots(
    models: ModelFolder, store: Database, clock: SetClock
) -> None:
    models.link_live("two")
    previous = models.folder / "previous.tar.gz"
    previous.symlink_to("one.tar.gz")
    assert stand_up(store, models, BOTH, clock.now()) == "a"
    assert seen(store) == ("a", {"a": "two", "b": "one"})
    assert not previous.is_symlink()


def test_a_model_put_there_by_hand_gets_a_name(models: ModelFolder, store: Database, clock: SetClock) -> None:
    write_model(models.folder, "live", "by hand")
    stand_up(store, models, BOTH, clock.now())
    assert seen(store) == ("a", {"a": "first", "b": "first"})
    assert identity(models.path("first")).number == "by hand"


def test_what_the_store_says_holds_over_links_that_were_lost(
    models: ModelFolder, store: Database, clock: SetClock
) -> None:
    models.link_live("one")
    stand_up(store, models, BOTH, clock.now())
    with store.session() as db:
        nlu_traffic.mark_loaded(db, "b", "two", "number of two", clock.now())
        nlu_traffic.flip(db, "b", clock.now())
        db.commit()
    for slot in BOTH:
        models.slot_file(slot).unlink()
    assert stand_up(store, models, BOTH, clock.now()) == "b"
    assert (models.linked("a"), models.linked("b"), models.linked_live()) == ("one", "two", "two")


def test_a_new_store_learns_from_the_folder_which_slot_was_live(
    models: ModelFolder, store: Database, clock: SetClock
) -> None:
    models.link_slot("a", "one")
    models.link_slot("b", "two")
    models.link_live("two")
    assert stand_up(store, models, BOTH, clock.now()) == "b"
    assert seen(store) == ("b", {"a": "one", "b": "two"})


def test_when_the_second_slot_is_given_up_its_model_answers_from_the_first(
    models: ModelFolder, store: Database, clock: SetClock
) -> None:
    models.link_slot("a", "one")
    models.link_slot("b", "two")
    models.link_live("two")
    stand_up(store, models, BOTH, clock.now())
    assert stand_up(store, models, ("a",), clock.now()) == "a"
    assert (seen(store)[0], models.linked("a")) == ("a", "two")


def test_when_the_live_model_is_gone_the_other_one_answers(
    models: ModelFolder, store: Database, clock: SetClock
) -> None:
    models.link_live("one")
    (models.folder / "previous.tar.gz").symlink_to("two.tar.gz")
    stand_up(store, models, BOTH, clock.now())
    models.path("one").unlink()
    assert stand_up(store, models, BOTH, clock.now()) == "a"
    assert seen(store) == ("a", {"a": "two", "b": "two"})


def test_a_slot_that_was_loading_when_all_went_down_is_not_loading_any_more(
    models: ModelFolder, store: Database, clock: SetClock
) -> None:
    models.link_live("one")
    stand_up(store, models, BOTH, clock.now())
    with store.session() as db:
        nlu_traffic.mark_loading(db, "b", clock.now())
        db.commit()
    stand_up(store, models, BOTH, clock.now())
    with store.session() as db:
        assert nlu_traffic.traffic(db).loading == frozenset()


def test_a_damaged_model_does_not_keep_the_service_from_starting(
    models: ModelFolder, store: Database, clock: SetClock
) -> None:
    models.link_live("one")
    models.path("one").write_bytes(b"damaged")
    assert stand_up(store, models, BOTH, clock.now()) == "a"
