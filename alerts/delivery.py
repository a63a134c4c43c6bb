"""Delivery: claim what is due, look whether it is still true and wanted, hand it over, note what became of it.

Three short transactions and none across a call: claiming; writing down what is about to be tried; writing down what came
of it. A worker that dies between any two of them leaves rows whose lease ends, and the next one begins with asking the
provider for whatever may have gone.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from alerts.ahead import read_ahead
from alerts.batch import Asking, Batch, Decided, Going, given_back
from alerts.channels import ChannelRetryable
from alerts.channels.failover import Failover, Handed
from alerts.channels.trial import Trial
from alerts.decisions import Desk, Ended, Tries, decide, is_undecided
from alerts.heart import Heart
from alerts.messages import Addresses, compose
from alerts.notes import News, note_attempts, texts_this_month
from alerts.outcomes import after_error, after_receipt, not_answered
from alerts.routing import SMS, Recipient, Ways, load_recipients
from alerts.templates import MissingVariable
from alerts.texts import load_texts
from models.alert_texts import kinds_off
from models.clock import Clock
from models.database import Database
from models.outbox import Alert, AlertState, Attempt, attempts_of, claim, extend, release
from models.rules import load_rules
from models.staff_sends import paused_sends
from models.tokens import new_token

log = logging.getLogger(__name__)

BATCH = 100
"""Messages taken at once: as many as KakaoTalk takes in one call."""
LEASE = timedelta(seconds=45)
"""How long a message is a worker's without a sign of life; longer than any call may take."""
CALL = timedelta(seconds=10)
"""What one call may take."""
HANDS = 16
"""Calls of one worker process at the same time."""


