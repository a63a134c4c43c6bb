"""The shipped sample answers, moved to the present week and imported as real ones are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path

from models.database import Database
from models.importing import dovol, volunteer1365
from models.importing.files import paths_in, read_files
from models.importing.rows import Malformed, day, read_rows
from models.importing.run import run
from models.importing.store import Report

SAMPLES = Path(__file__).parent.parent / "samples"
FIRST_DAY = date(2026, 11, 23)
"""The Monday the samples' dates are written for."""
DATE_FIELDS = (
    *("actvBgngYmd", "actvEndYmd", "aplyPsbltyBgngYmd", "aplyPsbltyEndYmd"),
    *("progrmBgnde", "progrmEndde", "noticeBgnde", "noticeEndde"),
)


def import_samples(database: Database, now: datetime) -> Report:
    """Import the samples as if they had been written this week. Nobody is told of them."""
    today = now.date()
    files = read_files(paths_in([SAMPLES]))
    shift = today - timedelta(days=today.weekday()) - FIRST_DAY
    readings = read_rows(_moved(files.dovol, shift), dovol.read, today)
    report = run(database, readings, now, announce=False)
    rows = volunteer1365.merge(_moved(files.volunteer1365, shift))
    report.add(run(database, read_rows(rows, volunteer1365.read, today), now, announce=False))
    return report


def _moved(rows: Iterable[tuple[str, object]], by: timedelta) -> list[tuple[str, object]]:
    return [(where, _moved_row(row, by) if isinstance(row, Mapping) else row) for where, row in rows]


def _moved_row(row: Mapping[str, object], by: timedelta) -> dict[str, object]:
    return {**row, **{name: _moved_day(row, name, by) for name in DATE_FIELDS if row.get(name)}}


def _moved_day(row: Mapping[str, object], name: str, by: timedelta) -> str:
    written = day(row, name, name)
    if written is None:
        raise Malformed(f"{name} is empty")
    return f"{written + by:%Y%m%d}"
