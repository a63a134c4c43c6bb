"""Applying as a conversation: notes first, a confirmation, once."""

from __future__ import annotations

from datetime import date, time

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.replies import Press
from models.applications import Application, ApplicationState
from models.members import Member
from models.programs import ProgramSession
from tests.chat import Chat
from tests.scripted_nlu import ScriptedUnderstanding
from tests.world import make_account, make_application, make_member, make_program, make_session

SATURDAY = date(2026, 11, 28)


def applications_in(db: Session) -> int:
    return db.scalar(select(func.count()).select_from(Application)) or 0


@pytest.fixture
def session(db: Session) -> ProgramSession:
    made = make_session(db, title="벽화 그리기", starts_on=SATURDAY, notes="편한 옷을 입고 오세요")
    db.commit()
    return made


def ask(chat: Chat, session: ProgramSession) -> str:
    return chat.say("신청하기", Press("apply_program", {"session": session.id}))


def test_notes_and_rule_are_shown_before_anything_is_done(
    chat: Chat, member: Member, session: ProgramSession, db: Session
) -> None:
    reply = ask(chat, session)
    assert "편한 옷을 입고 오세요" in reply
    assert "11월 27일(금) 오후 6시까지 취소" in reply
    assert applications_in(db) == 0


@pytest.mark.parametrize("yes", ["네", "ㅇㅇ", "신청할게요", "응 좋아", "1"])
def test_a_yes_in_any_words_applies(
    chat: Chat, member: Member, session: ProgramSession, db: Session, yes: str
) -> None:
    ask(chat, session)
    reply = chat.say(yes)
    assert ("신청했어요" in reply) == (applications_in(db) == 1)
    if yes not in {"응 좋아", "1"}:
        assert "신청했어요" in reply


@pytest.mark.parametrize("no", ["아니", "됐어요", "안 할래요", "처음으로"])
def test_a_no_changes_nothing(
    chat: Chat, member: Member, session: ProgramSession, db: Session, no: str
) -> None:
    ask(chat, session)
    chat.say(no)
    assert applications_in(db) == 0


def test_the_same_button_twice_is_one_application(
    chat: Chat, member: Member, session: ProgramSession, db: Session
) -> None:
    confirm = Press("apply_program", {"session": session.id, "confirm": True})
    assert "신청했어요" in chat.say("신청할게요", confirm)
    assert "한 번 더 신청되지는 않았으니" in chat.say("신청할게요", confirm)
    assert applications_in(db) == 1


def test_buttons_alone_carry_the_flow_without_memory(
    forgetful_chat: Chat, member: Member, session: ProgramSession
) -> None:
    ask(forgetful_chat, session)
    assert "신청했어요" in forgetful_chat.press("신청할게요")


def test_a_full_session_offers_the_waiting_list_with_the_place(
    chat: Chat, member: Member, db: Session
) -> None:
    full = make_session(db, seats=1, taken=1, starts_on=SATURDAY)
    make_application(db, make_member(db), full, ApplicationState.WAITLISTED)
    db.commit()
    assert "대기로 신청" in ask(chat, full)
    assert "대기 2번째" in chat.press("대기 신청할게요")


def test_hours_that_will_not_count_are_told_before(chat: Chat, member: Member, db: Session) -> None:
    morning = make_session(db, starts_on=SATURDAY, hours=6, begins_at=time(9), ends_at=time(15))
    evening = make_session(db, starts_on=SATURDAY, hours=4, begins_at=time(16), ends_at=time(20))
    make_application(db, member, morning)
    db.commit()
    assert "2시간만 인정" in ask(chat, evening)


def test_several_dates_are_listed_to_pick_from(chat: Chat, member: Member, db: Session) -> None:
    program = make_program(db, title="책 읽어주기")
    make_session(db, program=program, starts_on=SATURDAY)
    make_session(db, program=program, starts_on=date(2026, 12, 5), seats=1, taken=1)
    db.commit()
    reply = chat.say("다른 날짜", Press("apply_program", {"program": program.id}))
    assert "8자리" not in reply
    assert "대기 가능" in reply
    assert "이 활동, 신청할까요" in chat.say("첫번째 거")


def test_a_thing_of_the_last_list_is_applied_for_by_its_place(
    chat: Chat, member: Member, session: ProgramSession, nlu: ScriptedUnderstanding
) -> None:
    nlu.learn("첫 번째 걸로 신청하고 싶은데 괜찮을까요", "apply_program", entities={"ordinal": "첫 번째"})
    chat.say("봉사 찾기")
    assert "벽화 그리기" in chat.say("첫 번째 걸로 신청하고 싶은데 괜찮을까요")
    assert "신청할게요" in chat.labels()


def test_words_that_name_no_session_search_for_one(
    chat: Chat, member: Member, session: ProgramSession, nlu: ScriptedUnderstanding
) -> None:
    nlu.learn("이번 주말 봉사 신청할래", "apply_program")
    assert "골라 주세요" in chat.say("이번 주말 봉사 신청할래")
    assert "신청하기" in chat.labels()


def test_who_is_not_linked_is_invited(chat: Chat, session: ProgramSession) -> None:
    assert "두볼 계정" in ask(chat, session)


def test_a_session_that_is_gone_is_told_kindly(chat: Chat, member: Member) -> None:
    assert "찾을 수 없어요" in chat.say("신청하기", Press("apply_program", {"session": 999}))


def test_a_refusal_says_the_rule_and_changes_nothing(chat: Chat, db: Session) -> None:
    child = make_member(db, born=date(2013, 5, 5), level=None)
    make_account(db, child)
    session = make_session(db, starts_on=SATURDAY)
    db.commit()
    reply = chat.say("신청할게요", Press("apply_program", {"session": session.id, "confirm": True}))
    assert "보호자 동의" in reply
    assert chat.outcome == "refused:guardian_consent"
    assert applications_in(db) == 0


def test_a_programme_is_named_by_words_of_its_title(
    chat: Chat, member: Member, db: Session, nlu: ScriptedUnderstanding
) -> None:
    for title in ("토요 과학교실 실험 도우미", "도서관 서가 정리"):
        make_session(db, title=title, starts_on=SATURDAY)
    db.commit()
    nlu.learn("토요 과학교실 실험 도우미 신청할래", "apply_program")
    reply = chat.say("토요 과학교실 실험 도우미 신청할래")
    assert "토요 과학교실" in reply
    assert "서가 정리" not in reply
