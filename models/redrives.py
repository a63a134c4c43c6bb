"""Dead letters and sending them anew: a new row of the next round, so that what happened to the old one stays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, func, select, text
from sqlalchemy.orm import Session, aliased, undefer

from models.notices import CHAT_CARD
from models.outbox import FAILED, Alert, AlertState, add_alerts

BATCH = 500
"""Rows of one INSERT."""


def is_newest_round() -> ColumnElement[bool]:
    """Return the condition that a message was not sent anew later."""
    later = aliased(Alert)
    return ~exists().where(
        later.kind == Alert.kind,
        later.recipient == Alert.recipient,
        later.object == Alert.object,
        later.version == Alert.version,
        later.round > Alert.round,
    )


def dead_letters(
    db: Session,
    *,
    kind: int | None = None,
    reason: str = "",
    since: datetime | None = None,
    alert_id: int | None = None,
) -> list[int]:
    """Return the ids of messages that failed and were not sent anew, oldest first; each condition narrows it.

    ``reason`` is a part of the row's reason; ``since`` is when the row was written.
    """
    query = select(Alert.id).where(Alert.state.in_(FAILED), is_newest_round()).order_by(Alert.id)
    if kind is not None:
        query = query.where(Alert.kind == kind)
    if reason:
        query = query.where(Alert.reason.contains(reason, autoescape=True))
    if since is not None:
        query = query.where(Alert.created_at >= since)
    if alert_id is not None:
        query = query.where(Alert.id == alert_id)
    return list(db.scalars(query))


@dataclass(frozen=True, slots=True)
class Failure:
    """Messages that failed alike and were not sent anew."""

    kind: int
    state: AlertState
    reason: str
    count: int
    last: datetime
    """When the last one of them was written."""


def failures(db: Session, kind: int | None = None, since: datetime | None = None) -> list[Failure]:
    """Return what failed and was not sent anew, alike things together, the most first."""
    query = select(
        Alert.kind, Alert.state, Alert.reason, func.count().label("many"), func.max(Alert.created_at)
    ).where(Alert.state.in_(FAILED), is_newest_round())
    if kind is not None:
        query = query.where(Alert.kind == kind)
    if since is not None:
        query = query.where(Alert.created_at >= since)
    query = query.group_by(Alert.kind, Alert.state, Alert.reason).order_by(text("many DESC"), Alert.kind)
    return [Failure(each[0], each[1], each[2] or "", each[3], each[4]) for each in db.execute(query)]


def failed_alike(
    db: Session, kind: int, state: AlertState, reason: str, since: datetime | None = None, limit: int = 5000
) -> list[Alert]:
    """Return messages of one ``Failure``, oldest first."""
    same = Alert.reason == reason if reason else func.coalesce(Alert.reason, "") == ""
    query = select(Alert).where(Alert.kind == kind, Alert.state == state, same, is_newest_round())
    if state not in FAILED:
        return []
    if since is not None:
        query = query.where(Alert.created_at >= since)
    return list(db.scalars(query.order_by(Alert.id).limit(limit)))


def counted(db: Session, alert_ids: Sequence[int]) -> Counter[tuple[int, AlertState, str]]:
    """Return how many messages there are of each (kind, state, reason)."""
    found: Counter[tuple[int, AlertState, str]] = Counter()
    for ids in _batches(alert_ids):
        alike = select(Alert.kind, Alert.state, Alert.reason, func.count()).where(Alert.id.in_(ids))
        for kind, state, reason, count in db.execute(alike.group_by(Alert.kind, Alert.state, Alert.reason)):
            found[kind, state, reason or ""] += count
    return found


def redrive(db: Session, alert_ids: Sequence[int], now: datetime) -> list[int]:
    """Write the next round of messages that failed; return the ids of the new rows. The caller commits.

    Those that did not fail, or were sent anew before, are passed over.
    """
    written: list[int] = []
    for ids in _batches(alert_ids):
        failed = select(Alert).where(Alert.id.in_(ids), Alert.state.in_(FAILED), is_newest_round())
        rows = db.scalars(failed.order_by(Alert.id).options(undefer(Alert.content)))
        written += add_alerts(db, [_next_round(row, now) for row in rows], now)
    return written


def _batches(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), BATCH):
        yield ids[start : start + BATCH]


def _next_round(old: Alert, now: datetime) -> dict[str, Any]:
    """Return the new row: worth as long from now as the old one was, and written anew unless it is a chat card."""
    return {
        "kind": old.kind,
        "recipient": old.recipient,
        "member_id": old.member_id,
        "account_id": old.account_id,
        "object": old.object,
        "version": old.version,
        "round": old.round + 1,
        "event_id": old.event_id,
        "send_id": old.send_id,
        "at_once": old.at_once,
        "content": old.content if old.kind == CHAT_CARD else None,
        "due_at": now,
        "deadline": now + (old.deadline - old.created_at),
    }
