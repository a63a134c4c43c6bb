"""The channels are tried against the running simulator: real HTTP, and nothing of ours on the other side."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from models.clock import SetClock
from models.database import Database
from tests.alerts.office import Office
from tests.simulator.conftest import settings, simulator, skill

__all__ = ["settings", "simulator", "skill"]


@pytest.fixture
def office(database_address: str, clock: SetClock) -> Iterator[Office]:
    """Return delivery over a fresh store, with providers in memory. It is as patient as a worker."""
    database = Database(database_address, pool_size=32, lock_wait=15.0)
    office = Office(database, clock)
    yield office
    office.close()
    database.close()
