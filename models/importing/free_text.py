"""What hosts write in free text instead of in a field: who may come, when, for how many hours, and what to mind."""

from __future__ import annotations

import re
from datetime import time

from models.members import Level

_LEVEL_WORD = r"(?:초등|중등|고등|대학|초|중|고|대)"
_LEVELS = rf"{_LEVEL_WORD}(?:\s*[.,·ㆍ/및와과&]?\s*{_LEVEL_WORD})*\s*(?:학?생|학교)"
_WHO = re.compile(
    rf"(?:(?:모집|참여|참가|신청|지원)\s?(?:대상|자격)|(?<![가-힣])(?:대상|자격))\s*[:：][^\n]{{0,20}}?(?P<listed>{_LEVELS}(?:\s*[.,·ㆍ/및]?\s*{_LEVELS})*)(?P<up1>\s*이상)?"
    rf"|(?P<only>{_LEVELS}(?:\s*[.,·ㆍ/및]?\s*{_LEVELS})*)(?P<up2>\s*이상)?\s*만?\s*(?:참여|신청|지원|모집)\s*(?:가능|만|합니다|해요|$)"
    rf"|(?P<alone>{_LEVELS})만(?=[\s)\]!.,]|$)"
)
_LEVEL_OF = {"초": Level.ELEMENTARY, "중": Level.MIDDLE, "고": Level.HIGH, "대": Level.UNIVERSITY}
_CLOCK = r"(?P<half{0}>오전|오후)?\s*(?P<hour{0}>\d{{1,2}})\s*(?::\s*(?P<minute{0}>\d{{2}})|시\s*(?:(?P<spoken{0}>\d{{1,2}})\s*분)?)"
_RANGE = re.compile(rf"(?<![\d~]){_CLOCK.format(1)}\s*(?:~|∼|-|부터)\s*{_CLOCK.format(2)}")
_CREDIT = re.compile(
    r"(\d{1,2})\s*시간\s*(?:씩\s*)?(?:봉사\s*(?:시간|실적)?\s*)?(?:으로\s*)?(?:인정|실적|부여)"
)
_LIMIT = re.compile(
    r"만\s*(?:참여|신청|가능|모집|지원)|금지|필수|지참|불가|준비물|복장|필독|반려|제한|이상만|(?:대상|자격)\s*[:：]|신청자에\s*한해"
)
_PIECES = re.compile(r"\n|\s/\s|[()（）★※•■□▶]|(?<=[.!?])\s")
MOST_LIMITS, LONGEST_LIMIT = 6, 160
SLACK_HOURS = 2
"""Breaks and meals make an activity longer than the hours it counts for."""


def levels_in(text: str) -> Level | None:
    """Return the school levels a text clearly limits an activity to, None when it does not say.

    Only a stated audience counts (모집대상: 중학생, 고등학생만 참여 가능); a level that is merely mentioned may be
    those who are helped.
    """
    match = _WHO.search(text)
    if match is None:
        return None
    said = match["listed"] or match["only"] or match["alone"]
    levels = Level(0)
    for letter in re.sub(r"학?생|학교|등|학", "", said):
        levels |= _LEVEL_OF.get(letter, Level(0))
    return _and_above(levels) if match["up1"] or match["up2"] else levels or None


def times_in(text: str, hours: int) -> tuple[time, time] | None:
    """Return when the activity begins and ends, if the text names one span and it fits the hours counted."""
    spans = {span for match in _RANGE.finditer(text) if (span := _span(match))}
    fitting = [(a, b) for a, b in spans if hours <= (_minutes(b) - _minutes(a)) / 60 <= hours + SLACK_HOURS]
    return fitting[0] if hours and len(spans) == 1 and fitting else None


def credited_hours_in(text: str, most: int = 8) -> int | None:
    """Return the hours a day counts for, if the text says so (1일당 6시간 실적등록)."""
    match = _CREDIT.search(text)
    return int(match[1]) if match and 1 <= int(match[1]) <= most else None


def limits_in(text: str) -> str:
    """Return the pieces of a text that limit who may come or say what to bring, one a line."""
    pieces = [piece.strip(" \t-·*") for piece in _PIECES.split(text)]
    limits = [piece[:LONGEST_LIMIT] for piece in pieces if _LIMIT.search(piece)]
    return "\n".join(dict.fromkeys(limits[:MOST_LIMITS]))


def together(*texts: str) -> str:
    """Return texts one below the other, without what an earlier one already says."""
    kept: list[str] = []
    for text in filter(None, texts):
        if not any("".join(text.split()) in "".join(other.split()) for other in kept):
            kept.append(text)
    return "\n".join(kept)


def _and_above(levels: Level) -> Level:
    lowest = min((level.value for level in Level if level is not Level.ALL and level & levels), default=1)
    return Level(int(Level.ALL) & ~(lowest - 1))


def _span(match: re.Match[str]) -> tuple[time, time] | None:
    afternoon = match["half1"] == "오후"
    first = _clock(match["hour1"], match["minute1"] or match["spoken1"], afternoon=afternoon)
    last = _clock(match["hour2"], match["minute2"] or match["spoken2"], afternoon=match["half2"] == "오후")
    if first and last and last <= first and not match["half2"] and last.hour < 12:
        last = last.replace(hour=last.hour + 12)
    return (first, last) if first and last and first < last else None


def _clock(hour: str, minute: str | None, *, afternoon: bool) -> time | None:
    hours = int(hour) + (12 if afternoon and int(hour) < 12 else 0)
    minutes = int(minute or 0)
    return time(hours, minutes) if hours < 24 and minutes < 60 else None


def _minutes(moment: time) -> int:
    return moment.hour * 60 + moment.minute
