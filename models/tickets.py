"""Tickets: what a person leaves for the staff, who takes care of it, and what they did about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, Index, func, select, update
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column, relationship

from models.base import Base, Encrypted
from models.members import ChannelAccount, ConversationTurn
from models.notices import add_notice
from models.outbox import NoticeCard
from models.staff import Staff, StaffRefused


class TicketKind(StrEnum):
    """What a ticket is about."""

    QUESTION = "question"
    HOURS_MISSING = "hours_missing"
    OBJECTION = "objection"
    CRISIS = "crisis"


TICKET_NAMES: dict[TicketKind, str] = {
    TicketKind.QUESTION: "상담원에게 남긴 말",
    TicketKind.HOURS_MISSING: "빠진 봉사시간",
    TicketKind.OBJECTION: "불참 이의",
    TicketKind.CRISIS: "힘들다는 말",
}
"""Kind → what it is called on pages."""
LONGEST_ANSWER = 160
"""Characters of an answer: what a card of the chat has room for beside its title."""
LONGEST_NOTE = 500
ANSWER_TITLE = "상담원이 답했어요"
ANSWER_LIFE = timedelta(days=3)
"""How long an answer can still be fetched in the chat."""


class TicketDid(StrEnum):
    """What staff did about a ticket. The words are in ``TICKET_DID``."""

    CLAIMED = "claimed"
    RELEASED = "released"
    NOTED = "noted"
    ANSWERED = "answered"
    CLOSED = "closed"
    REOPENED = "reopened"


TICKET_DID: dict[TicketDid, str] = {
    TicketDid.CLAIMED: "맡음",
    TicketDid.RELEASED: "내려놓음",
    TicketDid.NOTED: "메모",
    TicketDid.ANSWERED: "채팅으로 답함",
    TicketDid.CLOSED: "끝냄",
    TicketDid.REOPENED: "다시 엶",
}


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
    added_at: Mapped[datetime | None]
    """When the person last added to it."""
    claimed_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    claimed_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None] = mapped_column(index=True)

    account: Mapped[ChannelAccount] = relationship()
    claimed_by: Mapped[Staff | None] = relationship()


class TicketStep(Base):
    """One thing staff did about a ticket; ``words`` are what they wrote, encrypted like the summary."""

    __tablename__ = "ticket_step"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"), index=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    did: Mapped[TicketDid]
    words: Mapped[str] = mapped_column(Encrypted, default="")
    at: Mapped[datetime]

    staff: Mapped[Staff] = relationship()


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
            ticket.added_at = now
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


@dataclass(frozen=True, slots=True)
class WantedTickets:
    """Which tickets are wanted; None for all."""

    open: bool | None = True
    kind: TicketKind | None = None
    claimed_by_id: int | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return what a ticket must fulfil."""
        found: list[ColumnElement[bool]] = []
        if self.open is not None:
            found.append(Ticket.open.is_(self.open))
        if self.kind is not None:
            found.append(Ticket.kind == self.kind)
        if self.claimed_by_id is not None:
            found.append(Ticket.claimed_by_id == self.claimed_by_id)
        return found


def tickets(db: Session, wanted: WantedTickets, *, limit: int, offset: int = 0) -> list[Ticket]:
    """Return tickets: open before closed, urgent before others, of the open ones the oldest first."""
    ended = (
        (Ticket.closed_at.desc(), Ticket.id.desc())
        if wanted.open is False
        else (Ticket.created_at, Ticket.id)
    )
    query = (
        select(Ticket)
        .where(*wanted.conditions())
        .options(joinedload(Ticket.claimed_by), joinedload(Ticket.account))
    )
    query = query.order_by(Ticket.open.desc(), Ticket.urgent.desc(), *ended)
    return list(db.scalars(query.limit(limit).offset(offset)))


def count_tickets(db: Session, wanted: WantedTickets) -> int:
    """Return how many tickets there are."""
    return db.scalar(select(func.count()).select_from(Ticket).where(*wanted.conditions())) or 0


def waiting_tickets(db: Session) -> int:
    """Return how many tickets are open."""
    return count_tickets(db, WantedTickets())


def steps_of(db: Session, ticket: Ticket) -> list[TicketStep]:
    """Return what staff did about a ticket, oldest first."""
    query = select(TicketStep).where(TicketStep.ticket_id == ticket.id).order_by(TicketStep.id)
    return list(db.scalars(query.options(joinedload(TicketStep.staff))))


