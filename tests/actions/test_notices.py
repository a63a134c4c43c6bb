"""Cards the service wanted to show: only the chat they were meant for gets to see them."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import unquote

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from alerts.digest import plan_digests
from alerts.kinds import Writing, Written
from alerts.matching import match
from alerts.writing.recommendation import write_recommendation
from bot.deliveries import Deliveries
from bot.memory import Memory
from bot.replies import SILENCE, ListCard, Press
from bot.turn import NOTICE, Deadline, Person, Turn
from models.alert_settings import alert_settings_of, set_alerts
from models.clock import SetClock
from models.hosts import HostClub
from models.login_links import LoginLink
from models.members import ChannelAccount, Member
from models.notices import LIFETIME, add_notice
from models.outbox import Alert, NoticeCard, written
from models.rules import Rules
from simulator.rules import check
from skills.kakao.render import render
from tests.chat import Chat
from tests.world import make_account, make_host, make_member, make_session

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


def arrival(chat: Chat, key: str, **context: str) -> Turn:
    """Return what KakaoTalk sends when our event wakes the chat."""
    press = Press(NOTICE, {"key": key})
    return Turn(chat.person, "새 소식", chat.clock.now(), Deadline.after(10), press, context=context)


def fetch(chat: Chat, key: str, **context: str) -> str:
    """Come for a card as KakaoTalk does when our event wakes the chat."""
    chat.answer = chat.assistant.answer(arrival(chat, key, **context))
    return chat.read()


def owe(db: Session, member: Member | None, kind: int, card: NoticeCard, now: datetime) -> Alert:
    """Owe the chat an alert that is written already."""
    account = db.scalars(select(ChannelAccount)).one()
    alert = Alert(
        kind=kind,
        recipient=f"member:{member.id}" if member else "member:0",
        member_id=member.id if member else None,
        account_id=account.id,
        object="application:7",
        content=written(card),
        created_at=now,
        due_at=now,
        deadline=now + timedelta(days=1),
    )
    db.add(alert)
    db.commit()
    return alert


def test_an_event_that_comes_twice_shows_its_card_once(
    chat: Chat, db: Session, notice: Alert, clock: SetClock
) -> None:
    first = clock.now()
    assert "하천 쓰레기 줍기" in fetch(chat, notice.key)
    clock.advance(timedelta(minutes=1))
    fetch(chat, notice.key)
    assert chat.reply is SILENCE
    assert render(chat.reply) == {"version": "2.0", "template": {"outputs": []}}
    db.expire_all()
    assert notice.shown_at == first


def test_of_two_equal_events_at_once_one_shows_the_card(chat: Chat, notice: Alert) -> None:
    turn = arrival(chat, notice.key)
    with ThreadPoolExecutor(4) as callers:
        replies = [each.reply for each in callers.map(chat.assistant.answer, [turn] * 4)]
    assert sorted(len(reply.blocks) for reply in replies) == [0, 0, 0, 1]


def test_one_event_that_kakao_delivers_twice_gets_the_same_card(
    chat: Chat, notice: Alert, memory: Memory
) -> None:
    """What counts is the message: an answer that got lost on its way is given again."""
    deliveries = Deliveries(memory)
    turn = replace(arrival(chat, notice.key), delivery_id="body:1")

    def produce() -> bytes:
        return json.dumps(render(chat.assistant.answer(turn).reply), ensure_ascii=False).encode()

    first, second = deliveries.once(turn, produce), deliveries.once(turn, produce)
    assert CARD.title in first.decode()
    assert second == first


@pytest.mark.parametrize("words", ["인증번호", "알림 다시 보여줘"])
def test_the_newest_card_is_shown_to_who_asks_as_often_as_asked(
    chat: Chat, notice: Alert, words: str
) -> None:
    fetch(chat, notice.key)
    links = set()
    for _ in range(2):
        assert "하천 쓰레기 줍기" in chat.say(words)
        links.add(chat.links()["화면에서 보기"])
    assert len(links) == 2


def test_the_key_of_another_chat_shows_nothing(chat: Chat, db: Session, notice: Alert) -> None:
    make_account(db, make_member(db), "thief")
    db.commit()
    chat.person = Person("kakao", "bot", "thief")
    fetch(chat, notice.key)
    assert chat.reply is SILENCE
    assert NOTHING in fetch(chat, "")
    assert chat.links() == {}


def test_where_others_read_along_no_card_is_shown(chat: Chat, db: Session, notice: Alert) -> None:
    fetch(chat, notice.key, group="room")
    assert chat.reply is SILENCE
    assert NOTHING in fetch(chat, "", group="room")
    db.expire_all()
    assert notice.shown_at is None


@pytest.mark.parametrize("key", ["x", "A" * 32, "A" * 10_000, "%", "' or 1=1 --"])
def test_a_key_that_is_none_shows_nothing(chat: Chat, notice: Alert, key: str) -> None:
    fetch(chat, key)
    assert chat.reply is SILENCE


def test_an_old_card_is_not_shown_any_more(chat: Chat, notice: Alert, clock: SetClock) -> None:
    clock.advance(LIFETIME - timedelta(seconds=1))
    assert "취소했어요" in fetch(chat, "")
    clock.advance(timedelta(seconds=1))
    assert NOTHING in fetch(chat, "")
    fetch(chat, notice.key)
    assert chat.reply is SILENCE


def test_a_card_that_comes_by_itself_leaves_what_was_talked_about_alone(
    chat: Chat, notice: Alert, memory: Memory
) -> None:
    """Somebody may be speaking at the same moment: their thread must not be written over with an older one."""
    kept = f"session:kakao:{chat.person.bot_id}:{chat.person.user_key}"
    assert CARD.title in fetch(chat, notice.key)
    assert memory.get(kept) is None


ALERT_CARD = NoticeCard(
    "봉사활동 실시 사전 안내 및 챗봇 서비스",
    "내일 만나요!",
    (("활동", "하천 쓰레기 줍기"),),
    "my_application",
    "7",
    "내 신청 보기",
    (("챗봇에 묻기", "application_status", '{"application": 7}'), ("신청 취소", "cancel_application", "{}")),
    map_query="천안천 & 공원/앞",
)


def test_an_alert_has_a_page_a_map_and_a_way_into_the_conversation(
    chat: Chat, db: Session, member: Member, now: datetime
) -> None:
    alert = owe(db, member, 5, ALERT_CARD, now)
    assert "내일 만나요!" in fetch(chat, alert.key)
    assert chat.labels() == ["내 신청 보기", "지도 보기", "챗봇에 묻기"]
    address = chat.links()["지도 보기"]
    assert unquote(address.removeprefix("https://map.kakao.com/link/search/")) == ALERT_CARD.map_query
    assert "/" not in address.removeprefix("https://map.kakao.com/link/search/")
    assert chat.target("챗봇에 묻기") == Press("application_status", {"application": 7})


def test_every_alert_has_the_way_into_the_conversation(
    chat: Chat, db: Session, member: Member, now: datetime
) -> None:
    fetch(chat, owe(db, member, 6, CARD, now).key)
    assert chat.labels() == ["화면에서 보기", "챗봇에 묻기"]


def test_further_things_are_a_list_each_with_its_page(
    chat: Chat, db: Session, member: Member, now: datetime
) -> None:
    more = tuple((f"활동 {n}", f"12월 {n}일", "programme_detail", str(n)) for n in range(1, 4))
    fetch(chat, owe(db, member, 10, replace(ALERT_CARD, map_query="", more=more), now).key)
    _, listed = chat.reply.blocks
    assert isinstance(listed, ListCard)
    assert [item.title for item in listed.items] == ["활동 1", "활동 2", "활동 3"]
    assert len(set(chat.links().values())) == 4


def test_the_opening_of_an_alerts_page_is_noted_with_the_alert(
    chat: Chat, db: Session, member: Member, now: datetime
) -> None:
    alert = owe(db, member, 5, ALERT_CARD, now)
    fetch(chat, alert.key)
    assert db.scalars(select(LoginLink.alert_id)).all() == [alert.id]


def test_an_alert_for_who_used_this_chat_before_is_not_shown(
    chat: Chat, db: Session, member: Member, now: datetime
) -> None:
    alert = owe(db, make_member(db), 5, ALERT_CARD, now)
    fetch(chat, alert.key)
    assert chat.reply is SILENCE
    assert NOTHING in fetch(chat, "")


def test_who_writes_too_much_gets_the_alert_all_the_same(chat: Chat, notice: Alert) -> None:
    chat.say("안녕")
    while chat.outcome != "rate_limited":
        chat.say("안녕")
    assert "취소했어요" in fetch(chat, notice.key)


def test_a_card_that_comes_too_late_or_without_the_store_is_not_replaced_by_an_apology(
    chat: Chat, db: Session, notice: Alert
) -> None:
    late = replace(arrival(chat, notice.key), deadline=Deadline.after(0))
    assert chat.assistant.answer(late).reply is SILENCE
    db.expire_all()
    assert notice.shown_at is None
    db.execute(text("DROP TABLE login_link"))
    db.commit()
    answer = chat.assistant.answer(arrival(chat, notice.key))
    assert (answer.outcome, answer.reply) == ("store_down", SILENCE)
    db.expire_all()
    assert notice.shown_at is None


def test_a_recommendation_is_drawn_as_it_is_and_ended_by_one_press(
    chat: Chat, db: Session, member: Member, now: datetime
) -> None:
    rules, afternoon = Rules(), now.replace(hour=16)
    member.interests, member.free_days = ["0800"], 127
    set_alerts(db, member, {10, 11}, {"kakao", "sms"}, on=True, rules=rules, via="page", now=now)
    long = "아주 긴 이름을 가진 봉사활동이라 줄을 넘기고도 남는 하천 환경 지킴이 쓰레기 줍기"
    for number in range(6):
        session = make_session(db, title=f"{number} {long}", host=make_host(db, f"{long} 수련관"))
        session.program.club = HostClub(host=session.program.host, name=f"{long} 동아리")
        db.flush()
        match(db, session.program, rules, now)
    db.commit()
    assert plan_digests(db, rules, afternoon, 10) == 1
    alert = db.scalars(select(Alert)).one()
    said = write_recommendation(Writing(db, alert, rules, afternoon))
    assert isinstance(said, Written)
    alert.account_id = db.scalars(select(ChannelAccount.id)).one()
    alert.content = written(said.card)
    db.commit()
    assert "(광고) 두볼(보람)이 새 봉사 5개를 골라 봤어요." in fetch(chat, alert.key)
    assert check(render(chat.reply)) == []
    assert len(chat.links()) == 5
    assert "동의를 거뒀어요" in chat.press("추천 그만 받기")
    db.expire_all()
    assert not any(on for (kind, _), on in alert_settings_of(db, member).items() if kind in (10, 11))
