"""The expressions that name days: what each looks like and what it means by itself.

``pieces`` finds them in a text; ``bot.dates`` puts them together and chooses between what comes again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Literal, TypeAlias

from bot.data.calendar import (
    AFTER_DAYS,
    DAY,
    LUNAR,
    YEARLY,
    DateRange,
    add_months,
    days_of,
    days_off_around,
    long_holidays,
    month_of,
    nth_week,
    nth_weekday,
    occurrences,
    one_day,
    public_holidays,
    school_year_of,
    week_of,
)
from bot.ordinals import NATIVE, SINO, any_of, number
from models.codes import spaced, squeeze

Prefer: TypeAlias = Literal["future", "past"]
YEARS_BACK, YEARS_AHEAD = 8, 3


@dataclass(frozen=True, slots=True)
class Piece:
    """What one expression means, at its place in the text.

    ``span``: its only span. ``cycle``: spans that come again, in order; none when there is no such day.
    ``week``: a whole week, ``shift`` weeks from now. ``days``: weekdays, the next ones or ``every`` one.
    ``which``: 지난, 이번, 다음 before another piece, as ``shift``. ``every``: 매주 before weekdays.
    ``after_days`` is how long the time after an event lasts, 0 for what is no event.
    """

    kind: Literal["span", "cycle", "week", "days", "which", "every"]
    spans: tuple[DateRange, ...] = ()
    days: frozenset[int] = frozenset()
    shift: int = 0
    every: bool = False
    after_days: int = 0
    start: int = 0
    end: int = 0


Builder: TypeAlias = Callable[[re.Match[str], date, Prefer], "Piece | None"]
"""Gets the match of its rule, today and what is preferred; None means: no date after all."""


def pieces(words: str, today: date, prefer: Prefer) -> list[Piece]:
    """Return the expressions in ``words`` (as ``plain`` returns it), in order, without overlaps."""
    found = []
    for place in _ANY_RULE.finditer(words):
        pattern, build = _RULES[int((place.lastgroup or "r0")[1:])]
        match = pattern.match(words, place.start())
        if match and (piece := build(match, today, prefer)):
            found.append(replace(piece, start=place.start(), end=place.end()))
    return found


# Words and what they count.

_SHIFTS = {
    "지지난": -2, "저저번": -2, "지난 지난": -2, "지난": -1, "저번": -1, "이번": 0, "요번": 0, "오는": 0, "다가오는": 0,
    "돌아오는": 0, "this": 0, "next": 1, "last": -1, "다음": 1, "담": 1, "다다음": 2, "다담": 2, "담담": 2, "다음 다음": 2,
}  # fmt: skip
_YEARS = {
    "재작년": -2, "작년": -1, "지난 해": -1, "저번 해": -1, "전년도": -1, "올 해": 0, "올 한 해": 0, "금년": 0, "이번 년도": 0,
    "this year": 0, "last year": -1, "next year": 1, "내년": 1, "다음 해": 1, "내후년": 2,
}  # fmt: skip
_DAYS = {
    "그그저께": -3, "그저께": -2, "그제": -2, "엊그제": -2, "엊그저께": -2, "어제": -1, "어젯밤": -1, "어저께": -1, "오늘": 0, "금일": 0,
    "today": 0, "tomorrow": 1, "tmr": 1, "yesterday": -1, "tonight": 0, "tmrw": 1, "2moro": 1, "2morrow": 1, "엊그재": -2, "tomorow": 1, "tommorow": 1,
    "투데이": 0, "투모로우": 1, "투마로우": 1, "예스터데이": -1, "낼 모레": 2, "내일 모레": 2, "낼 모래": 2, "내일 모래": 2, "내일": 1, "낼": 1, "모레": 2, "글피": 3, "그글피": 4,
}  # fmt: skip
_DAY_COUNTS = {
    "하루": 1,
    "이틀": 2,
    "사흘": 3,
    "나흘": 4,
    "닷새": 5,
    "엿새": 6,
    "일주일": 7,
    "열흘": 10,
    "보름": 15,
}
_NTH = {
    "첫": 1, "첫째": 1, "첫 번째": 1, "둘째": 2, "두 번째": 2, "셋째": 3, "세 번째": 3, "넷째": 4, "네 번째": 4,
    "다섯째": 5, "다섯 번째": 5, "마지막": -1,
}  # fmt: skip
_MONTHS = {word: n for word, n in SINO.items() if n <= 12 and n not in (6, 10)} | {
    "유": 6,
    "육": 6,
    "시": 10,
    "십": 10,
}
_WEEKDAYS = "월화수목금토일"
_WEEKDAY_SETS = {
    "weekend": frozenset({5, 6}),
    "wknd": frozenset({5, 6}),
    "weekday": frozenset(range(5)),
    "위켄드": frozenset({5, 6}),
    "주말": frozenset({5, 6}),
    "평일": frozenset(range(5)),
    "주중": frozenset(range(5)),
}


def _lookup(table: dict[str, int]) -> tuple[dict[str, int], str]:
    """Return the table by words without spaces, and a pattern for any of its words."""
    return {squeeze(word): n for word, n in table.items()}, spaced(table).pattern


_ENGLISH_WEEKDAYS = ("mo", "tu", "we", "th", "fr", "sa", "su")
_SOUNDS_OF_WEEKDAYS = {
    "먼": 0, "튜즈": 1, "웬즈": 2, "써즈": 3, "프라이": 4, "새터": 5, "쌔러": 5, "선": 6, "썬": 6,
}  # fmt: skip
_ENGLISH_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_SHIFT_OF, _ANY_SHIFT = _lookup(_SHIFTS)
_REL = rf"(?:(?!담|다담|[a-z]){_ANY_SHIFT}|(?<![a-z])(?:this|next|last)|(?<![가-힣])(?:{_ANY_SHIFT}))"
_YEAR_OF, _YEAR_WORD = _lookup(_YEARS)
_DAY_OF, _ = _lookup(_DAYS)
_NTH_OF, _NTH_WORD = _lookup(_NTH)


def _group(match: re.Match[str], name: str) -> str | None:
    """Return a group that not every rule of a builder has."""
    return match.groupdict().get(name)


def _years(year: int) -> range:
    return range(year - YEARS_BACK, year + YEARS_AHEAD + 1)


def _cycle(spans: Iterable[DateRange | None], after_days: int = 0) -> Piece:
    return Piece("cycle", tuple(span for span in spans if span), after_days=after_days)


def _monthly(year: int, make: Callable[[int, int], DateRange | None]) -> Piece:
    return _cycle(make(y, month) for y in _years(year) for month in range(1, 13))


def _span(start: date, end: date) -> Piece:
    return Piece("span", (DateRange(start, end),))


# Builders: days and months by number.


def _full_date(match: re.Match[str], _today: date, _prefer: Prefer) -> Piece:
    year, day = int(match["y"]) % 2000 + 2000, int(match["d"])
    span = days_of(year, int(match["m"]), day, day)
    return Piece("span", (span,)) if span else Piece("cycle")


def _year_month(match: re.Match[str], _today: date, _prefer: Prefer) -> Piece:
    return Piece("span", (month_of(int(match["y"]), int(match["m"])),))


def _month_number(word: str) -> int:
    return int(word) if word.isdecimal() else _MONTHS[word]


def _month_day(match: re.Match[str], today: date, _prefer: Prefer) -> Piece:
    first = number(match["d"])
    return _yearly_days(
        today.year, _month_number(match["m"]), first, number(_group(match, "d2") or match["d"])
    )


@lru_cache(maxsize=1024)
def _yearly_days(year: int, month: int, first: int, last: int) -> Piece:
    return _cycle(days_of(y, month, first, last) for y in _years(year))


def _slash(match: re.Match[str], today: date, prefer: Prefer) -> Piece | None:
    """Read 12/3 as a day; 24/7 and 3/100 are other things."""
    return (
        _month_day(match, today, prefer)
        if 1 <= int(match["m"]) <= 12 and 1 <= int(match["d"]) <= 39
        else None
    )


def _point(match: re.Match[str], today: date, prefer: Prefer) -> Piece | None:
    """Read 12.3 as a day where there is such a day; 4.5 and 12.99 may be numbers."""
    piece = _slash(match, today, prefer)
    return piece if piece and piece.spans else None


def _month(match: re.Match[str], today: date, _prefer: Prefer) -> Piece | None:
    first = _month_number(match["m"])
    last = int(_group(match, "m2") or first)
    valid = 1 <= first <= 12 and 1 <= last <= 12
    return _yearly_months(today.year, first, last, _group(match, "part")) if valid else None


@lru_cache(maxsize=1024)
def _yearly_months(year: int, first: int, last: int, part: str | None) -> Piece:
    months = ((month_of(y, first), month_of(y + (last < first), last)) for y in _years(year))
    return _cycle(_part_of(DateRange(a.start, b.end), part) for a, b in months)


def _part_of(month: DateRange, part: str | None) -> DateRange:
    """Return 초, 중순 or 말 of a month: its first ten days, the next ten, the rest."""
    if part == "초":
        return DateRange(month.start, month.start + DAY * 9)
    if part == "중순":
        return DateRange(month.start + DAY * 10, month.start + DAY * 19)
    if part == "말일":
        return one_day(month.end)
    return DateRange(month.start + DAY * 20, month.end) if part in ("말", "하순") else month


def _day_of_month(match: re.Match[str], today: date, _prefer: Prefer) -> Piece:
    return _monthly_days(today.year, number(match["d"]), number(_group(match, "d2") or match["d"]))


@lru_cache(maxsize=1024)
def _monthly_days(year: int, first: int, last: int) -> Piece:
    return _monthly(year, lambda y, month: days_of(y, month, first, last))


def _part_of_month(match: re.Match[str], today: date, _prefer: Prefer) -> Piece:
    return _monthly_part(today.year, match["part"])


@lru_cache(maxsize=64)
def _monthly_part(year: int, part: str) -> Piece:
    return _monthly(year, lambda y, month: _part_of(month_of(y, month), part))


def _nth(match: re.Match[str], today: date, _prefer: Prefer) -> Piece:
    """Read 둘째 주 as a week of a month, 둘째 (주) 토요일 as its second Saturday."""
    n = int(match["n"][0]) if match["n"][0].isdecimal() else _NTH_OF[squeeze(match["n"])]
    day = _group(match, "day")
    return _monthly_nth(today.year, n, _WEEKDAYS.index(day) if day else None)


@lru_cache(maxsize=256)
def _monthly_nth(year: int, n: int, weekday: int | None) -> Piece:
    if weekday is None:
        return _monthly(year, lambda y, month: nth_week(y, month, n))
    return _monthly(year, lambda y, month: nth_weekday(y, month, n, weekday))


# Builders: years, terms, months, weeks and days from now.


def _year(match: re.Match[str], today: date, _prefer: Prefer) -> Piece:
    word = _group(match, "word")
    year = today.year + _YEAR_OF[squeeze(word)] if word else int(match["y"]) % 2000 + 2000
    return _span(date(year, 1, 1), date(year, 12, 31))


def _part_of_year(match: re.Match[str], today: date, _prefer: Prefer) -> Piece:
    year = today.year + _YEAR_OF[squeeze(match["word"])]
    return Piece("span", tuple(occurrences("연말" if match["part"] == "말" else "연초", year)))


def _school_year(match: re.Match[str], today: date, _prefer: Prefer) -> Piece:
    if year := _group(match, "y"):
        return Piece("span", (school_year_of(date(int(year), 3, 1)),))
    word = _group(match, "word")
    shift = _YEAR_OF[squeeze(word)] if word else _SHIFT_OF[squeeze(match["rel"])]
    return Piece("span", (school_year_of(add_months(today, 12 * shift)),))


def _semester(match: re.Match[str], today: date, _prefer: Prefer) -> Piece:
    """Read 이번 학기 or 다음 학기; a 새 학기 is the next one."""
    terms = [term for y in _years(today.year) for word in ("1학기", "2학기") for term in occurrences(word, y)]
    current = next(i for i, term in enumerate(terms) if today in term)
    return Piece("span", (terms[current + _SHIFT_OF.get(squeeze(match["rel"]), 1)],))


def _relative_month(match: re.Match[str], today: date, _prefer: Prefer) -> Piece:
    rel = _group(match, "rel")
    shift = _SHIFT_OF[squeeze(rel)] if rel else {"이": 0, "금": 0, "내": 1, "익": 1}[match["word"]]
    day = add_months(today, shift)
    return Piece("span", (_part_of(month_of(day.year, day.month), match["part"]),))


def _relative_week(match: re.Match[str], today: date, _prefer: Prefer) -> Piece:
    rel = _group(match, "rel")
    shift = _SHIFT_OF[squeeze(rel)] if rel else {"금": 0, "차": 1}[match["word"]]
    return Piece("week", (week_of(today + DAY * 7 * shift),), shift=shift)


def _relative_day(match: re.Match[str], today: date, _prefer: Prefer) -> Piece:
    return Piece("span", (one_day(today + DAY * _DAY_OF[squeeze(match["word"])]),))


def _which(match: re.Match[str], _today: date, _prefer: Prefer) -> Piece:
    return Piece("which", shift=_SHIFT_OF.get(squeeze(match["rel"]), 0))


# Builders: amounts of time.


def _moved(today: date, sign: int, match: re.Match[str]) -> tuple[date, str]:
    """Return the day an amount (3일, 두 달) before or after today, and the unit it is counted in."""
    if match["count"]:
        return today + DAY * sign * _DAY_COUNTS[match["count"]], "일"
    n, unit = sign * number(match["n"]), match["unit"]
    if unit in ("개월", "달", "년"):
        return add_months(today, n * 12 if unit == "년" else n), unit
    return today + DAY * n * (1 if unit == "일" else 7), "일" if unit == "주일" else unit


def lasting_from(words: str, at: int, start: date) -> tuple[date, int] | None:
    """Return the last day of an amount of time named at ``at`` (오늘부터 + 2주 동안), and where it ends."""
    match = _LASTING_FROM.match(words, at)
    return (_moved(start, 1, match)[0] - DAY, match.end()) if match else None


def _ago(match: re.Match[str], today: date, _prefer: Prefer) -> Piece | None:
    """Read 3일 전 as a day, 2주 뒤 (and 일주일 뒤 토요일) as that week, 두 달 전 as that month.

    하루 전에 취소 counts from a day that is not known.
    """
    if match["way"] == "전" and _BEFORE_THE_DAY.match(match.string, match.end()):
        return None
    day, unit = _moved(today, -1 if match["way"] == "전" else 1, match)
    if unit == "년":
        return _span(date(day.year, 1, 1), date(day.year, 12, 31))
    if unit == "일" and _IN_WEEKS.search(match.group()) and _A_WEEKDAY_NEXT.match(match.string, match.end()):
        unit = "주"
    return Piece(
        "span", ({"일": one_day(day), "주": week_of(day)}.get(unit) or month_of(day.year, day.month),)
    )


def _recent(match: re.Match[str], today: date, _prefer: Prefer) -> Piece:
    ahead = match["way"] in ("앞으로", "향후")
    day, _ = _moved(today, 1 if ahead else -1, match)
    return _span(today, day) if ahead else _span(day, today)


def _within(match: re.Match[str], today: date, prefer: Prefer) -> Piece:
    day, _ = _moved(today, 1 if prefer == "future" else -1, match)
    return _span(min(day, today), max(day, today))


def _lasting(match: re.Match[str], today: date, prefer: Prefer) -> Piece | None:
    """Read 3개월 동안 as the last three months of what is over; of what is to come, or 4월 한 달 동안, it is no date."""
    named = _NAMED_BEFORE.search(match.string, 0, match.start())
    return _within(match, today, prefer) if prefer == "past" and not named else None


# Builders: events and weekdays.

_SPELLING = {squeeze(word): word for word in (*YEARLY, *LUNAR, "수능")}


def _event(match: re.Match[str], today: date, _prefer: Prefer) -> Piece:
    return _yearly_event(today.year, _SPELLING[squeeze(match["word"])], _group(match, "long") or "")


@lru_cache(maxsize=512)
def _yearly_event(year: int, word: str, long: str) -> Piece:
    spans = [span for y in _years(year) for span in occurrences(word, y)]
    return _cycle((days_off_around(s.start) for s in spans) if long else spans, AFTER_DAYS.get(word, 0))


def _long_holiday(_match: re.Match[str], today: date, _prefer: Prefer) -> Piece:
    return _cycle(span for y in range(today.year - 1, today.year + 3) for span in long_holidays(y))


def _public_holiday(match: re.Match[str], today: date, _prefer: Prefer) -> Piece:
    """Read 공휴일 as any of them, 대체 공휴일 as one given instead of another."""
    years = range(today.year - 1, today.year + 3)
    instead = bool(match["instead"])
    return _cycle(one_day(day) for y in years for day in public_holidays(y, instead=instead))


def _weekdays(match: re.Match[str], _today: date, _prefer: Prefer) -> Piece:
    letters = match["days"].removeprefix("놀").removeprefix("불")
    days = _WEEKDAY_SETS.get(letters) or frozenset(_WEEKDAYS.index(c) for c in letters if c in _WEEKDAYS)
    return Piece("days", days=days, every="마다" in match.group())


def _english_weekday(match: re.Match[str], _today: date, _prefer: Prefer) -> Piece:
    return Piece("days", days=frozenset({_ENGLISH_WEEKDAYS.index(match["english"][:2])}))


def _weekday_by_its_sound(match: re.Match[str], _today: date, _prefer: Prefer) -> Piece:
    return Piece("days", days=frozenset({_SOUNDS_OF_WEEKDAYS[match["sound"]]}))


def _english_month(match: re.Match[str], today: date, _prefer: Prefer) -> Piece:
    month = _ENGLISH_MONTHS.index(match["english"][:3]) + 1
    return _yearly_months(today.year, month, month, None)


def _weekday_span(match: re.Match[str], _today: date, _prefer: Prefer) -> Piece:
    first, last = _WEEKDAYS.index(match["a"]), _WEEKDAYS.index(match["b"])
    return Piece("days", days=frozenset((first + i) % 7 for i in range((last - first) % 7 + 1)))


def _weekday_letters(match: re.Match[str], today: date, prefer: Prefer) -> Piece | None:
    """Read 토 or 월,수 as weekdays right after a week (이번 주 토)."""
    after_week = _WEEK_BEFORE.search(match.string, max(0, match.start() - 8), match.start())
    return _weekdays(match, today, prefer) if after_week else None


def _every(_match: re.Match[str], _today: date, _prefer: Prefer) -> Piece:
    return Piece("every")


# Rules: at one place the first that fits wins, so what says more comes first.

_AMOUNT = (
    rf"(?:(?P<n>(?<![\d.])\d{{1,3}}|(?<![가-힣])(?:{any_of(SINO)}|(?:{any_of(NATIVE)})(?!\s?[일년])))"
    r"\s?(?P<unit>주일|주|개월|달|년|일)"
    rf"|(?<![가-힣])(?P<count>{any_of(_DAY_COUNTS)}))"
)
_LASTING_FROM = re.compile(
    rf"\s?(?!\d+\s?일(?!간|\s?동안)){_AMOUNT}(?:\s?(?:동안|간|내내))?(?!\s?(?:전|뒤|후))"
)
_Y, _M = r"(?<!\d)(?P<y>20\d\d)", r"(?<![\d/.])(?P<m>\d{1,2})"
_M_WORD = rf"(?<![가-힣\d])(?P<m>{any_of(_MONTHS)})월"
_D = rf"(?P<d>\d{{1,2}}|{any_of(word for word, n in SINO.items() if n <= 31)})\s?일"
_LONG_DAY = any_of(word for word, n in SINO.items() if 11 <= n <= 31)
"""Spelled days long enough to be nothing else; 오일 and 삼일 are other words too."""
_D2 = r"(?P<d>\d{1,2})\s?일?\s?[~-]\s?(?P<d2>\d{1,2})"
_WEEKDAY = r"(?P<day>[월화수목금토일])(?:요일|욜)날?"
_IN_BRACKETS = r"(?:\s?\([월화수목금토일](?:요일)?\))?"
_PART = r"(?:\s?(?P<part>초(?=$|[^가-힣]|[에부쯤까순])|중순|하순|말일|말(?!고|하|씀)))?"
_NTH_ANY = rf"(?P<n>(?<![가-힣])(?:{_NTH_WORD})|(?<!\d)[1-5]\s?번?째)"
_NO_DAY = (
    r"(?!\s?(?:간|동안|째|차|당|이상|이하|이내|최대|연속|정도|만에|치|짜리|에\s?(?:한|두|세|몇|\d)|\d+\s?(?:시간|회|봉|번|건|개))"
    r"|정|상|반|본|장|학)"
)
_NO_POINT = r"(?!\d|\.\d|\s?(?:시간|점|배|퍼|%|kg|km|cm|개|살|명|초|분|층|만|천|억|원))"
_WEEK_END = r"(?=$|[^가-힣]|[에부까쯤중안내동월화수목금토일도는엔은의이나랑로평마봉뭐할꺼거것]|말고|주말)"
_LETTERS_END = r"(?:요일|욜)?날?(?=$|[^가-힣]|[에마부까은는도만로중]|오전|오후|저녁|아침|밤|낮)"
_MONTH_END = r"(?=$|[^가-힣]|[에부까달의도은는이한안중])"
_SOON = r"(?=\s?이?\s?(?:끝|마치|지나|기간|전(?:에|까지|날)|전(?![가-힣])|다음\s?날|이후|후|때|고사))"
_BEFORE_THE_DAY = re.compile(
    r"(?:에|까지)?(?:는|도|만|라도)?\s?(?:취소(?!한|했|된)|알림|안내|리마인|빼도|빠져도|못\s?간다고)|까지|에?\s?알려"
)
_NAMED_BEFORE = re.compile(r"(?:월|방학|학기)\s?$")
_IN_WEEKS = re.compile(r"주일")
_A_WEEKDAY_NEXT = re.compile(r"(?:에|의)?\s?(?:[월화수목금토일](?:요일|욜)|주말|평일)")
_WEEK_BEFORE = re.compile(rf"(?:(?:{_REL})\s?(?:주|쭈)|금주|차주|매주)(?:에)?\s?$")
_LETTERS = "[월화수목금토일]"
_CLEAR_DAYS = spaced(word for word in _DAYS if word not in ("그제", "금일", "내일", "모레", "낼")).pattern
_UNCLEAR_EVENTS = {
    "방학",
    "설",
    "시험",
    "중간",
    "기말",
    "연말",
    "신정",
    "새해",
    "수능",
    "겨방",
    "여방",
    "봄방",
    "봄",
    "여름",
    "가을",
    "겨울",
}
_CLEAR_EVENTS = spaced(word for word in _SPELLING.values() if word not in _UNCLEAR_EVENTS).pattern
_SEASON_BEFORE = "|".join(
    rf"(?<={word}{gap})"
    for word in ("올", "올해", "이번", "지난", "저번", "작년", "내년", "다음")
    for gap in ("", r"\s")
)

_SOURCES: tuple[tuple[str, Builder], ...] = (
    (rf"{_Y}(?P<m>0[1-9]|1[0-2])(?P<d>[0-3]\d)(?!\d)", _full_date),
    (
        rf"{_Y}\s?(?:년\s?|[-./]\s?)(?P<m>\d{{1,2}})\s?(?:월\s?|[-./]\s?)(?P<d>\d{{1,2}})(?!\d)(?:\s?일)?{_IN_BRACKETS}",
        _full_date,
    ),
    (rf"(?<![\d.])(?P<y>\d\d)\.\s?(?P<m>\d{{1,2}})\.\s?(?P<d>\d{{1,2}})(?![\d.]){_IN_BRACKETS}", _full_date),
    (rf"{_Y}[.-](?P<m>0?[1-9]|1[0-2])(?![\d.-])", _year_month),
    (rf"{_M}월\s?{_D2}\s?일", _month_day),
    (rf"{_M}월\s?{_D}{_IN_BRACKETS}", _month_day),
    (rf"(?<![가-힣\d])(?P<m>{any_of(_MONTHS)})\s?월\s?{_D}{_IN_BRACKETS}", _month_day),
    (rf"{_M}[/.]{_D2}(?![\d/:.시월])일?", _slash),
    (rf"{_M}\s?/\s?(?P<d>\d{{1,2}})(?![\d/])일?{_IN_BRACKETS}", _slash),
    (r"(?<![\d./-])(?P<m>0[1-9]|1[0-2])-(?P<d>[0-3]\d)(?![\d-])", _slash),
    (rf"{_M}\.\s?(?P<d>\d{{1,2}}){_NO_POINT}일?{_IN_BRACKETS}", _point),
    (
        rf"{_AMOUNT}\s?(?:쯤|정도)?\s?(?P<way>전|뒤|후|있다가|이따)(?=$|[^가-힣]|에|부터|쯤|까지[는도만]?\s?취소|[이인도로의])",
        _ago,
    ),
    (rf"(?P<way>최근|지난|앞으로|향후)\s?{_AMOUNT}(?:\s?(?:동안|간|치|내|사이))?", _recent),
    (rf"{_AMOUNT}\s?(?:안|이내|내)(?:에|로|의)?(?![가-힣])", _within),
    (rf"{_AMOUNT}\s?(?:치|동안|간(?!격|식|단))", _lasting),
    (rf"{_Y}\s?학년도", _school_year),
    (rf"(?P<word>{_YEAR_WORD})\s?학년도", _school_year),
    (rf"(?P<rel>{_REL})\s?학년도?(?!\s?\d)", _school_year),
    (r"(?P<rel>(?<![a-z])(?:this|next|last))\s?week(?!end)", _relative_week),
    (r"(?P<rel>(?<![a-z])(?:this|next|last))\s?month(?P<part>)", _relative_month),
    (
        r"(?<![a-z])(?P<english>(?:mon|tues|wednes|thurs|fri|satur|sun)(?:day)|mon|tues?|wed|thu(?:rs?)?|fri|sat|sun)s?(?![a-z'])",
        _english_weekday,
    ),
    (
        r"(?<![가-힣])(?P<sound>먼|튜즈|웬즈|써즈|프라이|새터|쌔러|선|썬)데이(?![트터타])",
        _weekday_by_its_sound,
    ),
    (
        r"(?<![a-z])(?P<english>january|february|march|april|june|july|august|september|october|november|december)(?![a-z])",
        _english_month,
    ),
    (rf"(?P<rel>{_REL})\s?학기", _semester),
    (r"(?<![가-힣])(?P<rel>새)\s?학기", _semester),
    (rf"(?P<rel>{_REL})\s?(?:주{_WEEK_END}|쭈)", _relative_week),
    (r"(?<![가-힣])(?P<word>금|차)주(?=$|[^가-힣]|에|중)", _relative_week),
    (rf"(?P<rel>{_REL})\s?달(?!력|라|리|성|콤){_PART}", _relative_month),
    (
        rf"(?<![가-힣])(?P<word>[이내](?=\s?달)|[금익](?=월))\s?[달월](?=$|[^가-힣]|[에의초중말부까]){_PART}",
        _relative_month,
    ),
    (rf"(?P<word>{_YEAR_WORD})\s?(?P<part>초|말)(?=$|[^가-힣]|[에까쯤부])", _part_of_year),
    (rf"(?P<word>{_YEAR_WORD})", _year),
    (r"(?<!\d)(?P<y>20\d\d|2\d)년도?(?!\s?(?:동안|간|전|뒤|후|째|생|만에))", _year),
    (rf"{_NTH_ANY}\s?주?(?:에\s?있는|에|의)?\s?{_WEEKDAY}", _nth),
    (rf"{_NTH_ANY}\s?주(?!말|소|제|문)", _nth),
    (r"(?<!\d)(?P<n>[1-5])\s?주\s?차", _nth),
    (rf"{_M}\s?[~-]\s?(?P<m2>\d{{1,2}})월", _month),
    (
        rf"{_M}월\s?(?P<d>\d{{1,2}})(?!월)(?=$|\s?[월화수목금토일](?![가-힣])|\s?[월화수목금토일](?:요일|욜)|에(?![가-힣])|\s(?![\d시개명]))",
        _month_day,
    ),
    (rf"{_M}월(?!생|호|드)(?:달(?![가-힣]))?{_PART}", _month),
    (rf"{_M_WORD}(?!\s?(?:되|돼|가|시|하|해|할|불)){_MONTH_END}{_PART}", _month),
    (rf"(?<![\d./:-]){_D2}\s?일{_NO_DAY}", _day_of_month),
    (rf"(?<![\d./:-])(?<!박)(?<!박\s)(?P<d>\d{{1,2}})\s?일{_NO_DAY}{_IN_BRACKETS}", _day_of_month),
    (rf"(?<![가-힣\d])(?P<d>{_LONG_DAY})\s?일(?=$|[^가-힣]|[에부까은이날쯤]){_NO_DAY}", _day_of_month),
    (r"(?<![가-힣])월(?P<part>초|말)(?!고)", _part_of_month),
    (rf"(?P<word>{_CLEAR_EVENTS})(?:\s?(?P<long>연휴|명절))?", _event),
    (r"(?P<word>방학)(?!동(?!안)|식|숙제|특강)", _event),
    (r"(?<![가-힣])(?P<word>설)\s?(?P<long>연휴|명절)", _event),
    (r"(?<=[년번난음]\s)(?P<word>설)(?=$|[^가-힣]|[에은는도])", _event),
    (
        r"(?<![가-힣])(?P<word>설)(?=에(?![가-힣])|\s때|\s?(?:전[에까]|쇠고|지나[고면서]|끝나[고면])|\s이후)",
        _event,
    ),
    (r"(?P<word>수능)(?:\s?시험)?(?!\s?(?:특강|완성|최저|성적|공부|등급|대비))", _event),
    (r"(?P<word>연말(?!정산)|새해(?!\s?복)|신정(?=$|[^가-힣]|[에부까]))", _event),
    (r"(?<![가-힣])(?P<word>겨방|여방|봄방)(?!문)", _event),
    (rf"(?P<word>시험|중간|기말)(?:\s?기간)?{_SOON}", _event),
    (rf"(?:(?<![가-힣])(?=..?(?:에|철|동안))|{_SEASON_BEFORE})(?P<word>봄|여름|가을|겨울)", _event),
    (r"(?<![가-힣])(?:황금\s?)?연휴", _long_holiday),
    (
        r"(?P<instead>대체\s?(?:공휴일|휴일|휴무일?))|(?<![가-힣])(?:법정\s?)?공휴일|(?<![가-힣])빨간\s?날",
        _public_holiday,
    ),
    (rf"(?P<word>{_CLEAR_DAYS})(?!의집)", _relative_day),
    (r"(?<![가-힣])(?P<word>그제|금일)(?=$|[^가-힣]|[에부까])", _relative_day),
    (r"(?:(?<![가-힣])|(?<=[에서랑은는도나일]))(?P<word>내일|모레)(?!정|러)", _relative_day),
    (
        r"(?:(?<![가-힣])|(?<=오늘))(?P<word>낼)(?=$|[^가-힣]|[은부까도이오아저쯤할봉갈뭐꺼거것])",
        _relative_day,
    ),
    (
        rf"(?:(?<![가-힣])|(?<=주))(?P<a>{_LETTERS})(?:요일|욜)?\s?[~-]\s?(?P<b>{_LETTERS})(?:요일|욜)?(?=$|[^가-힣]|[에까은는도만])",
        _weekday_span,
    ),
    (r"(?<![a-z])(?P<days>weekend|weekday|wknd)s?(?![a-z])", _weekdays),
    (
        r"(?:(?<!좋은\s)(?<!즐거운\s)(?<!행복한\s)|(?=주말\s?(?:에|봉사)))(?P<days>주말|평일|주중|위켄드)(?!고)(?:\s?마다)?",
        _weekdays,
    ),
    (r"(?<![가-힣])(?P<days>놀토|불금)(?:\s?마다)?", _weekdays),
    (rf"(?P<days>{_LETTERS}{{1,5}})(?:요일|욜)(?:날|일)?(?:\s?마다)?", _weekdays),
    (
        rf"(?<![가-힣])(?P<days>{_LETTERS}(?:\s?[,/·&]\s?{_LETTERS}){{1,5}}){_LETTERS_END}(?:\s?마다)?",
        _weekdays,
    ),
    (
        rf"(?<![가-힣])(?P<days>토\s?일|금토일?|월수금|화목토|목금토|월화수(?:목금)?|화수목|월화|화수|수목|목금|월수|월금|화금){_LETTERS_END}(?:\s?마다)?",
        _weekdays,
    ),
    (r"(?<![가-힣\d])(?P<days>토)(?=\s*$|\s?(?:오전|오후|아침|저녁))", _weekdays),
    (rf"(?P<days>{_LETTERS}{{1,7}}){_LETTERS_END}(?:\s?마다)?", _weekday_letters),
    (rf"매주(?=\s?(?:{_LETTERS}|주말|평일))|매(?=\s?주말)", _every),
    (rf"(?P<rel>{_REL}|올)(?=\s?[가-힣\d]|\s[a-z]+)", _which),
)
_RULES: tuple[tuple[re.Pattern[str], Builder], ...] = tuple((re.compile(p), build) for p, build in _SOURCES)
_ANY_RULE = re.compile(
    "|".join(rf"(?P<r{i}>{re.sub(r'[(][?]P<[a-z0-9]+>', '(?:', p)})" for i, (p, _) in enumerate(_SOURCES))
)
