from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import event, func, select, update
from sqlalchemy.orm import Session

from models.applications import SEATED, Application, ApplicationState, apply
from models.clock import SEOUL
from models.codes import region_by_names
from models.database import Database
from models.hosts import HostInstitution
from models.importing.rows import Reading
from models.importing.run import run
from models.importing.store import KNOWN_BETTER, Report
from models.programs import Program, ProgramSession, Recruitment, SessionState
from models.rules import Rules
from models.search import ProgramQuery, find_sessions
from tests.models.rows import TODAY, detail_row, dovol_row, list_row, read_1365, read_dovol
from tests.world import make_member


def bring_in(database: Database, readings: list[Reading], **more: Any) -> Report:
    now = datetime.combine(more.pop("today", TODAY), time(10), SEOUL)
    return run(database, readings, now, **more)


def sessions(db: Session) -> list[ProgramSession]:
    return list(db.scalars(select(ProgramSession).order_by(ProgramSession.source_no)))


def counted(report: Report) -> tuple[int, int, int]:
    return report.new, report.changed, report.unchanged


def dates_of_one_programme(count: int = 4) -> list[dict[str, Any]]:
    return [
        dovol_row(
            prgrmNo=f"PPG020001261102-9000000{n}",
            actvBgngYmd=f"{date(2026, 12, 5) + timedelta(weeks=n):%Y%m%d}",
            actvEndYmd="",
            aplyPsbltyEndYmd=f"{date(2026, 12, 4) + timedelta(weeks=n):%Y%m%d}",
        )
        for n in range(count)
    ]


@contextmanager
def written(database: Database) -> Iterator[list[str]]:
    """Collect the statements that write."""
    statements: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.split(maxsplit=1)[0] in {"INSERT", "UPDATE", "DELETE"}:
            statements.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


def test_session_rows_of_one_programme_are_grouped(database: Database) -> None:
    report = bring_in(database, read_dovol(*dates_of_one_programme()))
    with database.session() as db:
        (program,) = db.scalars(select(Program))
        assert counted(report) == (4, 0, 0)
        assert [session.starts_on.day for session in program.sessions] == [5, 12, 19, 26]
        assert program.last_date == date(2026, 12, 26)
        assert program.url.endswith("kProgrmSn=90000000")


def test_importing_again_writes_nothing_at_all(database: Database) -> None:
    readings = read_dovol(*dates_of_one_programme())
    bring_in(database, readings)
    with written(database) as statements:
        report = bring_in(database, readings)
    assert counted(report) == (0, 0, 4)
    assert statements == []


def test_a_changed_row_updates_itself_alone(database: Database) -> None:
    rows = dates_of_one_programme()
    bring_in(database, read_dovol(*rows))
    rows[2]["rcrtNope"] = 25
    with written(database) as statements:
        report = bring_in(database, read_dovol(*rows))
    assert counted(report) == (0, 1, 3)
    assert [statement.split()[:2] for statement in statements] == [["UPDATE", "program_session"]]
    with database.session() as db:
        assert [session.seats for session in sessions(db)] == [10, 10, 25, 10]


def test_seats_and_applications_survive_a_changed_row(database: Database, now: datetime) -> None:
    bring_in(database, read_dovol(dovol_row()))
    with database.session() as db:
        application = apply(db, make_member(db), sessions(db)[0], Rules(), now)
        db.commit()
        number = application.id
    bring_in(database, read_dovol(dovol_row(rcrtNope=3, prgrmNm="2026년 강변 줍깅", refMttr="집게 지참")))
    with database.session() as db:
        session = sessions(db)[0]
        kept = db.get_one(Application, number)
        assert (session.taken, session.seats, session.notes) == (1, 3, "집게 지참")
        assert (kept.session_id, kept.state) == (session.id, ApplicationState.APPLIED)


def test_seats_taken_elsewhere_and_here_add_up(database: Database, now: datetime) -> None:
    one_day = {"progrmBgnde": "20261205", "progrmEndde": "20261205"}
    bring_in(database, read_1365(detail_row(appTotal="1", **one_day)))
    with database.session() as db:
        apply(db, make_member(db), sessions(db)[0], Rules(), now)
        db.commit()
    bring_in(database, read_1365(detail_row(appTotal="3", **one_day)))
    with database.session() as db:
        session = sessions(db)[0]
        seated = db.scalar(select(func.count()).where(Application.state.in_(SEATED)))
        assert (session.taken_elsewhere, session.taken, seated) == (3, 4, 1)
        assert session.recruitment(now) is Recruitment.FULL


def test_a_corrected_title_moves_the_session_and_leaves_no_empty_programme(database: Database) -> None:
    bring_in(database, read_dovol(dovol_row()))
    report = bring_in(database, read_dovol(dovol_row(prgrmNm="2026년 강변 플로깅")))
    with database.session() as db:
        assert counted(report) == (0, 1, 0)
        assert [program.title for program in db.scalars(select(Program))] == ["2026년 강변 플로깅"]
        assert sessions(db)[0].program.title == "2026년 강변 플로깅"


def test_called_off_at_the_source_is_called_off_here(database: Database, now: datetime) -> None:
    bring_in(database, read_dovol(dovol_row()))
    bring_in(database, read_dovol(dovol_row(vlntwkSttsSeNm="활동취소")))
    with database.session() as db:
        assert sessions(db)[0].state is SessionState.CALLED_OFF
        assert sessions(db)[0].recruitment(now) is Recruitment.CLOSED


