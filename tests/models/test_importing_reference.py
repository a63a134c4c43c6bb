"""The importers on every recorded answer of the real APIs."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from pathlib import Path

import pytest
from sqlalchemy import func, select

from models.clock import SEOUL, SetClock
from models.database import Database
from models.importing import dovol, volunteer1365
from models.importing.files import Files, paths_in, read_files
from models.importing.rows import Bad, Item, Reading, Skipped, read_rows
from models.importing.run import run
from models.importing.store import Report
from models.programs import Program, ProgramSession
from models.search import ProgramQuery, find_sessions

DAYS = {"2020": date(2020, 1, 10), "2022": date(2022, 4, 1), "2023": date(2023, 10, 20)}
DAYS |= {"2024": date(2024, 8, 10), "2026": date(2026, 5, 4)}
"""A day on which the recorded programmes were still to come."""
PERSONAL = re.compile(r"01[016-9][-.\s]?\d{3,4}|@example|가명\)|02-0000|055-000")


def import_all(database: Database, files: Files, today: date) -> Report:
    now = datetime.combine(today, time(10), SEOUL)
    report = run(database, read_rows(files.dovol, dovol.read, today), now)
    rows = volunteer1365.merge(files.volunteer1365)
    report.add(run(database, read_rows(rows, volunteer1365.read, today), now))
    return report


def day_of(path: Path) -> date:
    return next((day for year, day in DAYS.items() if year in path.name), DAYS["2026"])


def xml_files(reference: Path) -> list[Path]:
    return sorted((reference / "openapi_1365").glob("*.xml"))


def readings_of(path: Path) -> list[Reading]:
    files = read_files([path])
    rows = volunteer1365.merge(files.volunteer1365)
    return [*read_rows(rows, volunteer1365.read, day_of(path)), *files.other]


def test_every_row_of_dovol_goes_in_grouped(database: Database, reference: Path, clock: SetClock) -> None:
    files = read_files(paths_in([reference / "openapi_youth"]))
    assert len(files.dovol) == 21
    report = import_all(database, files, date(2026, 9, 27))
    assert (report.new, report.bad) == (21, [])
    with database.session() as db:
        grouped = db.scalars(select(func.count()).join(Program.sessions).group_by(Program.id)).all()
    assert sorted(grouped, reverse=True) == [5, 4, 4, 2, 1, 1, 1, 1, 1, 1]
    again = import_all(database, files, date(2026, 9, 28))
    assert (again.new, again.changed, again.unchanged) == (0, 0, 21)


def test_real_programmes_are_found(database: Database, reference: Path, clock: SetClock) -> None:
    import_all(database, read_files(paths_in([reference / "openapi_youth"])), clock.now().date())
    with database.session() as db:
        (found,) = find_sessions(db, ProgramQuery(words=("읽어주세요",)), clock.now()).sessions
        assert found.starts_on == date(2026, 12, 19)
        assert "개별 신청 금지" in found.notes
        (fair,) = find_sessions(db, ProgramQuery(sido_codes=("6110000",)), clock.now()).sessions
        assert fair.sigungu_code == "3040000"


def test_every_recorded_answer_of_1365_is_read_or_told(reference: Path) -> None:
    told = {path.name: readings_of(path) for path in xml_files(reference)}
    assert len(told) >= 13
    for name, readings in told.items():
        bad = [each for each in readings if isinstance(each, Bad)]
        if name.startswith("error_"):
            assert len(bad) == 1, name
        elif "partial" in name:
            assert "목록과 상세를 함께" in bad[0].why
        else:
            assert not bad, (name, bad)


@pytest.mark.parametrize(
    ("name", "items", "skipped"),
    [
        ("getVltrSearchWordList_2023_real.xml", 10, 0),
        ("getVltrPeriodSrvcList_2022_real.xml", 11, 0),
        ("getVltrSearchWordList_2020_single_item_real.xml", 1, 0),
        ("getVltrPartcptnItem_2022_youth_real.xml", 1, 0),
        ("getVltrPartcptnItem_2022_youth_online_real.xml", 1, 0),
        ("getVltrPartcptnItem_2022_adult_weekly_real.xml", 0, 1),
        ("getVltrPartcptnItem_2024_with_coordinates_real.xml", 0, 1),
        ("GW_getVltrSearchWordList_2026_real.xml", 0, 1),
        ("getAreaCodeInquiryList_real_item.xml", 0, 1),
        ("getVltrRealmCodeList_real_item.xml", 0, 1),
        ("empty_result.xml", 0, 0),
    ],
)
def test_a_recorded_answer_gives_what_it_holds(reference: Path, name: str, items: int, skipped: int) -> None:
    readings = readings_of(reference / "openapi_1365" / name)
    assert sum(isinstance(each, Item) for each in readings) == items
    assert sum(isinstance(each, Skipped) for each in readings) == skipped


def test_a_recorded_weekly_programme_is_laid_out_on_its_weekdays(reference: Path) -> None:
    (item,) = readings_of(reference / "openapi_1365" / "getVltrPartcptnItem_2022_youth_real.xml")
    assert isinstance(item, Item)
    assert {session.starts_on.weekday() for session in item.sessions} == {1, 4}
    assert item.sessions[0].sido_code == "6540000"
    assert item.program.field_code == "1700"


def test_all_recorded_answers_go_in_together_without_anyones_data(
    database: Database, reference: Path
) -> None:
    files = read_files(paths_in([reference / "openapi_1365", reference / "openapi_youth"]))
    report = import_all(database, files, date(2022, 4, 1))
    assert report.bad == []
    assert [bad.number for bad in files.other if isinstance(bad, Bad)] == [
        "error_22_gateway_envelope.xml",
        "error_30_in_header.xml",
    ]
    with database.session() as db:
        texts = db.execute(
            select(Program.title, Program.content, ProgramSession.notes, ProgramSession.place).join(
                Program.sessions
            )
        )
        assert not [row for row in texts if PERSONAL.search(" ".join(row))]
    assert import_all(database, files, date(2022, 4, 1)).new == 0
