"""The hours in which someone wants no alert, read from words."""

from __future__ import annotations

import re
from datetime import time

from bot.ordinals import any_of, number

_HOUR_WORDS = ("한", "두", "세", "네", "다섯", "여섯", "일곱", "여덟", "아홉", "열", "열한", "열두")
_CLOCK = re.compile(
    r"(?P<part>오전|아침|새벽|낮|오후|저녁|밤)?\s*(?<!\d)"
    rf"(?P<hour>\d{{1,2}}|{any_of(_HOUR_WORDS)})\s*시(?!간|험)\s*(?P<minute>반|[0-5]?\d\s*분)?\s*"
    r"(?P<edge>부터|이후|넘어|지나|후|뒤|까지|이전|전)?"
)
_NOT_DISTURB = re.compile(
    r"방해|조용|금지|보내지|오지|울리지|하지\s?마|그만|[꺼끄]|안\s?(?:오|보내|받|왔|울)|받기\s?싫"
)
_UNTIL = frozenset({"까지", "이전", "전"})


def parse_quiet_time(words: str, start: time, end: time) -> tuple[time, time] | None:
    """Return the quiet hours that ``words`` ask for, None when they ask for none.

    "10시 이후엔 보내지 마" names only the start: the other end stays as it is (``start``, ``end``).
    Without 오전 or 오후 the start is in the evening and the end in the morning.
    """
    if not _NOT_DISTURB.search(words):
        return None
    found = (start, end)
    for index, match in enumerate(list(_CLOCK.finditer(words))[:2]):
        is_end = match["edge"] in _UNTIL or (index == 1 and match["edge"] is None)
        value = _time(match, evening=not is_end)
        if value is None:
            return None
        found = (found[0], value) if is_end else (value, found[1])
    return found if _CLOCK.search(words) and found[0] != found[1] else None


def _time(match: re.Match[str], *, evening: bool) -> time | None:
    hour, minute = number(match["hour"]), match["minute"] or "0"
    minutes = 30 if minute == "반" else int(re.sub(r"\D", "", minute))
    if hour > 24:
        return None
    return time(_hour(hour, match["part"], evening=evening) % 24, minutes)


def _hour(hour: int, part: str | None, *, evening: bool) -> int:
    """Return the hour from 0 to 24 that a spoken one means."""
    if hour > 12:
        return hour
    if part in ("오후", "저녁", "낮"):
        return hour if hour == 12 or (part == "낮" and hour > 5) else hour + 12
    if part in ("오전", "아침", "새벽"):
        return hour % 12
    at_night = hour >= 6 and (part == "밤" or evening)
    return hour + 12 if at_night else hour
