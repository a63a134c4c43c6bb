from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.kinds import find_alert_kinds, find_certificate_types, find_channels, find_on_off
from models.alert_settings import ALERT_NAMES, CHANNELS

ALL = set(range(1, 12))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("개인정보 변경 알림", {1}),
        ("재능나눔 알림", {2, 3}),
        ("재능나눔 승인 알림", {3}),
        ("신청 결과 알려줘", {4}),
        ("전날 알림", {5}),
        ("하루 전에 오는 거", {5}),
        ("확인서 알림", {6}),
        ("불참 알림", {7}),
        ("1365 알림", {8, 9}),
        ("1365 동의 변경", {9}),
        ("봉사 추천 꺼줘", {10, 11}),
        ("동아리 추천", {11}),
        ("기관 추천", {10}),
        ("새 봉사 올라오면", {10, 11}),
        ("알림 다 꺼줘", ALL),
        ("전체", ALL),
        ("10번 알림 꺼줘", {10}),
        ("추천 말고 전날만", {5}),
    ],
)
def test_alerts_by_what_people_call_them(text: str, expected: set[int]) -> None:
    assert [set(found.value) for found in find_alert_kinds(text)] == [expected]


@pytest.mark.parametrize("number", ALERT_NAMES)
def test_every_alert_is_found_by_the_name_settings_show(number: int) -> None:
    assert any(number in found.value for found in find_alert_kinds(ALERT_NAMES[number]))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("카톡으로", ["kakao"]),
        ("알림톡", ["kakao"]),
        ("문자로 받을래", ["sms"]),
        ("카카오톡이랑 문자", ["kakao", "sms"]),
        ("전화", []),
    ],
)
def test_channels(text: str, expected: list[str]) -> None:
    assert [found.value for found in find_channels(text)] == expected
    assert set(expected) <= set(CHANNELS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("꺼줘", [False]),
        ("꺼 주세요", [False]),
        ("안 받을래", [False]),
        ("받기 싫어", [False]),
        ("그만 보내", [False]),
        ("수신거부", [False]),
        ("켜지 마", [False]),
        ("켜줘", [True]),
        ("받을래요", [True]),
        ("다시 보내줘", [True]),
        ("끄지 마", [True]),
        ("카톡은 끄고 문자는 켜줘", [False, True]),
        ("알림이 안 와요", []),
        ("왜 안 와", []),
        ("꺼져", []),
        ("online", []),
        ("두 번째 꺼", []),
        ("그만둘까", []),
    ],
)
def test_on_and_off(text: str, expected: list[bool]) -> None:
    assert [found.value for found in find_on_off(text)] == expected


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("사전계획서", "199008"),
        ("확인서 뽑고 싶어", "199010"),
        ("봉사활동 확인서", "199010"),
        ("나눔수신 확인서", "199011"),
        ("일자별 확인서", "199012"),
        ("날짜별로", "199012"),
        ("단체 확인서", "199014"),
        ("이력확인서", "199015"),
    ],
)
def test_certificate_types_by_code(text: str, code: str) -> None:
    assert [found.value for found in find_certificate_types(text)] == [code]


@given(st.text(max_size=60))
def test_any_text_is_read_without_an_error(text: str) -> None:
    for find in (find_alert_kinds, find_channels, find_on_off, find_certificate_types):
        find(text)
