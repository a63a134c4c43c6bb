"""From words to a search: region, date, time, field, host, grade and age, in any mix."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import time, timedelta

from bot.context import Context
from bot.dates import DateRange, parse_dates
from bot.fields import find_fields
from bot.people import find_ages, find_grades
from bot.places import as_stored
from bot.regions import RegionFound, find_regions
from bot.searches import for_member, from_data, in_regions, own_region
from bot.times import TimeRange, parse_times
from models.members import Level
from models.search import ProgramQuery


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


def _words(ctx: Context) -> tuple[str, ...]:
    named = (*ctx.parsed.words("program"), *ctx.parsed.words("host"))
    return tuple(dict.fromkeys(as_stored(ctx.db, words, ctx.now.date()) for words in named))


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
    for found in parse_times(ctx.turn.words, ctx.now):
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
