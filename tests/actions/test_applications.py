"""My applications and cancelling one, as a conversation."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy.orm import Session

from bot.replies import Press
from models.applications import Application, ApplicationState
from models.members import Member
from tests.chat import Chat
from tests.scripted_nlu import ScriptedUnderstanding
from tests.world import PHONE, make_application, make_member, make_session

TOMORROW, SATURDAY, NEXT_SATURDAY = date(2026, 11, 24), date(2026, 11, 28), date(2026, 12, 5)


@pytest.fixture
def two(db: Session, member: Member) -> list[Application]:
    """Return two applications that can be cancelled."""
    made = [
        make_application(db, member, make_session(db, title=title, starts_on=day))
        for title, day in (("벽화 그리기", SATURDAY), ("책 정리", NEXT_SATURDAY))
    ]
    db.commit()
    return made


def state_of(db: Session, application: Application) -> ApplicationState:
    db.expire_all()
    return db.get_one(Application, application.id).state


def test_applications_are_listed_with_their_state_nearest_first(chat: Chat, two: list[Application]) -> None:
    reply = chat.say("내 신청")
    assert "다가오는 봉사가 2개" in reply
    assert reply.index("벽화 그리기") < reply.index("책 정리")
    assert "승인 기다리는 중" in reply


def test_one_is_shown_with_what_comes_next(chat: Chat, two: list[Application]) -> None:
    chat.say("내 신청")
    reply = chat.say("벽화 그리기")
    assert "기관이 확인하고 있어요" in reply
    assert "신청 취소" in chat.labels()


def test_a_day_narrows_down_to_the_one_that_is_meant(
    chat: Chat, two: list[Application], nlu: ScriptedUnderstanding
) -> None:
    nlu.learn("토요일 거 확정됐어?", "application_status", entities={"date": "토요일"})
    assert "벽화 그리기" in chat.say("토요일 거 확정됐어?")
    assert "신청 취소" in chat.labels()


@pytest.mark.parametrize("shown", [False, True])
@pytest.mark.parametrize(
    "words",
    [
        "12월 5일 말고 11월 28일로 옮겨줘",
        "다음주 토요일에서 이번주 토요일로 바꿔줘",
        "다음주 토요일 거 말고 이번주 토요일 거로 바꿀래",
    ],
)
def test_who_moves_to_another_day_gives_up_the_one_named_first(
    chat: Chat, two: list[Application], nlu: ScriptedUnderstanding, words: str, *, shown: bool
) -> None:
    if shown:
        chat.say("내 신청")
    nlu.learn(words, "cancel_application")
    reply = chat.say(words)
    assert "책 정리" in reply
    assert "벽화 그리기" not in reply


def test_nobody_has_applied_yet(chat: Chat, member: Member) -> None:
    assert "아직 신청한 봉사가 없어요" in chat.say("내 신청")


def test_cancelling_shows_the_rule_and_asks_first(chat: Chat, two: list[Application], db: Session) -> None:
    assert "어떤 신청을 취소할까요" in chat.say("신청 취소")
    reply = chat.say("1번")
    assert "11월 27일(금) 오후 6시까지 취소할 수 있어요" in reply
    assert state_of(db, two[0]) is ApplicationState.APPLIED
    assert "취소했어요" in chat.say("네")
    assert state_of(db, two[0]) is ApplicationState.CANCELLED_BY_USER
    assert state_of(db, two[1]) is ApplicationState.APPLIED


def test_a_wish_said_more_closely_answers_the_list(
    chat: Chat, two: list[Application], nlu: ScriptedUnderstanding
) -> None:
    nlu.learn("12월 5일에 하는 그거 취소해야 할 것 같아", "cancel_application", entities={"date": "12월 5일"})
    chat.say("신청 취소")
    assert "책 정리" in chat.say("12월 5일에 하는 그거 취소해야 할 것 같아")
    assert "취소할게요" in chat.labels()


@pytest.mark.parametrize("no", ["아니", "그대로 둘래요", "됐어"])
def test_a_no_keeps_the_application(chat: Chat, two: list[Application], db: Session, no: str) -> None:
    chat.say("신청 취소")
    chat.say("2")
    chat.say(no)
    assert state_of(db, two[1]) is ApplicationState.APPLIED


def test_cancelling_twice_is_told_and_harmless(chat: Chat, two: list[Application], db: Session) -> None:
    press = Press("cancel_application", {"application": two[0].id, "confirm": True})
    assert "취소했어요" in chat.say("취소할게요", press)
    assert "이미 취소되어 있어요" in chat.say("취소할게요", press)


@pytest.mark.parametrize(
    ("day", "state", "words"),
    [
        (SATURDAY, ApplicationState.APPROVED, "기관에 전화해서"),
        (TOMORROW, ApplicationState.APPROVED, "기관에 전화해서"),
        (date(2026, 11, 23), ApplicationState.APPLIED, "취소 마감"),
    ],
)
def test_where_the_rule_says_no_the_hosts_number_is_given(
    chat: Chat, member: Member, db: Session, day: date, state: ApplicationState, words: str
) -> None:
    application = make_application(db, member, make_session(db, starts_on=day), state)
    db.commit()
    press = Press("cancel_application", {"application": application.id, "confirm": True})
    assert words in chat.say("취소할게요", press)
    assert PHONE in chat.numbers()
    assert state_of(db, application) is state


def test_nothing_to_cancel_is_told(chat: Chat, member: Member) -> None:
    assert "취소할 수 있는 신청이 없어요" in chat.say("신청 취소")


@pytest.mark.parametrize("action", ["application_status", "cancel_application"])
def test_another_members_application_is_refused(
    chat: Chat, member: Member, stranger: Member, db: Session, action: str
) -> None:
    theirs = make_application(db, stranger, make_session(db, title="남의 비밀 활동", starts_on=SATURDAY))
    db.commit()
    reply = chat.say("취소할게요", Press(action, {"application": theirs.id, "confirm": True}))
    assert chat.outcome == "refused:not_yours"
    assert "남의 비밀 활동" not in reply
    assert state_of(db, theirs) is ApplicationState.APPLIED


def test_after_being_asked_again_a_number_still_picks(chat: Chat, two: list[Application]) -> None:
    chat.say("신청 취소")
    assert "골라 줄래요" in chat.say("음 잘 모르겠는데")
    assert "골라 줄래요" in chat.say("그게 뭐더라")
    assert "벽화 그리기" in chat.say("1번")
    assert "취소할게요" in chat.labels()


def test_words_of_the_title_name_the_application(
    chat: Chat, two: list[Application], nlu: ScriptedUnderstanding
) -> None:
    nlu.learn("책 정리 취소할게", "cancel_application")
    assert "책 정리" in chat.say("책 정리 취소할게")
    assert "취소할게요" in chat.labels()


def test_when_nothing_is_as_said_it_is_told(
    chat: Chat, two: list[Application], nlu: ScriptedUnderstanding
) -> None:
    nlu.learn("일요일 거 취소할래", "cancel_application")
    assert "꼭 맞는 신청은 없어요" in chat.say("일요일 거 취소할래")
    assert "벽화 그리기" in chat.labels()


def test_an_approved_one_shows_no_button_that_would_be_refused(
    chat: Chat, member: Member, db: Session
) -> None:
    application = make_application(
        db, member, make_session(db, starts_on=SATURDAY), ApplicationState.APPROVED
    )
    db.commit()
    chat.say("보기", Press("application_status", {"application": application.id}))
    assert "신청 취소" not in chat.labels()
    assert "기관에 전화하기" in chat.labels()


def test_an_application_leads_to_its_page(chat: Chat, db: Session, member: Member) -> None:
    application = make_application(db, member, make_session(db))
    db.commit()
    chat.say("자세히", Press("application_status", {"application": application.id}))
    assert chat.links()["화면에서 보기"].startswith("https://boram.example/l/")


def test_the_list_leads_to_its_page_and_past_years_are_named(chat: Chat, db: Session, member: Member) -> None:
    make_application(db, member, make_session(db, starts_on=date(2025, 12, 19)), ApplicationState.ATTENDED)
    make_application(db, member, make_session(db))
    db.commit()
    assert "2025년 12월 19일(금)" in chat.say("내 신청", Press("application_status"))
    assert chat.links()["화면에서 보기"].startswith("https://boram.example/l/")


@pytest.mark.parametrize(
    "words", ["화면에서 보기", "링크로 보기?", "화면에서 볼래", "링크로 볼래요", "화면에서 모두 보기"]
)
def test_while_it_is_asked_which_one_the_pages_can_still_be_opened(
    chat: Chat, two: list[Application], words: str
) -> None:
    chat.say("신청 취소")
    assert "어떤 화면을 열까요?" in chat.say(words)


def waitlisted(db: Session, member: Member, title: str, *, before_me: int = 0) -> Application:
    session = make_session(db, title=title, starts_on=SATURDAY)
    for _ in range(before_me):
        make_application(db, make_member(db), session, state=ApplicationState.WAITLISTED)
    return make_application(db, member, session, state=ApplicationState.WAITLISTED)


@pytest.mark.parametrize("words", ["대기 순번", "대기 몇 번째", "나 대기 몇 번째야?"])
def test_the_place_on_a_waiting_list_is_told(
    chat: Chat, db: Session, member: Member, two: list[Application], words: str
) -> None:
    waitlisted(db, member, "하천 청소", before_me=1)
    db.commit()
    assert "지금 대기 2번째예요" in chat.say(words)
    assert "하천 청소" in chat.read()
    assert "책 정리" not in chat.read()


def test_places_on_several_waiting_lists_are_listed(chat: Chat, db: Session, member: Member) -> None:
    waitlisted(db, member, "하천 청소", before_me=2)
    waitlisted(db, member, "대기오염 조사")
    db.commit()
    read = chat.say("대기 순번")
    assert "하천 청소 | 대기 3번째" in read
    assert "대기오염 조사 | 대기 1번째" in read
    assert "화면에서 보기" in chat.links()
    assert "지금 대기 1번째예요" in chat.say("대기오염 조사")


def test_who_waits_for_nothing_is_told_so(chat: Chat, two: list[Application]) -> None:
    assert "대기 중인 신청은 없어요" in chat.say("대기 순번")
