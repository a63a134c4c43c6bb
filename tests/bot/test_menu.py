"""Words and sentences that are read without understanding."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions import ACTIONS, WITHOUT_INTENT
from bot.menu import by_sentence, by_words
from bot.replies import Press


@pytest.mark.parametrize(
    ("words", "action"),
    [
        ("목표 바꾸기", "hours_goal"),
        ("봉사시간 목표 바꾸고 싶어", "hours_goal"),
        ("목표 120시간으로 바꿔줘", "hours_goal"),
        ("조용한 시간 바꾸고 싶어", "notification_settings"),
        ("방해 금지 시간 변경", "notification_settings"),
        ("대기 순번", "application_status"),
        ("대기 몇 번째", "application_status"),
        ("나 대기 몇 번째야?", "application_status"),
        ("대기 순번 알려줘", "application_status"),
    ],
)
def test_a_plain_sentence_leads_to_its_action(words: str, action: str) -> None:
    press = by_sentence(words)
    assert press is not None
    assert press.action == action
    assert action in ACTIONS | WITHOUT_INTENT


@pytest.mark.parametrize(
    "words",
    [
        "목표",
        "목표까지 얼마나 남았어?",
        "목표 40시간으로 바꾸지 마",
        "조용한 봉사 추천해줘",
        "조용한 시간 11시부터 7시로 해줘",
        "대기 취소할래",
        "대기 신청할래",
        "대기자 몇 명이야?",
        "승인 대기만 일주일째",
        "",
    ],
)
def test_other_sentences_are_left_to_understanding(words: str) -> None:
    assert by_sentence(words) is None


@given(st.text(max_size=80))
def test_any_words_may_come(words: str) -> None:
    assert by_sentence(words) is None or isinstance(by_sentence(words), Press)


@pytest.mark.parametrize(
    "words",
    [
        "화면",
        "링크",
        "화면에서 보기",
        "화면에서 보기!",
        "화면으로 보여줘",
        "화면에서 볼래요",
        "링크로 볼래",
        "화면에서 모두 보기",
    ],
)
def test_all_ways_of_asking_for_the_pages_lead_there(words: str) -> None:
    assert by_words(words) == "pages"


@pytest.mark.parametrize(
    "words", ["화면이 안 보여요", "화면에서 새 번호를 받았어요", "링크가 안 열려요", "보기", ""]
)
def test_words_about_a_screen_are_no_menu_words(words: str) -> None:
    assert by_words(words) is None
