"""Bits of a sentence that say what is looked for and nothing else: "유기견", "11/28", "강원도 이번 주"."""

from __future__ import annotations

from datetime import datetime

from bot.dates import parse_dates
from bot.fields import find_fields
from bot.regions import find_regions
from bot.times import parse_times

LONGEST = 15
"""Characters without spaces; longer messages are sentences and say what they want."""
_EMPTY = frozenset(
    {"봉사", "봉사활동", "활동", "할만한거", "할거", "되는거", "있어", "있나", "요", "좀", "이요", "쪽"}
)


def is_search_fragment(words: str, now: datetime) -> bool:
    """Tell whether a short message names a place, a day, a time or a field, and hardly anything besides."""
    if len("".join(words.split())) > LONGEST:
        return False
    readers = (find_regions(words), find_fields(words), parse_dates(words, now), parse_times(words))
    named = sum(each.end - each.start for found in readers for each in found)
    rest = [word for word in words.split() if word.rstrip("?!.") not in _EMPTY]
    return bool(named) and 2 * named >= len("".join(rest))
