"""When an alert may go: whatever the hours, never in a closed one, and never later than it must."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from alerts.kinds import KINDS, Window
from alerts.windows import Span, earliest
from models.clock import SEOUL
from models.rules import Rules

RULES = Rules()
QUIET: Span = (RULES.quiet_from, RULES.quiet_until)
NONE: Span = (time(3), time(3))
MINUTE = timedelta(minutes=1)
DAY = 24 * 60
"""Minutes."""

minutes = st.integers(0, DAY - 1).map(lambda minute: time(minute // 60, minute % 60))
spans = st.tuples(minutes, minutes).filter(lambda span: span[0] != span[1])
moments = st.integers(0, 400 * DAY).map(lambda n: datetime(2026, 1, 1, tzinfo=SEOUL) + n * MINUTE)


def at(hour: int, minute: int = 0, day: int = 23) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=SEOUL)


def minute_of(moment: time | datetime) -> int:
    return moment.hour * 60 + moment.minute


def of(span: Span) -> set[int]:
    """Return the minutes of the day that a span holds."""
    start, length = minute_of(span[0]), minute_of(span[1]) - minute_of(span[0])
    return {(start + n) % DAY for n in range(length % DAY)}


AFTER_SLOT = of((RULES.d1_until, RULES.quiet_until))
NIGHT = of((RULES.advertising_until, RULES.advertising_from))


def closed(window: Window, quiet: Span) -> set[int]:
    """Return the minutes in which an alert may not go, from the rules as they are written."""
    if window is Window.AT_ONCE:
        return set()
    if window is Window.ADVERTISING:
        return of(quiet) | NIGHT
    if window is Window.EVENING:
        return of(quiet) | AFTER_SLOT
    return of(quiet)


@settings(deadline=None)
@given(st.sampled_from([Window.DAYTIME, Window.EVENING]), moments, spans)
def test_an_alert_never_goes_in_a_closed_hour_whatever_the_persons_own_quiet_hours(
    window: Window, now: datetime, quiet: Span
) -> None:
    assume(len(closed(window, quiet)) < DAY)
    due = earliest(window, now, RULES, quiet)
    assert now <= due <= now + timedelta(days=2)
    assert minute_of(due) not in closed(window, quiet)


@settings(deadline=None)
@given(moments, spans)
def test_advertising_never_goes_at_night_nor_in_quiet_hours(now: datetime, quiet: Span) -> None:
    assume(len(of(quiet) | NIGHT) < DAY)
    due = earliest(Window.ADVERTISING, now, RULES, quiet)
    assert time(8) <= due.time() < time(20, 50)
    assert minute_of(due) not in of(quiet)


@settings(deadline=None)
@given(moments)
def test_who_is_only_free_at_night_never_gets_advertising(now: datetime) -> None:
    assert earliest(Window.ADVERTISING, now, RULES, (time(7), time(21))) > now


@settings(deadline=None)
@given(st.sampled_from(list(Window)), moments, spans)
def test_what_may_go_now_goes_now(window: Window, now: datetime, quiet: Span) -> None:
    if minute_of(now) not in closed(window, quiet):
        assert earliest(window, now, RULES, quiet) == now


@settings(deadline=None)
@given(moments, spans)
def test_nothing_waits_longer_than_the_quiet_hours_last(now: datetime, quiet: Span) -> None:
    due = earliest(Window.DAYTIME, now, RULES, quiet)
    assert due == now or (
        due.time() == quiet[1] and minute_of(now) in of(quiet) and due - now < timedelta(days=1)
    )


@settings(deadline=None)
@given(moments, spans)
def test_security_goes_at_any_hour(now: datetime, quiet: Span) -> None:
    assert earliest(Window.AT_ONCE, now, RULES, quiet) == now


@pytest.mark.parametrize(
    ("now", "due"),
    [
        (at(20, 59), at(20, 59)),
        (at(21), at(8, day=24)),
        (at(23, 59), at(8, day=24)),
        (at(0), at(8)),
        (at(7, 59), at(8)),
        (at(8), at(8)),
    ],
)
def test_over_midnight_the_night_ends_in_the_morning(now: datetime, due: datetime) -> None:
    assert earliest(Window.DAYTIME, now, RULES, QUIET) == due


@pytest.mark.parametrize(
    ("now", "due"),
    [
        (at(17), at(17)),
        (at(19, 59), at(19, 59)),
        (at(20), at(8, day=24)),
        (at(2), at(8)),
    ],
)
def test_a_reminder_that_missed_its_slot_goes_early_on_the_day_itself(now: datetime, due: datetime) -> None:
    assert earliest(Window.EVENING, now, RULES, QUIET) == due


@pytest.mark.parametrize(
    ("quiet", "due"),
    [
        ((time(16), time(18)), at(18)),
        ((time(16), time(7)), at(8, day=24)),
        ((time(17), time(20)), at(8, day=24)),
        ((time(18), time(7)), at(17)),
    ],
    ids=["part of the slot", "from the afternoon on", "the slot itself", "from within the slot on"],
)
def test_who_has_no_time_in_the_evening_slot_is_reminded_after_the_night(quiet: Span, due: datetime) -> None:
    assert earliest(Window.EVENING, at(17), RULES, quiet) == due
    assert earliest(Window.EVENING, due, RULES, quiet) == due


@pytest.mark.parametrize(("now", "due"), [(at(20, 49), at(20, 49)), (at(20, 50), at(8, day=24))])
def test_advertising_ends_ten_minutes_before_the_night(now: datetime, due: datetime) -> None:
    assert earliest(Window.ADVERTISING, now, RULES, NONE) == due


def test_own_quiet_hours_narrow_the_day_for_advertising_and_never_widen_it() -> None:
    assert earliest(Window.ADVERTISING, at(9), RULES, (time(12), time(15))) == at(9)
    assert earliest(Window.ADVERTISING, at(12), RULES, (time(12), time(15))) == at(15)
    assert earliest(Window.ADVERTISING, at(22), RULES, (time(12), time(15))) == at(8, day=24)
    assert earliest(Window.ADVERTISING, at(19), RULES, (time(19), time(10))) == at(10, day=24)


def test_only_recommendations_are_advertising_and_only_security_goes_at_once() -> None:
    assert {number for number, kind in KINDS.items() if kind.advertising} == {10, 11}
    assert {number for number, kind in KINDS.items() if kind.window is Window.AT_ONCE} == {1, 9}
    assert [number for number, kind in KINDS.items() if kind.window is Window.EVENING] == [5]
