"""Hosts and programmes found by what people call them, on both stores."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy.orm import Session

from bot.places import as_stored, hosts_like, nearest, programs_like
from models.database import Database
from models.hosts import HostInstitution
from models.programs import Program
from models.search import squeeze

TODAY = date(2026, 11, 25)
HOSTS = (
    "마포새싹청소년문화의집",
    "한강바람도서관",
    "성남별빛도서관",
    "김해책숲도서관",
    "은평다온노인복지관",
    "안양온기종합사회복지관",
    "고양함께동물보호센터",
    "천안 너나들이 청소년센터",
    *(f"{name}도서관" for name in ("하늘", "구름", "새벽", "노을")),
)
PROGRAMS = {
    "골목길 벽화 그리기": date(2026, 12, 5),
    "이웃과 나누는 김장": date(2026, 12, 6),
    "어르신 도시락 배달": date(2026, 12, 7),
    "유기견 산책 친구": date(2026, 12, 8),
    "심폐소생술 알리기 1기": date(2026, 12, 9),
    "심폐소생술 알리기 2기": date(2026, 12, 10),
    "지난 여름 바다 청소": date(2026, 8, 1),
    "그림책 읽어 주는 언니 오빠": date(2026, 12, 11),
    "그림책 만들기": date(2026, 12, 12),
}


def program(title: str, last_date: date) -> Program:
    return Program(
        source="test",
        source_key=title,
        title=title,
        field_code="1500",
        search_text=squeeze(title),
        last_date=last_date,
    )


@pytest.fixture
def db(database: Database) -> Iterator[Session]:
    with database.session() as session:
        session.add_all(HostInstitution(source="test", name=name) for name in HOSTS)
        session.add_all(program(title, last) for title, last in PROGRAMS.items())
        session.flush()
        yield session


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("한강바람도서관", ("한강바람도서관",)),
        ("한강바람 도서관", ("한강바람도서관",)),
        ("한강 도서관", ("한강바람도서관",)),
        ("한강바람", ("한강바람도서관",)),
        ("한강바람도서간", ("한강바람도서관",)),
        ("함강바람도서관", ("한강바람도서관",)),
        ("은평다온 노인복지간", ("은평다온노인복지관",)),
        ("동물보호쎈터", ("고양함께동물보호센터",)),
        ("너나들이청소년센터", ("천안 너나들이 청소년센터",)),
        ("복지관", ("안양온기종합사회복지관", "은평다온노인복지관")),
        ("도서관", ()),
        ("도서관 거", ()),
        ("ㄷㅅㄱ", ()),
        ("우체국", ()),
        ("", ()),
        ("%", ()),
    ],
)
def test_a_host_is_found_by_what_people_call_it(db: Session, words: str, expected: tuple[str, ...]) -> None:
    assert hosts_like(db, words) == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("벽화 그리기", ("골목길 벽화 그리기",)),
        ("벽화그리기", ("골목길 벽화 그리기",)),
        ("벽화 봉사", ("골목길 벽화 그리기",)),
        ("벽하 그리기", ("골목길 벽화 그리기",)),
        ("김장", ("이웃과 나누는 김장",)),
        ("김장 거", ("이웃과 나누는 김장",)),
        ("도시락 베달", ("어르신 도시락 배달",)),
        ("산책 유기견", ("유기견 산책 친구",)),
        ("심폐소생술", ("심폐소생술 알리기",)),
        ("심폐소샹술 알리기", ("심폐소생술 알리기",)),
        ("그림책", ("그림책 만들기", "그림책 읽어 주는 언니 오빠")),
        ("그림책 만들기", ("그림책 만들기",)),
        ("바다 청소", ()),
        ("연탄 나르기", ()),
    ],
)
def test_a_programme_to_come_is_found_by_part_of_its_title(
    db: Session, words: str, expected: tuple[str, ...]
) -> None:
    assert programs_like(db, words, TODAY) == expected


@pytest.mark.parametrize(
    ("words", "searched_for"),
    [
        ("벽화", "벽화"),
        ("벽하 그리기", "골목길 벽화 그리기"),
        ("한강바람도서간", "한강바람도서관"),
        ("그림책", "그림책"),
        ("우체국", "우체국"),
    ],
)
def test_a_search_is_for_the_name_a_misspelt_word_was_meant_for(
    db: Session, words: str, searched_for: str
) -> None:
    assert as_stored(db, words, TODAY) == searched_for


def test_one_wrong_letter_is_forgiven_in_three_syllables_and_not_in_two() -> None:
    assert nearest(["도서간"], ["시립 도서관"]) == ("시립 도서관",)
    assert nearest(["도시"], ["도서 나눔"]) == ()
    assert nearest(["도사관"], ["동사무소"]) == ()
