"""What a job tells the store while it works: that it lives, how far it is; and what it is told: to stop."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from sqlalchemy.exc import SQLAlchemyError

from models.clock import Clock
from models.database import Database
from models.nlu_jobs import beat

log = logging.getLogger(__name__)

BEAT_SECONDS = 1.0


class Stopped(Exception):
    """Somebody wants the job to stop, or it is not ours any more."""


class Heart:
    """Beats once a second beside the work of one job; a context manager."""

    def __init__(self, database: Database, clock: Clock, number: int, closing: threading.Event) -> None:
        self._database, self._clock, self._number, self._closing = database, clock, number, closing
        self._stage, self._fraction = "", 0.0
        self._lost, self._over = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"lesson {number}", daemon=True)

    def part(self, begin: float, end: float) -> Part:
        """Return the heart for a part of the work, from ``begin`` to ``end`` of the whole (0 to 1)."""
        return Part(self, begin, end)

    def stage(self, words: str, fraction: float) -> None:
        """Say what is done from now on, and how far (0 to 1) the whole is; it never goes back.

        Raises:
            Stopped: the job is to stop.
        """
        changed = words != self._stage
        self._stage, self._fraction = words, max(fraction, self._fraction)
        if changed:
            self._beat()
        self.check()

    def check(self) -> None:
        """Go on, or do not.

        Raises:
            Stopped: the job is to stop.
        """
        if self.is_stopped:
            raise Stopped

    @property
    def is_stopped(self) -> bool:
        """Tell whether the job is to stop."""
        return self._lost.is_set() or self._closing.is_set()

    def _run(self) -> None:
        while not self._over.wait(BEAT_SECONDS):
            self._beat()

    def _beat(self) -> None:
        try:
            with self._database.session() as db:
                if not beat(db, self._number, self._clock.now(), self._stage, self._fraction):
                    self._lost.set()
                db.commit()
        except SQLAlchemyError as error:  # the store is busy or away: the next beat tries again
            log.warning("lesson %d could not say that it lives: %s", self._number, type(error).__name__)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the work, which counts from 0 to 1 in itself."""

    heart: Heart
    begin: float
    end: float

    def stage(self, words: str, fraction: float) -> None:
        """Say what is done from now on, and how far the part is.

        Raises:
            Stopped: the job is to stop.
        """
        self.heart.stage(words, self.begin + (self.end - self.begin) * fraction)

    def check(self) -> None:
        """Go on, or do not.

        Raises:
            Stopped: the job is to stop.
        """
        self.heart.check()