def turn_of(db: Session, ticket: Ticket) -> int | None:
    """Return the number of the turn in which a ticket was opened or last added to, None when it is not kept."""
    query = select(ConversationTurn.id).where(
        ConversationTurn.account_id == ticket.account_id,
        ConversationTurn.at <= (ticket.added_at or ticket.created_at),
    )
    return db.scalar(query.order_by(ConversationTurn.at.desc(), ConversationTurn.id.desc()).limit(1))


def claim_ticket(db: Session, ticket: Ticket, by: Staff, now: datetime) -> None:
    """Take care of an open ticket that nobody has. The caller commits.

    Raises:
        StaffRefused: somebody has it, or it is closed.
    """
    free = (Ticket.open.is_(True), Ticket.claimed_by_id.is_(None))
    if not _change(db, ticket, free, {"claimed_by_id": by.id, "claimed_at": now}):
        raise StaffRefused("다른 사람이 먼저 맡았거나 이미 끝난 상담이에요. 목록을 다시 봐 주세요.")
    _step(db, ticket, TicketDid.CLAIMED, by, now)


def release_ticket(db: Session, ticket: Ticket, by: Staff, reason: str, now: datetime) -> None:
    """Give a ticket back, or take it from a colleague who is away, with the reason. The caller commits.

    Raises:
        StaffRefused: nobody has it, or it is closed.
    """
    taken = (Ticket.open.is_(True), Ticket.claimed_by_id.is_not(None))
    if not _change(db, ticket, taken, {"claimed_by_id": None, "claimed_at": None}):
        raise StaffRefused("맡은 사람이 없거나 이미 끝난 상담이에요.")
    _step(db, ticket, TicketDid.RELEASED, by, now, reason)


def note_on(db: Session, ticket: Ticket, by: Staff, words: str, now: datetime) -> None:
    """Write a note for colleagues. The caller commits."""
    _step(db, ticket, TicketDid.NOTED, by, now, words)


def answer_ticket(db: Session, ticket: Ticket, by: Staff, words: str, now: datetime) -> None:
    """Show an answer in the person's chat, as a card of the chat. The caller commits.

    Raises:
        StaffRefused: the ticket is a colleague's, or closed.
    """
    _check_mine(ticket, by)
    add_notice(db, ticket.account, NoticeCard(ANSWER_TITLE, words), now, ANSWER_LIFE)
    _step(db, ticket, TicketDid.ANSWERED, by, now, words)


def close_ticket(db: Session, ticket: Ticket, by: Staff, words: str, now: datetime) -> None:
    """Close a ticket with what came of it. The caller commits.

    Raises:
        StaffRefused: it is a colleague's, or closed before.
    """
    _check_mine(ticket, by)
    mine = (Ticket.open.is_(True), Ticket.claimed_by_id == by.id)
    if not _change(db, ticket, mine, {"open": False, "closed_at": now}):
        raise StaffRefused("그사이 다른 사람이 맡았거나 끝낸 상담이에요.")
    _step(db, ticket, TicketDid.CLOSED, by, now, words)


def reopen_ticket(db: Session, ticket: Ticket, by: Staff, reason: str, now: datetime) -> None:
    """Open a closed ticket again, for whoever does it. The caller commits.

    Raises:
        StaffRefused: it is open.
    """
    values = {"open": True, "closed_at": None, "claimed_by_id": by.id, "claimed_at": now}
    if not _change(db, ticket, (Ticket.open.is_(False),), values):
        raise StaffRefused("아직 열려 있는 상담이에요.")
    _step(db, ticket, TicketDid.REOPENED, by, now, reason)


def _check_mine(ticket: Ticket, by: Staff) -> None:
    if not ticket.open:
        raise StaffRefused("이미 끝난 상담이에요. 다시 열고 해 주세요.")
    if ticket.claimed_by_id != by.id:
        raise StaffRefused("먼저 이 상담을 맡아 주세요. 다른 사람이 맡았다면 그 사람과 이야기해 주세요.")


def _change(
    db: Session, ticket: Ticket, still: tuple[ColumnElement[bool], ...], values: Mapping[str, Any]
) -> bool:
    """Change a ticket by one conditional update; False when it is no longer as it was seen."""
    query = update(Ticket).where(Ticket.id == ticket.id, *still).values(**values)
    done = db.execute(query.execution_options(synchronize_session=False))
    db.expire(ticket)
    return bool(done.rowcount)  # type: ignore[attr-defined]  # an UPDATE gives a CursorResult


def _step(db: Session, ticket: Ticket, did: TicketDid, by: Staff, now: datetime, words: str = "") -> None:
    db.add(TicketStep(ticket_id=ticket.id, staff_id=by.id, did=did, words=words, at=now))
    db.flush()
