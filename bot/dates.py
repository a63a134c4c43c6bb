"""Days, weeks and spans of days in Korean words, relative to now.

A text is read in four steps: pieces are found (12월, 둘째 토요일, 다음 주; see ``bot.data.date_words``), pieces that narrow
one another are put together (다음 주 + 화요일), of what comes every year, month or week one occurrence is chosen, and
pairs are joined (7월부터 9월까지). What each school decides for itself (vacations, exams) has defaults in
``data/calendar.json``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache

from bot.data import Found, declined, plain
from bot.data.calendar import DAY, DateRange, one_day, school_year_of, week_of
from bot.data.date_words import Piece, Prefer, lasting_from, pieces
from bot.spelling import mended

__all__ = ["DateRange", "Prefer", "impossible_dates", "moved_dates", "parse_dates"]

HORIZON_DAYS = 90
"""How far an open end reaches: 다음 주부터, 평일, 매주 토요일."""
FARTHEST_DAYS = 400
"""What comes again farther ahead than this is not meant: 29 February before a common year."""

SAME_WEEK = 12
"""Within so many characters a weekday is of the week named before: 다음 주 화요일 오후나 목요일 오전."""
MONTHLY = 24
"""A cycle with more spans than this comes every month: 26일 after 12월 25일 is in December."""


def parse_dates(text: str, now: datetime, prefer: Prefer = "future") -> list[Found[DateRange]]:
    """Return the days named in ``text``, in order.

    ``prefer`` chooses between what is to come (searching) and what is over (hours): 토요일, 7월, 12/3. Weeks run from
    Monday to Sunday. Of more than a week, 주말 or 평일 are kept as ``weekdays``; within one they are taken out.
    What is ruled out (토요일 말고) and what does not exist (2월 30일) is left out.
    """
    written = plain(text)
    words = mended(written)
    found: list[Found[DateRange]] = []
    for read in _read(words, now.date(), prefer):
        if read.value and not declined(words, read.end) and not (found and found[-1].value == read.value):
            found.append(Found(read.value, read.start, read.end, written[read.start : read.end]))
    return found


def impossible_dates(text: str, now: datetime) -> list[Found[str]]:
    """Return the days in ``text`` that the calendar does not have (2월 30일), as they are written."""
    words = plain(text)
    reads = (read for read in _read(words, now.date(), "future") if read.value is None)
    return [Found(words[r.start : r.end], r.start, r.end, words[r.start : r.end]) for r in reads]


_MOVED = re.compile(
    r"(?:말고|에서|대신)(?=.{0,40}?로\s?(?:옮|바꾸|바꿔|바꿀|바뀌|변경|갈아|미루|미뤄|미룰|당기|당겨|가고\s?싶))",
    re.DOTALL,
)


def moved_dates(text: str, now: datetime) -> tuple[list[Found[DateRange]], list[Found[DateRange]]]:
    """Return the days somebody moves from and those moved to: 토요일 말고 일요일로 옮겨줘; two empty lists without a move.

    The days moved from are what is given up, so here 말고 rules nothing out.
    """
    words = plain(text)
    moved = _MOVED.search(words)
    if not moved:
        return [], []
    apart = words[: moved.start()] + "|" * len(moved.group()) + words[moved.end() :]
    found = [replace(f, text=words[f.start : f.end]) for f in parse_dates(apart, now)]
    left = [each for each in found if each.end <= moved.start()]
    return (left, found[len(left) :]) if left else ([], [])


@dataclass(frozen=True, slots=True)
class _Reading:
    """What was read at a place; None is a day that does not exist."""

    value: DateRange | None
    start: int
    end: int


def _read(words: str, today: date, prefer: Prefer) -> Iterator[_Reading]:
    found = _united(words, _followed_up(words, pieces(words, today, prefer)))
    together = [
        each for each in _together(words, found, today, prefer) if each.kind not in ("which", "every")
    ]
    return _joined(words, together, today, prefer)


# Putting together.

_EVE, _NEXT_DAY = re.compile(r"\s?(?:의\s?)?전날"), re.compile(r"\s?(?:의\s?)?다음\s?날")
_OVER = re.compile(
    r"\s?[이도은]?\s?(?:끝나고|끝난|끝나면|끝나는|끝났(?:고|는데|으니까?|어요?|음|다|지)|마치고|지나고|지나서)"
    r"(?:\s?(?:나서|뒤|후))?(?:에|로)?"
)
_EVENT_OVER = re.compile(r"\s?(?:끝|이후|후|뒤)(?:에|로)?(?![가-힣])")
_EDGE_WEEK = re.compile(r"\s?(?:첫\s?(?:째\s?|번째\s?)?|마지막\s?)주(?!말)")
_EDGE_DAY = re.compile(r"\s?(?:의\s?)?(?:마지막|첫)\s?날")
_WEEK_OF = re.compile(r"\s?(?:이?\s?있는\s?)?(?:주간|주)(?=$|[^가-힣]|에)")
_WEEK_OF = re.compile(r"\s?(?:이?\s?있는\s?주|주간)(?=$|[^가-힣]|에)")
_LIST_GAP = re.compile(r"\s?[,/·&]?\s?(?:이랑|랑|하고|와|과|이나|나|또는)?\s?")
_GAP = re.compile(r"\s?(?:에는|에|의|중에|중|동안에|동안|때|날|기간)?\s?")


def _followed_up(words: str, found: Iterable[Piece]) -> Iterator[Piece]:
    """Apply 전날, 다음 날, 주간, 끝나고 to what they follow."""
    end = 0
    for piece in found:
        if piece.start >= end:
            changed = _followed(words, piece) if piece.spans else piece
            end = changed.end
            yield changed


def _followed(words: str, piece: Piece) -> Piece:
    days = piece.after_days or HORIZON_DAYS
    if match := _EVE.match(words, piece.end):
        spans = [one_day(span.start - DAY) for span in piece.spans]
    elif match := _NEXT_DAY.match(words, piece.end):
        spans = [one_day(span.end + DAY) for span in piece.spans]
    elif piece.after_days and (match := _EDGE_WEEK.match(words, piece.end)):
        spans = [_edge_week(span, first="첫" in match.group()) for span in piece.spans]
    elif match := _EDGE_DAY.match(words, piece.end):
        spans = [one_day(span.end if "마지막" in match.group() else span.start) for span in piece.spans]
    elif match := _WEEK_OF.match(words, piece.end):
        spans = [week_of(span.start) for span in piece.spans]
    elif match := _OVER.match(words, piece.end) or (
        _EVENT_OVER.match(words, piece.end) if piece.after_days else None
    ):
        spans = [DateRange(span.end + DAY, span.end + DAY * days) for span in piece.spans]
    else:
        return piece
    return replace(piece, spans=tuple(spans), end=match.end(), after_days=0)


def _edge_week(span: DateRange, *, first: bool) -> DateRange:
    """Return the first or last seven days of a vacation."""
    return DateRange(span.start, span.start + DAY * 6) if first else DateRange(span.end - DAY * 6, span.end)


def _united(words: str, found: Iterable[Piece]) -> list[Piece]:
    """Make one of weekdays named side by side: 토요일이나 일요일."""
    united: list[Piece] = []
    for piece in found:
        last = united[-1] if united else None
        if last and last.kind == piece.kind == "days" and _is_gap(_LIST_GAP, words, last, piece):
            united[-1] = replace(
                piece, days=last.days | piece.days, every=last.every or piece.every, start=last.start
            )
        else:
            united.append(piece)
    return united


def _together(words: str, found: Iterable[Piece], today: date, prefer: Prefer) -> list[Piece]:
    together: list[Piece] = []
    week: Piece | None = None
    for piece in found:
        base = together[-1] if together and _is_gap(_GAP, words, together[-1], piece) else None
        narrowed = _narrowed(base, piece, today, prefer) if base else None
        if base and narrowed:
            together[-1] = replace(narrowed, start=base.start, end=piece.end)
            week = replace(base, end=piece.end) if base.kind == "week" else None
        elif week and piece.kind == "days" and not piece.every and piece.start - week.end <= SAME_WEEK:
            same = _narrowed(week, piece, today, prefer) or piece
            together.append(replace(same, start=piece.start, end=piece.end))
        else:
            together.append(piece)
    return together


def _narrowed(base: Piece, piece: Piece, today: date, prefer: Prefer) -> Piece | None:
    """Return what ``piece`` means inside ``base``, None when they have nothing to do with each other."""
    if base.kind == "every":
        return replace(piece, every=True) if piece.kind == "days" else None
    if base.kind == "which":
        return _the_one_meant(base.shift, piece, today, prefer)
    if piece.kind == "days" and base.kind == "week":
        return _only(_of_week(base.shift, piece.days, today, prefer))
    if piece.kind == "days" and base.spans:
        return replace(base, spans=tuple(_picked(span, piece.days) for span in base.spans))
    if piece.kind == "cycle" and base.spans and base.kind != "week":
        return _inside(base, piece, today, prefer)
    return None


def _only(span: DateRange) -> Piece:
    return Piece("span", (span,))


def _the_one_meant(shift: int, piece: Piece, today: date, prefer: Prefer) -> Piece | None:
    """Return 지난, 이번 or 다음 토요일 or 방학: the last before today, the one by ``prefer``, the first after."""
    if piece.kind == "days":
        before = [span for week in (0, -1) if (span := _picked(_week(today, week), piece.days)).end < today]
        return _only(before[0] if shift == -1 else _of_week(shift, piece.days, today, prefer))
    if piece.kind != "cycle" or not shift:
        return piece if piece.kind == "cycle" else None
    before = [span for span in reversed(piece.spans) if span.end < today]
    after = [span for span in piece.spans if span.start > today]
    ordered = before if shift < 0 else after
    return _only(ordered[abs(shift) - 1]) if len(ordered) >= abs(shift) else None


def _week(today: date, shift: int) -> DateRange:
    return week_of(today + DAY * 7 * shift)


def _of_week(shift: int, days: frozenset[int], today: date, prefer: Prefer) -> DateRange:
    """Return weekdays of a week. When this week's are over, who looks ahead means the next ones."""
    picked = _picked(_week(today, shift), days)
    if shift or prefer == "past":
        return picked
    return (
        replace(picked, start=max(picked.start, today))
        if picked.end >= today
        else _picked(_week(today, 1), days)
    )


