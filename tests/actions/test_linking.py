"""Linking in the chat: the card with its number, the code of a page, taking the link away."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.replies import Press
from bot.turn import Deadline, Person, Turn
from models.clock import SetClock
from models.linking import Linking, link_account, unlink_account
from models.login_links import LoginLink
from models.members import ChannelAccount, Member
from models.notices import add_notice
from models.one_time_codes import Purpose, new_code
from models.outbox import Alert, NoticeCard
from models.rules import Rules
from models.tokens import digest
from models.web_sessions import find_session, open_session
from tests.chat import Chat
from tests.scripted_nlu import ScriptedUnderstanding
from tests.world import make_account, make_member

RULES = Rules()


def code_of(db: Session, member: Member, now: datetime) -> str:
    code = new_code(db, member, Purpose.LINK, RULES, now).code
    db.commit()
    return code


def linked_member(db: Session, account: ChannelAccount) -> int | None:
    db.expire_all()
    return db.get_one(ChannelAccount, account.id).member_id


def account_of(db: Session, member: Member) -> ChannelAccount:
    return db.scalars(select(ChannelAccount).where(ChannelAccount.member_id == member.id)).one()


def told(db: Session, account: ChannelAccount) -> list[NoticeCard]:
    db.expire_all()
    return [notice.card for notice in db.scalars(select(Alert).where(Alert.account_id == account.id))]


# --- the card


@pytest.mark.parametrize("words", ["두볼 계정 연결", "계정 연결", "두볼계정연결하기"])
def test_the_card_shows_a_number_and_a_link_of_this_chat(
    chat: Chat, db: Session, account: ChannelAccount, words: str
) -> None:
    read = chat.say(words)
    number = re.search(r"연결 번호: (\d\d)$", read, re.MULTILINE)
    assert number
    url = chat.links()["두볼 계정 연결"]
    link = db.scalars(select(LoginLink).where(LoginLink.token_hash == digest(url.rpartition("/")[2]))).one()
    linking = db.scalars(select(Linking).where(Linking.link_id == link.id)).one()
    assert (link.account_id, link.page, linking.number) == (account.id, "link_account", number[1])
    assert number[1] not in url.rpartition("/")[0]


def test_the_invitation_and_the_greeting_lead_there(chat: Chat, account: ChannelAccount) -> None:
    assert "연결 번호:" in chat.say("내 봉사시간")
    chat.say("안녕")
    assert "연결 번호:" in chat.press("두볼 계정 연결")


def test_it_works_without_nlu(chat: Chat, account: ChannelAccount, nlu: ScriptedUnderstanding) -> None:
    nlu.available = False
    assert "연결 번호:" in chat.say("두볼 계정 연결")


def test_a_fresh_link_comes_with_its_number_too(
    chat: Chat, db: Session, account: ChannelAccount, now: datetime
) -> None:
    add_notice(db, account, NoticeCard("두볼 계정 연결", "새 링크예요.", page="link_account"), now)
    db.commit()
    assert "연결 번호:" in chat.say("인증번호")


def test_who_is_linked_hears_with_whom_and_what_can_be_done(chat: Chat, member: Member) -> None:
    read = chat.say("두볼 계정 연결")
    assert "홍*동 님의 두볼 계정과 연결돼 있어요" in read
    assert "길동" not in read
    assert chat.labels() == ["내 두볼 열기", "다른 계정으로 바꾸기", "연결 끊기"]
    assert "연결 번호:" in chat.press("다른 계정으로 바꾸기")


def test_where_others_read_along_nobody_gets_a_link_and_no_code_is_taken(
    chat: Chat, db: Session, account: ChannelAccount, now: datetime
) -> None:
    code = code_of(db, make_member(db), now)
    for words in ("두볼 계정 연결", code, "연결 끊기", "내 봉사시간"):
        turn = Turn(chat.person, words, now, Deadline.after(10), context={"group": "room"})
        chat.answer = chat.assistant.answer(turn)
        assert "1:1 채팅" in chat.read()
        assert chat.links() == {}
    assert db.scalar(select(func.count()).select_from(Linking)) == 0
    assert linked_member(db, account) is None


# --- the code of a page


@pytest.mark.parametrize("shape", ["{0}{1}", "{0} {1}", "{0}-{1}"])
def test_a_code_names_the_account_and_links_after_a_yes(
    chat: Chat, db: Session, account: ChannelAccount, now: datetime, shape: str
) -> None:
    member = make_member(db)
    code = code_of(db, member, now)
    read = chat.say(shape.format(code[:4], code[4:]))
    assert "홍*동 님 계정을 이 카카오톡과 연결할까요?" in read
    assert "다른 사람이 이 번호를 적으라고 했다면" in read
    assert linked_member(db, account) is None
    assert "연결됐어요" in chat.say("네")
    assert linked_member(db, account) == member.id
    assert "내 봉사시간" in chat.labels()


def test_full_width_digits_are_understood(
    chat: Chat, db: Session, account: ChannelAccount, now: datetime
) -> None:
    code = code_of(db, make_member(db), now)
    assert "연결할까요?" in chat.say("".join(chr(ord("０") + int(digit)) for digit in code))


def test_a_no_links_nothing_and_the_code_still_works(
    chat: Chat, db: Session, account: ChannelAccount, now: datetime
) -> None:
    code = code_of(db, make_member(db), now)
    chat.say(code)
    chat.say("아니")
    assert linked_member(db, account) is None
    chat.say(code)
    assert "연결됐어요" in chat.press("연결할게요")


def test_the_same_code_twice_links_once(
    chat: Chat, db: Session, account: ChannelAccount, now: datetime
) -> None:
    code = code_of(db, make_member(db), now)
    chat.say(code)
    chat.press("연결할게요")
    db.refresh(account)
    unlink_account(db, account, now)
    db.commit()
    assert "번호가 맞지 않거나 시간이 지났어요" in chat.say(code)
    assert "맞지 않거나" in chat.say("연결할게요", Press("linking_code", {"code": code, "agreed": True}))
    assert linked_member(db, account) is None


def test_a_code_of_another_chat_moves_the_link_and_tells_that_chat(
    chat: Chat, db: Session, account: ChannelAccount, now: datetime
) -> None:
    member = make_member(db)
    other = make_account(db, member, "user-2")
    session = open_session(db, other, browser="b", device="", rules=RULES, now=now)
    read = chat.say(code_of(db, member, now))
    assert "다른 카카오톡과 연결돼 있어요" in read
    chat.say("네")
    assert linked_member(db, account) == member.id
    assert linked_member(db, other) is None
    assert find_session(db, session, RULES, now) is None
    [card] = told(db, other)
    assert card.title == "연결이 다른 카카오톡으로 옮겨졌어요"
    assert "내가 아니에요" in card.text
    assert "길동" not in card.text


def test_a_chat_linked_to_somebody_says_what_it_replaces(
    chat: Chat, db: Session, member: Member, now: datetime
) -> None:
    account = account_of(db, member)
    other = make_member(db, name="김새로")
    read = chat.say(code_of(db, other, now))
    assert "김*로 님 계정을" in read
    assert "지금 홍*동 님 계정과 연결돼 있어요. 그 연결은 끊기고" in read
    chat.press("연결할게요")
    assert linked_member(db, account) == other.id


def test_ones_own_code_changes_nothing(chat: Chat, db: Session, member: Member, now: datetime) -> None:
    assert "이미 연결돼 있어요" in chat.say(code_of(db, member, now))


def test_guessing_codes_ends_after_five(
    chat: Chat, db: Session, account: ChannelAccount, clock: SetClock
) -> None:
    member = make_member(db)
    code = code_of(db, member, clock.now())
    guess = f"{(int(code) + 7) % 10**8:08}"
    for left in (4, 3, 2, 1):
        assert f"{left}번 더" in chat.say(guess)
    assert "11시 0분부터" in chat.say(guess)
    assert "11시 0분부터" in chat.say(code)
    pressed = chat.say("연결할게요", Press("linking_code", {"code": code, "agreed": True}))
    assert "11시 0분부터" in pressed
    assert linked_member(db, account) is None
    clock.set(clock.now() + timedelta(hours=1))
    assert "연결할까요?" in chat.say(code_of(db, member, clock.now()))


def test_a_code_out_of_time_is_told_kindly(
    chat: Chat, db: Session, account: ChannelAccount, clock: SetClock
) -> None:
    code = code_of(db, make_member(db), clock.now())
    clock.set(clock.now() + timedelta(minutes=5))
    assert "화면에서 새 번호를 받아 주세요" in chat.say(code)


def test_six_digits_belong_on_the_page(chat: Chat, account: ChannelAccount) -> None:
    assert "화면에 적어 주세요" in chat.say("482 913")


def test_an_open_question_keeps_its_answer_and_distress_comes_first(
    chat: Chat, db: Session, member: Member, now: datetime, nlu: ScriptedUnderstanding
) -> None:
    nlu.learn("확인서 뭐 있어", "certificate_issue")
    code = code_of(db, make_member(db), now)
    chat.say("연결 끊기")
    assert "연결할까요?" not in chat.say(code)  # a yes or no was asked
    chat.say("됐어")
    chat.say(code)
    assert "1388" in chat.say("죽고 싶어")


def test_a_number_of_another_length_is_left_to_understanding(
    chat: Chat, db: Session, account: ChannelAccount
) -> None:
    for words in ("12345", "1234567", "123456789", "12월 5일", "4829137５6"):
        assert "8자리를 다시" not in chat.say(words)
    assert "8자리" in chat.say("12345678")


# --- taking the link away


def test_unlinking_asks_then_ends_the_sessions_and_tells_how_to_come_back(
    chat: Chat, db: Session, member: Member, now: datetime
) -> None:
    account = account_of(db, member)
    session = open_session(db, account, browser="b", device="", rules=RULES, now=now)
    db.commit()
    assert "신청과 봉사시간은 두볼에 그대로 남아요" in chat.say("연결 끊기")
    assert linked_member(db, account) == member.id
    assert "연결을 끊었어요" in chat.say("응")
    assert linked_member(db, account) is None
    assert find_session(db, session, RULES, now) is None
    assert "연결 번호:" in chat.press("두볼 계정 연결")


def test_unlinking_twice_or_saying_no_is_fine(chat: Chat, db: Session, member: Member) -> None:
    account = account_of(db, member)
    chat.say("연결 끊기")
    chat.say("아니")
    assert linked_member(db, account) == member.id
    chat.say("연결 끊기")
    button = chat.target("연결을 끊을게요")
    assert isinstance(button, Press)
    chat.say("연결을 끊을게요", button)
    assert "연결된 두볼 계정이 없어요" in chat.say("연결을 끊을게요", button)


def test_an_old_yes_does_not_unlink_another_account(
    chat: Chat, db: Session, member: Member, now: datetime
) -> None:
    account = account_of(db, member)
    chat.say("연결 끊기")
    button = chat.target("연결을 끊을게요")
    assert isinstance(button, Press)
    other = make_member(db, name="김새로")
    link_account(db, account, other, now)
    db.commit()
    assert "김*로 님의" in chat.say("연결을 끊을게요", button)
    assert linked_member(db, account) == other.id


def test_each_bot_has_accounts_of_its_own(
    chat: Chat, db: Session, account: ChannelAccount, now: datetime
) -> None:
    member = make_member(db)
    chat.person = Person("kakao", "another-bot", "user-1")
    chat.say(code_of(db, member, now))
    chat.say("네")
    assert linked_member(db, account) is None
    assert "연결 번호:" not in chat.say("두볼 계정 연결")
