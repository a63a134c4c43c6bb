from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.dates import DateRange, Prefer, impossible_dates, moved_dates, parse_dates

SEOUL = ZoneInfo("Asia/Seoul")
SUNDAY = datetime(2026, 11, 22, 10, tzinfo=SEOUL)
WEDNESDAY = datetime(2026, 11, 25, 10, tzinfo=SEOUL)
SATURDAY = datetime(2026, 11, 28, 10, tzinfo=SEOUL)
NEW_YEARS_EVE = datetime(2026, 12, 31, 10, tzinfo=SEOUL)
LEAP_DAY = datetime(2028, 2, 29, 10, tzinfo=SEOUL)

MON_TO_FRI, SAT_SUN = frozenset(range(5)), frozenset({5, 6})


def isos(text: str, now: datetime = SUNDAY, prefer: Prefer = "future") -> list[str]:
    return [found.value.iso() for found in parse_dates(text, now, prefer)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("오늘", "2026-11-22"),
        ("내일", "2026-11-23"),
        ("낼", "2026-11-23"),
        ("낼 갈래", "2026-11-23"),
        ("모레", "2026-11-24"),
        ("내일모레", "2026-11-24"),
        ("낼모레", "2026-11-24"),
        ("글피", "2026-11-25"),
        ("어젯밤", "2026-11-21"),
        ("십이월 이십오일", "2026-12-25"),
        ("이십오일에", "2026-11-25"),
        ("그저께", "2026-11-20"),
        ("어제", "2026-11-21"),
        ("3일 뒤", "2026-11-25"),
        ("일주일 뒤에", "2026-11-29"),
        ("2주 뒤", "2026-11-30/2026-12-06"),
        ("한 달 뒤", "2026-12-01/2026-12-31"),
        ("앞으로 2주", "2026-11-22/2026-12-06"),
        ("일주일 안에", "2026-11-22/2026-11-29"),
        ("오늘부터 일주일", "2026-11-22/2026-11-28"),
        ("내일부터 3일간", "2026-11-23/2026-11-25"),
    ],
)
def test_days_are_counted_from_today(text: str, expected: str) -> None:
    assert isos(text) == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("이번주", "2026-11-16/2026-11-22"),
        ("요번주", "2026-11-16/2026-11-22"),
        ("다음주", "2026-11-23/2026-11-29"),
        ("담주", "2026-11-23/2026-11-29"),
        ("다음 주", "2026-11-23/2026-11-29"),
        ("담주에 할만한 거", "2026-11-23/2026-11-29"),
        ("다다음주", "2026-11-30/2026-12-06"),
        ("담담주", "2026-11-30/2026-12-06"),
        ("지난주", "2026-11-09/2026-11-15"),
        ("지지난주", "2026-11-02/2026-11-08"),
        ("다음주 화요일", "2026-11-24"),
        ("다음주화욜", "2026-11-24"),
        ("다음주에 토요일", "2026-11-28"),
        ("담주 토", "2026-11-28"),
        ("담주주말", "2026-11-28/2026-11-29"),
        ("다음 주 주말", "2026-11-28/2026-11-29"),
        ("다음주 금토", "2026-11-27/2026-11-28"),
        ("다음주 월~수", "2026-11-23/2026-11-25"),
        ("다음주 월요일부터 수요일까지", "2026-11-23/2026-11-25"),
        ("다음주 토요일이나 일요일", "2026-11-28/2026-11-29"),
        ("다다음주 토욜", "2026-12-05"),
        ("이번주 일정 알려줘", "2026-11-16/2026-11-22"),
    ],
)
def test_weeks_run_from_monday_to_sunday(text: str, expected: str) -> None:
    assert isos(text) == [expected]


