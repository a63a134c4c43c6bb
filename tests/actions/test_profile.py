"""Changing the profile: the chat opens the page and shows nothing."""

from __future__ import annotations

from models.members import ChannelAccount, Member
from tests.chat import Chat


def test_without_an_account_the_way_to_link_is_shown(chat: Chat, account: ChannelAccount) -> None:
    assert "먼저 두볼 계정을 연결해요" in chat.say("내 정보 바꾸기")


def test_the_page_is_opened_and_no_value_is_shown(chat: Chat, member: Member) -> None:
    read = chat.say("내 정보 바꾸기")
    assert "홍*동" in read
    for value in ("홍길동", "010", "1234", "2010"):
        assert value not in read
    assert set(chat.links()) == {"내 정보 열기", "로그인한 기기 보기"}


def test_saying_it_twice_shows_the_same(chat: Chat, member: Member) -> None:
    assert chat.say("내 정보 바꾸기") == chat.say("내 정보 바꾸기")
