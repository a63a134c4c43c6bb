"""Finding among a million sessions, on SQLite and on PostgreSQL, in the same run."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from datetime import time as clock_time
from typing import Any

from rich.table import Table
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.codes import FIELDS, SIGUNGU
from models.database import Database
from models.programs import ProgramSession
from models.search import ProgramQuery, find_sessions

QUERIES = 300


def mix(now: datetime, seed: int = 1) -> dict[str, list[ProgramQuery]]:
    """Return searches as people make them, by kind."""
    draw = random.Random(seed)
    today = now.date()

    def place() -> dict[str, Any]:
        region = draw.choice(SIGUNGU).region
        return {"sido_codes": (region.sido_code,), "sigungu_codes": (region.sigungu_code or "",)}

    def weekend() -> dict[str, Any]:
        saturday = today + timedelta((5 - today.weekday()) % 7 + 7 * draw.randrange(6))
        return {"first_day": saturday, "last_day": saturday + timedelta(1)}

    fields = list(FIELDS)
    kinds: dict[str, Callable[[], ProgramQuery]] = {
        "anything": ProgramQuery,
        "district": lambda: ProgramQuery(**place()),
        "district, weekend": lambda: ProgramQuery(**place(), **weekend()),
        "city, field, weekend": lambda: ProgramQuery(
            sido_codes=place()["sido_codes"],
            field_codes=(draw.choice(fields),),
            **weekend(),
        ),
        "field, afternoon": lambda: ProgramQuery(
            field_codes=(draw.choice(fields),), begins_from=clock_time(13), begins_before=clock_time(18)
        ),
        "common word": lambda: ProgramQuery(words=("도서관",), level=2, age=14),
        "rare words, district": lambda: ProgramQuery(words=("점자", "입력"), **place()),
        "nothing there": lambda: ProgramQuery(
            **place(), field_codes=("1300",), begins_from=clock_time(5), begins_before=clock_time(6)
        ),
    }
    return {name: [make() for _ in range(QUERIES // len(kinds))] for name, make in kinds.items()}


def measure(database: Database, name: str, now: datetime, table: Table) -> list[float]:
    """Add a row for each kind of search and return all times in milliseconds."""
    everything: list[float] = []
    with database.session() as db:
        for query in mix(now, seed=2)["anything"]:
            find_sessions(db, query, now)  # warm
        for kind, queries in mix(now).items():
            times = [_timed(db, query, now) for query in queries]
            everything += times
            table.add_row(
                name, kind, f"{_at(times, 0.5):.1f}", f"{_at(times, 0.95):.1f}", f"{max(times):.1f}"
            )
    table.add_row(
        name, "all", f"{_at(everything, 0.5):.1f}", f"{_at(everything, 0.95):.1f}", f"{max(everything):.1f}"
    )
    return everything


def _timed(db: Session, query: ProgramQuery, now: datetime) -> float:
    began = time.perf_counter()
    find_sessions(db, query, now)
    return (time.perf_counter() - began) * 1000


def _at(times: list[float], share: float) -> float:
    return sorted(times)[min(len(times) - 1, int(len(times) * share))]


def sessions_in(database: Database) -> int:
    """Return how many sessions the store has."""
    with database.session() as db:
        return db.scalar(select(func.count()).select_from(ProgramSession)) or 0


def table_of(title: str) -> Table:
    """Return an empty table for ``measure``."""
    return Table("store", "search", "p50 ms", "p95 ms", "max ms", title=title)