@pytest.mark.parametrize(
    ("now", "text", "expected"),
    [
        (SUNDAY, "토욜", "2026-11-28"),
        (SUNDAY, "토요일날", "2026-11-28"),
        (SUNDAY, "일요일", "2026-11-22"),
        (SUNDAY, "이번주 토욜", "2026-11-28"),
        (SUNDAY, "이번주 금토", "2026-11-27/2026-11-28"),
        (SUNDAY, "금토", "2026-11-27/2026-11-28"),
        (SUNDAY, "오는 토요일", "2026-11-28"),
        (SUNDAY, "다음 토요일", "2026-11-28"),
        (SUNDAY, "주말", "2026-11-22"),
        (SUNDAY, "이번 주말", "2026-11-22"),
        (SUNDAY, "다음 주말", "2026-11-28/2026-11-29"),
        (SUNDAY, "월요일부터 금요일까지", "2026-11-23/2026-11-27"),
        (WEDNESDAY, "주말", "2026-11-28/2026-11-29"),
        (WEDNESDAY, "이번주말", "2026-11-28/2026-11-29"),
        (WEDNESDAY, "다음주말", "2026-12-05/2026-12-06"),
        (WEDNESDAY, "수요일", "2026-11-25"),
        (WEDNESDAY, "이번주 평일", "2026-11-25/2026-11-27"),
        (SATURDAY, "주말", "2026-11-28/2026-11-29"),
        (SATURDAY, "토요일", "2026-11-28"),
        (SATURDAY, "이번주 토요일", "2026-11-28"),
        (SATURDAY, "다음 토요일", "2026-12-05"),
        (NEW_YEARS_EVE, "이번 주말", "2027-01-02/2027-01-03"),
    ],
)
def test_a_weekday_is_the_next_one_when_searching(now: datetime, text: str, expected: str) -> None:
    assert isos(text, now) == [expected]


