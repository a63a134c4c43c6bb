"""Tickets on both stores: their order, that one colleague has each, the turn they came from, how long they are kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from models.database import Database
from models.members import ChannelAccount, ConversationTurn
from models.retention import purge
from models.rules import Rules
from models.staff import Staff, StaffRefused, StaffRole, create_staff
from models.tickets import (
    Ticket,
    TicketDid,
    TicketKind,
    WantedTickets,
    claim_ticket,
    close_ticket,
    count_tickets,
    open_ticket,
    reopen_ticket,
    steps_of,
    tickets,
    turn_of,
)
from tests.world import make_account, make_member


@pytest.fixture
def db(database: Database) -> Iterator[Session]:
    with database.session() as session:
        yield session


@pytest.fixture
def account(db: Session) -> ChannelAccount:
    return make_account(db, make_member(db))


@pytest.fixture
def staff(db: Session, now: datetime) -> Staff:
    return create_staff(db, "kim@kywa.example", "김담당", StaffRole.OPERATOR, now)


def leave(
    db: Session, account: ChannelAccount, at: datetime, about: str = "", *, urgent: bool = False
) -> Ticket:
    return open_ticket(
        db,
        account_id=account.id,
        member_id=account.member_id,
        kind=TicketKind.QUESTION,
        summary="도와주세요",
        now=at,
        about=about,
        urgent=urgent,
    )[0]


def said(db: Session, account: ChannelAccount, at: datetime) -> int:
    turn = ConversationTurn(
        account_id=account.id,
        at=at,
        words="",
        pressed=False,
        intent="human_agent",
        confidence=1,
        source="menu",
        outcome="answered",
        milliseconds=1,
    )
    db.add(turn)
    db.flush()
    return turn.id


def test_open_before_closed_urgent_before_others_the_oldest_first(
    db: Session, account: ChannelAccount, staff: Staff, now: datetime
) -> None:
    young = leave(db, account, now, "a:1")
    old = leave(db, account, now - timedelta(hours=2), "a:2")
    urgent = leave(db, account, now, "a:3", urgent=True)
    done = leave(db, account, now - timedelta(days=1), "a:4", urgent=True)
    claim_ticket(db, done, staff, now)
    close_ticket(db, done, staff, "풀었어요", now)
    assert tickets(db, WantedTickets(open=None), limit=9) == [urgent, old, young, done]
    assert tickets(db, WantedTickets(), limit=1, offset=1) == [old]
    assert tickets(db, WantedTickets(open=False), limit=9) == [done]
    assert count_tickets(db, WantedTickets(claimed_by_id=staff.id)) == 0


def test_of_two_colleagues_at_once_one_gets_the_ticket(database: Database, now: datetime) -> None:
    with database.session() as db:
        ticket = leave(db, make_account(db, make_member(db)), now)
        people = [
            create_staff(db, f"{name}@kywa.example", name, StaffRole.OPERATOR, now) for name in ("a", "b")
        ]
        db.commit()
        with database.session() as first:
            claim_ticket(first, first.get_one(Ticket, ticket.id), people[0], now)
            first.commit()
        with pytest.raises(StaffRefused):
            claim_ticket(db, ticket, people[1], now)
        db.rollback()
        with pytest.raises(StaffRefused):
            close_ticket(db, ticket, people[1], "끝", now)
        assert ticket.claimed_by_id == people[0].id
        assert [step.did for step in steps_of(db, ticket)] == [TicketDid.CLAIMED]


def test_the_turn_a_ticket_came_from_is_found_while_it_is_kept(
    db: Session, account: ChannelAccount, now: datetime
) -> None:
    ticket = leave(db, account, now)
    assert turn_of(db, ticket) is None
    turn = said(db, account, now)
    said(db, account, now + timedelta(minutes=5))
    assert turn_of(db, ticket) == turn


def test_closed_tickets_go_after_a_year_with_what_was_done_and_open_ones_stay(
    db: Session, account: ChannelAccount, staff: Staff, now: datetime
) -> None:
    old, open_, again = (leave(db, account, now - timedelta(days=500), f"a:{n}") for n in range(3))
    for ticket in (old, again):
        claim_ticket(db, ticket, staff, now - timedelta(days=400))
        close_ticket(db, ticket, staff, "풀었어요", now - timedelta(days=400))
    reopen_ticket(db, again, staff, "다시 물어봤어요", now)
    db.commit()
    number = old.id
    assert purge(db, Rules(), now)["ticket"] == 1
    db.expire_all()
    assert {ticket.id for ticket in tickets(db, WantedTickets(open=None), limit=9)} == {open_.id, again.id}
    assert steps_of(db, Ticket(id=number)) == []
