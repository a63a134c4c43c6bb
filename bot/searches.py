"""A search as it travels: inside a button, in a page's address, in a few words.

Buttons of old cards and addresses kept by people use the same names, so they stay as they are.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any

from bot.replies import Data, Scalar
from bot.wording import WEEKDAYS, clock, day, days
from models.codes import FIELDS, Region, region_by_codes
from models.members import Level, Member
from models.search import ProgramQuery

_ANY_TIME = time(0)
_LISTS = ("sido_codes", "sigungu_codes", "field_codes", "words")
_DAYS = ("first_day", "last_day")
_TIMES = ("begins_from", "begins_before")
_SWITCHES = ("with_seats", "only_open")
_LONGEST_PART, _MOST_PARTS, _OLDEST = 50, 10, 199
Part = tuple[tuple[str, ...], str]
"""What a search is limited to: the names of ``ProgramQuery`` that say so, and how it is said."""


def for_member(query: ProgramQuery, member: Member | None, today: date) -> ProgramQuery:
    """Limit a search to what the member may apply for."""
    if member is None or member.role != "youth":
        return query
    return replace(query, level=member.level, age=member.age(today))


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


def on_weekend(query: ProgramQuery, today: date) -> ProgramQuery:
    """Limit a search to this weekend, what is left of it."""
    saturday = today + timedelta(max(0, 5 - today.weekday()))
    sunday = saturday + timedelta(6 - saturday.weekday())
    return replace(query, first_day=saturday, last_day=sunday)


def to_data(query: ProgramQuery) -> dict[str, Scalar]:
    """Return the search as flat data; what is not limited is left out."""
    data: dict[str, Scalar] = {name: "|".join(getattr(query, name)) for name in _LISTS}
    data |= {name: value.isoformat() for name in (*_DAYS, *_TIMES) if (value := getattr(query, name))}
    data |= {name: value for name in ("level", "age") if (value := getattr(query, name)) is not None}
    data |= {name: 0 for name in _SWITCHES if not getattr(query, name)}
    data["weekdays"] = "".join(map(str, sorted(query.weekdays)))
    return {name: value for name, value in data.items() if value != ""}


def from_data(data: Data) -> ProgramQuery:
    """Return the search that flat data holds. What cannot be read is not limited: a sender may be hostile."""
    values: dict[str, Any] = {name: _parts(data.get(name)) for name in _LISTS}
    values |= {"level": _number(data.get("level"), int(Level.ALL)), "age": _number(data.get("age"), _OLDEST)}
    values |= {name: parse_moment(date, data.get(name)) for name in _DAYS}
    values |= {name: parse_moment(time, data.get(name)) for name in _TIMES}
    values |= {name: str(data.get(name, "")) != "0" for name in _SWITCHES}
    weekdays = frozenset(int(c) for c in str(data.get("weekdays", "")) if c in "0123456")
    return ProgramQuery(weekdays=weekdays, **values)


def _parts(value: object) -> tuple[str, ...]:
    text = "".join(c if c.isprintable() else " " for c in str(value or ""))
    return tuple(part[:_LONGEST_PART] for part in text.split("|") if part)[:_MOST_PARTS]


def _number(value: object, most: int) -> int | None:
    text = str(value)
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(most)) else -1
    return number if 0 <= number <= most else None


def parse_moment(kind: type[date] | type[time], value: object) -> date | time | None:
    """Return a day or time of day in ISO form, None when it is none; activities know no time zones."""
    try:
        found = kind.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return None if isinstance(found, time) and found.tzinfo else found


def said(query: ProgramQuery, today: date) -> str:
    """Return a search in a few words: 서울 마포구 · 11월 28일(토) · 환경·생태계보호."""
    return " · ".join(words for _, words in limits(query, today))


def limits(query: ProgramQuery, today: date) -> list[Part]:
    """Return what was asked for, one by one: where, when, what, which words."""
    parts = [*_where(query), *_when(query, today)]
    if fields := [FIELDS[code] for code in query.field_codes if code in FIELDS][:2]:
        parts.append((("field_codes",), " · ".join(fields)))
    if query.words:
        parts.append((("words",), " · ".join(f"'{word}'" for word in query.words)))
    return parts


def _where(query: ProgramQuery) -> list[Part]:
    codes = query.sigungu_codes or query.sido_codes
    sido = query.sido_codes[0] if query.sido_codes else ""
    regions = [
        region_by_codes(code, None) if not query.sigungu_codes else region_by_codes(sido, code)
        for code in codes
    ]
    names = "/".join(region.short_name for region in regions[:2] if region)
    return [(("sigungu_codes", "sido_codes"), names)] if names else []


def _when(query: ProgramQuery, today: date) -> list[Part]:
    parts: list[Part] = []
    if span := _span(query, today):
        parts.append((_DAYS, span))
    if query.weekdays:
        named = "·".join(WEEKDAYS[n] for n in sorted(query.weekdays)) + "요일"
        parts.append((("weekdays",), named))
    if query.begins_from and query.begins_from > _ANY_TIME:
        parts.append((_TIMES, f"{clock(query.begins_from)}부터"))
    return parts


def _span(query: ProgramQuery, today: date) -> str:
    if query.first_day and query.last_day:
        return days(query.first_day, query.last_day, today)
    if query.first_day:
        return f"{day(query.first_day, today)}부터"
    return f"{day(query.last_day, today)}까지" if query.last_day else ""
