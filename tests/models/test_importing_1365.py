from __future__ import annotations

from datetime import date, time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.importing.rows import Bad, Item, Skipped
from models.members import Level
from tests.models.rows import TODAY, detail_row, item, list_row, read_1365, skipped


def test_a_period_with_weekdays_is_laid_out_in_activity_days() -> None:
    read = item(read_1365(detail_row())[0])
    days = [session.starts_on for session in read.sessions]
    assert days[0] == date(2026, 12, 5)
    assert {day.weekday() for day in days} == {5, 6}
    assert len(days) == 8
    assert read.sessions[0].source_no == "9900001:20261205"
    assert read.sessions[0].apply_until == date(2026, 12, 5)


def test_a_period_is_laid_out_from_today_to_sixty_days_ahead() -> None:
    row = detail_row(
        progrmBgnde="20260101", progrmEndde="20271231", noticeBgnde="20260101", actWkdy="1111111"
    )
    days = [session.starts_on for session in item(read_1365(row)[0]).sessions]
    assert (days[0], days[-1], len(days)) == (TODAY, date(2027, 1, 22), 61)


def test_one_day_is_one_session() -> None:
    (session,) = item(read_1365(detail_row(progrmBgnde="20261205", progrmEndde="20261205"))[0]).sessions
    assert (session.source_no, session.starts_on) == ("9900001:20261205", date(2026, 12, 5))


def test_a_list_row_of_a_longer_period_is_one_session_that_says_to_look_on_1365() -> None:
    read = item(read_1365(list_row())[0])
    (session,) = read.sessions
    assert (session.source_no, session.starts_on, session.ends_on) == (
        "9900001",
        date(2026, 12, 1),
        date(2026, 12, 31),
    )
    assert session.seats == 1
    assert "1365" in session.notes
    assert read.summary_only


def test_list_row_and_detail_are_read_as_one_in_either_order() -> None:
    incomplete = {
        "progrmRegistNo": "9900001",
        "progrmSj": "주말 책 정리",
        "actWkdy": "0000010",
        "rcritNmpr": "3",
    }
    one, other = read_1365(list_row(), incomplete), read_1365(incomplete, list_row())
    assert item(one[0]).sessions == item(other[0]).sessions
    assert [session.seats for session in item(one[0]).sessions] == [3, 3, 3, 3]


def test_the_recruiting_body_is_the_host_with_its_office_telephone() -> None:
    host = item(read_1365(detail_row())[0]).program.host
    assert host is not None
    assert (host.name, host.phone, host.sigungu_code) == ("푸른언덕도서관", "02-000-0701", "3100000")
    mobile = item(read_1365(detail_row(telno="010-0000-0701"))[0]).program.host
    assert mobile is not None
    assert mobile.phone is None
    listed = item(read_1365(list_row(nanmmbyNm="한빛센터"))[0]).program.host
    assert listed is not None
    assert listed.name == "한빛센터"


def test_what_is_not_for_young_people_is_skipped_with_the_reason() -> None:
    assert "청소년" in skipped(read_1365(detail_row(yngbgsPosblAt="N"))[0]).why


def test_what_is_over_or_too_far_is_skipped_with_the_reason() -> None:
    over = detail_row(
        progrmBgnde="20220401", progrmEndde="20220630", noticeBgnde="20220301", noticeEndde="20220501"
    )
    far = detail_row(progrmBgnde="20270601", progrmEndde="20270630", noticeEndde="20270630")
    assert [skipped(each).why for each in (*read_1365(over), *read_1365(far))] == [
        "이미 끝난 활동",
        "60일 안에 활동일이 없는 활동",
    ]


def test_values_turned_into_numbers_by_the_older_json_are_read() -> None:
    mangled = detail_row(
        progrmRegistNo=9900001,
        actWkdy=11,
        actBeginTm=10,
        progrmBgnde=20261201,
        sidoCd=6110000,
        gugunCd=3100000,
        rcritNmpr=4,
        appTotal=1,
        progrmSttusSe=2,
    )
    assert item(read_1365(mangled)[0]).sessions == item(read_1365(detail_row())[0]).sessions


