"""Distress is heard whatever else works: recall first."""

from __future__ import annotations

import pytest

from bot.replies import Call
from bot.safety import HELP_LINES, in_distress


@pytest.mark.parametrize(
    "words",
    [
        "죽고 싶어",
        "죽고싶다 진짜",
        "이제 진짜 죽을래",
        "공부하기 싫어서 죽고 싶어요",
        "자해했어",
        "아빠가 맨날 때려요",
        "아빠한테 또 맞았어 무서워",
        "선생님이 자꾸 몸을 만져요",
        "학교에서 왕따 당하고 있어요",
        "모르는 사람이 사진으로 협박해요",
        "사라지고 싶다",
    ],
)
def test_distress_is_heard(words: str) -> None:
    assert in_distress(words)


@pytest.mark.parametrize(
    "words",
    [
        "배고파 죽겠다 ㅋㅋ",
        "공부하기 싫어 죽겠어",
        "봉사시간 죽어라 안 들어오네",
        "내 봉사시간",
        "",
        "이 날짜 맞아요?",
    ],
)
def test_ordinary_words_are_no_alarm(words: str) -> None:
    assert not in_distress(words)


def test_the_three_numbers_are_there() -> None:
    assert [b.target for b in HELP_LINES] == [Call("1388"), Call("112"), Call("119")]
