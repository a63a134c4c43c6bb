"""Counting in Korean: numerals, and which one of a list is meant."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.data import Found, declined, plain

LAST = -1

_ONES = ("", "하나", "둘", "셋", "넷", "다섯", "여섯", "일곱", "여덟", "아홉")
_TENS = ("", "열", "스물", "서른", "마흔", "쉰", "예순", "일흔", "여든", "아흔")
_SINO = ("", "일", "이", "삼", "사", "오", "육", "칠", "팔", "구")
_BEFORE_A_UNIT = {"하나": "한", "둘": "두", "셋": "세", "넷": "네", "스물": "스무"}


def _before_a_unit(word: str) -> str:
    for noun, adnoun in _BEFORE_A_UNIT.items():
        if word.endswith(noun):
            return word.removesuffix(noun) + adnoun
    return word


_NATIVE_NOUNS = {_TENS[n // 10] + _ONES[n % 10]: n for n in range(1, 100)}
NATIVE = _NATIVE_NOUNS | {_before_a_unit(word): n for word, n in _NATIVE_NOUNS.items()}
"""하나, 한 … 아흔아홉 → 1 … 99, as they stand alone and before a unit."""
SINO = {
    (_SINO[n // 10] if n >= 20 else "") + ("십" if n >= 10 else "") + _SINO[n % 10]: n for n in range(1, 100)
}
"""일 … 구십구 → 1 … 99."""
_NUMERALS = NATIVE | SINO


def any_of(words: Iterable[str]) -> str:
    """Return a pattern for any of ``words``, the longest first."""
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))


def number(word: str) -> int:
    """Return the number that digits or a numeral of ``NATIVE`` or ``SINO`` stand for.

    Raises:
        KeyError: ``word`` is no such numeral; patterns built from these tables never let one through.

    """
    return int(word) if word.isdecimal() else _NUMERALS[word]


_COUNTED = any_of(word for word, n in NATIVE.items() if n <= 20)
_DIGITS = r"(?<![\d.:/-])\d{1,2}"
_N = rf"(?P<n>{_DIGITS}|(?<![가-힣])(?:{_COUNTED}))"
_FIRSTS = {"첫": 1, "첫째": 1, "처음": 1, "둘째": 2, "셋째": 3, "넷째": 4, "다섯째": 5}
_THING = r"(?:\s?(?:거(?!기|의|든)|것|꺼|줄(?!게)|카드))"
_NOT_A_DATE = r"(?!\s?(?:주|[월화수목금토일](?:요일|욜|(?![가-힣]))|날|달))"
_NOT_A_CHILD = r"(?!\s?(?:아이|애(?![가-힣])|아들|딸|가|는|도\s))"
_POLITE = r"(?:이요|요|이여|여|이욤|욤|으로|로|이|할게요?|할래요?|선택|번)"
_RULES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        ("from_end", rf"(?:밑|아래|뒤|끝)에서(?:부터)?\s?{_N}\s?(?:번\s?째|째|번)"),
        ("nth", rf"{_N}\s?번\s?째{_NOT_A_DATE}"),
        ("nth", rf"(?P<n>{_DIGITS})\s?째{_NOT_A_DATE}"),
        (
            "nth",
            rf"(?P<n>{_DIGITS})\s?번(?!지|호선|\s?(?:더|출구|버스|틀|실패|넘게|이상|연속|씩)){_NOT_A_DATE}",
        ),
        ("nth", rf"^\W*(?!네\W*$|네요)(?:{_N})\s?{_POLITE}{{0,2}}\W*$"),
        ("named", rf"(?<![가-힣])(?P<name>첫)\s?번\s?째?{_NOT_A_DATE}"),
        (
            "named",
            rf"(?<![가-힣])(?P<name>첫(?=\s?[거것꺼줄카])|처음(?=\s?[거것꺼])){_NOT_A_DATE}",
        ),
        ("named", rf"(?<![가-힣])(?P<name>[첫둘셋넷]째|다섯째){_NOT_A_DATE}{_NOT_A_CHILD}"),
        (
            "last",
            r"마지막(?!\s?(?:주|날|으로|학기|해|봉사|활동|[월화수목금토일]요))|(?:맨|젤|제일|가장)\s?끝",
        ),
        ("last", rf"(?:맨|젤|제일|가장)\s?(?:아래|밑|뒤)|(?<![가-힣])(?:아래|아랫|밑|뒤)(?:에|쪽)?{_THING}"),
        ("top", rf"(?:맨|젤|제일|가장)\s?(?:위|처음|앞)|(?<![가-힣])(?:위|윗|앞)(?:에|쪽)?{_THING}"),
    )
)


def find_ordinals(text: str) -> list[Found[int]]:
    """Return which ones of a list are meant, in order: 1 is the first, -1 the last, -2 the last but one.

    Times (2시), dates (12/3, 둘째 주) and counts (두 번 갔어) are not taken. "2번 말고 3번" gives 3.
    """
    words, found = plain(text), list[Found[int]]()
    taken = bytearray(len(words) + 1)
    for name, pattern in _RULES:
        for match in pattern.finditer(words):
            if not any(taken[match.start() : match.end()]):
                taken[match.start() : match.end()] = b"\1" * len(match.group())
                found.append(Found(_value(name, match), *match.span(), match.group()))
    kept = (each for each in found if each.value and not declined(words, each.end))
    return sorted(kept, key=lambda each: each.start)


def parse_ordinal(text: str) -> int | None:
    """Return the first ordinal of ``find_ordinals``, None without one."""
    found = find_ordinals(text)
    return found[0].value if found else None


def _value(name: str, match: re.Match[str]) -> int:
    if name in ("top", "last"):
        return 1 if name == "top" else LAST
    if name == "named":
        return _FIRSTS[match["name"]]
    return -number(match["n"]) if name == "from_end" else number(match["n"])
