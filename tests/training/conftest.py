"""A school over a fresh store, with no language server running."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from bot.memory import Memory
from bot.model_folder import ModelFolder
from bot.promotion import Promoter
from bot.slots import Slots
from models.clock import SetClock
from models.database import Database
from models.nlu_traffic import traffic
from tests.training.school import write_language
from training.lessons import School

NOBODY = "http://127.0.0.1:1"


@pytest.fixture
def folder(tmp_path: Path) -> ModelFolder:
    return ModelFolder(tmp_path / "models")


@pytest.fixture
def language(tmp_path: Path) -> Path:
    return write_language(tmp_path / "language")


@pytest.fixture
def school(
    database: Database, memory: Memory, clock: SetClock, folder: ModelFolder, language: Path
) -> Iterator[School]:
    def now() -> object:
        with database.session() as db:
            return traffic(db)

    slots = Slots({"a": [NOBODY], "b": [NOBODY]}, "t" * 16, memory, now)  # type: ignore[arg-type]  # a Traffic
    promoter = Promoter(slots, database, clock, folder, settle=0, patience=0)
    yield School(database, clock, folder, promoter, language)
    slots.close()


@pytest.fixture
def db(database: Database) -> Iterator[Session]:
    """Return a session to build the world with and to look at it; commit before lessons."""
    with database.session() as session:
        yield session