def _picked(span: DateRange, days: frozenset[int]) -> DateRange:
    """Return the weekdays of a span: taken out of a week, noted in a longer one; one day stays as it is."""
    if span.length > 7:
        return replace(span, weekdays=days)
    picked = [day for i in range(span.length) if (day := span.start + DAY * i).weekday() in days]
    if span.length == 1 or not picked:
        return span
    whole = DateRange(picked[0], picked[-1])
    return whole if whole.length == len(picked) else replace(whole, weekdays=days)


def _inside(base: Piece, piece: Piece, today: date, prefer: Prefer) -> Piece | None:
    """Return what of a cycle lies in ``base``; a day its month or year does not have (이번 달 31일) is impossible."""
    if piece.spans and base.spans[0].length <= piece.spans[0].length:
        return None
    kept = _those_inside(base.spans, piece.spans)
    if not kept:
        return replace(piece, spans=()) if _is_month_or_year(base.spans[0]) else None
    if base.kind == "span":
        return replace(piece, kind="span", spans=(_next_or_last(kept, today, prefer) or kept[-1],))
    return replace(piece, spans=kept)


@lru_cache(maxsize=256)
def _those_inside(outer: tuple[DateRange, ...], spans: tuple[DateRange, ...]) -> tuple[DateRange, ...]:
    return tuple(span for span in spans if any(_anchor(span) in each for each in outer))


