"""Sending hours to NEIS, in a chat."""

from __future__ import annotations

import re
from datetime import date

from sqlalchemy.orm import Session

from actions.faq import TOPICS
from models.hours import RecordState
from models.members import ChannelAccount, Member
from tests.chat import Chat
from tests.world import make_consent, make_record


def test_without_an_account_the_way_to_link_is_shown(chat: Chat, account: ChannelAccount) -> None:
    assert "먼저 두볼 계정을 연결해요" in chat.say("나이스 전송")


def test_without_a_link_the_link_comes_first(chat: Chat, db: Session, member: Member) -> None:
    make_record(db, member, hours=5)
    db.commit()
    read = chat.say("나이스 전송")
    assert "연계: 아직 안 됨" in read
    assert "인정된 시간: 5시간" in read
    assert "두볼: 동의 안 함" in chat.press("1365 연계 보기")


def test_only_this_school_year_counts(chat: Chat, db: Session, member: Member) -> None:
    make_consent(db, member, dovol=True, site_1365=True)
    make_record(db, member, hours=5, served_on=date(2026, 2, 27))
    make_record(db, member, hours=2, served_on=date(2026, 3, 1))
    make_record(db, member, hours=1, state=RecordState.PENDING)
    db.commit()
    read = chat.say("나이스 전송")
    assert "인정된 시간: 2시간\n확인 중: 1시간" in read
    assert "2027년 2월 28일(일)" in read
    assert "1365에 로그인해서" in read


def test_without_hours_it_says_so(chat: Chat, db: Session, member: Member) -> None:
    make_consent(db, member, dovol=True, site_1365=True)
    db.commit()
    assert "보낼 시간이 아직 없어요" in chat.say("나이스 전송")
    make_record(db, member, state=RecordState.PENDING)
    db.commit()
    assert "시간을 인정하고 나면" in chat.say("나이스 전송")


def test_it_never_promises_days_and_offers_the_seven_questions(
    chat: Chat, db: Session, member: Member
) -> None:
    make_consent(db, member, dovol=True, site_1365=True)
    make_record(db, member)
    db.commit()
    assert re.search(r"\d+\s*(일|주|시간)\s*(안|뒤|후|이내|정도|걸)", chat.say("나이스 전송")) is None
    offered = [chip.label for chip in chat.reply.quick_replies]
    assert offered == [topic.short for topic in TOPICS.values() if 44 <= topic.number <= 50]
    assert "언제라고 약속드릴 수 없어요" in chat.say("나이스 걸리는 시간")
