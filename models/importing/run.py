"""Whole imports: rows in, store up to date, a report out. Short transactions, none across an outside call."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import TypeAlias

from sqlalchemy import exists, select
from sqlalchemy.exc import OperationalError

from models.database import Database
from models.importing.rows import Item, Reading
from models.importing.store import Report, store_items
from models.programs import Program

SESSIONS_AT_ONCE = 300
"""Sessions in one transaction: short enough that nobody else waits for long."""
PATIENCE = 40
"""Times a transaction is tried while others hold the store."""
REPEATED = "같은 번호로 또 나온 줄"
NEWS = timedelta(days=14)
"""A programme that could be applied for longer ago than this is new to us, but no news."""

Advance: TypeAlias = Callable[[int], None]
"""Called with the number of rows just dealt with, to draw progress."""


def run(
    database: Database,
    readings: Iterable[Reading],
    now: datetime,
    *,
    since: date | None = None,
    announce: bool | None = None,
    advance: Advance | None = None,
) -> Report:
    """Store every reading that can be stored and return what came of each.

    Args:
        database: the store; opened and committed for some hundred sessions at a time.
        readings: rows of one source, as ``rows.read_rows`` yields them.
        now: the present moment.
        since: sessions that ended before are not taken in anew; None takes them all.
        announce: tell of new programmes. None tells unless the source is new here (see ``is_known``): the first
            mass import brings what has long been there. Programmes open for longer than ``NEWS`` are never told of,
            so that neither the second day of a long import nor a new region is thousands of news.
        advance: told after each part how many rows were dealt with.
    """
    report, seen = Report(), set[str]()
    for part in _parts(readings):
        items: list[Item] = []
        for each in part:
            if not isinstance(each, Item):
                report.count(each)
            elif not _repeated(each, seen, report):
                items.append(each)
        if items:
            announce = is_known(database, items[0].program.source) if announce is None else announce
            announce_from = now.date() - NEWS if announce else None
            report.add(_store(database, items, now, since, announce_from))
        if advance:
            advance(len(part))
    return report


def is_known(database: Database, source: str) -> bool:
    """Tell whether programmes of a source have been imported before."""
    with database.session() as db:
        return bool(db.scalar(select(exists().where(Program.source == source))))


def _parts(readings: Iterable[Reading]) -> Iterator[list[Reading]]:
    part: list[Reading] = []
    size = 0
    for reading in readings:
        part.append(reading)
        size += len(reading.sessions) if isinstance(reading, Item) else 1
        if size >= SESSIONS_AT_ONCE:
            yield part
            part, size = [], 0
    if part:
        yield part


def _repeated(item: Item, seen: set[str], report: Report) -> bool:
    number = item.sessions[0].source_no
    if number in seen:
        report.skipped[REPEATED] += 1
        return True
    seen.add(number)
    return False


def _store(
    database: Database, items: list[Item], now: datetime, since: date | None, announce_from: date | None
) -> Report:
    """Store one part; when another process holds the store longer than a chat turn may wait, try again."""
    for _ in range(PATIENCE - 1):
        try:
            return _store_once(database, items, now, since, announce_from)
        except OperationalError:
            time.sleep(random.uniform(0.05, 0.3))  # noqa: S311 - spreads waiting imports, no secret
    return _store_once(database, items, now, since, announce_from)


def _store_once(
    database: Database, items: list[Item], now: datetime, since: date | None, announce_from: date | None
) -> Report:
    with database.session() as db:
        report = store_items(db, items, now, since, announce_from=announce_from)
        db.commit()
        return report
