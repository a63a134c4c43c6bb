"""One batch under way: what was decided of each message, what is handed over, what is asked, what is given back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from alerts.channels import Outgoing, Sent
from alerts.decisions import Asked, Decision, Ended, Held, Tries
from alerts.outcomes import Tried
from alerts.routing import KAKAO, Recipient
from models.outbox import Alert, AlertState, Attempt, AttemptState, written


@dataclass(frozen=True, slots=True)
class Decided:
    """What is to be done with a message, with what is handed over where something is."""

    alert: Alert
    to: Recipient
    decision: Decision
    outgoing: Outgoing | None = None


@dataclass(frozen=True, slots=True)
class Going:
    """A message about to be handed over."""

    tried: Tried
    outgoing: Outgoing


@dataclass(frozen=True, slots=True)
class Asking:
    """A message whose provider is asked what became of it."""

    tried: Tried
    sent: Sent


@dataclass
class Batch:
    """What goes by which channel, and what is asked where: (channel, provider), the latter empty if unknown."""

    size: int
    lease_until: datetime
    going: dict[str, list[Going]] = field(default_factory=lambda: defaultdict(list))
    asking: dict[tuple[str, str], list[Asking]] = field(default_factory=lambda: defaultdict(list))

    def begin(self, db: Session, decided: Sequence[Decided], now: datetime) -> None:
        """Write down what is about to be tried, before it is: a worker that dies leaves this behind."""
        begun: list[tuple[Alert, Attempt, Outgoing]] = []
        for each in decided:
            if isinstance(each.decision, Tries) and each.outgoing is not None:
                attempt = _attempt(db, each.alert, each.decision, each.outgoing.key, now)
                _tell(each.alert, each.decision, each.to)
                begun.append((each.alert, attempt, each.outgoing))
        db.flush()  # once for all: on SQLite nobody else writes meanwhile
        for alert, attempt, outgoing in begun:
            self.going[attempt.channel].append(Going(_tried(alert, attempt), outgoing))

    def ask(self, each: Decided) -> None:
        """Note a question to a provider."""
        if not isinstance(each.decision, Asked):
            return
        alert, attempt = each.alert, each.decision.attempt
        if attempt.state is not AttemptState.HANDED:
            alert.state = AlertState.PENDING
        sent = Sent(attempt.key, _sent_to(alert, attempt, each.to), attempt.reference, attempt.began_at)
        self.asking[attempt.channel, attempt.provider].append(Asking(_tried(alert, attempt), sent))


def given_back(each: Decided, now: datetime) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield what changes of a message that goes nowhere now."""
    decision = each.decision
    if isinstance(decision, Ended):
        yield each.alert.id, {"state": decision.state, "reason": decision.reason, "finished_at": now}
    elif isinstance(decision, Held):
        yield each.alert.id, {"due_at": decision.until}


def _attempt(db: Session, alert: Alert, tries: Tries, key: str, now: datetime) -> Attempt:
    attempt = tries.again
    if attempt is None:
        attempt = Attempt(alert_id=alert.id, key=key, channel=tries.way, provider="", tries=0)
        db.add(attempt)
    attempt.state, attempt.began_at, attempt.tries = AttemptState.CLAIMED, now, attempt.tries + 1
    return attempt


def _tell(alert: Alert, tries: Tries, to: Recipient) -> None:
    alert.channel, alert.attempts = tries.way, alert.attempts + 1
    if tries.way == KAKAO and to.chat is not None:
        alert.account_id = to.chat.id
    if alert.state is AlertState.CREATED:
        alert.state = AlertState.SENDING
    if tries.written is not None:
        alert.content = written(tries.written.card)


def _tried(alert: Alert, attempt: Attempt) -> Tried:
    shown = alert.shown_at is not None
    return Tried(alert.id, attempt.id, attempt.channel, attempt.began_at, attempt.tries, shown)


def _sent_to(alert: Alert, attempt: Attempt, to: Recipient) -> str:
    if attempt.channel != KAKAO:
        return to.phone
    return alert.account.user_key if alert.account is not None else ""
