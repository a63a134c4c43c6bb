"""What happened that an alert listens to: a row in the transaction of the change itself.

Whoever changes data calls ``record_event``; nobody here knows who listens. ``object`` and ``version`` say what
changed and for which time, so the same change told twice is one event.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, Insert, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base
from models.database import queue_after_commit

PLAN = "plan"
"""Topic under which new events are queued once they are committed."""


class EventKind(StrEnum):
    """What can happen."""

    PROFILE_CHANGED = "profile_changed"
    TALENT_FILED = "talent_filed"
    TALENT_APPROVED = "talent_approved"
    APPLICATION_CHANGED = "application_changed"
    SESSION_MOVED = "session_moved"
    CERTIFICATE_ISSUED = "certificate_issued"
    CONSENT_CHANGED = "consent_changed"
    PROGRAMME_PUBLISHED = "programme_published"


class Event(Base):
    """One thing that happened. ``data`` holds what the row it is about will not say later; never personal data."""

    __tablename__ = "event"
    __table_args__ = (
        Index("uq_event_once", "kind", "object", "version", unique=True),
        Index(
            "ix_event_unplanned",
            "id",
            sqlite_where=text("planned_at IS NULL"),
            postgresql_where=text("planned_at IS NULL"),
        ),
        Index(None, "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[EventKind]
    object: Mapped[str]
    """``<table>:<id>``: application:12."""
    version: Mapped[int]
    member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id", ondelete="SET NULL"))
    data: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    at: Mapped[datetime]
    planned_at: Mapped[datetime | None]
    """When its alerts were written."""
    trouble: Mapped[str | None]
    """Why none could be."""

    @property
    def object_id(self) -> int:
        """Number of the row it is about."""
        return int(self.object.partition(":")[2])


def record_event(
    db: Session,
    kind: EventKind,
    object_: str,
    version: int,
    *,
    member_id: int | None = None,
    data: Mapping[str, Any] | None = None,
    now: datetime,
) -> int | None:
    """Write an event in the caller's transaction; return its id, None when the same one was written before."""
    values = {"kind": kind, "object": object_, "version": version, "member_id": member_id}
    values |= {"data": dict(data or {}), "at": now}
    db.flush()  # what it is about comes first
    event_id: int | None = db.scalar(
        insert_unless_there(db, Event, ("kind", "object", "version")).values(**values).returning(Event.id)
    )
    if event_id is not None:
        queue_after_commit(db, PLAN, [event_id])
    return event_id


def claim_events(
    db: Session, now: datetime, ids: Sequence[int] | None = None, limit: int = 200
) -> list[Event]:
    """Return events nobody has planned yet, oldest first, marked as planned. The caller commits with their alerts."""
    open_ones = select(Event.id).where(Event.planned_at.is_(None)).order_by(Event.id).limit(limit)
    if ids is not None:
        open_ones = open_ones.where(Event.id.in_(ids))
    claimed = db.scalars(
        update(Event)
        .where(Event.id.in_(open_ones.with_for_update(skip_locked=True)), Event.planned_at.is_(None))
        .values(planned_at=now)
        .returning(Event)
        .execution_options(synchronize_session=False)
    ).all()
    return sorted(claimed, key=lambda event: event.id)


def insert_unless_there(db: Session, table: type[Base], key: Sequence[str]) -> Any:
    """Return an INSERT that does nothing where a row with the same ``key`` columns exists."""
    dialect = postgresql if db.get_bind().dialect.name == "postgresql" else sqlite
    # of the table, not the class: SQLAlchemy then compiles one row, however many there are
    statement: Insert = dialect.insert(table.__table__)
    return statement.on_conflict_do_nothing(index_elements=list(key))  # type: ignore[attr-defined]  # of both dialects
