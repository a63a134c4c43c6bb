from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ordinals import NATIVE, SINO, find_ordinals, number, parse_ordinal


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1번", 1),
        ("２번", 2),
        ("ㄱ 1번이요", 1),
        ("그거 2번째로 신청해줘", 2),
        ("2", 2),
        ("3요", 3),
        ("첫번째", 1),
        ("첫 거", 1),
        ("처음 거요", 1),
        ("두 번째 거", 2),
        ("세번째로 할게요", 3),
        ("스무번째", 20),
        ("둘째", 2),
        ("둘째로 할게", 2),
        ("하나", 1),
        ("맨 위", 1),
        ("위에 거", 1),
        ("아래 거", -1),
        ("젤 밑에꺼", -1),
        ("맨 아래", -1),
        ("마지막", -1),
        ("마지막꺼", -1),
        ("밑에서 두번째", -2),
        ("2번 말고 3번이요", 3),
    ],
)
def test_which_of_a_list_is_meant(text: str, expected: int) -> None:
    assert parse_ordinal(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2시",
        "12/3",
        "3시간",
        "두 번 갔어",
        "한번 더",
        "12월 둘째 주",
        "둘째 토요일",
        "우리 둘째가",
        "첫째 애",
        "처음인데요",
        "마지막으로 물어볼게",
        "010-1234-5678",
        "1365 확인서",
        "4번 출구",
        "0번",
        "마지막 주",
    ],
)
def test_times_dates_counts_and_children_are_no_ordinals(text: str) -> None:
    assert parse_ordinal(text) is None


def test_several_are_found_in_order_with_their_place() -> None:
    text = "1번이랑 세 번째"
    found = find_ordinals(text)
    assert [(each.value, text[each.start : each.end]) for each in found] == [(1, "1번"), (3, "세 번째")]


@pytest.mark.parametrize(
    ("word", "expected"),
    [("열네", 14), ("스무", 20), ("스물두", 22), ("십일", 11), ("이십사", 24), ("구십구", 99), ("7", 7)],
)
def test_numerals_count(word: str, expected: int) -> None:
    assert number(word) == expected
    assert set(NATIVE.values()) == set(SINO.values()) == set(range(1, 100))


@given(
    st.text(st.sampled_from("한두세첫둘째번마지막맨위아래거에서0123456789 이요"), max_size=40)
    | st.text(max_size=40)
)
def test_any_text_is_read_without_an_error(text: str) -> None:
    assert 0 not in [found.value for found in find_ordinals(text)]


@pytest.mark.parametrize("part", ["1번", "두 번째", "맨 ", "위에 거", " "])
def test_a_very_long_text_is_read(part: str) -> None:
    find_ordinals((part * 10_000)[:10_000])
