"""Hello, thanks, and what is not ours."""

from __future__ import annotations

import pytest

from actions.smalltalk import EXAMPLES
from models.members import ChannelAccount, Member
from tests.chat import Chat
from tests.scripted_nlu import ScriptedUnderstanding


def test_a_greeting_shows_the_menu_and_names_nobody(chat: Chat, member: Member) -> None:
    read = chat.say("안녕")
    assert "보람이에요" in read
    assert "봉사 찾기 | 지역, 날짜, 분야로 찾아요" in read
    assert "길동" not in read


def test_a_person_without_an_account_is_told_what_linking_gives(chat: Chat, account: ChannelAccount) -> None:
    assert "두볼 계정을 연결하면" in chat.say("안녕")


def test_the_menu_is_picked_by_number_or_word(chat: Chat, account: ChannelAccount) -> None:
    chat.say("메뉴")
    assert "먼저 두볼 계정을 연결해요" in chat.say("2번")
    chat.say("메뉴")
    assert "먼저 두볼 계정을 연결해요" in chat.say("내 봉사시간")


@pytest.mark.parametrize(
    ("intent", "words"),
    [("thanks_bye", "언제든 또 불러"), ("clarify_needed", "어떤 걸 말하는"), ("out_of_scope", "그건 제가 잘 몰라요")],
)  # fmt: skip
def test_small_talk_is_answered_shortly_with_a_way_on(
    chat: Chat, account: ChannelAccount, nlu: ScriptedUnderstanding, intent: str, words: str
) -> None:
    nlu.learn("그거 있잖아 그거", intent)
    assert words in chat.say("그거 있잖아 그거")
    assert chat.labels()
    assert chat.say("그거 있잖아 그거") == chat.read()


def test_out_of_scope_gives_three_sentences_that_work(
    chat: Chat, account: ChannelAccount, nlu: ScriptedUnderstanding
) -> None:
    nlu.learn("오늘 날씨 어때", "out_of_scope")
    chat.say("오늘 날씨 어때")
    assert chat.labels() == list(EXAMPLES)
    nlu.learn("내 봉사시간 알려줘", "check_hours")
    assert "먼저 두볼 계정을 연결해요" in chat.press("내 봉사시간 알려줘")
