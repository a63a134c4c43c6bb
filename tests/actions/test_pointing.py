"""Words that point at what was shown, as a conversation."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy.orm import Session

from models.applications import Application, ApplicationState
from models.members import Member
from tests.chat import Chat
from tests.scripted_nlu import ScriptedUnderstanding
from tests.world import PHONE, make_application, make_session


@pytest.fixture(autouse=True)
def world(db: Session, member: Member) -> Member:
    """Make three programmes that can be applied for and one application."""
    for n, (title, place) in enumerate(
        (("하천 줍기", "천안천"), ("책 정리", "성정도서관"), ("개 산책", "보호소")), 1
    ):
        make_session(db, title=title, place=place, starts_on=date(2026, 12, n))
    db.commit()
    return member


def test_one_of_several_is_asked_for_and_chosen_by_number(chat: Chat, nlu: ScriptedUnderstanding) -> None:
    chat.say("봉사 찾기")
    nlu.learn("그거 신청할래", "apply_program")
    assert "어떤 걸 말하는 거예요?" in chat.say("그거 신청할래")
    assert chat.outcome == "asked_which"
    assert chat.labels() == ["하천 줍기", "책 정리", "개 산책"]
    assert "책 정리" in chat.say("두 번째")
    assert "신청할게요" in chat.labels()


def test_the_neighbour_of_the_last_is_taken(chat: Chat) -> None:
    chat.say("봉사 찾기")
    assert "책 정리" in chat.say("마지막 거 말고 그 앞에 거")


def test_a_name_still_means_the_thing_after_a_detour(chat: Chat, nlu: ScriptedUnderstanding) -> None:
    chat.say("봉사 찾기")
    chat.say("내 봉사시간")
    nlu.learn("아까 그 도서관 신청할래", "apply_program")
    assert "책 정리" in chat.say("아까 그 도서관 신청할래")
    assert "신청할게요" in chat.labels()


def test_what_is_asked_about_the_thing_in_question_shows_it(chat: Chat, nlu: ScriptedUnderstanding) -> None:
    chat.say("봉사 찾기")
    chat.say("책 정리")
    for words in ("그거 몇 시야", "거기 어디야?", "그 기관 전화번호"):
        nlu.learn(words, "out_of_scope", confidence=0.6)
        assert "12월 2일(수)" in chat.say(words)
        assert chat.numbers() == [PHONE]


def test_what_nobody_showed_is_asked_about_with_the_list(chat: Chat, nlu: ScriptedUnderstanding) -> None:
    chat.say("봉사 찾기")
    nlu.learn("아까 그 고양이 카페 신청할래", "apply_program")
    assert "이 중에 있나요?" in chat.say("아까 그 고양이 카페 신청할래")


def test_where_nothing_was_shown_the_action_finds_its_own(chat: Chat, nlu: ScriptedUnderstanding) -> None:
    nlu.learn("그거 신청할래", "apply_program")
    assert "신청할 활동을 골라 주세요" in chat.say("그거 신청할래")


def test_what_was_looked_at_is_what_is_cancelled(
    chat: Chat, nlu: ScriptedUnderstanding, db: Session, world: Member
) -> None:
    mine = [
        make_application(db, world, make_session(db, title=title)) for title in ("벽화 그리기", "경로당 말벗")
    ]
    db.commit()
    chat.say("내 신청")
    chat.say("경로당 말벗")
    nlu.learn("그거 취소해줘", "cancel_application")
    assert "정말 취소할까요?" in chat.say("그거 취소해줘")
    chat.say("네")
    db.expire_all()
    states = [db.get_one(Application, each.id).state for each in mine]
    assert states == [ApplicationState.APPLIED, ApplicationState.CANCELLED_BY_USER]


def test_another_of_the_kind_is_the_next_page(chat: Chat, nlu: ScriptedUnderstanding, db: Session) -> None:
    for n in range(4, 9):
        make_session(db, title=f"활동 {n}", starts_on=date(2026, 12, n))
    db.commit()
    first = chat.say("봉사 찾기")
    nlu.learn("이거 말고 다른 거 보여줘", "clarify_needed", confidence=0.5)
    more = chat.say("이거 말고 다른 거 보여줘")
    assert "더 찾아봤어요" in more
    assert "활동 8" in more
    assert "활동 8" not in first


def test_a_topic_is_answered_though_something_was_shown(chat: Chat, nlu: ScriptedUnderstanding) -> None:
    chat.say("봉사 찾기")
    nlu.learn("그거 취소는 언제까지 돼요", "cancel_application", topic="cancel_application/cancel_deadline")
    chat.say("그거 취소는 언제까지 돼요")
    assert chat.outcome == "answered"


def test_without_memory_words_that_point_are_words_of_the_wish(
    forgetful_chat: Chat, nlu: ScriptedUnderstanding
) -> None:
    nlu.learn("책 정리 그거 신청할래", "apply_program")
    forgetful_chat.say("봉사 찾기")
    assert "책 정리" in forgetful_chat.say("책 정리 그거 신청할래")
