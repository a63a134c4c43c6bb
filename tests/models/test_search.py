"""Finding: every filter alone and mixed, page after page, each programme once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, time, timedelta
from itertools import islice

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from models.database import Database
from models.members import Level
from models.programs import ProgramSession, SessionState
from models.search import Cursor, ProgramQuery, find_sessions, sessions_of
from tests.conftest import MONDAY
from tests.world import make_host, make_program, make_session

SATURDAY = date(2026, 11, 28)


@pytest.fixture
def db(database: Database) -> Iterator[Session]:
    with database.session() as session:
        yield session


def titles(db: Session, query: ProgramQuery, limit: int = 5) -> list[str]:
    return [session.program.title for session in find_sessions(db, query, MONDAY, limit=limit).sessions]


def test_only_what_is_open_with_seats_is_found(db: Session) -> None:
    make_session(db, title="열림")
    make_session(db, title="꽉 참", seats=1, taken=1)
    make_session(db, title="아직", apply_from=date(2026, 11, 24))
    make_session(db, title="끝남", apply_until=date(2026, 11, 22))
    make_session(db, title="지남", starts_on=date(2026, 11, 20), apply_until=date(2026, 11, 30))
    make_session(db, title="취소됨").state = SessionState.CALLED_OFF
    db.flush()
    assert titles(db, ProgramQuery()) == ["열림"]
    assert titles(db, ProgramQuery(with_seats=False)) == ["열림", "꽉 참"]
    assert titles(db, ProgramQuery(only_open=False)) == ["열림", "아직"]


@pytest.mark.parametrize("text", ["", "x", "2026-11-28", "2026-11-28:-1", "2026-11-28:" + "9" * 30])
def test_what_is_no_place_in_a_list_begins_nowhere(text: str) -> None:
    assert Cursor.parse(text) is None


@pytest.mark.parametrize(
    "query",
    [
        ProgramQuery(sido_codes=("6440000",)),
        ProgramQuery(sigungu_codes=("4490000",)),
        ProgramQuery(first_day=SATURDAY, last_day=SATURDAY),
        ProgramQuery(weekdays=frozenset({5})),
        ProgramQuery(begins_from=time(9), begins_before=time(12)),
        ProgramQuery(field_codes=("0400", "0800")),
        ProgramQuery(words=("수련관",)),
        ProgramQuery(words=("하천쓰레기",)),
        ProgramQuery(words=("천안 청소년 수련관", "줍기")),
        ProgramQuery(level=int(Level.HIGH), age=16),
        ProgramQuery(
            sido_codes=("6440000",),
            sigungu_codes=("4490000",),
            first_day=SATURDAY,
            last_day=SATURDAY,
            weekdays=frozenset({5}),
            begins_from=time(10),
            field_codes=("0800",),
            words=("쓰레기",),
            level=int(Level.HIGH),
            age=16,
        ),
    ],
)
def test_each_filter_finds_what_it_names_and_nothing_else(db: Session, query: ProgramQuery) -> None:
    make_session(db, starts_on=SATURDAY)
    other = make_session(
        db,
        title="점자책 만들기",
        starts_on=date(2026, 11, 26),
        begins_at=time(14),
        ends_at=time(16),
        field="0500",
        host=make_host(db, name="마포구립도서관"),
        levels=Level.ELEMENTARY,
    )
    other.sido_code, other.sigungu_code = "6110000", "3130000"
    db.flush()
    assert titles(db, query) == ["하천 쓰레기 줍기"]


def test_a_programme_is_shown_once_at_its_first_matching_session(db: Session) -> None:
    program = make_program(db)
    days = [SATURDAY + timedelta(7 * n) for n in range(4)]
    for day in days:
        make_session(db, program=program, starts_on=day)
    page = find_sessions(db, ProgramQuery(first_day=days[1]), MONDAY)
    assert [session.starts_on for session in page.sessions] == [days[1]]
    assert [session.starts_on for session in sessions_of(db, program.id, MONDAY)] == days


def test_a_full_first_session_does_not_hide_the_next(db: Session) -> None:
    program = make_program(db)
    make_session(db, program=program, starts_on=SATURDAY, seats=1, taken=1)
    make_session(db, program=program, starts_on=SATURDAY + timedelta(7))
    assert [s.starts_on for s in find_sessions(db, ProgramQuery(), MONDAY).sessions] == [
        SATURDAY + timedelta(7)
    ]


def test_pages_follow_each_other_without_a_gap_or_a_repetition(db: Session) -> None:
    for n in range(12):
        program = make_program(db, title=f"활동 {n}")
        for week in range(3):
            make_session(db, program=program, starts_on=SATURDAY + timedelta(n % 4 + 7 * week))
    seen: list[str] = []
    after: Cursor | None = None
    for _ in range(3):
        page = find_sessions(db, ProgramQuery(), MONDAY, limit=5, after=after)
        seen += [session.program.title for session in page.sessions]
        after = Cursor.parse(str(page.next)) if page.next else None
    assert sorted(seen) == sorted(f"활동 {n}" for n in range(12))
    assert after is None


def test_common_words_and_rare_words_find_the_same_way(db: Session) -> None:
    host = make_host(db)
    for n in range(450):
        make_session(db, title=f"도서관 정리 {n}", host=host)
    make_session(db, title="도서관 점자책", host=host)
    assert len(titles(db, ProgramQuery(words=("도서관",)), limit=10)) == 10
    assert titles(db, ProgramQuery(words=("도서관", "점자"))) == ["도서관 점자책"]


@pytest.mark.parametrize("words", ["%", "_", "' OR 1=1 --", "\\", "100%"])
def test_words_are_words_and_never_patterns(db: Session, words: str) -> None:
    make_session(db, title="하천 청소")
    assert titles(db, ProgramQuery(words=(words,))) == []


def test_words_nobody_used_find_nothing(db: Session) -> None:
    make_session(db)
    assert find_sessions(db, ProgramQuery(words=("우주여행",)), MONDAY).sessions == []


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    offsets=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 20)), max_size=25),
    limit=st.integers(1, 6),
)
def test_whatever_the_calendar_paging_finds_every_programme_once(
    db: Session, offsets: list[tuple[int, int]], limit: int
) -> None:
    programs = {number: make_program(db, title=str(number)) for number, _ in offsets}
    for number, day in offsets:
        make_session(db, program=programs[number], starts_on=SATURDAY + timedelta(day))
    found = [s.program.title for s in islice(_all_pages(db, limit), 50)]
    assert sorted(found) == sorted(str(number) for number in programs)
    db.rollback()


def _all_pages(db: Session, limit: int) -> Iterator[ProgramSession]:
    after: Cursor | None = None
    while True:
        page = find_sessions(db, ProgramQuery(), MONDAY, limit=limit, after=after)
        yield from page.sessions
        if page.next is None:
            return
        after = page.next
