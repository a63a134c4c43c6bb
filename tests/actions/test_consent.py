"""The 1365 link in a chat."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy.orm import Session

from bot.replies import Press
from models.consents import consent_of
from models.members import ChannelAccount, Member
from tests.chat import Chat
from tests.scripted_nlu import ScriptedUnderstanding
from tests.world import make_account, make_consent, make_member


def test_without_an_account_the_way_to_link_is_shown(chat: Chat, account: ChannelAccount) -> None:
    assert "먼저 두볼 계정을 연결해요" in chat.say("1365 연계")


@pytest.mark.parametrize(
    ("dovol", "site_1365", "facts", "next_step"),
    [
        (True, True, "두볼: 동의함\n1365: 동의함", "잘 이어져 있어요"),
        (True, False, "두볼: 동의함\n1365: 동의 안 함", "봉사실적 연계 동의'에서 동의해 주세요"),
        (True, None, "두볼: 동의함\n1365: 확인 안 됨", "아직 확인되지 않았어요"),
        (False, True, "두볼: 동의 안 함\n1365: 동의함", "먼저 두볼에서 동의해 볼까요?"),
    ],
)
def test_both_sides_are_shown_with_the_next_step(
    chat: Chat, db: Session, member: Member, dovol: bool, site_1365: bool | None, facts: str, next_step: str
) -> None:
    make_consent(db, member, dovol=dovol, site_1365=site_1365)
    db.commit()
    read = chat.say("1365 연계")
    assert facts in read
    assert next_step in read
    assert "화면에서 보기" in chat.links()


def test_different_names_are_the_first_thing_to_mend(chat: Chat, db: Session, member: Member) -> None:
    make_consent(db, member, dovol=True, site_1365=True, names_differ=True)
    db.commit()
    assert "이름이 서로 달라서" in chat.say("1365 연계")


def test_agreeing_asks_first_and_pressing_twice_changes_one_thing(
    chat: Chat, db: Session, member: Member
) -> None:
    assert "두볼: 동의 안 함" in chat.say("1365 연계")
    assert "동의할까요?" in chat.press("두볼에서 동의")
    assert consent_of(db, member) is None
    yes = chat.target("동의할게요")
    assert isinstance(yes, Press)
    assert "두볼에서 동의했어요!" in chat.say("동의할게요", yes)
    assert "이미 동의했어요" in chat.say("동의할게요", yes)
    consent = consent_of(db, member)
    assert consent is not None
    assert (consent.dovol_agreed, consent.version, len(consent.history)) == (True, 1, 1)


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        ("1365 연계 동의할게요", "동의할까요?"),
        ("1365 연동 하고 싶어", "동의할까요?"),
        ("1365 연계해줘", "동의할까요?"),
        ("1365 연동 끊어줘", "이미 동의하지 않은 상태예요"),
        ("동의한 거 취소할래 1365", "이미 동의하지 않은 상태예요"),
        ("1365 연결 상태 알려줘", "1365 연계 상태"),
        ("나 1365 연계 돼있어?", "1365 연계 상태"),
    ],
)
def test_a_wish_in_words_is_asked_about_before_anything_changes(
    chat: Chat, db: Session, member: Member, nlu: ScriptedUnderstanding, words: str, asked: str
) -> None:
    nlu.learn(words, "consent_1365")
    assert asked in chat.say(words)
    assert consent_of(db, member) is None


def test_agreeing_is_answered_by_a_word(chat: Chat, db: Session, member: Member) -> None:
    chat.say("1365 연계")
    chat.press("두볼에서 동의")
    assert "두볼에서 동의했어요!" in chat.say("응")


@pytest.mark.parametrize("words", ["아니", "됐어", "그대로 둘래요"])
def test_a_no_leaves_everything_as_it_was(chat: Chat, db: Session, member: Member, words: str) -> None:
    chat.say("1365 연계")
    chat.press("두볼에서 동의")
    chat.say(words)
    assert consent_of(db, member) is None


def test_withdrawing_says_what_is_not_known_and_is_kept_in_the_history(
    chat: Chat, db: Session, member: Member
) -> None:
    make_consent(db, member, dovol=True, site_1365=True)
    db.commit()
    chat.say("1365 연계")
    assert "아직 확인하지 못했어요" in chat.press("두볼 동의 취소")
    assert "두볼 동의를 취소했어요" in chat.press("취소할게요")
    consent = consent_of(db, member)
    assert consent is not None
    assert [(step.dovol_agreed, step.via) for step in consent.history] == [(False, "chat")]


def test_a_child_without_a_guardians_consent_cannot_agree_but_can_withdraw(chat: Chat, db: Session) -> None:
    child = make_member(db, born=date(2014, 1, 1))
    make_account(db, child)
    db.commit()
    for words, press in (("1365 연계", None), ("동의할게요", Press("consent_1365", {"agree": True}))):
        assert "보호자 동의가 먼저 필요해요" in chat.say(words, press)
        assert "두볼에서 동의" not in chat.labels()
        assert "보호자 동의 받기" in chat.links()
    chat.say("동의할게요", Press("consent_1365", {"agree": True, "confirm": True}))
    assert consent_of(db, child) is None
    make_consent(db, child, dovol=True, site_1365=None)
    db.commit()
    chat.say("1365 연계")
    chat.press("두볼 동의 취소")
    assert "두볼 동의를 취소했어요" in chat.press("취소할게요")


def test_other_words_do_not_agree_and_the_question_can_be_left_for_something_else(
    chat: Chat, db: Session, member: Member, nlu: ScriptedUnderstanding
) -> None:
    nlu.learn("내 시간 몇 시간이야", "check_hours")
    chat.say("1365 연계")
    chat.press("두볼에서 동의")
    chat.say("음 그게 뭐더라")
    assert chat.outcome == "asked_again"
    chat.say("내 시간 몇 시간이야")
    assert chat.outcome == "answered"
    assert consent_of(db, member) is None
