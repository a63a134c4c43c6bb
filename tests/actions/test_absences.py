"""Marked absent, and objecting to it."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.replies import Data, Press
from models.applications import Application, ApplicationState
from models.clock import SetClock
from models.members import ChannelAccount, Member
from models.tickets import Ticket, TicketKind
from tests.chat import Chat
from tests.scripted_nlu import ScriptedUnderstanding
from tests.world import NOW, PHONE, make_application, make_session

THREE_DAYS_AGO = NOW - timedelta(days=3)


def tickets(db: Session) -> list[Ticket]:
    return list(db.scalars(select(Ticket).execution_options(populate_existing=True)))


def absence(
    db: Session, member: Member, title: str = "도서관 책 정리", changed_at: datetime = THREE_DAYS_AGO
) -> Application:
    session = make_session(db, title=title, starts_on=date(2026, 11, 19))
    made = make_application(
        db,
        member,
        session,
        ApplicationState.ABSENT,
        applied_at=NOW - timedelta(days=9),
        changed_at=changed_at,
    )
    db.commit()
    return made


def test_without_an_account_the_way_to_link_is_shown(chat: Chat, account: ChannelAccount) -> None:
    assert "먼저 두볼 계정을 연결해요" in chat.say("불참 기록")


def test_without_an_absence_it_says_so(chat: Chat, member: Member) -> None:
    assert "불참으로 기록된 활동이 없어요" in chat.say("불참 기록")


def test_one_absence_is_shown_with_deadline_and_telephone(chat: Chat, db: Session, member: Member) -> None:
    absence(db, member)
    read = chat.say("불참 기록")
    assert "도서관 책 정리" in read
    assert "이의 마감: 11월 27일(금)" in read
    assert chat.numbers() == [PHONE]


def test_an_objection_in_own_words_reaches_the_staff(chat: Chat, db: Session, member: Member) -> None:
    application = absence(db, member)
    chat.say("불참 기록")
    assert "어떤 일이 있었는지" in chat.press("이의 내기")
    assert "이의를 접수했어요" in chat.say("10시에 가서 12시까지 책을 꽂았어요")
    (ticket,) = tickets(db)
    assert (ticket.kind, ticket.about, ticket.member_id) == (
        TicketKind.OBJECTION,
        f"application:{application.id}",
        member.id,
    )
    assert "10시에 가서 12시까지 책을 꽂았어요" in ticket.summary


def test_objecting_twice_adds_to_the_same_ticket(chat: Chat, db: Session, member: Member) -> None:
    absence(db, member)
    for words in ("저 갔어요", "사진도 있어요", "사진도 있어요"):
        chat.say("불참 기록")
        chat.press("이의 내기")
        chat.say(words)
    assert "덧붙였어요" in chat.read()
    (ticket,) = tickets(db)
    assert ticket.summary == "불참 이의: 저 갔어요\n불참 이의: 사진도 있어요"


def test_after_the_deadline_the_rule_is_told(
    chat: Chat, clock: SetClock, db: Session, member: Member
) -> None:
    application = absence(db, member)
    clock.set(NOW + timedelta(days=4))
    assert "이의를 낼 수 있어요" in chat.say("불참 기록")
    assert "이의 내기" in chat.labels()
    clock.set(NOW + timedelta(days=5))
    assert "기간은 지났어요" in chat.say("불참 기록")
    assert "이의 내기" not in chat.labels()
    chat.say("이의 내기", Press("no_show", {"application": application.id, "object": True}))
    assert chat.outcome == "refused:objection_too_late"
    chat.say("늦은 이유", Press("no_show", {"application": application.id, "reason": "갔어요"}))
    assert chat.outcome == "refused:objection_too_late"
    assert tickets(db) == []


def test_several_absences_are_picked_by_number_newest_first(chat: Chat, db: Session, member: Member) -> None:
    absence(db, member, "도서관 책 정리")
    absence(db, member, "벽화 그리기")
    assert "2개 있어요" in chat.say("불참 기록")
    assert chat.say("2번").startswith("도서관 책 정리")


def test_an_objection_can_be_given_up(chat: Chat, db: Session, member: Member) -> None:
    absence(db, member)
    chat.say("불참 기록")
    chat.press("이의 내기")
    chat.say("됐어")
    assert tickets(db) == []


def test_the_objection_of_someone_else_is_refused(
    chat: Chat, db: Session, member: Member, stranger: Member
) -> None:
    theirs = absence(db, stranger, "비밀 봉사")
    data: Data = {"application": theirs.id, "reason": "제가 할게요"}
    assert "비밀 봉사" not in chat.say("이의", Press("no_show", data))
    assert chat.outcome == "refused:not_yours"
    assert tickets(db) == []


@pytest.mark.parametrize("state", [ApplicationState.ATTENDED, ApplicationState.APPROVED])
def test_nothing_can_be_objected_to_without_an_absence(
    chat: Chat, db: Session, member: Member, state: ApplicationState
) -> None:
    application = make_application(db, member, make_session(db), state)
    db.commit()
    data: Data = {"application": application.id, "reason": "그냥"}
    assert "불참으로 기록되어 있지 않아요" in chat.say("이의", Press("no_show", data))
    assert tickets(db) == []


def test_what_the_host_wrote_is_shown(
    chat: Chat, db: Session, member: Member, nlu: ScriptedUnderstanding
) -> None:
    application = absence(db, member)
    application.reason = "연락 없이 오지 않음"
    db.commit()
    nlu.learn("왜 불참이야", "no_show")
    assert "남긴 말: 연락 없이 오지 않음" in chat.say("왜 불참이야")
