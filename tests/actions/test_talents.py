"""Offering a talent by a short form."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.replies import Press
from models.members import ChannelAccount, Member
from models.rules import Rules
from models.talents import OfferState, TalentMatch, TalentOffer, file_offer
from tests.chat import Chat
from tests.scripted_nlu import ScriptedUnderstanding
from tests.world import NOW, PHONE, make_host, make_session


def offers(db: Session) -> list[TalentOffer]:
    return list(db.scalars(select(TalentOffer).execution_options(populate_existing=True)))


def test_without_an_account_the_way_to_link_is_shown(chat: Chat, account: ChannelAccount) -> None:
    assert "먼저 두볼 계정을 연결해요" in chat.say("재능나눔")


def test_the_form_asks_three_things_shows_them_and_files_once(
    chat: Chat, db: Session, member: Member
) -> None:
    assert "어떤 재능" in chat.say("재능나눔")
    assert "언제 할 수 있어요?" in chat.say("기타 치기")
    assert "어느 지역" in chat.press("주말")
    assert "재능: 기타 치기\n언제: 주말\n어디서: 충남 천안시" in chat.press("충남 천안시")
    yes = chat.target("올릴게요")
    assert isinstance(yes, Press)
    assert "재능을 올려 뒀어요" in chat.say("네")
    assert "재능을 올려 뒀어요" in chat.say("올릴게요", yes)
    (offer,) = offers(db)
    assert (offer.member_id, offer.talent, offer.when, offer.where) == (
        member.id,
        "기타 치기",
        "주말",
        "충남 천안시",
    )


def test_what_the_first_message_says_is_not_asked_again(
    chat: Chat, db: Session, member: Member, nlu: ScriptedUnderstanding
) -> None:
    nlu.learn(
        "토요일 오후에 수원에서 피아노 재능나눔 할래",
        "talent_sharing",
        entities={"date": "토요일", "time": "오후", "region": "수원"},
    )
    assert "어떤 재능" in chat.say("토요일 오후에 수원에서 피아노 재능나눔 할래")
    assert "재능: 피아노\n언제: 토요일 오후\n어디서: 수원" in chat.say("피아노")


def test_an_answer_can_be_corrected_before_filing(
    chat: Chat, db: Session, member: Member, nlu: ScriptedUnderstanding
) -> None:
    nlu.learn("일요일로 해 줘", "talent_sharing", entities={"date": "일요일"})
    for words in ("재능나눔", "피아노", "주말", "수원"):
        chat.say(words)
    assert "언제: 일요일" in chat.say("일요일로 해 줘")
    assert "어떤 재능" in chat.press("처음부터 다시")


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_the_form_can_be_left_at_every_step(chat: Chat, db: Session, member: Member, turns: int) -> None:
    for words in ("재능나눔", "피아노", "주말", "수원")[: turns + 1]:
        chat.say(words)
    assert "여기까지" in chat.say("됐어")
    assert offers(db) == []


def test_the_form_can_be_interrupted(
    chat: Chat, db: Session, member: Member, nlu: ScriptedUnderstanding
) -> None:
    nlu.learn("아 맞다 1365 연계 됐어?", "consent_1365")
    chat.say("재능나눔")
    assert "두볼: 동의 안 함" in chat.say("아 맞다 1365 연계 됐어?")


def test_a_long_answer_is_asked_for_again_and_numbers_are_masked(
    chat: Chat, db: Session, member: Member
) -> None:
    chat.say("재능나눔")
    assert "60자까지" in chat.say("피아노를 치고 노래도 하고 " * 10)
    assert "언제 할 수 있어요?" in chat.say("피아노 010-0000-1234")
    chat.say("주말")
    assert "0000-1234" not in chat.say("수원")


def test_the_form_can_be_filled_by_chips_without_memory(
    forgetful_chat: Chat, db: Session, member: Member
) -> None:
    forgetful_chat.say("재능나눔")
    for label in ("그림", "주말", "어디든", "올릴게요"):
        forgetful_chat.press(label)
    assert "재능을 올려 뒀어요" in forgetful_chat.read()
    assert len(offers(db)) == 1


def test_my_offers_are_listed_with_their_state_and_match(chat: Chat, db: Session, member: Member) -> None:
    offer = file_offer(db, member, talent="기타", when="주말", where="천안", rules=Rules(), now=NOW)
    offer.state = OfferState.APPROVED
    host = make_host(db)
    session = make_session(db, host=host)
    offer.matches.append(TalentMatch(host=host, program_session_id=session.id, matched_at=NOW))
    file_offer(db, member, talent="그림", when="방학 때", where="천안", rules=Rules(), now=NOW)
    db.commit()
    read = chat.say("재능나눔")
    assert "그림 | 짝을 찾는 중" in read
    assert "기타 | 승인됨" in read
    assert "기관: 천안청소년수련관\n일시: 12월 5일(토) 10:00–12:00" in chat.say("두 번째")
    assert chat.numbers() == [PHONE]
    assert "어떤 재능" in chat.press("다른 재능 올리기")


def test_an_offer_is_taken_back_after_a_question_and_only_once(
    chat: Chat, db: Session, member: Member
) -> None:
    file_offer(db, member, talent="그림", when="방학 때", where="천안", rules=Rules(), now=NOW)
    db.commit()
    chat.say("재능나눔")
    chat.press("그림")
    assert "이 재능나눔을 취소할까요?\n" in chat.press("재능나눔 취소")
    assert offers(db)[0].state is OfferState.FILED
    yes = chat.target("취소할게요")
    assert isinstance(yes, Press)
    for _ in range(2):
        assert "취소" in chat.say("취소할게요", yes)
        assert offers(db)[0].state is OfferState.WITHDRAWN
    assert "재능나눔 취소" not in chat.labels()


@pytest.mark.parametrize("words", ["아니", "그대로 둘래요"])
def test_a_no_keeps_the_offer(chat: Chat, db: Session, member: Member, words: str) -> None:
    offer = file_offer(db, member, talent="그림", when="방학 때", where="천안", rules=Rules(), now=NOW)
    db.commit()
    chat.say("취소", Press("talent_sharing", {"offer": offer.id, "withdraw": True}))
    chat.say(words)
    assert offers(db)[0].state is OfferState.FILED


def test_words_take_back_the_only_offer_or_ask_which(
    chat: Chat, db: Session, member: Member, nlu: ScriptedUnderstanding
) -> None:
    nlu.learn("재능나눔 철회할게요", "talent_sharing")
    assert "어떤 재능" in chat.say("재능나눔")
    chat.say("됐어")
    file_offer(db, member, talent="그림", when="방학 때", where="천안", rules=Rules(), now=NOW)
    db.commit()
    assert "이 재능나눔을 취소할까요?" in chat.say("재능나눔 철회할게요")
    chat.say("아니")
    file_offer(db, member, talent="기타", when="주말", where="천안", rules=Rules(), now=NOW)
    db.commit()
    assert "어떤 재능나눔을 취소할까요?" in chat.say("재능나눔 철회할게요")


def test_an_approved_offer_is_not_taken_back_here(chat: Chat, db: Session, member: Member) -> None:
    offer = file_offer(db, member, talent="그림", when="방학 때", where="천안", rules=Rules(), now=NOW)
    offer.state = OfferState.APPROVED
    db.commit()
    withdraw = Press("talent_sharing", {"offer": offer.id, "withdraw": True, "confirm": True})
    assert "기관에 전화해서" in chat.say("취소", withdraw)
    assert offers(db)[0].state is OfferState.APPROVED


def test_another_members_offer_is_refused(chat: Chat, db: Session, member: Member, stranger: Member) -> None:
    theirs = file_offer(db, stranger, talent="비밀 재능", when="주말", where="천안", rules=Rules(), now=NOW)
    db.commit()
    assert "비밀 재능" not in chat.say("보기", Press("talent_sharing", {"offer": theirs.id}))
    assert chat.outcome == "refused:not_yours"
