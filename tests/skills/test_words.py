from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skills.kakao.words import clean, fits, is_clean, shorten, split, units
from tests.skills.samples import WORDS

FAMILY = "👨‍👩‍👧‍👦"
FLAG = "🇰🇷"


def test_clean_words_keep_what_the_person_wrote_and_lose_what_nobody_sees() -> None:
    assert (
        clean("  안녕\u200b\ufeff\x00하세요\t반가워요\r\n둘째\u202e 줄\ud800 ")
        == "안녕하세요 반가워요\n둘째 줄"
    )


def test_clean_words_are_composed_and_keep_joined_emoji() -> None:
    assert clean(unicodedata.normalize("NFD", "봉사시간")) == "봉사시간"
    assert clean(FAMILY) == FAMILY


@given(WORDS)
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    assert clean(clean(text)) == clean(text)
    assert is_clean(clean(text))
    clean(text).encode()


@pytest.mark.parametrize(("text", "length"), [("abc", 3), ("봉사", 2), ("😀", 2), (FLAG, 4), ("\ud800", 1)])
def test_an_emoji_counts_as_two_characters(text: str, length: int) -> None:
    assert units(text) == length


def test_a_short_text_stays_as_it_is() -> None:
    assert shorten("신청하기", 4) == "신청하기"


def test_a_long_text_is_cut_between_words_and_says_so() -> None:
    assert shorten("해운대 해수욕장에서 쓰레기를 주워요", 17) == "해운대 해수욕장에서 쓰레기를…"
    assert shorten("해운대해수욕장에서쓰레기를주워요", 6) == "해운대해수…"


@pytest.mark.parametrize("whole", [FAMILY, FLAG, "👍🏽", "e\u0301", "ᄀᆞᆨ", "1️⃣"])
def test_no_character_is_ever_split(whole: str) -> None:
    for limit in range(units(whole) + 1, units(whole) * 3):
        kept = shorten(whole * 4, limit).removesuffix("…")
        assert kept == whole * (len(kept) // len(whole))


@given(WORDS.map(clean), st.integers(2, 200))
def test_a_shortened_text_always_fits(text: str, limit: int) -> None:
    assert fits(shorten(text, limit), limit)


@given(WORDS.map(clean), st.integers(4, 200))
def test_the_pieces_of_a_text_fit_and_together_hold_all_of_its_words(text: str, limit: int) -> None:
    pieces = split(text, limit)
    assert all(fits(piece, limit) and piece for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())


def test_a_text_is_split_where_a_reader_would_pause() -> None:
    assert split("첫 문단이에요.\n\n둘째 문단이에요.", 15) == ["첫 문단이에요.", "둘째 문단이에요."]
    assert split("하나를 했어요. 둘을 했어요.", 12) == ["하나를 했어요.", "둘을 했어요."]


def test_a_text_has_at_most_as_many_lines_as_asked() -> None:
    assert shorten("하나\n둘\n셋", 50, 2) == "하나\n둘…"
