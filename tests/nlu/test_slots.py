"""A real Rasa server loads another model and the one before, and says truly which it has."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.switch import twin
from bot.memory import Memory
from bot.model_folder import ModelFolder, identity
from bot.promotion import Promoter, stand_up
from bot.slots import Slots
from models.clock import SetClock
from models.database import Database
from models.staff import StaffRefused
from tests.nlu_server import NluServer


@pytest.fixture
def folder(nlu_server: NluServer, tmp_path: Path) -> ModelFolder:
    """Return a folder with the server's model and its twin, which reads alike and has a number of its own."""
    folder = ModelFolder(tmp_path / "models")
    shutil.copy(nlu_server.model, folder.path(nlu_server.model.name.removesuffix(".tar.gz")))
    twin(nlu_server.model, folder.path("twin"))
    folder.link_live(nlu_server.model.name.removesuffix(".tar.gz"))
    return folder


@pytest.fixture
def promoter(
    nlu_server: NluServer, folder: ModelFolder, sqlite_address: str, memory: Memory, clock: SetClock
) -> Iterator[Promoter]:
    store = Database(sqlite_address)
    stand_up(store, folder, ("a",), clock.now())
    slots = Slots({"a": [nlu_server.url]}, nlu_server.token, memory)
    yield Promoter(slots, store, clock, folder, settle=0)
    slots.close()
    store.close()


def test_a_real_server_is_promoted_and_returns(
    promoter: Promoter, nlu_server: NluServer, folder: ModelFolder
) -> None:
    before = nlu_server.status()["model_id"]
    promoter.promote("twin")
    assert nlu_server.status()["model_id"] == identity(folder.path("twin")).number != before
    assert nlu_server.parse("내 봉사시간 알려줘")["intent"]["name"] == "check_hours"
    promoter.rollback()
    assert nlu_server.status()["model_id"] == before


def test_a_model_that_no_server_can_read_is_no_reason_for_one_to_end(
    promoter: Promoter, nlu_server: NluServer, folder: ModelFolder
) -> None:
    folder.path("twin").write_bytes(folder.path("twin").read_bytes()[:100_000])
    with pytest.raises(StaffRefused, match="refused"):
        promoter.promote("twin")
    assert nlu_server.parse("안녕")["text"] == "안녕"
