"""The outbox: one row for each message to one recipient, from the moment it is owed until its end.

The row is written in the transaction that owes the message. A worker claims it by one conditional update, and claimed
means that ``due_at`` has moved to the end of a lease: a worker that dies leaves a row that is simply due again. What
became of a message is told by receipts, which may come twice, late or never; a state never moves backwards.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, func, or_, select, text, update
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column, relationship, undefer

from models.base import Base, Encrypted
from models.database import queue_after_commit
from models.events import insert_unless_there
from models.members import ChannelAccount, Member
from models.tokens import new_code, new_token

DELIVER = "deliver"
"""Topic under which messages are queued that may go at once."""


class AlertState(StrEnum):
    """How a message stands, in the words of GOV.UK Notify and one more."""

    CREATED = "created"
    SENDING = "sending"
    """With a worker, or with a provider."""
    PENDING = "pending"
    """Not known whether the provider took it: it is being asked."""
    SENT = "sent"
    """Taken by the provider, which never said more."""
    DELIVERED = "delivered"
    PERMANENT_FAILURE = "permanent-failure"
    """No channel reaches the person."""
    TEMPORARY_FAILURE = "temporary-failure"
    """Tried until it was worth nothing any more."""
    TECHNICAL_FAILURE = "technical-failure"
    """Ours: it could not be written."""
    CANCELLED = "cancelled"
    """Taken back before it went."""
    SUPPRESSED = "suppressed"
    """Not sent on purpose: switched off, overtaken, no longer true."""


OPEN = (AlertState.CREATED, AlertState.SENDING, AlertState.PENDING)
FAILED = (AlertState.PERMANENT_FAILURE, AlertState.TEMPORARY_FAILURE, AlertState.TECHNICAL_FAILURE)
"""Dead letters: they can be sent anew."""


class AttemptState(StrEnum):
    """How one try by one channel stands."""

    CLAIMED = "claimed"
    """About to be handed over, or handed over by a worker that died."""
    HANDED = "handed"
    UNKNOWN = "unknown"
    """The provider's answer got lost."""
    AGAIN = "again"
    """Nothing was sent; the same channel is tried again."""
    DELIVERED = "delivered"
    FAILED = "failed"
    """This channel is of no use for this message."""


UNDECIDED = (AttemptState.CLAIMED, AttemptState.HANDED, AttemptState.UNKNOWN)
"""It may have gone: the provider is asked before anything else is done."""


@dataclass(frozen=True, slots=True)
class NoticeCard:
    """What a message says in the chat.

    ``facts`` are (label, value); ``page`` and ``record`` name where its first button, ``button``, leads. ``presses``
    are further buttons: (label, action, data as JSON). ``more`` names further things by (title, text, page, record).
    """

    title: str
    text: str
    facts: tuple[tuple[str, str], ...] = ()
    page: str = ""
    record: str = ""
    button: str = "화면에서 보기"
    presses: tuple[tuple[str, str, str], ...] = ()
    more: tuple[tuple[str, str, str, str], ...] = ()
    map_query: str = ""
    """Place to show on a map, empty for no such button."""


