"""A candidate reads along: a share of what the live model parsed, after it was answered, to see where they differ.

Nothing here is waited for. What does not fit into the queue is left out, and the store hears of it every few seconds.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, Full, Queue
from threading import Event, Lock, Thread

from sqlalchemy.exc import SQLAlchemyError

from bot.slots import Slots
from bot.turn import Deadline
from bot.understanding import NLUUnavailable, ParsedMessage
from models.clock import Clock
from models.database import Database
from models.nlu_traffic import Compared, Read, keep_compared

log = logging.getLogger(__name__)

MOST_WAITING = 200
BATCH = 50
FLUSH_SECONDS = 5.0


class Shadow:
    """Compares in a thread of its own, which begins with the first sentence."""

    def __init__(
        self, slots: Slots, database: Database, clock: Clock, *, chance: Callable[[], float] = random.random
    ) -> None:
        self._slots, self._database, self._clock, self._chance = slots, database, clock, chance
        self._waiting: Queue[tuple[ParsedMessage, Deadline]] = Queue(MOST_WAITING)
        self._closing = Event()
        self._thread: Thread | None = None
        self._starting = Lock()

    def offer(self, parsed: ParsedMessage, deadline: Deadline) -> None:
        """Have a live parse read by the candidate once its turn is over, if there is a candidate and luck wills."""
        traffic = self._slots.traffic()
        if not traffic.candidate or self._chance() * 100 >= traffic.shadow_share:
            return
        with suppress(Full):
            self._waiting.put_nowait((parsed, deadline))
            self._start()

    @property
    def waiting(self) -> int:
        """How many wait to be compared."""
        return self._waiting.qsize()

    def close(self) -> None:
        """Write down what was compared and end; what still waits is left out."""
        self._closing.set()
        if self._thread is not None:
            self._thread.join(FLUSH_SECONDS)

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                self._thread = Thread(target=self._work, name="nlu-shadow", daemon=True)
                self._thread.start()

    def _work(self) -> None:
        while not self._closing.is_set():
            if compared := self._batch():
                self._keep(compared)

    def _batch(self) -> list[Compared]:
        """Return what was compared within some seconds."""
        found: list[Compared] = []
        until = Deadline.after(FLUSH_SECONDS)
        while len(found) < BATCH and until.left() and not self._closing.is_set():
            try:
                parsed, deadline = self._waiting.get(timeout=min(until.left(), 0.5) or 0.001)
            except Empty:
                continue
            if self._closing.wait(deadline.left()):  # by the deadline the turn was answered
                break
            if (pair := self._compared(parsed)) is not None:
                found.append(pair)
        return found

    def _compared(self, parsed: ParsedMessage) -> Compared | None:
        """Return how the candidate reads it, None where it has gone meanwhile or does not answer."""
        candidate, slot = self._slots.traffic().candidate, self._slots.other()
        if not candidate or slot is None:
            return None
        try:
            read = self._slots.parse_with(slot, parsed.text)
        except NLUUnavailable:
            return None
        return Compared(parsed.text, _read(parsed), _read(read)) if read.model == candidate else None

    def _keep(self, compared: list[Compared]) -> None:
        try:
            with self._database.session() as db:
                keep_compared(db, compared, self._clock.now())
                db.commit()
        except SQLAlchemyError as error:
            log.warning("%d comparisons are lost: %s", len(compared), type(error).__name__)


def _read(parsed: ParsedMessage) -> Read:
    return Read(parsed.model, parsed.intent, parsed.topic, parsed.confidence, parsed.safety.level)
