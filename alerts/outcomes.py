"""What follows from what a channel says: the next state of an attempt and of its message. Pure, no store.

Every outcome says when the message is looked at again, or that it has ended. Nothing is sent twice on a guess: what may
have gone is asked for, and only what the provider does not have is sent again.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from alerts.channels import ChannelPermanent, ChannelRetryable, Receipt, ReceiptState
from alerts.routing import KAKAO
from models.outbox import AlertState, AttemptState

FIRST_LOOK = timedelta(seconds=1.5)
"""From handing over until the provider is asked what became of it."""
LONGEST_WAIT = timedelta(minutes=10)
"""Between two looks, and between two tries."""
FIRST_RETRY = timedelta(seconds=2)
ABSENT_AFTER = timedelta(seconds=20)
"""A provider that does not have a message yet may list it a moment later; after this its word counts."""
PATIENCE: Mapping[str, timedelta] = {KAKAO: timedelta(minutes=30)}
"""How long a receipt is waited for; KakaoTalk comes for the card at once or not at all."""
LONGEST_PATIENCE = timedelta(days=3)
"""Of the others: a phone that is switched off gets its messages for so long."""
UNKNOWN_AMONG = "unknown_among"
"""Code for people of a batch of whom some are strangers, and the provider does not say which."""
LONGEST_REASON = 200


@dataclass(frozen=True, slots=True)
class Tried:
    """What is known of an attempt when news of it comes. ``shown``: KakaoTalk has come for the card."""

    alert_id: int
    attempt_id: int
    channel: str
    began_at: datetime
    tries: int = 1
    shown: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """Columns to change, of the attempt and of the alert. ``stranger``: the chat is no friend's."""

    attempt: Mapping[str, Any] = field(default_factory=dict)
    alert: Mapping[str, Any] = field(default_factory=dict)
    handed: bool = False
    stranger: bool = False


def after_receipt(tried: Tried, receipt: Receipt, provider: str, now: datetime) -> Outcome:
    """Return what follows from a receipt, pushed or asked for."""
    state = receipt.state
    if state is ReceiptState.DELIVERED:
        return _delivered(receipt, provider, now)
    if tried.channel == KAKAO and tried.shown and _cannot_tell(receipt, tried):
        return _delivered(receipt, provider, now)  # the card was fetched: that is a receipt of our own
    if state is ReceiptState.FAILED:
        return _failed(receipt, provider, now)
    if receipt.code == UNKNOWN_AMONG:
        return _failed(receipt, provider, now, stranger=True)
    if state is ReceiptState.ABSENT:
        return _absent(tried, now)
    return _waiting(tried, receipt, provider, now)


def after_error(tried: Tried, error: Exception, provider: str, now: datetime) -> Outcome:
    """Return what follows from a call that failed; ``provider`` is who may have the message."""
    told = {"provider": provider, "reason": (str(error) or type(error).__name__)[:LONGEST_REASON]}
    if isinstance(error, ChannelPermanent):
        return Outcome(_ended(AttemptState.FAILED, now) | told, {"due_at": now})
    if isinstance(error, ChannelRetryable) and not error.maybe_sent:
        again = {"state": AttemptState.AGAIN} | told
        return Outcome(again, {"due_at": now + backoff(tried.tries)})
    lost = {"state": AttemptState.UNKNOWN} | told
    return Outcome(lost, {"state": AlertState.PENDING, "due_at": now + ABSENT_AFTER})


def not_answered(tried: Tried, now: datetime) -> Outcome:
    """Return what follows when the provider cannot be asked now."""
    return Outcome(alert={"due_at": now + _next_look(tried, now)})


def backoff(tries: int) -> timedelta:
    """Return how long to wait after so many tries: twice as long each time, anywhere up to that (full jitter)."""
    longest = min(LONGEST_WAIT, FIRST_RETRY * 2 ** min(tries - 1, 12))
    return timedelta(seconds=longest.total_seconds() * random.uniform(0.1, 1))  # noqa: S311 - spreads retries


def _delivered(receipt: Receipt, provider: str, now: datetime) -> Outcome:
    attempt = _ended(AttemptState.DELIVERED, now) | _told(receipt, provider)
    return Outcome(attempt, {"state": AlertState.DELIVERED, "finished_at": now, "reason": None}, handed=True)


def _failed(receipt: Receipt, provider: str, now: datetime, *, stranger: bool = False) -> Outcome:
    attempt = _ended(AttemptState.FAILED, now) | _told(receipt, provider)
    return Outcome(attempt, {"due_at": now}, stranger=stranger or receipt.stranger)


def _absent(tried: Tried, now: datetime) -> Outcome:
    if now - tried.began_at < ABSENT_AFTER:
        return Outcome(alert={"due_at": tried.began_at + ABSENT_AFTER})
    return Outcome({"state": AttemptState.AGAIN, "reason": "the provider never got it"}, {"due_at": now})


def _waiting(tried: Tried, receipt: Receipt, provider: str, now: datetime) -> Outcome:
    known = bool(receipt.reference)  # without one the provider may never have taken it
    attempt = {"state": AttemptState.HANDED if known else AttemptState.UNKNOWN} | _told(receipt, provider)
    if now - tried.began_at < PATIENCE.get(tried.channel, LONGEST_PATIENCE):
        return Outcome(attempt, {"due_at": now + _next_look(tried, now)}, handed=known)
    if tried.channel == KAKAO:
        return Outcome(
            _ended(AttemptState.FAILED, now) | {"reason": "nobody came for the card"}, {"due_at": now}
        )
    ended = attempt | {"ended_at": now, "reason": "no receipt"}
    return Outcome(ended, {"state": AlertState.SENT, "finished_at": now, "reason": "no receipt"})


def _next_look(tried: Tried, now: datetime) -> timedelta:
    """Wait as long again as was waited already."""
    return min(LONGEST_WAIT, max(FIRST_LOOK, now - tried.began_at))


def _cannot_tell(receipt: Receipt, tried: Tried) -> bool:
    """Tell whether a receipt does not speak of the card: a second event for the same one always fails."""
    repeated = receipt.state is ReceiptState.FAILED and tried.tries > 1
    return repeated or receipt.state is ReceiptState.ABSENT or receipt.code == UNKNOWN_AMONG


def _ended(state: AttemptState, now: datetime) -> dict[str, Any]:
    return {"state": state, "ended_at": now}


def _told(receipt: Receipt, provider: str) -> dict[str, Any]:
    told: dict[str, Any] = {"provider": receipt.provider or provider, "code": receipt.code}
    told["reason"] = receipt.reason[:LONGEST_REASON]
    if receipt.reference:
        told["reference"] = receipt.reference
    if receipt.cost:
        told["cost"] = receipt.cost
    return told
