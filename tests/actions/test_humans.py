"""Reaching a person."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from actions.humans import next_opening
from models.clock import SEOUL, SetClock
from models.members import ChannelAccount, Member
from models.rules import Rules, RuleSetting
from models.tickets import Ticket, TicketKind
from tests.chat import Chat
from tests.world import NOW

EVENING = datetime(2026, 11, 23, 20, 0, tzinfo=SEOUL)


def tickets(db: Session) -> list[Ticket]:
    return list(db.scalars(select(Ticket).execution_options(populate_existing=True)))


def test_in_office_hours_the_room_is_handed_over(chat: Chat, account: ChannelAccount) -> None:
    assert "상담원에게 이어 줄게요" in chat.say("상담원 연결")
    assert chat.offers_operator()


def test_a_telephone_is_offered_when_there_is_one(chat: Chat, db: Session, account: ChannelAccount) -> None:
    chat.say("상담원 연결")
    assert chat.numbers() == []
    db.add(RuleSetting(name="operator_phone", value="02-000-0000", changed_at=NOW, changed_by="staff"))
    db.commit()
    assert "전화: 02-000-0000" in chat.say("상담원 연결")
    assert chat.numbers() == ["02-000-0000"]


def test_out_of_hours_a_message_is_taken_with_what_was_talked_about(
    chat: Chat, clock: SetClock, db: Session, member: Member
) -> None:
    clock.set(EVENING)
    chat.say("확인서")
    chat.say("1365 연계")
    assert "내일 오전 9시에 와요" in chat.say("상담원 연결")
    assert not chat.offers_operator()
    assert "여기에 남겨 주세요" in chat.press("메시지 남기기")
    assert "메시지를 남겼어요" in chat.say("확인서가 계속 안 나와요 010-0000-1234로 연락 주세요")
    (ticket,) = tickets(db)
    assert (ticket.kind, ticket.member_id, ticket.urgent) == (TicketKind.QUESTION, member.id, False)
    assert "확인서가 계속 안 나와요" in ticket.summary
    assert "0000-1234" not in ticket.summary
    assert "앞서 이야기한 것: 확인서, 1365 연계" in ticket.summary


def test_a_second_message_is_added_to_the_open_one(
    chat: Chat, clock: SetClock, db: Session, account: ChannelAccount
) -> None:
    clock.set(EVENING)
    for words in ("첫 번째 문의", "두 번째 문의"):
        chat.say("상담원 연결")
        chat.press("메시지 남기기")
        chat.say(words)
    assert "덧붙였어요" in chat.read()
    (ticket,) = tickets(db)
    assert "첫 번째 문의" in ticket.summary
    assert "두 번째 문의" in ticket.summary


def test_a_message_can_be_given_up(chat: Chat, clock: SetClock, db: Session, account: ChannelAccount) -> None:
    clock.set(EVENING)
    chat.say("상담원 연결")
    chat.press("메시지 남기기")
    assert "여기까지" in chat.say("됐어")
    assert tickets(db) == []


@pytest.mark.parametrize(
    ("now", "said"),
    [
        ((2026, 11, 23, 7), "오늘 오전 9시"),
        ((2026, 11, 23, 18), "내일 오전 9시"),
        ((2026, 11, 27, 18), "11월 30일(월) 오전 9시"),
        ((2026, 11, 29, 12), "내일 오전 9시"),
    ],
)  # fmt: skip
def test_the_next_opening_is_said_in_words(now: tuple[int, int, int, int], said: str) -> None:
    assert next_opening(Rules(), datetime(*now, tzinfo=SEOUL)) == said
