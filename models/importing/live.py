"""Imports from the live APIs, page by page: a page is stored before the next is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TypeAlias

from sqlalchemy import select

from models.clock import Clock
from models.codes import Region
from models.database import Database
from models.importing import dovol, volunteer1365
from models.importing.openapi import OpenApi
from models.importing.rows import Item, RawRow, read_rows
from models.importing.run import is_known, run
from models.importing.store import Report
from models.programs import Program, ProgramSession

DOVOL_OPERATION = "getYthVlntrActvtyPrgmInfo"
LIST_OPERATION = "getVltrSearchWordList"
DETAIL_OPERATION = "getVltrPartcptnItem"
DOVOL_ROWS, LIST_ROWS = 1000, 100
LAID_OUT_DAYS = 30
"""A known period is laid out anew when fewer days than these are left of what was laid out."""

PageDone: TypeAlias = Callable[[int, int], None]
"""Called after each page with its rows and the rows there are in all."""


def import_dovol(
    api: OpenApi,
    database: Database,
    clock: Clock,
    *,
    region: Region,
    name: str = "",
    since: date | None = None,
    page_done: PageDone | None = None,
) -> Iterator[Report]:
    """Import DOVOL's programmes of a region, by part of the name if given. Yield a report for each page.

    Raises:
        DailyLimitReached, OpenApiError, OpenApiUnavailable: pages before are stored.
    """
    asked = {
        "returnType": "json",
        "actvCtpvNm": region.sido_name,
        **({"actvSggNm": region.sigungu_name} if region.sigungu_name else {}),
        **({"prgrmNm": name} if name else {}),
    }
    announce = is_known(database, dovol.SOURCE)
    for page in api.pages(f"dovol {region.name} {name}", DOVOL_OPERATION, asked, DOVOL_ROWS):
        now = clock.now()
        rows = [(_number(row, "prgrmNo", n), row) for n, row in enumerate(page.rows, start=1)]
        yield run(database, read_rows(rows, dovol.read, now.date()), now, since=since, announce=announce)
        if page_done:
            page_done(len(page.rows), page.total)


def import_1365(
    api: OpenApi,
    database: Database,
    clock: Clock,
    *,
    region: Region,
    name: str = "",
    since: date | None = None,
    page_done: PageDone | None = None,
) -> Iterator[Report]:
    """Import 1365's programmes for young people of a region, with details. Yield a report for each page.

    A detail is asked for once, and again only when the list row says something new or a period needs laying out.

    Raises:
        DailyLimitReached, OpenApiError, OpenApiUnavailable: pages before are stored, and of this page what is known.
    """
    first = clock.now().date()
    asked = {
        "schSido": region.sido_code,
        "yngbgsPosblAt": "Y",
        "progrmBgnde": f"{first:%Y%m%d}",
        "progrmEndde": f"{first + timedelta(days=volunteer1365.DAYS_AHEAD):%Y%m%d}",
        **({"schSign1": region.sigungu_code} if region.sigungu_code else {}),
        **({"keyword": name, "schCateGu": "progrmSj"} if name else {}),
    }
    announce = is_known(database, volunteer1365.SOURCE)
    for page in api.pages(f"1365 {region.name} {name}", LIST_OPERATION, asked, LIST_ROWS):
        yield from _list_page(api, database, clock.now(), page.rows, since, announce=announce)
        if page_done:
            page_done(len(page.rows), page.total)


@dataclass(slots=True)
class _ListPage:
    """What to do with the rows of a list page."""

    as_they_are: list[tuple[str, object]] = field(default_factory=list)
    """Rows that cannot be stored anyway: not for young people, over, malformed."""
    with_detail: list[tuple[str, RawRow]] = field(default_factory=list)
    known: int = 0


def _list_page(
    api: OpenApi,
    database: Database,
    now: datetime,
    rows: list[object],
    since: date | None,
    *,
    announce: bool,
) -> Iterator[Report]:
    today = now.date()
    page = _sorted_out(database, rows, today)
    report = run(database, read_rows(page.as_they_are, volunteer1365.read, today), now, since=since)
    report.unchanged += page.known
    yield report
    for number, row in page.with_detail:
        details = api.call(DETAIL_OPERATION, {"progrmRegistNo": row["progrmRegistNo"]}).rows
        whole = volunteer1365.merge([(number, row), *((number, detail) for detail in details)])
        yield run(
            database,
            read_rows(whole, volunteer1365.read, today),
            now,
            since=since,
            announce=announce,
        )


def _sorted_out(database: Database, rows: list[object], today: date) -> _ListPage:
    page, stored = _ListPage(), _stored(database, rows)
    for n, row in enumerate(rows, start=1):
        number = _number(row, "progrmRegistNo", n)
        reading = next(read_rows([(number, row)], volunteer1365.read, today))
        if not isinstance(reading, Item) or not isinstance(row, Mapping):
            page.as_they_are.append((number, row))
        elif _is_known(reading, stored.get(reading.program.source_key, []), today):
            page.known += 1
        else:
            page.with_detail.append((number, row))
    return page


def _stored(database: Database, rows: list[object]) -> dict[str, list[tuple[str, date]]]:
    """Return what is stored of the programmes in a list: number → (mark, last laid-out day) of each session."""
    keys = [str(row.get("progrmRegistNo")) for row in rows if isinstance(row, Mapping)]
    query = (
        select(Program.source_key, ProgramSession.fingerprint, Program.last_date)
        .join(Program.sessions)
        .where(Program.source == volunteer1365.SOURCE, Program.source_key.in_(keys))
    )
    found: dict[str, list[tuple[str, date]]] = {}
    with database.session() as db:
        for key, mark, last in db.execute(query):
            found.setdefault(key, []).append((mark, last))
    return found


def _is_known(item: Item, stored: list[tuple[str, date]], today: date) -> bool:
    """Tell whether the detail need not be asked for: the list says nothing new and enough days are laid out."""
    last_week_of_period = item.sessions[-1].ends_on - timedelta(days=6)
    enough = min(last_week_of_period, today + timedelta(days=LAID_OUT_DAYS))
    return any(mark.startswith(f"{item.summary_mark}:") and last >= enough for mark, last in stored)


def _number(row: object, name: str, line: int) -> str:
    number = row.get(name) if isinstance(row, Mapping) else None
    return str(number)[:60] if number else f"{line}번째 줄"
