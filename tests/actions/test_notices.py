"""Cards the service wanted to show: only the chat they were meant for gets to see them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.memory import Memory
from bot.replies import Press
from bot.turn import NOTICE, Deadline, Person, Turn
from models.clock import SetClock
from models.members import ChannelAccount, Member
from models.notices import LIFETIME, add_notice
from models.outbox import Alert, NoticeCard
from tests.chat import Chat
from tests.world import make_account, make_member

CARD = NoticeCard(
    "취소했어요",
    "마음이 바뀌면 다시 신청할 수 있어요.",
    (("활동", "하천 쓰레기 줍기"),),
    "my_application",
    "7",
)
NOTHING = "지금 보여 줄 새 소식이 없어요."


@pytest.fixture
def notice(db: Session, member: Member, now: datetime) -> Alert:
    account = db.scalars(select(ChannelAccount)).one()
    notice = add_notice(db, account, CARD, now)
    db.commit()
    return notice


def fetch(chat: Chat, key: str, **context: str) -> str:
    """Come for a card as KakaoTalk does when our event wakes the chat."""
    turn = Turn(chat.person, "새 소식", chat.clock.now(), Deadline.after(10), Press(NOTICE, {"key": key}))
    chat.answer = chat.assistant.answer(replace(turn, context=context))
    return chat.read()


def test_a_card_is_shown_with_a_link_of_its_own_as_often_as_it_is_fetched(
    chat: Chat, db: Session, notice: Alert
) -> None:
    links = set()
    for _ in range(2):
        assert "하천 쓰레기 줍기" in fetch(chat, notice.key)
        links.add(chat.links()["화면에서 보기"])
    assert len(links) == 2
    db.expire_all()
    assert notice.shown_at == chat.clock.now()


def test_the_newest_card_is_shown_to_who_asks_without_a_key(chat: Chat, notice: Alert) -> None:
    assert "취소했어요" in fetch(chat, "")


def test_the_key_of_another_chat_shows_nothing(chat: Chat, db: Session, notice: Alert) -> None:
    make_account(db, make_member(db), "thief")
    db.commit()
    chat.person = Person("kakao", "bot", "thief")
    for key in (notice.key, ""):
        assert NOTHING in fetch(chat, key)
        assert chat.links() == {}


def test_where_others_read_along_no_card_is_shown(chat: Chat, db: Session, notice: Alert) -> None:
    for key in (notice.key, ""):
        assert NOTHING in fetch(chat, key, group="room")
    db.expire_all()
    assert notice.shown_at is None


@pytest.mark.parametrize("key", ["x", "A" * 32, "A" * 10_000, "%", "' or 1=1 --"])
def test_a_key_that_is_none_shows_nothing(chat: Chat, notice: Alert, key: str) -> None:
    assert NOTHING in fetch(chat, key)


def test_an_old_card_is_not_shown_any_more(chat: Chat, notice: Alert, clock: SetClock) -> None:
    clock.advance(LIFETIME - timedelta(seconds=1))
    assert "취소했어요" in fetch(chat, notice.key)
    clock.advance(timedelta(seconds=1))
    assert NOTHING in fetch(chat, notice.key)


def test_a_card_that_comes_by_itself_leaves_what_was_talked_about_alone(
    chat: Chat, notice: Alert, memory: Memory
) -> None:
    """Somebody may be speaking at the same moment: their thread must not be written over with an older one."""
    kept = f"session:kakao:{chat.person.bot_id}:{chat.person.user_key}"
    assert CARD.title in fetch(chat, notice.key)
    assert memory.get(kept) is None
