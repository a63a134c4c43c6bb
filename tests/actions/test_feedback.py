"""Thumbs under the answers of the FAQ, and what a turn keeps."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select, text
from sqlalchemy.orm import Session, undefer

from actions.feedback import DID_NOT, HELPED
from bot.replies import Press
from models.clock import SetClock
from models.members import ConversationTurn, Member
from models.notices import add_notice
from models.outbox import NoticeCard
from tests.chat import Chat
from tests.scripted_nlu import ScriptedUnderstanding

TOPIC = "faq_signup/age_limit"
QUESTION = Press("faq_signup", {"topic": TOPIC})


def turns(db: Session) -> list[ConversationTurn]:
    db.expire_all()
    query = select(ConversationTurn).order_by(ConversationTurn.id).options(undefer("*"))
    return list(db.scalars(query))


def test_a_thumb_is_kept_with_the_answer_it_is_about(chat: Chat, db: Session, clock: SetClock) -> None:
    chat.say("나이", QUESTION)
    clock.advance(timedelta(seconds=20))
    assert "다행이에요" in chat.press(HELPED)
    assert [(turn.intent, turn.topic, turn.rating) for turn in turns(db)] == [
        ("faq_signup", TOPIC, 1),
        ("feedback", None, None),
    ]


def test_pressing_twice_is_pressing_once_and_the_last_opinion_counts(chat: Chat, db: Session) -> None:
    chat.say("나이", QUESTION)
    up, down = chat.target(HELPED), chat.target(DID_NOT)
    assert isinstance(up, Press)
    assert isinstance(down, Press)
    for press, rating in ((up, 1), (up, 1), (down, -1)):
        chat.say("의견", press)
        assert [turn.rating for turn in turns(db)].count(rating) == 1
        assert turns(db)[0].rating == rating


def test_who_was_not_helped_gets_a_way_on(chat: Chat) -> None:
    chat.say("나이", QUESTION)
    assert "미안해요" in chat.press(DID_NOT)
    assert chat.labels() == ["다시 물어보기", "상담원 연결"]
    assert "다른 말로" in chat.press("다시 물어보기")
    chat.say("나이", QUESTION)
    chat.press(DID_NOT)
    assert "상담" in chat.press("상담원 연결")


def test_an_opinion_never_reaches_anybody_elses_turn(chat: Chat, db: Session) -> None:
    chat.say("나이", QUESTION)
    press = chat.target(DID_NOT)
    assert isinstance(press, Press)
    other = Chat(chat.assistant, chat.clock, replace(chat.person, user_key="somebody-else"))
    other.say("의견", press)
    assert [turn.rating for turn in turns(db)] == [None, None]


def test_a_forged_opinion_changes_nothing(chat: Chat, db: Session) -> None:
    chat.say("나이", QUESTION)
    for rating in (7, True, "", "👎", 0):
        assert "다른 말로" in chat.say("의견", Press("feedback", {"topic": TOPIC, "rating": rating}))
    assert "미안해요" in chat.say("의견", Press("feedback", {"topic": "none/none", "rating": -1}))
    assert {turn.rating for turn in turns(db)} == {None}


# --- what a turn keeps


def test_a_turn_keeps_what_was_said_understood_and_answered(
    chat: Chat, db: Session, nlu: ScriptedUnderstanding
) -> None:
    nlu.learn("천안 봉사 찾아줘", "find_program", entities={"region": "천안"}, second=("check_hours", 0.1))
    chat.say("천안 봉사 찾아줘")
    (turn,) = turns(db)
    assert turn.understood is not None
    assert turn.understood["entities"] == [["region", "천안"]]
    assert turn.understood["ranking"] == [["find_program", 0.95], ["check_hours", 0.1]]
    assert (turn.original, turn.alert_kind, turn.rating) == (None, None, None)
    assert turn.reply is not None
    assert json.loads(turn.reply)


def test_the_own_name_and_numbers_are_masked_and_the_words_themselves_are_kept_encrypted(
    chat: Chat, db: Session, member: Member
) -> None:
    said = "나 홍길동이고 010-0000-1234야"
    chat.say(said)
    (turn,) = turns(db)
    assert "홍길동" not in turn.words
    assert "0000" not in turn.words
    assert turn.original == said
    stored = db.execute(text("SELECT words, original, reply, understood FROM conversation_turn")).one()
    assert "홍길동" not in str(stored)
    assert "0000-1234" not in str(stored)
    assert "모르겠어요" not in str(stored)


def test_a_given_name_alone_is_masked_too(chat: Chat, db: Session, member: Member) -> None:
    chat.say("길동이 시간 알려줘")
    assert turns(db)[0].words == "○○○이 시간 알려줘"


def test_a_card_that_was_fetched_is_kept_with_its_alert(
    chat: Chat, db: Session, member: Member, clock: SetClock
) -> None:
    chat.say("안녕")
    account = turns(db)[0].account
    add_notice(db, account, NoticeCard("인증번호", "번호는 123456이에요."), clock.now())
    db.commit()
    assert "123456" in chat.say("인증번호")
    turn = turns(db)[-1]
    assert turn.alert_kind == 0
    assert turn.reply is not None
    assert "123456" not in turn.reply
