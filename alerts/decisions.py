"""What to do with a message that is due: ask what became of it, hold it, end it, or try the next way."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from sqlalchemy.orm import Session

from alerts.channels.trial import Trial
from alerts.kinds import KINDS, Dropped, Window, Writing, Written
from alerts.routing import KAKAO, Recipient, Ways, route
from alerts.texts import BUILT_IN, Texts
from alerts.windows import earliest
from alerts.writing import WRITERS
from models.notices import CHAT_CARD
from models.outbox import UNDECIDED, Alert, AlertState, Attempt, AttemptState
from models.rules import Rules

TOO_LATE = "too late"
SWITCHED_OFF = "switched off"
UNREACHABLE = "no channel reaches this person"
CAPPED = "this month's text messages are used up"
GONE = "the person is gone"
KIND_OFF = "this kind is switched off"
REST = timedelta(minutes=1)
"""How soon a message that belongs to a paused send is looked at again."""


@dataclass(frozen=True, slots=True)
class Ended:
    """It ends here."""

    state: AlertState
    reason: str


@dataclass(frozen=True, slots=True)
class Held:
    """It may not go before then."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Asked:
    """An attempt may have arrived: its provider is asked."""

    attempt: Attempt


@dataclass(frozen=True, slots=True)
class Tries:
    """It goes this way. ``again`` is the attempt that came to nothing before and keeps its key."""

    way: str
    written: Written | None
    """None for a card of the chat, which was written when it was owed."""
    again: Attempt | None


Decision: TypeAlias = Ended | Held | Asked | Tries


@dataclass(frozen=True, slots=True)
class Desk:
    """What deciding needs beside the message. ``capped``: no more text messages this month.

    ``off`` are kinds that staff switched off, ``paused`` messages of theirs that rest.
    """

    db: Session
    rules: Rules
    ways: Ways
    trial: Trial
    now: datetime
    capped: bool = False
    texts: Texts = BUILT_IN
    off: Collection[int] = ()
    paused: Collection[int] = ()


def decide(desk: Desk, alert: Alert, attempts: Sequence[Attempt], to: Recipient) -> Decision:
    """Return what to do with a message, whose attempts come oldest first."""
    last = attempts[-1] if attempts else None
    if last is not None and is_undecided(attempts):
        return Asked(last)
    if unwanted := _unwanted(desk, alert, to):
        return Ended(AlertState.SUPPRESSED, unwanted)
    may_go = earliest(_window(alert), desk.now, desk.rules, to.quiet)
    if max(may_go, desk.now) > alert.deadline:
        return _too_late(last)
    if may_go > desk.now:
        return Held(may_go)
    if alert.send_id in desk.paused:
        return Held(desk.now + REST)
    return _try(desk, alert, attempts, to)


def _unwanted(desk: Desk, alert: Alert, to: Recipient) -> str:
    """Return why nobody is to be told at all; what staff send goes though its kind is off."""
    if alert.kind != CHAT_CARD and to.member is None:
        return GONE
    return KIND_OFF if alert.kind in desk.off and alert.send_id is None else ""


def is_undecided(attempts: Sequence[Attempt]) -> bool:
    """Tell whether the message may have gone, so that its provider is asked and nothing is written anew."""
    return bool(attempts) and attempts[-1].state in UNDECIDED


def _window(alert: Alert) -> Window:
    return Window.AT_ONCE if alert.at_once else KINDS[alert.kind].window


def _too_late(last: Attempt | None) -> Ended:
    """Return the end of what is too late: a failure if it was tried until now, none if it had no chance."""
    if last is None:
        return Ended(AlertState.SUPPRESSED, TOO_LATE)
    return Ended(AlertState.TEMPORARY_FAILURE, last.reason or TOO_LATE)


def _try(desk: Desk, alert: Alert, attempts: Sequence[Attempt], to: Recipient) -> Decision:
    failed = {attempt.channel for attempt in attempts if attempt.state is AttemptState.FAILED}
    ways = [way for way in route(alert, to, desk.ways) if way not in failed]
    if not ways:
        return _no_way(desk, attempts, to)
    written = None if alert.kind == CHAT_CARD else _write(desk, alert)
    if isinstance(written, Dropped):
        return Ended(AlertState.SUPPRESSED, written.reason)
    if written is not None and written.until is not None and desk.now > written.until:
        return Ended(AlertState.SUPPRESSED, TOO_LATE)
    if stopped := desk.trial.stops(to.member.dovol_id if to.member else "", _address(ways[0], to)):
        return Ended(AlertState.SUPPRESSED, stopped)
    return Tries(ways[0], written, _repeated(attempts, ways[0]))


def _no_way(desk: Desk, attempts: Sequence[Attempt], to: Recipient) -> Ended:
    if attempts:
        return Ended(AlertState.PERMANENT_FAILURE, attempts[-1].reason or UNREACHABLE)
    if not to.on:
        return Ended(AlertState.SUPPRESSED, SWITCHED_OFF)
    return Ended(AlertState.PERMANENT_FAILURE, CAPPED if desk.capped else UNREACHABLE)


def _write(desk: Desk, alert: Alert) -> Written | Dropped:
    return WRITERS[alert.kind](Writing(desk.db, alert, desk.rules, desk.now, desk.texts.words))


def _address(way: str, to: Recipient) -> str:
    return (to.chat.user_key if to.chat else "") if way == KAKAO else to.phone


def _repeated(attempts: Sequence[Attempt], way: str) -> Attempt | None:
    """Return the attempt to make again: the same channel, called in vain before."""
    return next((a for a in attempts if a.state is AttemptState.AGAIN and a.channel == way), None)
