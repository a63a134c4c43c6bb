"""Sends notices: wakes the chat by an event, after which KakaoTalk comes for the card.

A notice is claimed by one conditional update, so two senders never send it twice. No connection to the store is held
while KakaoTalk is spoken to.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import update

from alerts.channels import ChannelPermanent, ChannelRetryable
from models.clock import Clock
from models.database import Database
from models.notices import Notice, notices_of

log = logging.getLogger(__name__)

SENDERS = 4
ATTEMPTS = 3
_FIRST_WAIT = 0.5
"""Seconds before the second attempt; doubled for each further one, and shortened at random."""


class Events(Protocol):
    """What wakes a chat."""

    def send(self, user_key: str, params: Mapping[str, str]) -> str:
        """Send an event to one person and return the provider's number for it.

        Raises:
            ChannelRetryable: it may work in a moment.
            ChannelPermanent: it will not.
        """


@dataclass(frozen=True, slots=True)
class _Claimed:
    id: int
    key: str
    user_key: str


class Messenger:
    """Sends notices beside the requests that wrote them. ``close`` waits for those under way."""

    def __init__(self, database: Database, events: Events | None, clock: Clock) -> None:
        self._database, self._events, self._clock = database, events, clock
        self._senders = ThreadPoolExecutor(SENDERS, thread_name_prefix="messenger")

    def post(self, notice_ids: Iterable[int]) -> None:
        """Send notices that are committed. Returns at once; without an events channel they wait to be asked for."""
        if self._events is not None:
            for notice_id in notice_ids:
                self._senders.submit(self._deliver, self._events, notice_id)

    def close(self) -> None:
        """Finish what is under way."""
        self._senders.shutdown(wait=True)

    def _deliver(self, events: Events, notice_id: int) -> None:
        try:
            claimed = self._claim(notice_id)
            if claimed is not None:
                self._settle(claimed.id, _send(events, claimed))
        except Exception:
            log.exception("notice %s was not sent", notice_id)

    def _claim(self, notice_id: int) -> _Claimed | None:
        with self._database.session() as db:
            mine = update(Notice).where(Notice.id == notice_id, Notice.sent_at.is_(None))
            taken = db.execute(mine.values(sent_at=self._clock.now()))
            db.commit()
            if not taken.rowcount:  # type: ignore[attr-defined]  # an UPDATE gives a CursorResult
                return None
            (notice,) = notices_of(db, [notice_id])
            return _Claimed(notice.id, notice.key, notice.account.user_key)

    def _settle(self, notice_id: int, result: Mapping[str, str]) -> None:
        with self._database.session() as db:
            db.execute(update(Notice).where(Notice.id == notice_id).values(**result))
            db.commit()


def _send(events: Events, claimed: _Claimed) -> Mapping[str, str]:
    """Return what to keep of the sending: KakaoTalk's number, or why it failed."""
    failure = ""
    for attempt in range(ATTEMPTS):
        if attempt:
            time.sleep(_FIRST_WAIT * 2 ** (attempt - 1) * random.uniform(0.5, 1))  # noqa: S311 - spreads retries
        try:
            return {"task_id": events.send(claimed.user_key, {"notice": claimed.key})}
        except ChannelRetryable as error:
            failure = str(error)
            if error.maybe_sent:  # the card may be there already: twice is worse than to be asked for by word
                break
        except ChannelPermanent as error:
            return {"failure": str(error)}
    return {"failure": failure}
