"""Messages that staff send to the people of a session or a programme: called off, moved, something to know.

Staff compose one, look at it and at what it costs, and schedule it. When its time has come everybody in its audience
gets a row in the outbox (``alerts/staff_sends``), in batches, and each person once however often that is begun anew.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base
from models.programs import Program, ProgramSession

LONGEST_TEXT = 200
"""Characters staff may write: what a card has room for beside the facts."""
STAFF_SEND_KIND = 4
"""Alert it goes out as: what becomes of an application."""


class SendReason(StrEnum):
    """What a message is about."""

    CALLED_OFF = "called_off"
    MOVED = "moved"
    NOTICE = "notice"


class SendState(StrEnum):
    """Where a message of staff stands."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    SENDING = "sending"
    """Its rows are being written, or some of them have not ended yet."""
    DONE = "done"
    CANCELLED = "cancelled"


class NotSendable(Exception):
    """What staff want cannot be done; the message says why and what to do, in Korean."""


class StaffSend(Base):
    """One message of staff. Its audience are the applicants of a session, or of all sessions of a programme."""

    __tablename__ = "staff_send"
    __table_args__ = (
        Index(
            "ix_staff_send_due",
            "send_at",
            "id",
            sqlite_where=text("state IN ('scheduled', 'sending')"),
            postgresql_where=text("state IN ('scheduled', 'sending')"),
        ),
        Index(None, "created_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int | None] = mapped_column(ForeignKey("program_session.id"), index=True)
    program_id: Mapped[int | None] = mapped_column(ForeignKey("program.id"), index=True)
    states: Mapped[list[str]]
    """States of applications it goes to."""
    reason: Mapped[SendReason]
    text: Mapped[str]
    urgent: Mapped[bool] = mapped_column(default=False)
    """Goes in quiet hours too."""
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    send_at: Mapped[datetime | None]
    state: Mapped[SendState] = mapped_column(default=SendState.DRAFT)
    audience: Mapped[int | None]
    """How many people it was for when it was scheduled."""
    reached: Mapped[int] = mapped_column(default=0)
    """Largest member id whose row is written: where a send that broke off goes on."""
    written_at: Mapped[datetime | None]
    """When the last row was written."""
    done_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    cancelled_by: Mapped[str | None]

    session: Mapped[ProgramSession | None] = relationship()
    program: Mapped[Program | None] = relationship()