@pytest.mark.parametrize(
    ("begin", "end", "times", "hours"),
    [
        ("9", "12", (time(9), time(12)), 3),
        ("09", "18", (time(9), time(18)), 8),
        ("0", "23", (None, None), 0),
        ("9", "21", (None, None), 0),
        ("20", "24", (time(20), time(23, 59)), 4),
        ("10", "10", (None, None), 0),
        ("", "", (None, None), 0),
    ],
)
def test_hours_from_zero_to_twenty_four_become_times(
    begin: str, end: str, times: tuple[time | None, time | None], hours: int
) -> None:
    session = item(read_1365(detail_row(actBeginTm=begin, actEndTm=end))[0]).sessions[0]
    assert ((session.begins_at, session.ends_at), session.credited_hours) == (times, hours)


def test_promised_hours_count_before_the_length() -> None:
    row = detail_row(actBeginTm="10", actEndTm="17", progrmCn="1일당 6시간 실적등록 (중식 제공)")
    assert item(read_1365(row)[0]).sessions[0].credited_hours == 6


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("교육 > 전문교육", "0400"),
        ("상담ㆍ멘토링", "0300"),
        ("멘토링 > 학습", "0300"),
        ("문화행사 > 공연활동", "0700"),
        ("온라인자원봉사", "1900"),
        ("기타 > 기타", "0400"),
        ("", "0400"),
    ],
)
def test_old_and_new_category_names_are_fields_and_other_is_guessed(name: str, code: str) -> None:
    assert item(read_1365(detail_row(srvcClCode=name))[0]).program.field_code == code


@pytest.mark.parametrize(
    ("sido", "gugun", "codes"),
    [
        ("6450000", "4680000", ("6540000", "468")),
        ("6540000", "4681000", ("6540000", "468")),
        ("6420000", "4200000", ("6530000", "420")),
        ("6410000", "5630000", ("6410000", "405")),
        ("9999999", "", (None, "")),
    ],
)
def test_old_codes_and_districts_are_known_regions(
    sido: str, gugun: str, codes: tuple[str | None, str]
) -> None:
    session = item(read_1365(detail_row(sidoCd=sido, gugunCd=gugun))[0]).sessions[0]
    assert session.sido_code == codes[0]
    assert (session.sigungu_code or "").startswith(codes[1])


def test_without_grown_ups_it_is_for_schools_and_a_named_audience_is_narrower() -> None:
    assert item(read_1365(detail_row(adultPosblAt="N"))[0]).program.levels == Level.ALL & ~Level.UNIVERSITY
    assert item(read_1365(detail_row(progrmCn="모집대상: 고등학생"))[0]).program.levels == Level.HIGH


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ({"progrmRegistNo": ""}, "프로그램 번호"),
        ({"progrmSj": ""}, "프로그램 이름"),
        ({"progrmBgnde": ""}, "목록과 상세를 함께"),
        ({"progrmBgnde": "20261399"}, "날짜"),
        ({"progrmEndde": "20261001"}, "거꾸로"),
        ({"noticeEndde": "20250101"}, "거꾸로"),
        ({"actWkdy": "월화수"}, "요일"),
        ({"actBeginTm": "25"}, "시각"),
        ({"actBeginTm": "15", "actEndTm": "9"}, "거꾸로"),
        ({"rcritNmpr": "-1"}, "모집 인원"),
        ({"appTotal": "x"}, "신청 인원"),
    ],
)
def test_a_malformed_row_is_told_and_the_rest_goes_on(other: dict[str, Any], told: str) -> None:
    readings = read_1365(detail_row(**other), detail_row(progrmRegistNo="9900002"))
    (bad,) = [each for each in readings if isinstance(each, Bad)]
    assert told in bad.why
    assert len([each for each in readings if isinstance(each, Item)]) == 1


_values = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=30))


@given(st.dictionaries(st.sampled_from(sorted(detail_row())), _values, max_size=6))
def test_whatever_the_values_are_a_row_is_read_or_told(other: dict[str, Any]) -> None:
    (reading,) = read_1365(detail_row(**other))
    assert isinstance(reading, Item | Bad | Skipped)
