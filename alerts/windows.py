"""When an alert may go: quiet hours, the evening slot, the night that is closed to advertising."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TypeAlias

from alerts.kinds import Window
from models.clock import SEOUL
from models.rules import Rules

Span: TypeAlias = tuple[time, time]
"""From when until when, over midnight where the end is before the beginning."""


def earliest(window: Window, now: datetime, rules: Rules, quiet: Span) -> datetime:
    """Return ``now``, or the first moment after it at which an alert of this window may go."""
    closed = _closed(window, rules, quiet)
    moment = now
    for _ in range(len(closed) + 1):  # leaving one closed span may lead into another
        moment = max((_after(span, moment) for span in closed), default=moment)
    return moment


def _closed(window: Window, rules: Rules, quiet: Span) -> list[Span]:
    if window is Window.AT_ONCE:
        return []
    if window is Window.DAYTIME:
        return [quiet]
    if window is Window.EVENING:
        # planned from the slot's beginning on; what missed its end goes early on the day itself
        return [quiet, (rules.d1_until, rules.quiet_until)]
    return [quiet, (rules.advertising_until, rules.advertising_from)]


def _after(span: Span, moment: datetime) -> datetime:
    """Return ``moment`` if it lies outside the span, else the span's end."""
    start, end = span
    clock = moment.timetz().replace(tzinfo=None)
    inside = start <= clock < end if start < end else clock >= start or clock < end
    if not inside or start == end:
        return moment
    day = moment.date() + timedelta(days=int(start > end and clock >= start))
    return datetime.combine(day, end, SEOUL)
