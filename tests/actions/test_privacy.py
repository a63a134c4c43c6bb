"""My data in the chat: told by exact words, opened as pages."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.members import ChannelAccount, Member
from models.rules import Rules
from models.web_sessions import open_session
from tests.chat import Chat
from tests.world import NOW


@pytest.mark.parametrize("words", ["내 정보 보호", "내 데이터 내려받기", "로그인한 기기", "로그아웃"])
def test_the_pages_about_my_data_are_one_tap_away(chat: Chat, member: Member, words: str) -> None:
    assert "지금은 열린 화면이 없어요" in chat.say(words)
    assert set(chat.links()) == {"내 정보 보호 열기", "로그인한 기기 보기", "내 정보 열기"}


@pytest.mark.parametrize(
    "words", ["링크로 보기", "화면에서 보기!", "화면으로 보여줘", "링크로 볼래", "화면에서 볼래"]
)
def test_the_words_on_a_cards_button_open_all_pages(chat: Chat, member: Member, words: str) -> None:
    assert "어떤 화면을 열까요?" in chat.say(words)


def test_the_card_says_in_how_many_browsers_i_am_logged_in(chat: Chat, db: Session, member: Member) -> None:
    account = db.scalars(select(ChannelAccount)).one()
    for browser in ("phone", "phone", "computer"):
        open_session(db, account, browser=browser, device="", rules=Rules(), now=NOW, alone=False)
    db.commit()
    assert "로그인: 지금 2개 기기" in chat.say("로그인한 기기")


def test_without_an_account_the_way_to_link_is_shown(chat: Chat, account: ChannelAccount) -> None:
    assert "먼저 두볼 계정을 연결해요" in chat.say("내 정보 보호")


def test_a_changed_profile_leads_on_to_my_data(chat: Chat, member: Member) -> None:
    chat.say("내 정보 바꾸기")
    assert "저장된 내 정보를 모두 보고" in chat.press("내 정보 보호")