@pytest.mark.parametrize(
    ("now", "text", "expected"),
    [
        (SUNDAY, "토요일", "2026-11-21"),
        (SUNDAY, "이번주 토요일", "2026-11-21"),
        (SUNDAY, "지난 토요일", "2026-11-21"),
        (SUNDAY, "지난주 토요일", "2026-11-14"),
        (SUNDAY, "주말", "2026-11-21/2026-11-22"),
        (SUNDAY, "지난 주말", "2026-11-14/2026-11-15"),
        (SATURDAY, "일요일", "2026-11-22"),
        (SATURDAY, "지난 토요일", "2026-11-21"),
        (SUNDAY, "7월", "2026-07-01/2026-07-31"),
        (SUNDAY, "12월", "2025-12-01/2025-12-31"),
        (SUNDAY, "12/3", "2025-12-03"),
        (SUNDAY, "3일", "2026-11-03"),
        (SUNDAY, "3일 전", "2026-11-19"),
        (SUNDAY, "한 달 전", "2026-10-01/2026-10-31"),
        (SUNDAY, "지난달", "2026-10-01/2026-10-31"),
        (SUNDAY, "저번달", "2026-10-01/2026-10-31"),
        (SUNDAY, "최근 3개월", "2026-08-22/2026-11-22"),
        (SUNDAY, "최근 세 달 동안", "2026-08-22/2026-11-22"),
        (SUNDAY, "3개월치", "2026-08-22/2026-11-22"),
        (SUNDAY, "최근 일주일", "2026-11-15/2026-11-22"),
        (SUNDAY, "7월부터 9월까지", "2026-07-01/2026-09-30"),
        (SUNDAY, "12월~2월", "2025-12-01/2026-02-28"),
        (SUNDAY, "작년 7월부터 9월까지", "2025-07-01/2025-09-30"),
        (SUNDAY, "올해 3월부터", "2026-03-01/2026-11-22"),
        (SUNDAY, "11월부터", "2026-11-01/2026-11-22"),
        (SUNDAY, "9월까지", "2026-03-01/2026-09-30"),
        (SUNDAY, "작년", "2025-01-01/2025-12-31"),
        (SUNDAY, "재작년", "2024-01-01/2024-12-31"),
        (SUNDAY, "올해", "2026-01-01/2026-12-31"),
        (SUNDAY, "이번 학년", "2026-03-01/2027-02-28"),
        (SUNDAY, "2025학년도", "2025-03-01/2026-02-28"),
        (SUNDAY, "작년 학년도", "2025-03-01/2026-02-28"),
        (SUNDAY, "1학기", "2026-03-01/2026-08-20"),
        (SUNDAY, "2학기", "2026-08-21/2027-02-28"),
        (SUNDAY, "지난 학기", "2026-03-01/2026-08-20"),
        (SUNDAY, "여름방학", "2026-07-20/2026-08-20"),
        (SUNDAY, "지난 방학", "2026-07-20/2026-08-20"),
        (SUNDAY, "겨울방학", "2025-12-28/2026-02-28"),
        (SUNDAY, "작년 여름방학", "2025-07-20/2025-08-20"),
        (SUNDAY, "추석", "2026-09-25"),
        (SUNDAY, "시험 끝나고", "2026-10-21/2026-11-03"),
        (NEW_YEARS_EVE, "지난달", "2026-11-01/2026-11-30"),
        (LEAP_DAY, "최근 1년", "2027-02-28/2028-02-29"),
    ],
)
def test_the_same_words_look_back_for_hours(now: datetime, text: str, expected: str) -> None:
    assert isos(text, now, "past") == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "12/3",
        "12.3",
        "12월3일",
        "12월 3일",
        "１２월 ３일",
        "12/3(목)",
        "12월 3일 목요일",
        "십이월 삼일",
        "2026-12-03",
        "2026.12.03",
        "26.12.3",
        "20261203",
        "2026년 12월 3일",
        "3일",
        "다음 달 3일",
    ],
)
def test_a_day_can_be_written_in_many_ways(text: str) -> None:
    assert isos(text) == ["2026-12-03"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("담달", "2026-12-01/2026-12-31"),
        ("12월", "2026-12-01/2026-12-31"),
        ("이번 달 말", "2026-11-21/2026-11-30"),
        ("월말", "2026-11-21/2026-11-30"),
        ("12월 초", "2026-12-01/2026-12-10"),
        ("12월 중순", "2026-12-11/2026-12-20"),
        ("12월말쯤", "2026-12-21/2026-12-31"),
        ("2026년 12월", "2026-12-01/2026-12-31"),
        ("내년 3월", "2027-03-01/2027-03-31"),
        ("7~8월", "2027-07-01/2027-08-31"),
        ("12월 첫째 주", "2026-11-30/2026-12-06"),
        ("12월 4주차", "2026-12-21/2026-12-27"),
        ("12월 마지막 주", "2026-12-28/2027-01-03"),
        ("다음 달 둘째 토요일", "2026-12-12"),
        ("첫째 주 토요일", "2026-12-05"),
        ("마지막 주 토요일", "2026-11-28"),
        ("12/1~12/5", "2026-12-01/2026-12-05"),
        ("12/1~5", "2026-12-01/2026-12-05"),
        ("12월 1일~5일", "2026-12-01/2026-12-05"),
        ("12월 1일부터 5일까지", "2026-12-01/2026-12-05"),
        ("1~5일", "2026-12-01/2026-12-05"),
        ("11월부터 1월까지", "2026-11-01/2027-01-31"),
        ("12월부터 내년 2월까지", "2026-12-01/2027-02-28"),
        ("7월 20일~8월 20일", "2027-07-20/2027-08-20"),
        ("다음주부터", "2026-11-23/2027-02-21"),
        ("금요일까지", "2026-11-22/2026-11-27"),
        ("이번 달까지", "2026-11-22/2026-11-30"),
        ("올해 안에", "2026-11-22/2026-12-31"),
    ],
)
def test_months_and_spans(text: str, expected: str) -> None:
    assert isos(text) == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1학기", "2027-03-01/2027-08-20"),
        ("이번 학기", "2026-08-21/2027-02-28"),
        ("여름방학", "2027-07-20/2027-08-20"),
        ("겨울방학", "2026-12-28/2027-02-28"),
        ("방학 때", "2026-12-28/2027-02-28"),
        ("방학동안", "2026-12-28/2027-02-28"),
        ("방학 전에", "2026-11-22/2026-12-27"),
        ("방학 끝나고", "2027-03-01/2027-03-14"),
        ("시험 끝나고", "2026-12-19/2027-01-01"),
        ("기말고사 끝나고", "2026-12-19/2027-01-01"),
        ("시험 기간", "2026-11-30/2026-12-18"),
        ("수능 끝나고", "2026-11-20/2026-12-31"),
        ("수능날", "2027-11-18"),
        ("수능 다음날", "2027-11-19"),
        ("작년 수능", "2025-11-13"),
        ("올해 수능", "2026-11-19"),
        ("크리스마스", "2026-12-25"),
        ("크리스마스 이브", "2026-12-24"),
        ("크리스마스 전날", "2026-12-24"),
        ("크리스마스 연휴", "2026-12-25/2026-12-27"),
        ("연휴", "2026-12-25/2026-12-27"),
        ("새해", "2027-01-01"),
        ("설 연휴", "2027-02-06/2027-02-09"),
        ("내년 설", "2027-02-07"),
        ("추석", "2027-09-15"),
        ("추석 연휴", "2027-09-14/2027-09-16"),
        ("올해 추석 연휴", "2026-09-24/2026-09-27"),
        ("어린이날", "2027-05-05"),
        ("이번 겨울", "2026-12-01/2027-02-28"),
        ("연말", "2026-12-15/2026-12-31"),
    ],
)
def test_school_terms_and_holidays(text: str, expected: str) -> None:
    assert isos(text) == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("평일 오후", DateRange(date(2026, 11, 22), date(2027, 2, 20), MON_TO_FRI)),
        ("주말마다", DateRange(date(2026, 11, 22), date(2027, 2, 20), SAT_SUN)),
        ("매주 토요일", DateRange(date(2026, 11, 22), date(2027, 2, 20), frozenset({5}))),
        ("월수금", DateRange(date(2026, 11, 22), date(2027, 2, 20), frozenset({0, 2, 4}))),
        ("다음주 월수금", DateRange(date(2026, 11, 23), date(2026, 11, 27), frozenset({0, 2, 4}))),
        ("12월 주말", DateRange(date(2026, 12, 1), date(2026, 12, 31), SAT_SUN)),
        ("방학 때 평일", DateRange(date(2026, 12, 28), date(2027, 2, 28), MON_TO_FRI)),
        ("7월부터 9월까지 주말", DateRange(date(2027, 7, 1), date(2027, 9, 30), SAT_SUN)),
        ("시험 끝나고 주말", DateRange(date(2026, 12, 19), date(2027, 1, 1), SAT_SUN)),
    ],
)
def test_weekdays_of_a_long_time_are_kept_beside_it(text: str, expected: DateRange) -> None:
    assert [found.value for found in parse_dates(text, SUNDAY)] == [expected]


