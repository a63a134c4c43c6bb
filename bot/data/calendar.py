"""What the calendar holds: ranges of days, school terms, 수능, holidays by the sun and by the moon."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from holidays.countries.south_korea import SouthKorea

from bot.data import table

DAY = timedelta(days=1)
THURSDAY, SATURDAY = 3, 5

_TABLE = table("calendar")
YEARLY: dict[str, list[list[str]]] = _TABLE["yearly"]
LUNAR: dict[str, str] = _TABLE["lunar"]
AFTER_DAYS: dict[str, int] = _TABLE["after_days"]


@dataclass(frozen=True, slots=True)
class DateRange:
    """Days from ``start`` to ``end``, both included; with ``weekdays`` only those (0 is Monday)."""

    start: date
    end: date
    weekdays: frozenset[int] = frozenset()

    def iso(self) -> str:
        """Return ``2026-11-28`` or ``2026-11-23/2026-11-29``; weekdays are not part of it."""
        return f"{self.start}" if self.start == self.end else f"{self.start}/{self.end}"

    def __contains__(self, day: date) -> bool:
        return self.start <= day <= self.end and (not self.weekdays or day.weekday() in self.weekdays)

    @property
    def length(self) -> int:
        """Number of days from start to end."""
        return (self.end - self.start).days + 1


def one_day(day: date) -> DateRange:
    """Return the range of a single day."""
    return DateRange(day, day)


def days_of(year: int, month: int, first: int, last: int) -> DateRange | None:
    """Return days of one month, into the next one when ``last`` comes before ``first``; None if there are none."""
    try:
        start = date(year, month, first)
        end = (
            date(year, month, last)
            if last >= first
            else add_months(date(year, month, 1), 1).replace(day=last)
        )
    except ValueError:
        return None
    return DateRange(start, end)


def month_of(year: int, month: int) -> DateRange:
    """Return a whole month."""
    return DateRange(date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1]))


def add_months(day: date, months: int) -> date:
    """Return the day ``months`` later, the month's last where there is no such day."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def week_of(day: date) -> DateRange:
    """Return the week around a day, Monday to Sunday."""
    monday = day - DAY * day.weekday()
    return DateRange(monday, monday + DAY * 6)


def school_year_of(day: date) -> DateRange:
    """Return the school year around a day, 1 March to the last of February."""
    year = day.year - (day.month < 3)
    return DateRange(date(year, 3, 1), date(year + 1, 3, 1) - DAY)


def nth_weekday(year: int, month: int, n: int, weekday: int) -> DateRange | None:
    """Return the n-th such weekday of a month, -1 for the last; None when there are fewer."""
    whole = month_of(year, month)
    days = [day for i in range(whole.length) if (day := whole.start + DAY * i).weekday() == weekday]
    return one_day(days[n - 1 if n > 0 else n]) if abs(n) <= len(days) else None


def nth_week(year: int, month: int, n: int) -> DateRange | None:
    """Return the n-th week of a month; a week belongs to the month of its Thursday (KS X ISO 8601)."""
    thursday = nth_weekday(year, month, n, THURSDAY)
    return week_of(thursday.start) if thursday else None


def occurrences(word: str, year: int) -> Iterator[DateRange]:
    """Yield what a word of the calendar (추석, 여름방학, 수능) stands for in a year, by its beginning."""
    if word == "수능":
        yield one_day(_csat(year))
    elif word in LUNAR:
        yield from (one_day(day) for day, name in _holidays(year).items() if LUNAR[word] in name.split("; "))
    else:
        yield from (_between(year, first, last) for first, last in YEARLY[word])


def days_off_around(day: date) -> DateRange:
    """Return the run of weekends and public holidays, substitute ones included, around a day."""
    start = end = day
    while _off(start - DAY):
        start -= DAY
    while _off(end + DAY):
        end += DAY
    return DateRange(start, end)


def long_holidays(year: int) -> list[DateRange]:
    """Return the runs of three days off and more around the public holidays of a year."""
    runs = {days_off_around(day) for day in _holidays(year)}
    return sorted((run for run in runs if run.length >= 3), key=lambda run: run.start)


def public_holidays(year: int, *, instead: bool) -> list[date]:
    """Return the public holidays of a year, or only those given ``instead`` of one that fell on another day off."""
    return [day for day, name in _holidays(year).items() if not instead or "대체" in name]


def _csat(year: int) -> date:
    if str(year) in _TABLE["csat"]:
        return date.fromisoformat(f"{year}-{_TABLE['csat'][str(year)]}")
    first = date(year, 11, 1)
    return first + DAY * ((THURSDAY - first.weekday()) % 7 + 14)


def _between(year: int, first: str, last: str) -> DateRange:
    return DateRange(_day(year, first), _day(year + (last < first), last))


def _day(year: int, month_day: str) -> date:
    month, day = map(int, month_day.split("-"))
    return date(year, month, min(day, calendar.monthrange(year, month)[1]))


def _off(day: date) -> bool:
    return day.weekday() >= SATURDAY or day in _holidays(day.year)


@lru_cache(maxsize=64)
def _holidays(year: int) -> dict[date, str]:
    days = SouthKorea(years=year, language="ko")  # type: ignore[no-untyped-call]  # the library types only its factory
    return dict(sorted(days.items()))
