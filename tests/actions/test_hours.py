"""My hours: the card, its picture, a period, a goal, the records."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy.orm import Session

from bot.pictures import Pictures
from bot.replies import Card
from models.hours import RecordState
from models.members import Member
from tests.chat import Chat
from tests.scripted_nlu import ScriptedUnderstanding
from tests.world import make_record


@pytest.fixture
def records(db: Session, member: Member) -> None:
    make_record(db, member, served_on=date(2026, 10, 10), hours=5)
    make_record(db, member, served_on=date(2026, 6, 6), hours=3, field="0400")
    make_record(db, member, served_on=date(2025, 7, 1), hours=4, received_from_1365=True)
    make_record(db, member, served_on=date(2026, 11, 1), hours=2, state=RecordState.PENDING)
    db.commit()


def test_hours_are_told_in_all_for_the_school_year_and_by_kind(chat: Chat, records: None) -> None:
    reply = chat.say("내 봉사시간")
    assert "모두 12시간" in reply
    assert "이번 학년 8시간" in reply
    assert "12시간 남았어요" in reply
    assert "환경·생태계보호 5시간 · 교육 3시간" in reply
    assert "확인 중인 시간 2시간" in reply


def test_the_picture_shows_the_same_numbers_and_nobodys_name(chat: Chat, records: None) -> None:
    chat.say("내 봉사시간")
    card = chat.reply.blocks[0]
    assert isinstance(card, Card)
    assert card.image is not None
    token = card.image.url.rsplit("/", 1)[1].removesuffix(".png")
    picture = Pictures("http://127.0.0.1:8000", "a key for tests").read_hours(token)
    assert picture is not None
    assert (picture.total, picture.in_period, picture.goal) == (12, 8, 20)
    assert dict(picture.months)[10] == 5
    assert Pictures("http://127.0.0.1:8000", "another key").read_hours(token) is None


@pytest.mark.parametrize(
    ("words", "period", "told"),
    [
        ("작년에 봉사 몇 시간 했어?", "작년", "작년 4시간"),
        ("6월에 몇 시간?", "6월", "6월 3시간"),
        ("올해 얼마나 했지", "올해", "올해 8시간"),
    ],
)
def test_a_period_can_be_asked_for(
    chat: Chat, records: None, nlu: ScriptedUnderstanding, words: str, period: str, told: str
) -> None:
    nlu.learn(words, "check_hours", entities={"date": period})
    assert told in chat.say(words)


def test_a_goal_can_be_named(chat: Chat, records: None, nlu: ScriptedUnderstanding) -> None:
    nlu.learn("30시간 채우려면 얼마나 남았어?", "check_hours", entities={"hours": "30시간"})
    assert "목표 30시간까지 18시간 남았어요" in chat.say("30시간 채우려면 얼마나 남았어?")


def test_a_past_period_has_no_goal_of_this_year(
    chat: Chat, records: None, nlu: ScriptedUnderstanding
) -> None:
    nlu.learn("작년 봉사시간", "check_hours")
    assert "목표" not in chat.say("작년 봉사시간")


def test_records_are_listed_one_by_one(chat: Chat, records: None) -> None:
    chat.say("내 봉사시간")
    reply = chat.press("하나씩 보기")
    assert "11월 1일(일) · 2시간 · 확인 중" in reply
    assert "2025년 7월 1일(화) · 4시간 · 인정" in reply


def test_no_hours_yet_is_an_invitation(chat: Chat, member: Member) -> None:
    assert "아직 인정된 봉사시간이 없어요" in chat.say("내 봉사시간")


def test_without_hours_too_the_page_is_one_tap_away(chat: Chat, member: Member) -> None:
    chat.say("내 봉사시간")
    assert chat.links()["화면에서 보기"].startswith("https://boram.example/l/")


def test_another_members_hours_are_nowhere(chat: Chat, member: Member, stranger: Member, db: Session) -> None:
    make_record(db, stranger, hours=77)
    db.commit()
    assert "77" not in chat.say("내 봉사시간")


def test_the_list_of_records_leads_to_each_of_them_and_to_the_page(chat: Chat, records: None) -> None:
    chat.say("내 봉사시간")
    chat.press("하나씩 보기")
    assert "화면에서 모두 보기" in chat.links()
    assert "기록된 시간: 5시간" in chat.say("두 번째")