class Delivery:
    """Sends what the outbox owes. Holds no state between batches: any number may run side by side."""

    def __init__(
        self,
        database: Database,
        channels: Mapping[str, Failover],
        clock: Clock,
        addresses: Addresses,
        *,
        trial: Trial | None = None,
        monthly_texts: int = 0,
        lease: timedelta = LEASE,
    ) -> None:
        self._database, self._channels, self._clock = database, channels, clock
        self._addresses, self._trial = addresses, trial or Trial()
        self._monthly_texts, self._lease = monthly_texts, lease
        self._heart = Heart(database, clock, lease)
        self._hands = ThreadPoolExecutor(HANDS, thread_name_prefix="hand")

    def deliver(self, ids: Collection[int] | None = None) -> int:
        """Take a batch of due messages (of those ``ids`` if given) one step further; return how many there were."""
        token = new_token()
        with self._heart.beating(token):
            batch = self._take(token, ids)
            if batch is None:
                return 0
            self._note(token, self._carry_out(batch))
        return batch.size

    def drain(self) -> int:
        """Deliver whatever is due until nothing is; return how many steps that were."""
        total = 0
        while done := self.deliver():
            total += done
        return total

    def close(self) -> None:
        """Finish what is under way."""
        self._hands.shutdown(wait=True)
        self._heart.stop()

    # --- claim, look, write down ---

    def _take(self, token: str, ids: Collection[int] | None) -> Batch | None:
        with self._database.session() as db:
            now = self._clock.now()
            alerts = claim(db, token, now, self._lease, ids, BATCH)
            db.commit()
            if not alerts:
                return None
            decided = self._decide(db, alerts, now)
            return self._write_down(db, token, decided, now)

    def _decide(self, db: Session, alerts: Sequence[Alert], now: datetime) -> list[Decided]:
        rules = load_rules(db)
        ways, capped = self._ways(db, now)
        desk = Desk(
            db,
            rules,
            ways,
            self._trial,
            now,
            capped=capped,
            texts=load_texts(db),
            off=kinds_off(db),
            paused=paused_sends(db),
        )
        attempts, recipients = attempts_of(db, [a.id for a in alerts]), load_recipients(db, alerts, rules)
        with read_ahead(db, [alert for alert in alerts if not is_undecided(attempts[alert.id])]):
            return [
                self._decide_one(desk, alert, attempts[alert.id], recipients[alert.id]) for alert in alerts
            ]

    def _decide_one(self, desk: Desk, alert: Alert, attempts: Sequence[Attempt], to: Recipient) -> Decided:
        try:
            decision = decide(desk, alert, attempts, to)
            if not isinstance(decision, Tries):
                return Decided(alert, to, decision)
            key = decision.again.key if decision.again else new_token()
            outgoing = compose(
                decision.way, key, alert, decision.written, to, self._addresses, desk.texts.templates
            )
        except SQLAlchemyError:
            raise  # the store's trouble, not this message's
        except Exception as error:
            log.exception("alert %s could not be written", alert.id)
            return Decided(alert, to, Ended(AlertState.TECHNICAL_FAILURE, _described(error)))
        return Decided(alert, to, decision, outgoing)

    def _ways(self, db: Session, now: datetime) -> tuple[Ways, bool]:
        """Return what is set up, without text messages once the month's are used up."""
        capped = SMS in self._channels and 0 < self._monthly_texts <= texts_this_month(db, now)
        channels = self._channels.keys() - ({SMS} if capped else set())
        return Ways(channels, advertising_by_text=bool(self._addresses.opt_out_number)), capped

    def _write_down(self, db: Session, token: str, decided: Sequence[Decided], now: datetime) -> Batch:
        until = self._clock.now() + self._lease
        mine = extend(db, token, until)  # what another worker has taken meanwhile is no longer ours
        ours = [each for each in decided if each.alert.id in mine]
        batch = Batch(len(ours), until)
        for each in ours:
            batch.ask(each)
        batch.begin(db, ours, now)
        release(db, token, [change for each in ours for change in given_back(each, now)])
        db.commit()
        return batch

    # --- hand over, ask ---

    def _carry_out(self, batch: Batch) -> News:
        """Make the calls of a batch, side by side. No connection to the store is held here."""
        calls = [
            self._hands.submit(self._hand_over, batch, way, slice_)
            for way, going in batch.going.items()
            for slice_ in _slices(going, self._channels[way].batch)
        ]
        calls += [
            self._hands.submit(self._ask, way, provider, asking)
            for (way, provider), asking in batch.asking.items()
        ]
        return [each for call in calls for each in call.result()]

    def _hand_over(self, batch: Batch, way: str, going: Sequence[Going]) -> News:
        if self._clock.now() >= batch.lease_until - CALL:
            return []  # this process stood still for a while: somebody else may be sending them
        waiting = {each.outgoing.key: each for each in going}
        news: News = []
        try:
            for handed in self._channels[way].send([each.outgoing for each in going]):
                now = self._clock.now()
                news += _after_handing([waiting.pop(sent.key) for sent in handed.messages], handed, now)
        except Exception as error:
            log.exception("a call by %s broke off", way)
            now = self._clock.now()
            news += [(each.tried, after_error(each.tried, error, "", now)) for each in waiting.values()]
        return news

    def _ask(self, way: str, provider: str, asking: Sequence[Asking]) -> News:
        try:
            receipts = self._channels[way].ask(provider, [each.sent for each in asking])
        except Exception as error:
            if not isinstance(error, ChannelRetryable):
                log.exception("%s could not be asked", provider or way)
            now = self._clock.now()
            return [(each.tried, not_answered(each.tried, now)) for each in asking]
        now, pairs = self._clock.now(), zip(asking, receipts, strict=True)
        return [(each.tried, after_receipt(each.tried, told, provider, now)) for each, told in pairs]

    # --- note what became of it ---

    def _note(self, token: str, news: News) -> None:
        if not news:
            return
        with self._database.session() as db:
            note_attempts(db, news, self._clock.now())
            release(db, token, [(tried.alert_id, outcome.alert) for tried, outcome in news])
            db.commit()


def _after_handing(going: Sequence[Going], handed: Handed, now: datetime) -> News:
    if handed.error is not None:
        error, provider = handed.error, handed.provider
        return [(each.tried, after_error(each.tried, error, provider, now)) for each in going]
    pairs = zip(going, handed.receipts, strict=True)
    return [(each.tried, after_receipt(each.tried, told, handed.provider, now)) for each, told in pairs]


def _slices(going: Sequence[Going], size: int) -> Iterator[Sequence[Going]]:
    for start in range(0, len(going), size):
        yield going[start : start + size]


def _described(error: Exception) -> str:
    """Return what went wrong in writing, without what was written: that may name people."""
    return str(error) if isinstance(error, MissingVariable) else type(error).__name__
