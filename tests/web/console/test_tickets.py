"""Tickets: found urgent first, read for a reason, claimed by one, answered in the chat, closed and opened again."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from models.audit import Did
from models.clock import SetClock
from models.members import ConversationTurn, Member
from models.notices import CHAT_CARD
from models.outbox import Alert
from models.staff import StaffRole
from models.tickets import Ticket, TicketKind, TicketStep, open_ticket
from tests.web.console.colleague import Colleague
from tests.web.visitor import account_of

STORY = "동생 일로 너무 힘들어요"


@pytest.fixture
def operator(colleague: Callable[..., Colleague]) -> Colleague:
    return colleague(StaffRole.OPERATOR)


def leave(
    db: Session, member: Member, clock: SetClock, *, urgent: bool = False, words: str = STORY
) -> Ticket:
    ticket, _ = open_ticket(
        db,
        account_id=account_of(db, member).id,
        member_id=member.id,
        kind=TicketKind.CRISIS if urgent else TicketKind.QUESTION,
        summary=words,
        now=clock.now(),
        urgent=urgent,
    )
    db.commit()
    return ticket


def read_for_a_reason(someone: Colleague, ticket: Ticket) -> str:
    page = f"/console/tickets/{ticket.id}"
    assert someone.post(page, {"usual": "회원이 전화나 채팅으로 물어봤어요"}).status_code == 303
    someone.follow()
    return page


def test_urgent_tickets_come_first_and_the_list_tells_nothing_of_what_was_said(
    colleague: Callable[..., Colleague], db: Session, member: Member, clock: SetClock
) -> None:
    leave(db, member, clock, words="언제 열어요?")
    clock.advance(timedelta(hours=1))
    leave(db, member, clock, urgent=True)
    viewer = colleague(StaffRole.VIEWER)
    viewer.get("/console/tickets")
    words = viewer.read()
    assert words.index("급해요") < words.index("기다려요")
    assert STORY not in words
    assert "언제 열어요" not in words
    assert viewer.get(f"/console/tickets/{leave(db, member, clock).id}").status_code == 403


def test_what_was_said_is_read_for_a_reason_and_every_look_is_written_down(
    operator: Colleague, db: Session, member: Member, clock: SetClock
) -> None:
    ticket = leave(db, member, clock, urgent=True)
    page = f"/console/tickets/{ticket.id}"
    assert STORY not in operator.get(page).text
    read_for_a_reason(operator, ticket)
    assert STORY in operator.read()
    assert "그때의 대화 보기" not in operator.read()
    assert "두볼 연결 연결됨" in operator.read()
    assert member.name not in operator.read()
    looks = [row.did for row in operator.log() if row.about == f"ticket:{ticket.id}"]
    assert looks == [Did.UNMASKED, Did.SEEN]


def test_a_ticket_is_claimed_answered_in_the_chat_closed_and_opened_again(
    operator: Colleague, db: Session, member: Member, clock: SetClock
) -> None:
    ticket = leave(db, member, clock)
    page = read_for_a_reason(operator, ticket)
    refused = operator.post(f"{page}/answer", {"words": "안녕하세요"}, form_on=page)
    assert refused.status_code == 422
    assert "먼저 이 상담을 맡아" in operator.read()
    assert operator.post(f"{page}/claim", form_on=page).status_code == 303
    assert operator.post(f"{page}/answer", {"words": "내일 전화할게요."}, form_on=page).status_code == 303
    operator.follow()
    assert "채팅으로 답함 내일 전화할게요." in operator.read()
    sent = db.scalars(select(Alert).where(Alert.kind == CHAT_CARD).options(undefer(Alert.content))).one()
    assert sent.card.text == "내일 전화할게요."
    assert sent.account_id == ticket.account_id
    assert operator.post(f"{page}/close", {"words": "전화로 풀었어요"}, form_on=page).status_code == 303
    operator.get("/console/tickets")
    assert "여기에는 상담이 없어요" in operator.read()
    operator.get("/console/tickets?show=closed")
    assert f"{ticket.id}번" in operator.read()
    assert operator.post(f"{page}/reopen", {"words": "다시 물어봤어요"}, form_on=page).status_code == 303
    db.expire_all()
    assert (ticket.open, ticket.claimed_by_id, ticket.closed_at) == (True, operator.id, None)
    done = [row.detail for row in operator.log() if row.did is Did.TICKET_CHANGED]
    assert done == ["맡음", "채팅으로 답함", "끝냄", "다시 엶"]
    assert all("전화" not in row.detail for row in operator.log())


def test_a_ticket_leads_to_the_dialog_it_came_from(
    operator: Colleague, db: Session, member: Member, clock: SetClock
) -> None:
    ticket = leave(db, member, clock)
    turn = ConversationTurn(
        account_id=ticket.account_id,
        at=clock.now(),
        words="상담원 연결해 줘",
        pressed=False,
        intent="human_agent",
        confidence=1,
        source="nlu",
        outcome="answered",
        milliseconds=1,
    )
    db.add(turn)
    db.commit()
    read_for_a_reason(operator, ticket)
    found = re.search(r'href="([^"]+)"[^>]*>(?:<svg.*?</svg>)?그때의 대화 보기', operator.page.text)  # type: ignore[union-attr]
    assert found
    assert operator.get(found[1]).status_code == 200
    assert "상담원 연결해 줘" in operator.read()


def test_two_colleagues_never_have_the_same_ticket(
    operator: Colleague, colleague: Callable[..., Colleague], db: Session, member: Member, clock: SetClock
) -> None:
    ticket, other = leave(db, member, clock), colleague(StaffRole.OPERATOR, "이동료")
    path = f"/console/tickets/{ticket.id}/claim"
    assert operator.post(path, form_on="/console/tickets").status_code == 303
    page = read_for_a_reason(other, ticket)
    assert "김담당 님이" in other.read()
    token = other.csrf("/console/account")
    assert other.post_raw(path, {"csrf_token": token}).status_code == 422
    assert "먼저 맡았거나" in other.read()
    assert other.post(f"{page}/close", {"words": "끝"}, form_on=page).status_code == 422
    assert other.post(f"{page}/release", {"words": "휴가 중이에요"}, form_on=page).status_code == 303
    db.expire_all()
    assert ticket.claimed_by_id is None


def test_what_cannot_be_sent_keeps_what_was_typed(
    operator: Colleague, db: Session, member: Member, clock: SetClock
) -> None:
    ticket = leave(db, member, clock)
    page = read_for_a_reason(operator, ticket)
    operator.post(f"{page}/claim", form_on=page)
    for words, advice in (
        ("", "보낼 답을 적어"),
        ("가" * 161, "160자까지"),
        ("101231-3123456", "주민등록번호"),
    ):
        assert operator.post(f"{page}/answer", {"words": words}, form_on=page).status_code == 422
        assert advice in operator.read()
        assert words in operator.read()
    assert db.scalar(select(TicketStep).where(TicketStep.did == "answered")) is None


def test_words_that_come_later_and_markup_stand_as_words(
    operator: Colleague, db: Session, member: Member, clock: SetClock
) -> None:
    ticket = leave(db, member, clock)
    leave(db, member, clock, words="<script>alert(1)</script>")
    read_for_a_reason(operator, ticket)
    assert "<script>alert" not in operator.page.text  # type: ignore[union-attr]  # a page was just opened
    assert "덧붙인 때" in operator.read()


def test_numbers_and_filters_that_are_none_break_nothing(app: Flask, operator: Colleague) -> None:
    for query in ("show=x", "kind=x", "page=0", "page=x", "page=99999", "show=mine&kind=crisis"):
        assert operator.get(f"/console/tickets?{query}").status_code == 200
    assert (
        operator.post(
            "/console/tickets/77", {"reason": "찾아봐요"}, form_on="/console/tickets/77"
        ).status_code
        == 303
    )
    assert operator.follow().status_code == 404
