"""Help for those who cannot log in, linked or not."""

from __future__ import annotations

import pytest

from actions.faq import TOPICS
from models.members import ChannelAccount, Member
from tests.chat import Chat
from tests.scripted_nlu import ScriptedUnderstanding

LOGIN_TOPICS = [topic for topic in TOPICS.values() if topic.intent == "login_problem"]


def test_what_usually_goes_wrong_is_offered_without_an_account(chat: Chat, account: ChannelAccount) -> None:
    read = chat.say("로그인이 안 돼요")
    assert all(topic.question in read for topic in LOGIN_TOPICS)
    assert "로그인 화면 열기" in chat.links()


@pytest.mark.parametrize("number", range(1, len(LOGIN_TOPICS) + 1))
def test_each_is_answered_by_its_number(chat: Chat, member: Member, number: int) -> None:
    chat.say("로그인이 안 돼요")
    assert chat.say(f"{number}번").startswith(LOGIN_TOPICS[number - 1].question)


def test_a_topic_that_was_understood_is_answered_at_once(
    chat: Chat, account: ChannelAccount, nlu: ScriptedUnderstanding
) -> None:
    nlu.learn("비번 까먹음", "login_problem", topic="login_problem/reset_password")
    assert chat.say("비번 까먹음").startswith("비밀번호를 잊었어요")


def test_it_warns_not_to_write_secrets(chat: Chat, account: ChannelAccount) -> None:
    assert "채팅에 적지 마세요" in chat.say("로그인이 안 돼요")
