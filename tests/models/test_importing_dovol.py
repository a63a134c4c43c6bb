from __future__ import annotations

from datetime import date, time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.importing.rows import Bad, Item
from models.members import Level
from models.programs import SessionState
from tests.models.rows import dovol_row, item, read_dovol


def test_a_row_becomes_a_programme_and_one_session() -> None:
    read = item(read_dovol(dovol_row())[0])
    (session,) = read.sessions
    assert (read.program.source, read.program.title) == ("dovol", "2026년 강변 줍깅")
    assert (read.program.field_code, read.program.content_type) == ("0800", "노력봉사")
    assert read.program.url.endswith("vlntwkActRcritDtl.yt?kProgrmSn=90000001")
    assert session.source_no == "PPG020001261102-90000001"
    assert (session.starts_on, session.apply_until) == (date(2026, 12, 5), date(2026, 12, 4))
    assert (session.sido_code, session.sigungu_code) == ("6110000", "3130000")
    assert (session.seats, session.credited_hours, session.begins_at) == (10, 2, None)


def test_rows_that_differ_in_date_and_spaces_alone_are_one_programme() -> None:
    titles = [
        "(2026년10월10일)안강 가설극장 운영 지원",
        "(2026년11월7일)안강 가설극장 운영지원",
        "[11/21] 안강 가설극장 운영지원",
    ]
    keys = {
        item(reading).program.source_key for reading in read_dovol(*(dovol_row(prgrmNm=t) for t in titles))
    }
    assert len(keys) == 1


@pytest.mark.parametrize(
    "other",
    [
        {"prgrmNm": "2026년 강변 꽃심기"},
        {"actvPlcCn": "난지한강공원"},
        {"actvSggNm": "용산구"},
        {"prgrmNo": "PPG020009261102-90000001"},
    ],
)
def test_another_title_place_or_host_region_is_another_programme(other: dict[str, Any]) -> None:
    keys = {item(reading).program.source_key for reading in read_dovol(dovol_row(), dovol_row(**other))}
    assert len(keys) == 2


@pytest.mark.parametrize(
    ("sido", "sigungu", "codes"),
    [
        ("강원도", "강릉시", ("6530000", "4201000")),
        ("강원특별자치도", "강릉시", ("6530000", "4201000")),
        ("전라북도", "전주시", ("6540000", "4641000")),
        ("전남광주통합특별시", "화순군", ("6460000", "4900000")),
        ("충청남도", "천안시", ("6440000", "4490000")),
        ("어딘가", "모르는구", (None, None)),
    ],
)
def test_old_new_and_joined_region_names_are_known(
    sido: str, sigungu: str, codes: tuple[str | None, str | None]
) -> None:
    session = item(read_dovol(dovol_row(actvCtpvNm=sido, actvSggNm=sigungu))[0]).sessions[0]
    assert session.sido_code == codes[0]
    assert (session.sigungu_code or "")[:3] == (codes[1] or "")[:3]


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("활동중", "planned"),
        ("활동완료", "completed"),
        ("활동취소", "called_off"),
        ("", "planned"),
        ("새 말", "planned"),
    ],
)
def test_the_activity_status_tells_only_whether_it_takes_place(word: str, state: str) -> None:
    session = item(read_dovol(dovol_row(vlntwkSttsSeNm=word))[0]).sessions[0]
    assert session.state is SessionState(state)


def test_limits_hidden_in_the_details_are_notes_and_people_are_masked() -> None:
    row = dovol_row(
        actcn="책 읽어주기 (★고등학생만 신청 가능) 담당자 홍길동 010-1234-5678",
        refMttr="장갑 지참\r\n문의 김○○ 선생님",
    )
    read = item(read_dovol(row)[0])
    notes = read.sessions[0].notes
    assert notes.splitlines()[0] == "장갑 지참"
    assert "고등학생만 신청 가능" in notes
    assert read.program.levels == Level.HIGH
    assert not any(word in notes + read.program.content for word in ("홍길동", "1234", "김○○"))


def test_times_are_taken_from_the_text_only_when_they_fit() -> None:
    read = read_dovol(
        dovol_row(actcn="활동시간 14:00~16:00"), dovol_row(actcn="9:00~10:00 준비, 10:00~18:00 운영")
    )
    assert [item(each).sessions[0].begins_at for each in read] == [time(14), None]


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ({"prgrmNo": ""}, "프로그램 번호"),
        ({"prgrmNo": None}, "프로그램 번호"),
        ({"prgrmNm": " "}, "프로그램 이름"),
        ({"actvBgngYmd": "20261340"}, "날짜"),
        ({"actvBgngYmd": ""}, "활동 날짜"),
        ({"actvBgngYmd": "1899-01-01"}, "날짜"),
        ({"actvEndYmd": "20261101"}, "거꾸로"),
        ({"aplyPsbltyBgngYmd": None}, "신청 기간"),
        ({"aplyPsbltyEndYmd": "20261001"}, "거꾸로"),
        ({"rcrtNope": -3}, "모집 인원"),
        ({"rcrtNope": None}, "모집 인원"),
        ({"rcrtNope": "많이"}, "숫자"),
        ({"rcrtNope": 10**9}, "모집 인원"),
        ({"rcrtNope": True}, "글이 아니"),
        ({"certHr": 99}, "인정 시간"),
        ({"prgrmNm": {"a": 1}}, "글이 아니"),
        ({"actcn": ["x"]}, "글이 아니"),
    ],
)
def test_a_malformed_row_is_told_by_number_and_value(other: dict[str, Any], told: str) -> None:
    good, bad, also_good = read_dovol(dovol_row(), dovol_row(**other), dovol_row())
    assert isinstance(bad, Bad)
    assert bad.number == "2"
    assert told in bad.why
    assert isinstance(good, Item)
    assert isinstance(also_good, Item)


def test_a_row_that_is_no_object_is_bad() -> None:
    assert [type(each) for each in read_dovol("x", None, 3, [])] == [Bad] * 4


def test_numbers_written_as_text_and_dates_as_numbers_are_read() -> None:
    row = dovol_row(rcrtNope="10", certHr="2.0", actvBgngYmd=20261205, actvEndYmd="2026-12-05")
    assert item(read_dovol(row)[0]).sessions == item(read_dovol(dovol_row())[0]).sessions


def test_characters_no_database_takes_are_left_out() -> None:
    read = item(read_dovol(dovol_row(prgrmNm="강변\x00 줍깅\ud800\u200b"))[0])
    assert read.program.title == "강변 줍깅"


_values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=30),
    st.lists(st.text(max_size=3), max_size=2),
)


@given(st.dictionaries(st.sampled_from(sorted(dovol_row())), _values, max_size=6))
def test_whatever_the_values_are_a_row_is_read_or_told(other: dict[str, Any]) -> None:
    (reading,) = read_dovol(dovol_row(**other))
    assert isinstance(reading, Item | Bad)
