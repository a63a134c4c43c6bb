from __future__ import annotations

from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.importing.free_text import credited_hours_in, levels_in, limits_in, times_in, together
from models.members import Level

E, M, H, U = Level.ELEMENTARY, Level.MIDDLE, Level.HIGH, Level.UNIVERSITY


@pytest.mark.parametrize(
    ("text", "levels"),
    [
        ("3. 대상 : 경남지역 초.중.고등학생", E | M | H),
        ("1. 모집대상: 대학생", U),
        ("고등학생만 참여 가능", H),
        ("중학생 이상 신청 가능", M | H | U),
        ("중·고등학생만 신청 가능", M | H),
        ("참여대상: 중학생 및 고등학생", M | H),
        ("(중고생만)", M | H),
        ("초등학생 대상 독서지도", None),
        ("활동대상: 초등학생", None),
        ("센터 동아리 활동 중인 학생만 참여 가능", None),
        ("대상 : 14~19세 청소년", None),
        ("", None),
    ],
)
def test_levels_count_only_where_an_audience_is_named(text: str, levels: Level | None) -> None:
    assert levels_in(text) == levels


@pytest.mark.parametrize(
    ("text", "hours", "times"),
    [
        ("활동시간 14:00~17:00", 3, (time(14), time(17))),
        ("오후 2시~4시에 모여요", 2, (time(14), time(16))),
        ("오전 10시 ~ 오후 5시", 6, (time(10), time(17))),
        ("14시 30분부터 17시 30분", 3, (time(14, 30), time(17, 30))),
        ("10시~12시, 14시~16시", 2, None),
        ("8:00~9:00 준비 / 9:00~13:00 안내 / 13:00~14:00 정리", 8, None),
        ("09:00~18:00 개방", 2, None),
        ("25:00~27:00", 2, None),
        ("활동시간 14:00~17:00", 0, None),
    ],
)
def test_times_count_only_where_one_span_fits_the_hours(
    text: str, hours: int, times: tuple[time, time] | None
) -> None:
    assert times_in(text, hours) == times


def test_credited_hours_are_read_where_they_are_promised() -> None:
    assert credited_hours_in("1일당 6시간 실적등록 (중식 제공)") == 6
    assert credited_hours_in("80점 이상 시 자원봉사활동 1시간 인정") == 1
    assert credited_hours_in("3시간 동안 걸어요") is None
    assert credited_hours_in("99시간 인정") is None


def test_limits_are_found_inside_the_details() -> None:
    text = "그림책 읽어주기 및 서가 정리 (★미리 신청한 회원만 참여 가능, 개별 신청 금지!!)"
    assert limits_in(text) == "미리 신청한 회원만 참여 가능, 개별 신청 금지!!"
    assert limits_in("쓰레기를 주워요") == ""


def test_texts_are_put_together_without_saying_a_thing_twice() -> None:
    assert together("숲 가꾸기와 청소", "숲  가꾸기", "", "나무 심기") == "숲 가꾸기와 청소\n나무 심기"


@given(st.text(max_size=300), st.integers(0, 24))
def test_no_text_breaks_the_reading(text: str, hours: int) -> None:
    levels_in(text)
    limits_in(text)
    credited_hours_in(text)
    times = times_in(text, hours)
    assert times is None or times[0] < times[1]