def test_closed_by_hand_is_closed_although_the_window_is_open(database: Database, now: datetime) -> None:
    bring_in(database, read_1365(detail_row(progrmSttusSe="3")))
    with database.session() as db:
        assert {session.recruitment(now) for session in sessions(db)} == {Recruitment.CLOSED}
    again = bring_in(database, read_1365(detail_row(progrmSttusSe="3"), today=TODAY), today=TODAY)
    assert again.changed == 0


def test_the_next_day_only_the_newly_reached_day_comes_in(database: Database) -> None:
    endless = detail_row(
        progrmEndde="20271231", noticeEndde="20271231", actWkdy="1111111", progrmBgnde="20261120"
    )
    first = bring_in(database, read_1365(endless))
    tomorrow = TODAY + timedelta(days=1)
    second = bring_in(database, read_1365(endless, today=tomorrow), today=tomorrow)
    assert counted(first) == (61, 0, 0)
    assert counted(second) == (1, 0, 60)
    assert second.withdrawn == 0


def test_days_a_programme_no_longer_has_are_taken_out(database: Database, now: datetime) -> None:
    bring_in(database, read_1365(detail_row()))
    with database.session() as db:
        wanted = sessions(db)[0]
        apply(db, make_member(db), wanted, Rules(), now)
        db.commit()
    report = bring_in(database, read_1365(detail_row(actWkdy="0000001")))
    with database.session() as db:
        left = sessions(db)
        assert report.withdrawn == 4
        assert {session.weekday for session in left if session.state is SessionState.PLANNED} == {6}
        assert [s.id for s in left if s.state is SessionState.CALLED_OFF] == [wanted.id]


def test_details_replace_the_list_row_and_a_later_list_row_leaves_them(database: Database) -> None:
    bring_in(database, read_1365(list_row()))
    bring_in(database, read_1365(list_row(), detail_row()))
    report = bring_in(database, read_1365(list_row()))
    with database.session() as db:
        assert len(sessions(db)) == 8
        assert all(session.starts_on == session.ends_on for session in sessions(db))
    assert report.skipped[KNOWN_BETTER] == 1
    assert counted(report) == (0, 0, 0)


def test_hosts_are_not_doubled_and_learn_their_telephone(database: Database) -> None:
    bring_in(database, read_1365(list_row()))
    bring_in(database, read_1365(detail_row(), detail_row(progrmRegistNo="9900002")))
    with database.session() as db:
        (host,) = db.scalars(select(HostInstitution))
        assert (host.name, host.phone) == ("푸른언덕도서관", "02-000-0701")


def test_what_ended_before_a_day_is_not_taken_in_but_kept_up_to_date(database: Database) -> None:
    old = dovol_row(
        actvBgngYmd="20261010",
        actvEndYmd="20261010",
        aplyPsbltyBgngYmd="20260901",
        aplyPsbltyEndYmd="20261009",
    )
    assert bring_in(database, read_dovol(old), since=TODAY).skipped["지난 활동"] == 1
    bring_in(database, read_dovol(old))
    done = {**old, "vlntwkSttsSeNm": "활동완료"}
    assert counted(bring_in(database, read_dovol(done), since=TODAY)) == (0, 1, 0)


def test_a_number_that_comes_twice_is_stored_once(database: Database) -> None:
    report = bring_in(database, read_dovol(dovol_row(), dovol_row(rcrtNope=99)))
    with database.session() as db:
        assert [session.seats for session in sessions(db)] == [10]
    assert report.skipped.total() == 1


def test_two_imports_at_once_do_not_double(database: Database) -> None:
    readings = read_dovol(*dates_of_one_programme(9)) + read_dovol(
        dovol_row(grpNm="한빛센터", prgrmNo="PPG1-1")
    )
    reports: list[Report] = []
    threads = [
        threading.Thread(target=lambda: reports.append(bring_in(database, readings))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.session() as db:
        assert len(sessions(db)) == 10
        assert db.scalar(select(func.count()).select_from(Program)) == 2
        assert db.scalar(select(func.count()).select_from(HostInstitution)) == 1
    assert sum(report.new for report in reports) == 10
    assert sum(report.unchanged for report in reports) == 30


def test_bad_rows_are_reported_and_the_rest_is_in(database: Database) -> None:
    rows = dates_of_one_programme(3)
    rows[1]["rcrtNope"] = -1
    report = bring_in(database, read_dovol(*rows))
    assert counted(report) == (2, 0, 0)
    assert [bad.number for bad in report.bad] == ["2"]


def test_many_rows_go_in_part_by_part(database: Database) -> None:
    rows = [dovol_row(prgrmNo=f"PPG020001261102-{n}", prgrmNm=f"활동 {n}") for n in range(700)]
    dealt_with: list[int] = []
    report = bring_in(database, read_dovol(*rows), advance=dealt_with.append)
    assert counted(report) == (700, 0, 0)
    assert sum(dealt_with) == 700
    assert len(dealt_with) > 1


def test_imported_programmes_are_found_by_region_field_and_words(database: Database, now: datetime) -> None:
    bring_in(database, read_dovol(*dates_of_one_programme()))
    mapo = region_by_names("서울특별시", "마포구")
    assert mapo is not None
    assert mapo.sigungu_code is not None
    with database.session() as db:
        for query in (
            ProgramQuery(sigungu_codes=(mapo.sigungu_code,)),
            ProgramQuery(field_codes=("0800",)),
            ProgramQuery(words=("강변 줍깅",)),
            ProgramQuery(words=("망원한강",)),
        ):
            (found,) = find_sessions(db, query, now).sessions
            assert found.starts_on == date(2026, 12, 5)
        db.execute(update(ProgramSession).values(taken=ProgramSession.seats))
        assert find_sessions(db, ProgramQuery(words=("줍깅",)), now).sessions == []
