"""Delivery of a test's own: real rows in a real store, providers in memory, a clock that is set."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from alerts.channels import Channel, ChannelRetryable, Outgoing, Receipt, ReceiptState, Sent
from alerts.channels.failover import Failover
from alerts.delivery import Delivery
from alerts.messages import Addresses
from models.applications import ApplicationState
from models.clock import SetClock
from models.database import Database
from models.members import ChannelAccount, Member
from models.outbox import OPEN, Alert, AlertState, Attempt
from tests.outbox_rows import make_alert
from tests.world import make_account, make_application, make_session

ADDRESSES = Addresses("https://boram.example", "https://pf.kakao.example/chat", "080-000-0000")
DOWN = ChannelRetryable("HTTP 429")
"""Nothing was taken."""
STEPS = 60
"""Most rounds until everything has ended."""


class Death(BaseException):
    """Ends a worker as a signal does: it notes nothing any more."""


class Provider:
    """One provider in memory: keeps what it took, tells what became of it, and goes wrong as it is told."""

    def __init__(self, name: str, batch: int = 100) -> None:
        self.name, self.batch = name, batch
        self.taken: list[Outgoing] = []
        self.calls = 0
        self.result = ReceiptState.DELIVERED
        """What becomes of everybody's messages but of ``results``: phone or user key → state."""
        self.results: dict[str, ReceiptState] = {}
        self.strangers: set[str] = set()
        self.trouble: Exception | None = None
        """What every call raises; nothing is taken."""
        self.loses_answers = False
        """Takes messages, and its answer gets lost."""
        self.is_dumb = False
        """Cannot be asked."""
        self.kills: Literal["", "before", "after"] = ""
        """Whether the worker dies at its call, before or after this has taken the messages."""
        self.gate: threading.Event | None = None
        """What a call waits for."""
        self._lock = threading.Lock()

    def send(self, messages: Sequence[Outgoing]) -> list[Receipt]:
        with self._lock:
            self.calls += 1
        if self.gate is not None:
            assert self.gate.wait(20)
        if self.trouble is not None:
            raise self.trouble
        if self.kills == "before":
            raise Death
        with self._lock:
            self.taken += messages
        if self.kills == "after":
            raise Death
        if self.loses_answers:
            raise ChannelRetryable("ReadTimeout", maybe_sent=True)
        return [Receipt(each.key, ReceiptState.WAITING, f"ref-{each.key}", to=each.to) for each in messages]

    def ask(self, sent: Sequence[Sent]) -> list[Receipt]:
        if self.is_dumb:
            raise ChannelRetryable("HTTP 502")
        known = self.counts
        return [self._told(each, known) for each in sent]

    @property
    def counts(self) -> Counter[str]:
        """How often each key was taken."""
        with self._lock:
            return Counter(message.key for message in self.taken)

    @property
    def people(self) -> list[str]:
        """Who was sent something, in order."""
        return [message.to for message in self.taken]

    def _told(self, sent: Sent, known: Counter[str]) -> Receipt:
        if sent.key not in known:
            return Receipt(sent.key, ReceiptState.ABSENT, reason="never heard of it", to=sent.to)
        state = self.results.get(sent.to, self.result)
        code = "1000" if state is ReceiptState.DELIVERED else ""
        reason = "no such number" if state is ReceiptState.FAILED else ""
        stranger = sent.to in self.strangers
        return Receipt(
            sent.key, state, f"ref-{sent.key}", code, reason, cost=7, to=sent.to, stranger=stranger
        )


@dataclass
class Office:
    """A store with people in it, three providers, and as many workers as a test wants."""

    database: Database
    clock: SetClock
    kakao: Provider = field(default_factory=lambda: Provider("kakao_event"))
    alimtalk: Provider = field(default_factory=lambda: Provider("nhn_alimtalk", 1000))
    sms: Provider = field(default_factory=lambda: Provider("nhn_sms", 1000))
    _workers: list[Delivery] = field(default_factory=list)
    _delivery: Delivery | None = None

    @property
    def delivery(self) -> Delivery:
        """The first worker."""
        self._delivery = self._delivery or self.worker()
        return self._delivery

    def worker(
        self,
        channels: dict[str, list[Channel]] | None = None,
        clock: SetClock | None = None,
        **options: Any,
    ) -> Delivery:
        """Return one more worker; ``channels`` in place of all three."""
        ways: dict[str, list[Channel]] = channels or {
            "kakao": [self.kakao],
            "alimtalk": [self.alimtalk],
            "sms": [self.sms],
        }
        failovers = {way: Failover(providers) for way, providers in ways.items()}
        worker = Delivery(self.database, failovers, clock or self.clock, ADDRESSES, **options)
        self._workers.append(worker)
        return worker

    def close(self) -> None:
        """Stop all workers."""
        for worker in self._workers:
            worker.close()

    def pass_time(self, **by: float) -> None:
        """Let time go by: seconds, minutes, hours, days."""
        self.clock.advance(timedelta(**by))

    def until_all_ended(self, worker: Delivery | None = None) -> None:
        """Deliver, wait until something is due, deliver again, until no message is open."""
        for _ in range(STEPS):
            (worker or self.delivery).drain()
            due = [alert.due_at for alert in self.alerts() if alert.state in OPEN]
            if not due:
                return
            self.clock.set(max(self.clock.now(), min(due)))
        raise AssertionError("messages are still under way")

    def alerts(self) -> list[Alert]:
        """Return all messages as they are stored now."""
        with self.database.session() as db:
            return list(db.scalars(select(Alert).order_by(Alert.id).options(undefer(Alert.content))))

    def alert(self) -> Alert:
        """Return the only message."""
        (alert,) = self.alerts()
        return alert

    def attempts(self) -> list[Attempt]:
        """Return all tries."""
        with self.database.session() as db:
            return list(db.scalars(select(Attempt).order_by(Attempt.id)))

    def change(self, kind: type[Any], row_id: Any, **columns: Any) -> None:
        """Change a row behind everybody's back."""
        with self.database.session() as db:
            row = db.get(kind, row_id)
            assert row is not None
            for name, value in columns.items():
                setattr(row, name, value)
            db.commit()


def owe(db: Session, member: Member, now: datetime, **columns: Any) -> Alert:
    """Write an approved application and the alert about it, which is due now."""
    application = make_application(db, member, make_session(db), ApplicationState.APPROVED)
    told = {"object": f"application:{application.id}"} | columns
    return make_alert(db, member, AlertState.CREATED, at=now, **told)


def befriend(db: Session, member: Member, user_key: str = "friend-1") -> ChannelAccount:
    """Link a chat that has the channel as a friend."""
    account = make_account(db, member, user_key)
    account.is_friend = True
    db.flush()
    return account