class Alert(Base):
    """One message for one recipient. ``kind`` is the alert's number, 0 for a card of the chat itself."""

    __tablename__ = "alert"
    __table_args__ = (
        Index("uq_alert_once", "kind", "recipient", "object", "version", "round", unique=True),
        Index(
            "ix_alert_due",
            "due_at",
            "id",
            sqlite_where=text("finished_at IS NULL"),
            postgresql_where=text("finished_at IS NULL"),
        ),
        Index(None, "member_id", "created_at"),
        Index(None, "account_id", "created_at"),
        Index(None, "state", "created_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True, default=new_token)
    """Names it to KakaoTalk, which comes back with it for the card."""
    code: Mapped[str] = mapped_column(unique=True, default=new_code)
    """Names it in text messages: says which page was meant and gives no right to see it."""
    kind: Mapped[int]
    recipient: Mapped[str]
    """``member:<id>``, ``guardian:<member id>`` or ``account:<id>``."""
    member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id", ondelete="SET NULL"))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("channel_account.id", ondelete="SET NULL"))
    """The chat it is for; for members' alerts the chat it was sent to last."""
    object: Mapped[str]
    version: Mapped[int] = mapped_column(default=1)
    round: Mapped[int] = mapped_column(default=1)
    """Counts redrives."""
    event_id: Mapped[int | None] = mapped_column(ForeignKey("event.id", ondelete="SET NULL"), index=True)
    send_id: Mapped[int | None] = mapped_column(index=True)
    """The staff send it belongs to."""
    at_once: Mapped[bool] = mapped_column(default=False)
    """May disturb quiet hours: security, and what the person did a moment ago."""
    state: Mapped[AlertState] = mapped_column(default=AlertState.CREATED)
    due_at: Mapped[datetime]
    """When a worker may take it next; while one has it, the end of its lease."""
    deadline: Mapped[datetime]
    """After this it is worth nothing."""
    claim: Mapped[str | None] = mapped_column(index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    channel: Mapped[str | None]
    content: Mapped[str | None] = mapped_column(Encrypted, deferred=True)
    """``NoticeCard`` as JSON; of alerts once they are written, which is when they are sent."""
    created_at: Mapped[datetime]
    handed_at: Mapped[datetime | None]
    """When a provider first took it."""
    finished_at: Mapped[datetime | None]
    shown_at: Mapped[datetime | None]
    """When KakaoTalk came for the card."""
    tapped_at: Mapped[datetime | None]
    reason: Mapped[str | None]

    member: Mapped[Member | None] = relationship()
    account: Mapped[ChannelAccount | None] = relationship()

    @property
    def object_id(self) -> int:
        """Number of the row it is about."""
        return int(self.object.partition(":")[2])

    @property
    def card(self) -> NoticeCard:
        """The card to draw."""
        values = json.loads(self.content or "{}")
        for name in ("facts", "presses", "more"):
            values[name] = tuple(tuple(each) for each in values.get(name, ()))
        return NoticeCard(**values)


class Attempt(Base):
    """One channel's try to reach the recipient; calls that came to nothing are repeated under the same key."""

    __tablename__ = "attempt"
    __table_args__ = (Index(None, "provider", "reference"), Index(None, "channel", "began_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    alert_id: Mapped[int] = mapped_column(ForeignKey("alert.id", ondelete="CASCADE"), index=True)
    key: Mapped[str] = mapped_column(
        unique=True, insert_sentinel=True
    )  # so many are one INSERT on SQLite too
    """Names it to the provider, which takes the same key only once."""
    channel: Mapped[str]
    provider: Mapped[str]
    """Empty while no provider has been called."""
    state: Mapped[AttemptState] = mapped_column(default=AttemptState.CLAIMED)
    tries: Mapped[int] = mapped_column(default=1)
    reference: Mapped[str] = mapped_column(default="")
    began_at: Mapped[datetime]
    handed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    code: Mapped[str] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(default="")
    cost: Mapped[int] = mapped_column(default=0)
    """Won."""

    alert: Mapped[Alert] = relationship()


def written(card: NoticeCard) -> str:
    """Return a card as it is kept."""
    return json.dumps(asdict(card), ensure_ascii=False)


def add_alerts(db: Session, rows: Sequence[Mapping[str, Any]], now: datetime) -> list[int]:
    """Write messages that are not there yet; return the ids of those written. The caller commits.

    Rows hold columns of ``Alert``; those due by now are queued after the commit.
    """
    if not rows:
        return []
    filled = [
        _DEFAULTS | {"created_at": now, "key": new_token(), "code": new_code()} | dict(row) for row in rows
    ]
    once = ("kind", "recipient", "object", "version", "round")
    statement = insert_unless_there(db, Alert, once).returning(Alert.id, Alert.due_at)
    added = db.execute(statement, filled).all()
    queue_after_commit(db, DELIVER, [alert_id for alert_id, due_at in added if due_at <= now])
    return [alert_id for alert_id, _ in added]


_DEFAULTS: dict[str, Any] = {
    "version": 1,
    "round": 1,
    "at_once": False,
    "state": AlertState.CREATED,
    "attempts": 0,
    "member_id": None,
    "account_id": None,
    "event_id": None,
    "send_id": None,
    "content": None,
}
"""Columns that rows may leave out: every row of one INSERT has the same."""


def claim(
    db: Session,
    token: str,
    now: datetime,
    lease: timedelta,
    ids: Collection[int] | None = None,
    limit: int = 100,
) -> list[Alert]:
    """Take messages that are due, for as long as the lease; return them. The caller commits.

    ``token`` names the taker: what it changes later counts only while the message is still its own.
    """
    due = (
        select(Alert.id)
        .where(Alert.finished_at.is_(None), Alert.due_at <= now)
        .order_by(Alert.due_at, Alert.id)
        .limit(limit)
    )
    if ids is not None:
        due = due.where(Alert.id.in_(ids))
    taken = db.scalars(
        update(Alert)
        .where(
            Alert.id.in_(due.with_for_update(skip_locked=True)),
            Alert.finished_at.is_(None),
            Alert.due_at <= now,
        )
        .values(claim=token, due_at=now + lease)
        .returning(Alert)
        .execution_options(synchronize_session=False, populate_existing=True)
    ).all()
    return sorted(taken, key=lambda alert: alert.id)


def extend(db: Session, token: str, until: datetime) -> set[int]:
    """Keep for longer what ``token`` still has; return the ids. The caller commits."""
    mine = update(Alert).where(Alert.claim == token, Alert.finished_at.is_(None)).values(due_at=until)
    return set(db.scalars(mine.returning(Alert.id).execution_options(synchronize_session=False)))


def release(db: Session, token: str, changes: Iterable[tuple[int, Mapping[str, Any]]]) -> None:
    """Give messages back with what has changed: (id, columns). Those no longer the taker's stay as they are.

    Without ``finished_at`` a change should hold the next ``due_at``. The caller commits.
    """
    for values, ids in _grouped(changes):
        db.execute(
            update(Alert)
            .where(Alert.id.in_(ids), Alert.claim == token, Alert.finished_at.is_(None))
            .values(claim=None, **values)
            .execution_options(synchronize_session=False)
        )


def settle(db: Session, changes: Iterable[tuple[int, Mapping[str, Any]]]) -> None:
    """Change attempts that have not ended: (id, columns). The caller commits."""
    for values, ids in _grouped(changes):
        db.execute(
            update(Attempt)
            .where(Attempt.id.in_(ids), Attempt.ended_at.is_(None))
            .values(**values)
            .execution_options(synchronize_session=False)
        )


def _grouped(
    changes: Iterable[tuple[int, Mapping[str, Any]]],
) -> list[tuple[dict[str, Any], list[int]]]:
    """Return equal changes together: a batch mostly fares alike, and one statement then does for all."""
    groups: defaultdict[tuple[tuple[str, Any], ...], list[int]] = defaultdict(list)
    for row_id, values in changes:
        groups[tuple(sorted(values.items()))].append(row_id)
    return [(dict(values), ids) for values, ids in groups.items()]


def attempts_of(db: Session, alert_ids: Collection[int]) -> dict[int, list[Attempt]]:
    """Return the attempts of messages, oldest first."""
    found: dict[int, list[Attempt]] = {alert_id: [] for alert_id in alert_ids}
    query = select(Attempt).where(Attempt.alert_id.in_(alert_ids)).order_by(Attempt.id)
    for attempt in db.scalars(query.execution_options(populate_existing=True)):
        found[attempt.alert_id].append(attempt)
    return found


def mark_shown(db: Session, alert: Alert, now: datetime) -> bool:
    """Note that KakaoTalk comes for the card. False when it came before, or too late."""
    still = (Alert.shown_at.is_(None), Alert.finished_at.is_(None))
    by_chat = or_(Alert.channel.is_(None), Alert.channel == "kakao")  # or it went another way meanwhile
    first = update(Alert).where(Alert.id == alert.id, *still, by_chat).values(shown_at=now)
    done = db.execute(first.execution_options(synchronize_session=False))
    return bool(done.rowcount)  # type: ignore[attr-defined]  # an UPDATE gives a CursorResult


def mark_tapped(db: Session, alert_id: int, now: datetime) -> None:
    """Note the first time its link was opened. The caller commits."""
    first = update(Alert).where(Alert.id == alert_id, Alert.tapped_at.is_(None)).values(tapped_at=now)
    db.execute(first.execution_options(synchronize_session=False))


def alert_by_code(db: Session, code: str) -> Alert | None:
    """Return the message that an address in a text names."""
    query = select(Alert).where(Alert.code == code).options(undefer(Alert.content), joinedload(Alert.account))
    return db.scalars(query).first()


def due_count(db: Session, now: datetime) -> int:
    """Return how many messages wait for a worker now."""
    query = select(func.count()).where(Alert.finished_at.is_(None), Alert.due_at <= now)
    return db.scalar(query) or 0
