"""Finding and recommending as a conversation."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete
from sqlalchemy.orm import Session

from bot.replies import Press
from bot.searches import from_data, said, to_data
from models.codes import FIELDS
from models.members import ChannelAccount, Level, Member
from models.programs import ProgramSession
from models.search import ProgramQuery
from tests.chat import Chat
from tests.scripted_nlu import ScriptedUnderstanding
from tests.world import make_host, make_session

SATURDAY = date(2026, 11, 28)


@pytest.fixture(autouse=True)
def world(db: Session, nlu: ScriptedUnderstanding) -> None:
    """Two things to do: near and by day, far and in the evening."""
    make_session(db, title="천안천 쓰레기 줍기", starts_on=SATURDAY, begins_at=time(10), ends_at=time(12))
    far = make_session(
        db,
        title="마포 도서관 책 정리",
        starts_on=date(2026, 12, 3),
        begins_at=time(18),
        ends_at=time(20),
        field="0400",
        host=make_host(db, name="마포구립도서관"),
        place="마포중앙로",
    )
    far.sido_code, far.sigungu_code = "6110000", "3130000"
    db.commit()
    for sentence in SENTENCES:
        nlu.learn(sentence, "find_program")
    nlu.learn("마포구립도서관에서 하는 거 있어?", "find_program", entities={"host": "마포구립도서관"})
    nlu.learn("간호사가 꿈인데 뭐 하면 좋아?", "recommend_program")
    nlu.learn("뭐가 좋을까 추천좀", "recommend_program")


SENTENCES = {
    "봉사 뭐 있어?": ("천안천", "마포"),
    "이번주 토요일에 하는 봉사": ("천안천",),
    "이번 주말에 할 거": ("천안천",),
    "12/3 봉사": ("마포",),
    "마포에서 하는 봉사": ("마포",),
    "천안 봉사 찾아줘": ("천안천",),
    "서울 저녁 봉사": ("마포",),
    "오전에 하는 거": ("천안천",),
    "환경 봉사": ("천안천",),
    "담주 목욜 서울 도서관 봉사": ("마포",),
    "중2도 할 수 있는 봉사": ("천안천", "마포"),
}


@pytest.mark.parametrize(("words", "expected"), SENTENCES.items())
def test_any_mix_of_wishes_finds_what_was_meant(chat: Chat, words: str, expected: tuple[str, ...]) -> None:
    reply = chat.say(words)
    for name in ("천안천", "마포 도서관"):
        assert (name in reply) == any(name.startswith(e) for e in expected), reply


def test_a_host_is_found_by_name(chat: Chat) -> None:
    reply = chat.say("마포구립도서관에서 하는 거 있어?")
    assert "마포 도서관 책 정리" in reply
    assert "천안천" not in reply


@pytest.mark.parametrize(
    ("words", "how"),
    [("천안 저녁 봉사", "시간대를 넓혀서"), ("천안 12/25 봉사", "다른 날짜까지"), ("부산 봉사", "전국에서")],
)
def test_where_nothing_fits_the_search_is_widened_and_says_how(
    chat: Chat, nlu: ScriptedUnderstanding, words: str, how: str
) -> None:
    nlu.learn(words, "find_program")
    assert how in chat.say(words)


def test_a_place_of_many_cities_is_asked_about_and_the_answer_counts(
    chat: Chat, nlu: ScriptedUnderstanding, db: Session
) -> None:
    nlu.learn("중구 봉사 있어?", "find_program")
    session = make_session(db, title="부산항 안내", starts_on=SATURDAY)
    session.sido_code, session.sigungu_code = "6260000", "3250000"
    db.commit()
    assert "여러 군데" in chat.say("중구 봉사 있어?")
    assert "부산항 안내" in chat.say("부산 중구")


def test_near_me_is_the_region_of_the_profile(chat: Chat, nlu: ScriptedUnderstanding, member: Member) -> None:
    nlu.learn("우리 동네 봉사", "find_program")
    reply = chat.say("우리 동네 봉사")
    assert "천안천" in reply
    assert "마포" not in reply


def test_more_goes_on_where_the_page_ended_even_without_memory(forgetful_chat: Chat, db: Session) -> None:
    for n in range(10):
        make_session(db, title=f"활동 {n}", starts_on=SATURDAY + timedelta(n))
    db.commit()
    first = forgetful_chat.say("봉사 찾기")
    second = forgetful_chat.press("더 보기")
    third = forgetful_chat.press("더 보기")
    assert sum(reply.count("활동 ") for reply in (first, second, third)) >= 10
    assert "더 보기" not in forgetful_chat.labels()


def test_nothing_at_all_offers_an_alert(chat: Chat, nlu: ScriptedUnderstanding, db: Session) -> None:
    db.execute(delete(ProgramSession))
    db.commit()
    assert "알려 줄까요" in chat.say("봉사 뭐 있어?")
    assert "새 봉사 알림 받기" in chat.labels()


def test_details_show_notes_content_and_the_telephone(chat: Chat, db: Session) -> None:
    session = make_session(db, title="벽화", starts_on=SATURDAY, notes="편한 옷을 입고 오세요")
    db.commit()
    reply = chat.say("자세히", Press("find_program", {"session": session.id}))
    assert "편한 옷" in reply
    assert chat.numbers() == ["041-000-1388"]


def test_only_what_suits_the_members_school_level_is_shown(
    chat: Chat, member: Member, db: Session, nlu: ScriptedUnderstanding
) -> None:
    make_session(db, title="초등 놀이터", starts_on=SATURDAY, levels=Level.ELEMENTARY)
    db.commit()
    assert "초등 놀이터" not in chat.say("봉사 뭐 있어?")


def test_a_career_is_a_reason_that_is_told(chat: Chat, db: Session) -> None:
    make_session(db, title="요양원 말벗", field="0500", starts_on=SATURDAY)
    db.commit()
    reply = chat.say("간호사가 꿈인데 뭐 하면 좋아?")
    assert "관심 있다고 했으니까" in reply
    assert "요양원 말벗" in reply


def test_who_said_nothing_yet_is_asked_what_they_like(chat: Chat) -> None:
    assert "어떤 게 좋아요" in chat.say("뭐가 좋을까 추천좀")
    assert "천안천" in chat.say("환경·생태계보호")


def test_interests_of_the_profile_are_a_reason(chat: Chat, member: Member, db: Session) -> None:
    member.interests = ["0800"]
    db.merge(member)
    db.commit()
    reply = chat.say("뭐가 좋을까 추천좀")
    assert FIELDS["0800"] in reply
    assert "천안천" in reply


QUERIES = st.builds(
    ProgramQuery,
    sido_codes=st.sampled_from([(), ("6110000",), ("6110000", "6260000")]),
    sigungu_codes=st.sampled_from([(), ("3130000",)]),
    first_day=st.none() | st.dates(),
    last_day=st.none() | st.dates(),
    weekdays=st.frozensets(st.integers(0, 6)),
    begins_from=st.none() | st.times(),
    begins_before=st.none() | st.times(),
    field_codes=st.sampled_from([(), ("0800",), ("0400", "0900")]),
    words=st.lists(st.text("가나다라마 abc", min_size=1, max_size=20), max_size=3).map(tuple),
    level=st.none() | st.sampled_from([1, 2, 4, 8]),
    age=st.none() | st.integers(0, 99),
    with_seats=st.booleans(),
    only_open=st.booleans(),
)


@given(QUERIES)
def test_a_search_survives_its_journey_inside_a_button(query: ProgramQuery) -> None:
    assert from_data(to_data(query)) == query
    assert isinstance(said(query, SATURDAY), str)


@given(
    st.dictionaries(
        st.sampled_from(
            [
                "level",
                "age",
                "words",
                "after",
                "first_day",
                "begins_from",
                "weekdays",
                "field_codes",
                "sido_codes",
            ]
        ),
        st.text() | st.integers() | st.booleans(),
    )
)
def test_whatever_a_button_carries_becomes_a_search(data: dict[str, str | int | bool]) -> None:
    from_data(data)


@pytest.mark.parametrize("words", ["환경", "11/28", "천안", "천안 토요일"])
def test_a_bare_place_day_or_field_is_a_search(chat: Chat, words: str) -> None:
    assert "천안천 쓰레기 줍기" in chat.say(words)


@pytest.mark.parametrize("words", ["ㅋㅋㅋ", "그거 있잖아", "떡볶이"])
def test_words_that_name_nothing_are_no_search(chat: Chat, words: str) -> None:
    assert "천안천" not in chat.say(words)


def test_an_age_stands_for_a_school_level(chat: Chat, db: Session, nlu: ScriptedUnderstanding) -> None:
    make_session(db, title="고등 멘토", starts_on=SATURDAY, levels=Level.HIGH)
    db.commit()
    nlu.learn("14살도 되는 봉사", "find_program")
    assert "고등 멘토" not in chat.say("14살도 되는 봉사")


def test_a_day_the_calendar_does_not_have_is_told(chat: Chat, nlu: ScriptedUnderstanding) -> None:
    nlu.learn("2월 30일 봉사 있어?", "find_program")
    assert "달력에 없는 날" in chat.say("2월 30일 봉사 있어?")


def test_details_lead_to_the_page_of_that_programme(chat: Chat, account: ChannelAccount, db: Session) -> None:
    session = make_session(db, title="벽화 그리기")
    make_session(db, program=session.program, starts_on=date(2026, 12, 12))
    db.commit()
    chat.say("자세히", Press("find_program", {"session": session.id}))
    assert chat.links()["화면에서 보기"] == f"https://boram.example/programmes/{session.id}"
    assert "언제 할까요?" in chat.press("다른 날짜 보기")


def test_a_member_comes_to_the_page_logged_in(chat: Chat, member: Member, db: Session) -> None:
    session = make_session(db, title="벽화 그리기")
    db.commit()
    chat.say("자세히", Press("find_program", {"session": session.id}))
    assert chat.links()["화면에서 보기"].startswith("https://boram.example/l/")
