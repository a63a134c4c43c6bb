"""Distress, insults and attacks."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.clock import SEOUL, SetClock
from models.members import ChannelAccount, Member
from models.tickets import Ticket, TicketKind
from tests.chat import Chat
from tests.scripted_nlu import ScriptedUnderstanding

LINES = ["1388", "112", "119"]


def tickets(db: Session) -> list[Ticket]:
    return list(db.scalars(select(Ticket).execution_options(populate_existing=True)))


def test_distress_gets_the_help_lines_a_person_and_an_urgent_ticket_at_once(
    chat: Chat, db: Session, member: Member
) -> None:
    read = chat.say("죽고 싶어")
    assert "말해 줘서 고마워요" in read
    assert chat.numbers() == LINES
    assert chat.offers_operator()
    (ticket,) = tickets(db)
    assert (ticket.kind, ticket.urgent, ticket.member_id) == (TicketKind.CRISIS, True, member.id)
    assert ticket.summary == "죽고 싶어"


def test_distress_is_heard_without_an_account_and_without_the_nlu(
    chat: Chat, db: Session, account: ChannelAccount, nlu: ScriptedUnderstanding
) -> None:
    nlu.available = False
    chat.say("아빠가 자꾸 때려요")
    assert chat.numbers() == LINES
    assert tickets(db)[0].account_id == account.id


def test_saying_it_twice_keeps_one_ticket_with_all_words(chat: Chat, db: Session, member: Member) -> None:
    chat.say("죽고 싶어")
    chat.say("죽고 싶어")
    chat.say("살기 싫어 010-0000-1234로 전화해줘")
    (ticket,) = tickets(db)
    assert ticket.summary == "죽고 싶어\n살기 싫어 010-0000-1234로 전화해줘"


def test_an_unsure_reading_asks_gently_and_still_shows_the_lines(
    chat: Chat, db: Session, member: Member, nlu: ScriptedUnderstanding
) -> None:
    nlu.learn("요즘 다 힘드네", "crisis_support", confidence=0.3)
    assert "혹시 지금 힘든 일이 있어요?" in chat.say("요즘 다 힘드네")
    assert chat.numbers() == LINES
    assert [ticket.urgent for ticket in tickets(db)] == [False]
    assert "말해 줘서 고마워요" in chat.press("네, 힘들어요")
    assert [ticket.urgent for ticket in tickets(db)] == [True]


def test_a_false_alarm_goes_back_to_the_menu(chat: Chat, member: Member, nlu: ScriptedUnderstanding) -> None:
    nlu.learn("요즘 다 힘드네", "crisis_support", confidence=0.3)
    chat.say("요즘 다 힘드네")
    assert "보람이에요" in chat.press("아니에요")


def test_at_night_nobody_is_told_to_wait_for_an_operator(chat: Chat, clock: SetClock, member: Member) -> None:
    clock.set(datetime(2026, 11, 27, 23, 0, tzinfo=SEOUL))
    read = chat.say("자살하고 싶어")
    assert "11월 30일(월) 오전 9시" in read
    assert "기다리지 말고 1388" in read


def test_distress_interrupts_an_open_question(chat: Chat, member: Member) -> None:
    chat.say("재능나눔")
    chat.say("그냥 죽고 싶어요")
    assert chat.numbers() == LINES


@pytest.mark.parametrize(
    ("intent", "words"), [("abuse", "답하지 않을게요"), ("security_attack", "도와줄 수 없어요")]
)
def test_insults_and_attacks_meet_a_calm_boundary_and_the_menu(
    chat: Chat, db: Session, member: Member, nlu: ScriptedUnderstanding, intent: str, words: str
) -> None:
    nlu.learn("나쁜 말", intent)
    assert words in chat.say("나쁜 말")
    assert chat.read() == chat.say("나쁜 말")
    assert "봉사 찾기" in chat.labels()
    assert tickets(db) == []
