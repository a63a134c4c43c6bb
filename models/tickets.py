"""Tickets: what a person leaves for the staff."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base, Encrypted


class TicketKind(StrEnum):
    """What a ticket is about."""

    QUESTION = "question"
    HOURS_MISSING = "hours_missing"
    OBJECTION = "objection"
    CRISIS = "crisis"


class Ticket(Base):
    """A request for a human. The summary may hold what the person told us, so it is encrypted."""

    __tablename__ = "ticket"
    __table_args__ = (Index(None, "open", "urgent", "created_at"), Index(None, "account_id", "kind", "open"))

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("channel_account.id"))
    member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    kind: Mapped[TicketKind]
    about: Mapped[str] = mapped_column(default="")
    """What it refers to, as table:id; empty when it refers to nothing."""
    summary: Mapped[str] = mapped_column(Encrypted)
    urgent: Mapped[bool] = mapped_column(default=False)
    open: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]


def open_ticket(
    db: Session,
    *,
    account_id: int,
    member_id: int | None,
    kind: TicketKind,
    summary: str,
    now: datetime,
    about: str = "",
    urgent: bool = False,
) -> tuple[Ticket, bool]:
    """Open a ticket, or add to the open one of the same kind and object. The caller commits.

    Returns:
        The ticket, and whether it is new.
    """
    ticket = db.scalars(
        select(Ticket).where(
            Ticket.account_id == account_id,
            Ticket.kind == kind,
            Ticket.about == about,
            Ticket.open.is_(True),
        )
    ).first()
    if ticket is not None:
        if summary not in ticket.summary:
            ticket.summary = f"{ticket.summary}\n{summary}"[-4000:]
        return ticket, False
    ticket = Ticket(
        account_id=account_id,
        member_id=member_id,
        kind=kind,
        about=about,
        summary=summary,
        urgent=urgent,
        created_at=now,
    )
    db.add(ticket)
    db.flush()
    return ticket, True


def has_open_ticket(db: Session, account_id: int, kind: TicketKind, about: str) -> bool:
    """Tell whether the account waits for the staff to look into something."""
    query = select(Ticket.id).where(
        Ticket.account_id == account_id,
        Ticket.kind == kind,
        Ticket.about == about,
        Ticket.open.is_(True),
    )
    return db.scalar(query.limit(1)) is not None
