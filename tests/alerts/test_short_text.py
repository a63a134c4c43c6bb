from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.channels.short_text import (
    CUT,
    LMS_BYTES,
    SMS_BYTES,
    SUBJECT_BYTES,
    cut,
    fitted,
    readable,
    size,
    subject,
)

WRITTEN = st.one_of(
    st.text(max_size=60),
    st.text(alphabet="가각똠힣쌰 a1\n🎉é한国…~₩", max_size=2500),
    st.text(alphabet=st.characters(min_codepoint=ord("가"), max_codepoint=ord("힣")), max_size=1500),
)
LINKS = st.from_regex(r"https://boram\.example/[a-zA-Z0-9_\-]{1,60}", fullmatch=True)


def assert_phones_can_show(words: str) -> None:
    """Every character is one EUC-KR has in one or two bytes, and ``size`` counts them as they are sent."""
    assert all(len(char.encode("euc_kr")) <= 2 for char in words)
    assert words.encode("euc_kr").decode("euc_kr") == words
    assert len(words.encode("euc_kr")) == size(words)
    assert all(char.isprintable() or char == "\n" for char in words if char.isascii())


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("똠얌꿍 먹자", "또ㅁ얌꿍 먹자"),
        ("쌰쑑", "ㅆㅑ쑈ㄺ"),
        ("각", "각"),
        ("안녕👨‍👩‍👧❤️!", "안녕!"),
        ("10–12시 — “봉사” • ₩0", "10-12시 - “봉사” · ￦0"),
        ("Café", "Cafe"),
        ("سلام", "????"),
        ("줄\r\n바꿈\t칸\0\x1b[1m", "줄\n바꿈 칸[1m"),
    ],
)
def test_what_euc_kr_lacks_is_replaced_readably(written: str, sent: str) -> None:
    assert readable(written) == sent
    assert_phones_can_show(readable(written))


def test_every_syllable_of_korean_becomes_something_that_can_be_sent() -> None:
    for number in range(ord("가"), ord("힣") + 1):
        text = readable(chr(number))
        assert text
        assert len(text.encode("euc_kr")) == size(text) <= 6


@given(WRITTEN)
def test_whatever_is_written_can_be_shown_by_a_phone(written: str) -> None:
    assert_phones_can_show(readable(written))
    assert readable(readable(written)) == readable(written)


@given(WRITTEN)
def test_a_text_goes_as_the_smallest_kind_that_holds_it_and_never_over_its_limit(written: str) -> None:
    kind, words = fitted(written)
    assert_phones_can_show(words)
    assert size(words) <= {"SMS": SMS_BYTES, "LMS": LMS_BYTES}[kind]
    assert (kind == "SMS") is (size(readable(written)) <= SMS_BYTES)
    if size(readable(written)) <= LMS_BYTES:
        assert words == readable(written)


@given(WRITTEN, st.integers(2, 300))
def test_what_is_cut_is_the_front_of_the_text_with_a_mark(written: str, most: int) -> None:
    words = readable(written)
    short = cut(words, most)
    assert size(short) <= most
    if short != words and "http" not in words:
        assert short.endswith(CUT)
        assert words.startswith(short.removesuffix(CUT))
        kept = len(short.removesuffix(CUT))
        rest = words[kept:].lstrip()
        assert not rest or size(words[:kept] + words[kept : kept + 1] + CUT) > most or words[kept].isspace()


@given(st.text(alphabet="가나다 a\n", max_size=3000), LINKS, st.sampled_from([" ", "\n"]))
def test_a_link_at_the_end_is_never_cut(front: str, link: str, between: str) -> None:
    kind, words = fitted(f"{front}{between}{link}")
    assert words.endswith(link)
    assert size(words) <= (SMS_BYTES if kind == "SMS" else LMS_BYTES)
    if CUT in words:
        assert words.endswith(f"{CUT}\n{link}")


def test_a_link_too_long_for_any_message_is_cut_like_words() -> None:
    words = fitted("https://boram.example/" + "a" * 3000)[1]
    assert size(words) == LMS_BYTES


@given(WRITTEN)
def test_a_subject_is_never_empty_never_too_long_and_stands_on_one_line(title: str) -> None:
    shown = subject(title)
    assert_phones_can_show(shown)
    assert 0 < size(shown) <= SUBJECT_BYTES
    assert "\n" not in shown
