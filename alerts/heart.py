"""Keeps what a worker has taken its own while a provider is slow."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy.exc import SQLAlchemyError

from models.clock import Clock
from models.database import Database
from models.outbox import extend

log = logging.getLogger(__name__)


class Heart:
    """Extends the leases of the batches under way, three times in each lease."""

    def __init__(self, database: Database, clock: Clock, lease: timedelta) -> None:
        self._database, self._clock, self._lease = database, clock, lease
        self._tokens: set[str] = set()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heart", daemon=True)
        self._thread.start()

    @contextmanager
    def beating(self, token: str) -> Iterator[None]:
        """Keep the messages that ``token`` has claimed for as long as the block takes."""
        self._tokens.add(token)
        try:
            yield
        finally:
            self._tokens.discard(token)

    def stop(self) -> None:
        """Stop beating."""
        self._stopped.set()
        self._thread.join()

    def _beat(self) -> None:
        while not self._stopped.wait(self._lease.total_seconds() / 3):
            try:
                self._extend()
            except SQLAlchemyError as error:
                log.warning("leases were not extended: %s", type(error).__name__)

    def _extend(self) -> None:
        for token in list(self._tokens):
            with self._database.session() as db:
                extend(db, token, self._clock.now() + self._lease)
                db.commit()