def test_a_range_holds_only_its_weekdays() -> None:
    weekends = DateRange(date(2026, 12, 1), date(2026, 12, 31), SAT_SUN)
    assert date(2026, 12, 5) in weekends
    assert date(2026, 12, 7) not in weekends
    assert date(2027, 1, 2) not in weekends


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("토요일 말고 다음주 화요일", ["2026-11-24"]),
        ("이번주말고 다음주", ["2026-11-23/2026-11-29"]),
        ("일요일은 빼고 토요일", ["2026-11-28"]),
        ("11월 28일, 12월 5일", ["2026-11-28", "2026-12-05"]),
        ("12월 25일이나 26일", ["2026-12-25", "2026-12-26"]),
        ("다음주나 다다음주", ["2026-11-23/2026-11-29", "2026-11-30/2026-12-06"]),
    ],
)
def test_several_days_are_told_apart(text: str, expected: list[str]) -> None:
    assert isos(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "할 수 있는 봉사",
        "봉사시간 이월되나요",
        "안내일정",
        "사진 보낼게",
        "방학동 봉사",
        "3일 동안",
        "1일 최대 8시간",
        "12.5시간",
        "4.5점",
        "24/7",
        "다음에 할게",
        "지난번 거",
        "생일",
        "일이 있어서",
        "낮은",
        "수목원 봉사",
        "설명해줘",
        "3학년 2반",
        "전주에서",
        "재밌는 농담해줘",
        "한일전 언제야",
        "오일 파스타",
        "2일 1회",
        "2시부터 5시",
        "중간에",
        "시험",
    ],
)
def test_what_only_looks_like_a_date_is_none(text: str) -> None:
    assert isos(text) == []