def _anchor(span: DateRange) -> date:
    """Return the day that decides to which month or year a span belongs: the Thursday of a week, else its first."""
    return span.start + DAY * 3 if span.length == 7 else span.start


def _is_month_or_year(span: DateRange) -> bool:
    return span.start.day == 1 and (span.end + DAY).day == 1


# Choosing and joining.

_TO = re.compile(r"\s?(?:부터|에서|~|-)\s?")
_UNTIL = re.compile(r"\s?(?:까지|사이)")
_OPEN_END = re.compile(
    r"\s?(?:(?P<since>부터|이후)|(?P<until>까지)|(?P<before>이전|전(?=$|[^가-힣]|에|까지))|(?P<within>안에|안으로|내로|내에|이?\s?(?:끝나|지나|가)기\s?전|이?\s?끝날\s?때))"
    r"(?:까지|로|에)?"
)


def _joined(words: str, found: list[Piece], today: date, prefer: Prefer) -> Iterator[_Reading]:
    at, before = 0, _Reading(None, 0, 0)
    while at < len(found):
        before, used = _range(words, found[at : at + 3], before, today, prefer)
        yield before
        at += used


def _range(
    words: str, found: list[Piece], before: _Reading, today: date, prefer: Prefer
) -> tuple[_Reading, int]:
    """Return what the first of up to three pieces means, alone or joined with those after it, and how many it took."""
    first, *rest = found
    value = _chosen(first, today, prefer)
    if before.value and len(first.spans) > MONTHLY and _LIST_GAP.fullmatch(words, before.end, first.start):
        value = _chosen(first, before.value.start, "future")
    if not value:
        return _Reading(None, first.start, first.end), 1
    last = _chosen(rest[0], value.start, "future") if rest and _is_gap(_TO, words, first, rest[0]) else None
    if not last or last.end < value.start:
        return _opened(words, first, value, today, prefer), 1
    until = _UNTIL.match(words, rest[0].end)
    reading = _Reading(DateRange(value.start, last.end), first.start, until.end() if until else rest[0].end)
    return _on_days_after(words, reading, rest[1:])


