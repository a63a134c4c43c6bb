"""The sweeper: finds what nudges missed. Events without alerts, messages whose time has come, leases that ended.

What there is to do stands in the store, so a lost broker, a lost nudge or a dead worker costs seconds and no message.
Any number may sweep at once.
"""

from __future__ import annotations

from alerts.delivery import Delivery
from alerts.digest import plan_digests
from alerts.planning import plan
from alerts.reminders import plan_reminders
from alerts.staff_sends import start_due
from models.clock import Clock
from models.database import Database
from models.outbox import due_count
from models.rules import load_rules

DIGESTS = 5000
"""Digests planned in one go."""


class Sweeper:
    """Does by looking what nudges do by being told."""

    def __init__(self, database: Database, delivery: Delivery, clock: Clock) -> None:
        self._database, self._delivery, self._clock = database, delivery, clock

    def sweep(self) -> int:
        """Plan, then send whatever is due, here and now; return how many messages went a step further."""
        self.plan()
        self.start_sends()
        return self._delivery.drain()

    def plan(self) -> int:
        """Write the alerts of all events that have none; return how many events there were."""
        total = 0
        while True:
            with self._database.session() as db:
                done = plan(db, self._clock.now())
            total += done
            if not done:
                return total

    def start_sends(self) -> int:
        """Write the messages of staff whose time has come; return how many."""
        with self._database.session() as db:
            return start_due(db, load_rules(db), self._clock.now())

    def remind(self) -> int:
        """Write the reminders of tomorrow; return how many."""
        with self._database.session() as db:
            return plan_reminders(db, self._clock.now())

    def recommend(self) -> int:
        """Write the day's recommendations; return how many."""
        total = 0
        while True:
            with self._database.session() as db:
                done = plan_digests(db, load_rules(db), self._clock.now(), DIGESTS)
            total += done
            if done < DIGESTS:
                return total

    def due(self) -> int:
        """Return how many messages wait for a worker now."""
        with self._database.session() as db:
            return due_count(db, self._clock.now())