@pytest.mark.parametrize(
    ("now", "text"),
    [
        (SUNDAY, "2월 30일"),
        (SUNDAY, "2/30"),
        (SUNDAY, "11월 31일"),
        (SUNDAY, "13월 1일"),
        (SUNDAY, "2026-02-29"),
        (SUNDAY, "2월 29일"),
        (SUNDAY, "이번 달 31일"),
        (NEW_YEARS_EVE, "2월 29일"),
    ],
)
def test_a_day_the_calendar_lacks_is_named_as_such(now: datetime, text: str) -> None:
    assert isos(f"{text}에 할래", now) == []
    assert [found.text for found in impossible_dates(f"{text}에 할래", now)] == [text]


@pytest.mark.parametrize(
    ("now", "text", "expected"),
    [
        (NEW_YEARS_EVE, "내일", "2027-01-01"),
        (NEW_YEARS_EVE, "다음주", "2027-01-04/2027-01-10"),
        (NEW_YEARS_EVE, "다음달", "2027-01-01/2027-01-31"),
        (NEW_YEARS_EVE, "1월", "2027-01-01/2027-01-31"),
        (NEW_YEARS_EVE, "12/31", "2026-12-31"),
        (NEW_YEARS_EVE, "30일", "2027-01-30"),
        (NEW_YEARS_EVE, "겨울방학", "2026-12-28/2027-02-28"),
        (LEAP_DAY, "오늘", "2028-02-29"),
        (LEAP_DAY, "2/29", "2028-02-29"),
        (LEAP_DAY, "2월 29일", "2028-02-29"),
        (LEAP_DAY, "다음 달", "2028-03-01/2028-03-31"),
        (LEAP_DAY, "내년", "2029-01-01/2029-12-31"),
        (LEAP_DAY, "이번 학년", "2027-03-01/2028-02-29"),
    ],
)
def test_years_end_and_leap_days_are_no_trap(now: datetime, text: str, expected: str) -> None:
    assert isos(text, now) == [expected]


def test_the_place_in_the_text_is_told() -> None:
    text = "마포에서 다음주 화요일 오후에"
    [found] = parse_dates(text, SUNDAY)
    assert (found.text, text[found.start : found.end]) == ("다음주 화요일", "다음주 화요일")


KOREAN = st.text(
    st.sampled_from(
        "이번다음지난주달일월화수목금토말방학시험끝나고부터까지전에매첫째둘0123456789/.~-() 년설추석내낼모레"
    ),
    max_size=60,
)


@given(
    KOREAN | st.text(max_size=60),
    st.dates(date(2020, 1, 1), date(2035, 12, 31)),
    st.sampled_from(["future", "past"]),
)
def test_any_text_at_any_time_is_read_without_an_error(text: str, today: date, prefer: Prefer) -> None:
    now = datetime.combine(today, time(10), SEOUL)
    for found in parse_dates(text, now, prefer):
        assert found.value.start <= found.value.end
        assert found.start < found.end
    impossible_dates(text, now)


@pytest.mark.parametrize(
    "part", ["3일", "12월 둘째주 ", "이번", "1", "12/", "12월~", "다음 ", "일월화수목금토", " ", "가", "첫 "]
)
def test_a_very_long_text_is_read(part: str) -> None:
    parse_dates((part * 10_000)[:10_000], SUNDAY)


@pytest.mark.parametrize(
    ("text", "away", "to"),
    [
        ("토요일 말고 일요일로 옮겨줘", ["2026-11-28"], ["2026-11-29"]),
        ("다음주 토요일에서 일요일로 바꿀래", ["2026-12-05"], ["2026-12-06"]),
        ("12일 거 말고 19일 거로 갈아탈래", ["2026-12-12"], ["2026-12-19"]),
        ("토요일 대신 다른 날로 변경해줘", ["2026-11-28"], []),
        ("토요일 말고 일요일 거 취소", [], []),
        ("이거 말고 일요일로 옮겨줘", [], []),
    ],
)
def test_a_move_has_a_day_it_leaves_and_a_day_it_goes_to(text: str, away: list[str], to: list[str]) -> None:
    read = moved_dates(text, SUNDAY + timedelta(days=3))
    assert tuple([found.value.iso() for found in each] for each in read) == (away, to)
    assert all(found.text == text[found.start : found.end] for each in read for found in each)