def _is_gap(gap: re.Pattern[str], words: str, first: Piece, second: Piece) -> bool:
    return gap.fullmatch(words, first.end, second.start) is not None


def _on_days_after(words: str, reading: _Reading, rest: list[Piece]) -> tuple[_Reading, int]:
    """Narrow 7월부터 9월까지 by weekdays named after it."""
    if (
        reading.value
        and rest
        and rest[0].kind == "days"
        and _GAP.fullmatch(words, reading.end, rest[0].start)
    ):
        return _Reading(_picked(reading.value, rest[0].days), reading.start, rest[0].end), 3
    return reading, 2


def _chosen(piece: Piece, today: date, prefer: Prefer) -> DateRange | None:
    if piece.kind == "days":
        return _next_days(piece, today, prefer)
    return piece.spans[0] if piece.kind != "cycle" else _next_or_last(piece.spans, today, prefer)


def _next_or_last(spans: tuple[DateRange, ...], today: date, prefer: Prefer) -> DateRange | None:
    if prefer == "past":
        return next((span for span in reversed(spans) if span.start <= today), None)
    ahead = next((span for span in spans if span.end >= today), None)
    return ahead if ahead and (ahead.start - today).days <= FARTHEST_DAYS else None


def _next_days(piece: Piece, today: date, prefer: Prefer) -> DateRange:
    """Return weekdays by themselves: the next or last ones, or every one of them when they are many or 매주."""
    this_week = _picked(_week(today, 0), piece.days)
    if piece.every or this_week.weekdays or this_week.length > 3:
        return DateRange(*_reach(today, prefer), piece.days)
    if prefer == "past":
        return this_week if this_week.start <= today else _picked(_week(today, -1), piece.days)
    return _of_week(0, piece.days, today, prefer)


def _reach(today: date, prefer: Prefer) -> tuple[date, date]:
    """Return how far an open end reaches: from the school year's beginning, or some months ahead."""
    return (school_year_of(today).start, today) if prefer == "past" else (today, today + DAY * HORIZON_DAYS)


def _opened(words: str, piece: Piece, value: DateRange, today: date, prefer: Prefer) -> _Reading:
    """Apply 부터, 까지, 전에, 안에 to the last of what was read."""
    match = _OPEN_END.match(words, piece.end)
    if not match:
        return _Reading(value, piece.start, piece.end)
    if match["since"] and (lasting := lasting_from(words, match.end(), value.start)):
        return _Reading(DateRange(value.start, lasting[0]), piece.start, lasting[1])
    if match["since"]:
        start, end = value.start, today if prefer == "past" else value.start + DAY * HORIZON_DAYS
    else:
        start = today if prefer == "future" else school_year_of(value.end).start
        end = value.start - DAY if match["before"] else value.end
    return _Reading(DateRange(start, end) if start <= end else value, piece.start, match.end())
