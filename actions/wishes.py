"""From words to a search: region, date, time, field, host, grade and age, in any mix.

A search also travels inside buttons (더 보기, 넓혀 보기), as flat data, so that it works without memory.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from typing import Any

from bot.context import Context
from bot.dates import DateRange, parse_dates
from bot.fields import find_fields
from bot.people import find_ages, find_grades
from bot.regions import RegionFound, find_regions
from bot.replies import Data, Scalar
from bot.times import TimeRange, parse_times
from bot.wording import WEEKDAYS, clock, days
from models.codes import FIELDS, Region, region_by_codes
from models.members import Level, Member
from models.search import ProgramQuery

_ANY_TIME = time(0)


@dataclass(frozen=True, slots=True)
class Wish:
    """A search, and the region that has to be asked about first, if any."""

    query: ProgramQuery
    unclear: RegionFound | None = None


def wish_of(ctx: Context) -> Wish:
    """Return what the message looks for; what a button carried when it was one."""
    if ctx.data:
        return Wish(from_data(ctx.data))
    query = _for_person(ProgramQuery(), ctx)
    query = replace(query, words=_words(ctx), field_codes=_fields(ctx))
    query = _when(query, ctx)
    return _where(query, ctx)


def _for_person(query: ProgramQuery, ctx: Context) -> ProgramQuery:
    """Look for what the named grade or age may do, otherwise for what the member may."""
    text = ctx.turn.words
    for found in find_grades(text):
        if found.value.now.level is not None:
            return replace(query, level=int(Level[found.value.now.level.upper()]))
    for age in find_ages(text):
        return replace(query, age=age.value, level=int(_level_at(age.value)))
    return for_member(query, ctx.member, ctx.now.date())


def _level_at(age: int) -> Level:
    """Return the school level most people of that age are in."""
    levels = ((13, Level.ELEMENTARY), (16, Level.MIDDLE), (19, Level.HIGH))
    return next((level for until, level in levels if age < until), Level.UNIVERSITY)


def for_member(query: ProgramQuery, member: Member | None, today: date) -> ProgramQuery:
    """Limit a search to what the member may apply for."""
    if member is None or member.role != "youth":
        return query
    return replace(query, level=member.level, age=member.age(today))


def _words(ctx: Context) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*ctx.parsed.words("program"), *ctx.parsed.words("host"))))


def _fields(ctx: Context) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found.value for found in find_fields(ctx.turn.words)))


def _when(query: ProgramQuery, ctx: Context) -> ProgramQuery:
    spans = [found.value for found in parse_dates(ctx.turn.words, ctx.now)]
    if spans:
        query = replace(
            query,
            first_day=min(span.start for span in spans),
            last_day=max(span.end for span in spans),
            weekdays=_weekdays(spans),
        )
    for found in parse_times(ctx.turn.words):
        return replace(query, begins_from=found.value.start, begins_before=_before(found.value))
    return query


def _before(times: TimeRange) -> time:
    """Return until when an activity may begin: a moment (2시) stands for the hour after it."""
    if times.start != times.end:
        return times.end
    return times.start.replace(hour=times.start.hour + 1) if times.start.hour < 23 else time.max


def _weekdays(spans: list[DateRange]) -> frozenset[int]:
    """Return the weekdays asked for; several separate days within one week are weekdays too (금토)."""
    named: frozenset[int] = frozenset().union(*(d.weekdays for d in spans))
    if named or len(spans) == 1:
        return named
    each = {d.start + timedelta(n) for d in spans for n in range(min(7, (d.end - d.start).days + 1))}
    return frozenset(day.weekday() for day in each) if len(each) < 7 else frozenset()


def _where(query: ProgramQuery, ctx: Context) -> Wish:
    found = find_regions(ctx.turn.words)
    unclear = next((each for each in found if each.ambiguous), None)
    if unclear is not None:
        return Wish(query, unclear)
    regions = [region for each in found for region in each.regions]
    if any(each.near_me for each in found):
        regions += own_region(ctx.member)
    return Wish(in_regions(query, regions))


def own_region(member: Member | None) -> list[Region]:
    """Return the member's own region, none when unknown."""
    region = region_by_codes(member.sido_code, member.sigungu_code) if member and member.sido_code else None
    return [region] if region else []


def in_regions(query: ProgramQuery, regions: list[Region]) -> ProgramQuery:
    """Limit a search to regions; a 시도 as a whole only where no 시군구 of any is named."""
    sigungu = tuple(r.sigungu_code for r in regions if r.sigungu_code)
    return replace(
        query, sigungu_codes=sigungu, sido_codes=tuple(dict.fromkeys(r.sido_code for r in regions))
    )


_LISTS = ("sido_codes", "sigungu_codes", "field_codes", "words")
_DAYS = ("first_day", "last_day")
_TIMES = ("begins_from", "begins_before")
_NUMBERS = ("level", "age")
_LONGEST_PART, _MOST_PARTS = 50, 10


def to_data(query: ProgramQuery) -> dict[str, Scalar]:
    """Return the search as flat data for a button; what is not limited is left out."""
    data: dict[str, Scalar] = {name: "|".join(getattr(query, name)) for name in _LISTS}
    data |= {name: value.isoformat() for name in (*_DAYS, *_TIMES) if (value := getattr(query, name))}
    data |= {name: value for name in _NUMBERS if (value := getattr(query, name)) is not None}
    data["weekdays"] = "".join(map(str, sorted(query.weekdays)))
    return {name: value for name, value in data.items() if value != ""}


def from_data(data: Data) -> ProgramQuery:
    """Return the search a button carried. What cannot be read is not limited: a sender may be hostile."""
    values: dict[str, Any] = {name: _parts(data.get(name)) for name in _LISTS}
    values |= {name: _number(data.get(name)) for name in _NUMBERS}
    values |= {name: _parsed(date, data.get(name)) for name in _DAYS}
    values |= {name: _parsed(time, data.get(name)) for name in _TIMES}
    weekdays = frozenset(int(c) for c in str(data.get("weekdays", "")) if c in "0123456")
    return ProgramQuery(weekdays=weekdays, **values)


def _parts(value: object) -> tuple[str, ...]:
    return tuple(part[:_LONGEST_PART] for part in str(value or "").split("|") if part)[:_MOST_PARTS]


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 200 else None


def _parsed(kind: type[date] | type[time], value: object) -> date | time | None:
    try:
        return kind.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def said(query: ProgramQuery, today: date) -> str:
    """Return a search in a few words: 서울 마포구 · 11월 28일(토) · 환경·생태계보호."""
    parts = [*_said_where(query), *_said_when(query, today)]
    parts += [FIELDS[code] for code in query.field_codes if code in FIELDS][:2]
    parts += [f"'{word}'" for word in query.words]
    return " · ".join(parts)


def _said_where(query: ProgramQuery) -> list[str]:
    codes = query.sigungu_codes or query.sido_codes
    sido = query.sido_codes[0] if query.sido_codes else ""
    regions = [
        region_by_codes(code, None) if not query.sigungu_codes else region_by_codes(sido, code)
        for code in codes
    ]
    return ["/".join(region.short_name for region in regions[:2] if region)] if codes else []


def _said_when(query: ProgramQuery, today: date) -> list[str]:
    parts = []
    if query.first_day and query.last_day:
        parts.append(days(query.first_day, query.last_day, today))
    if query.weekdays:
        parts.append("".join(WEEKDAYS[n] for n in sorted(query.weekdays)) + "요일")
    if query.begins_from and query.begins_from > _ANY_TIME:
        parts.append(f"{clock(query.begins_from)}부터")
    return parts
