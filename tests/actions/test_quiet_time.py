"""Quiet hours in words."""

from __future__ import annotations

from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.quiet_time import parse_quiet_time
from bot.wording import time_of_day

NINE, EIGHT = time(21), time(8)


@pytest.mark.parametrize(
    ("words", "start", "end"),
    [
        ("10시 이후엔 보내지 마", time(22), EIGHT),
        ("밤 10시부터 아침 7시까지 보내지 마", time(22), time(7)),
        ("아침 9시 전에는 보내지마", NINE, time(9)),
        ("방해 금지 9시부터 8시로 바꿔줘", NINE, EIGHT),
        ("열시 이후로는 안 오게 해줘", time(22), EIGHT),
        ("밤 12시 넘어서 보내지 마", time(0), EIGHT),
        ("11시 반 이후 그만 보내", time(23, 30), EIGHT),
        ("저녁 7시 30분부터 오전 6시까지는 조용히", time(19, 30), time(6)),
        ("22시 이후 금지", time(22), EIGHT),
    ],
)
def test_quiet_hours_are_read_as_they_are_meant(words: str, start: time, end: time) -> None:
    assert parse_quiet_time(words, NINE, EIGHT) == (start, end)


@pytest.mark.parametrize(
    "words",
    [
        "전날 알림 6시에 보내줘",
        "밤에는 보내지마",
        "99시 이후 보내지 마",
        "알림 꺼줘",
        "2시간 뒤부터 보내지 마",
        "",
    ],
)
def test_other_words_change_nothing(words: str) -> None:
    assert parse_quiet_time(words, NINE, EIGHT) is None


def test_hours_that_would_never_be_loud_are_no_quiet_hours() -> None:
    assert parse_quiet_time("밤 9시부터 밤 9시까지 보내지 마", NINE, EIGHT) is None


@given(st.text(max_size=60))
def test_any_text_is_read_without_an_error(words: str) -> None:
    found = parse_quiet_time(words + " 보내지 마", NINE, EIGHT)
    assert found is None or found[0] != found[1]


@given(st.times(timezones=st.none()))
def test_every_time_is_said_and_read_back(value: time) -> None:
    value = value.replace(second=0, microsecond=0)
    said = time_of_day(value)
    other = time((value.hour + 12) % 24)
    assert parse_quiet_time(f"{said}부터 보내지 마", NINE, other) == (value, other)
