from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.times import parse_hours, parse_times


def isos(text: str) -> list[str]:
    return [found.value.iso() for found in parse_times(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("오전", "09:00/12:00"),
        ("오전에 하는 거", "09:00/12:00"),
        ("아침", "07:00/10:00"),
        ("점심때", "11:00/14:00"),
        ("오후", "12:00/18:00"),
        ("저녁", "18:00/21:00"),
        ("밤에", "20:00/23:59"),
        ("오늘밤", "20:00/23:59"),
        ("방과후", "16:00/19:00"),
        ("방과 후에 할 수 있는 거", "16:00/19:00"),
        ("학교 끝나고", "16:00/19:00"),
        ("하교 후", "16:00/19:00"),
        ("하루종일", "09:00/18:00"),
        ("아침부터 저녁까지", "07:00/21:00"),
    ],
)
def test_parts_of_the_day_have_their_hours(text: str, expected: str) -> None:
    assert isos(text) == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2시~5시", "14:00/17:00"),
        ("2-5시", "14:00/17:00"),
        ("２시～５시", "14:00/17:00"),
        ("2시부터 5시까지", "14:00/17:00"),
        ("2시에서 5시 사이", "14:00/17:00"),
        ("2시 5시 사이", "14:00/17:00"),
        ("두 시부터 다섯 시까지", "14:00/17:00"),
        ("14:00-17:00", "14:00/17:00"),
        ("오후 2시~5시", "14:00/17:00"),
        ("2pm~5pm", "14:00/17:00"),
        ("9시~6시", "09:00/18:00"),
        ("10시부터 2시까지", "10:00/14:00"),
        ("오전 10시부터 2시까지", "10:00/14:00"),
        ("오전9시-오후1시", "09:00/13:00"),
        ("09:00~12:00", "09:00/12:00"),
        ("열한 시부터 한 시까지", "11:00/13:00"),
        ("밤 10시~새벽 2시", "22:00/23:59"),
    ],
)
def test_two_times_make_a_range(text: str, expected: str) -> None:
    assert isos(text) == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("오후 두 시", "14:00/14:00"),
        ("토요일오후두시", "14:00/14:00"),
        ("10시 반", "10:30/10:30"),
        ("다섯시반", "17:30/17:30"),
        ("두시 삼십분", "14:30/14:30"),
        ("14시 30분", "14:30/14:30"),
        ("2:30", "14:30/14:30"),
        ("9:00", "09:00/09:00"),
        ("아침 8시", "08:00/08:00"),
        ("7시", "19:00/19:00"),
        ("낮 12시", "12:00/12:00"),
        ("정오", "12:00/12:00"),
        ("밤 12시", "23:59/23:59"),
        ("10am", "10:00/10:00"),
        ("12/3 2시", "14:00/14:00"),
        ("저녁 7시 이후", "19:00/23:59"),
        ("오후2시30분부터", "14:30/23:59"),
        ("6시 전에", "00:00/18:00"),
        ("5시까지", "00:00/17:00"),
    ],
)
def test_one_time_is_a_moment_or_an_open_end(text: str, expected: str) -> None:
    assert isos(text) == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "3시간",
        "2시간 반",
        "점심 주나요",
        "저녁밥",
        "낮은 곳",
        "방과후 교실",
        "25시",
        "11:61",
        "그만두시면",
        "한시적",
        "1365",
    ],
)
def test_what_only_looks_like_a_time_is_none(text: str) -> None:
    assert isos(text) == []


def test_a_time_ruled_out_is_left_out() -> None:
    assert isos("오후 말고 오전") == ["09:00/12:00"]
    assert isos("오전이나 오후") == ["09:00/12:00", "12:00/18:00"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("20시간", 20),
        ("열 시간 채우려면", 10),
        ("스무 시간", 20),
        ("2시간 반", 2.5),
        ("3시간 30분", 3.5),
        ("90분", 1.5),
        ("1.5시간", 1.5),
        ("서른두시간", 32),
    ],
)
def test_numbers_of_hours(text: str, expected: float) -> None:
    assert [found.value for found in parse_hours(text)] == [expected]


@pytest.mark.parametrize("text", ["2시", "봉사시간", "몇 시간", "2분이요"])
def test_no_number_of_hours(text: str) -> None:
    assert parse_hours(text) == []


@given(
    st.text(st.sampled_from("오전후밤낮한두세열시분반간부터까지이0123456789:~- 점심"), max_size=60)
    | st.text(max_size=60)
)
def test_any_text_is_read_without_an_error(text: str) -> None:
    for found in parse_times(text):
        assert found.value.start <= found.value.end
    parse_hours(text)


@pytest.mark.parametrize("part", ["2시~", "오후", "2시 ", "한", "1", ":"])
def test_a_very_long_text_is_read(part: str) -> None:
    text = (part * 10_000)[:10_000]
    parse_times(text)
    parse_hours(text)
