"""The goal of hours, set by saying it."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.replies import Press
from models.members import ChannelAccount, Member
from models.profiles import ProfileChange
from tests.chat import Chat
from tests.scripted_nlu import ScriptedUnderstanding


def goal(db: Session, member: Member) -> int | None:
    db.expire_all()
    return db.get_one(Member, member.id).hours_goal


@pytest.mark.parametrize(
    "words",
    [
        "목표 40시간으로 바꿔줘",
        "봉사시간 목표를 40시간으로 바꿔 주세요!",
        "내 목표 40으로 정할래",
        "40시간으로 목표 변경",
        "목표 40시간으로",
    ],
)
def test_a_goal_that_is_said_is_set_at_once(chat: Chat, db: Session, member: Member, words: str) -> None:
    read = chat.say(words)
    assert "목표를 바꿨어요" in read
    assert "이번 학년 목표를 40시간으로 정했어요." in read
    assert chat.links()["화면에서 보기"].startswith("https://boram.example/l/")
    assert goal(db, member) == 40
    change = db.scalars(select(ProfileChange)).one()
    assert (change.fields, change.via) == (["hours_goal"], "chat")


def test_one_press_takes_it_back(chat: Chat, db: Session, member: Member) -> None:
    chat.say("목표 40시간으로 바꿔줘")
    chat.say("목표 50시간으로 바꿔줘")
    assert "40시간으로" in chat.press("되돌리기")
    assert goal(db, member) == 40


def test_everybodys_goal_comes_back_too(chat: Chat, db: Session, member: Member) -> None:
    chat.say("목표 40시간으로 바꿔줘")
    assert "20시간으로" in chat.press("되돌리기")
    assert goal(db, member) is None


def test_the_same_goal_twice_changes_nothing(chat: Chat, db: Session, member: Member) -> None:
    chat.say("목표 40시간으로 바꿔줘")
    assert "이미 그 목표예요" in chat.say("목표 40시간으로 바꿔줘")
    assert "되돌리기" not in chat.labels()
    assert len(db.scalars(select(ProfileChange)).all()) == 1


@pytest.mark.parametrize("words", ["목표 바꾸기", "봉사시간 목표 바꾸기", "목표를 바꾸고 싶어요"])
@pytest.mark.parametrize("answer", ["35", "35시간이요", "음 35시간으로 해줘"])
def test_without_a_number_one_is_asked_for(
    chat: Chat, db: Session, member: Member, nlu: ScriptedUnderstanding, words: str, answer: str
) -> None:
    nlu.learn(answer, "check_hours")
    assert "지금은 20시간이에요" in chat.say(words)
    assert chat.labels() == ["20시간", "30시간", "40시간", "그만둘래요"]
    assert "35시간으로" in chat.say(answer)
    assert goal(db, member) == 35


@pytest.mark.parametrize("words", ["0시간", "1000", "-5시간", "2.5시간", "많이"])
def test_a_goal_that_cannot_be_is_asked_for_again(
    chat: Chat, db: Session, member: Member, words: str
) -> None:
    chat.say("목표 바꾸기")
    assert "1부터 999까지" in chat.say(words)
    assert goal(db, member) is None
    assert "40시간으로" in chat.press("40시간")


@pytest.mark.parametrize("words", ["목표 0시간으로 바꿔줘", "목표 99999시간으로 바꿔줘"])
def test_any_number_is_measured_by_the_pages_rule(
    chat: Chat, db: Session, member: Member, words: str
) -> None:
    assert "1부터 999까지" in chat.say(words)
    assert goal(db, member) is None


@pytest.mark.parametrize(
    "words", ["목표 40시간으로 바꾸지 마", "목표까지 40시간 남았어?", "목표 40시간 채우는 중"]
)
def test_what_only_speaks_of_a_goal_sets_none(chat: Chat, db: Session, member: Member, words: str) -> None:
    chat.say(words)
    assert goal(db, member) is None


def test_it_needs_no_understanding(
    chat: Chat, db: Session, member: Member, nlu: ScriptedUnderstanding
) -> None:
    nlu.available = False
    chat.say("목표 바꾸기")
    chat.say("25시간")
    assert goal(db, member) == 25


def test_while_words_of_ones_own_are_awaited_they_are_the_answer(
    chat: Chat, db: Session, member: Member
) -> None:
    chat.say("직원에게 남기기", Press("human_agent", {"leave": True}))
    chat.say("목표 40시간으로 바꿔줘")
    assert goal(db, member) is None


def test_distress_comes_before_a_goal(chat: Chat, db: Session, member: Member) -> None:
    chat.say("목표 바꾸기")
    assert "1388" in " ".join([chat.say("죽고 싶어요"), *chat.labels(), *chat.numbers()])
    assert goal(db, member) is None


def test_without_an_account_the_way_to_link_is_shown(chat: Chat, account: ChannelAccount) -> None:
    assert "먼저 두볼 계정을 연결해요" in chat.say("목표 40시간으로 바꿔줘")
