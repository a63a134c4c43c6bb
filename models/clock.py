"""Time is Asia/Seoul everywhere and comes from a clock, so that tests can set it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

SEOUL = ZoneInfo("Asia/Seoul")


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """Return the present moment, aware, in Asia/Seoul."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Return the present moment, aware, in Asia/Seoul."""
        return datetime.now(SEOUL)


class SetClock:
    """A clock that stands where it was set, for tests and demonstrations."""

    def __init__(self, moment: datetime) -> None:
        self._moment = moment.astimezone(SEOUL)

    def now(self) -> datetime:
        """Return the moment the clock was set to."""
        return self._moment

    def set(self, moment: datetime) -> None:
        """Put the clock to ``moment``."""
        self._moment = moment.astimezone(SEOUL)

    def advance(self, by: timedelta) -> None:
        """Move the clock on."""
        self._moment += by
