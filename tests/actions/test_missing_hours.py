"""Hours that do not show up."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.replies import Press
from models.applications import ApplicationState
from models.hours import RecordState
from models.login_links import LoginLink
from models.members import ChannelAccount, Member
from models.tickets import Ticket, TicketKind
from tests.chat import Chat
from tests.scripted_nlu import ScriptedUnderstanding
from tests.world import PHONE, make_application, make_host, make_record, make_session

LAST_WEEK = date(2026, 11, 14)


def tickets(db: Session) -> list[Ticket]:
    return list(db.scalars(select(Ticket).execution_options(populate_existing=True)))


def test_without_an_account_the_way_to_link_is_shown(chat: Chat, account: ChannelAccount) -> None:
    assert "먼저 두볼 계정을 연결해요" in chat.say("시간이 안 보여요")


def test_without_any_record_it_says_so(chat: Chat, member: Member) -> None:
    assert "아직 봉사 기록이 없어요" in chat.say("시간이 안 보여요")


def test_an_attended_activity_without_a_record_names_the_reason_and_the_host(
    chat: Chat, db: Session, member: Member
) -> None:
    application = make_application(
        db, member, make_session(db, starts_on=LAST_WEEK), ApplicationState.ATTENDED
    )
    db.commit()
    read = chat.say("시간이 안 보여요")
    assert "기관이 아직 시간을 입력하지 않았어요" in read
    assert "기록된 시간: 없음" in read
    assert chat.numbers() == [PHONE]
    assert "담당자에게 부탁했어요" in chat.say("응")
    (ticket,) = tickets(db)
    assert (ticket.kind, ticket.about, ticket.member_id) == (
        TicketKind.HOURS_MISSING,
        f"application:{application.id}",
        member.id,
    )


def test_asking_twice_makes_one_request(chat: Chat, db: Session, member: Member) -> None:
    record = make_record(db, member, state=RecordState.PENDING)
    db.commit()
    press = Press("hours_missing", {"record": record.id, "confirm": True})
    assert "담당자에게 부탁했어요" in chat.say("확인 부탁하기", press)
    assert "이미 부탁해 뒀어요" in chat.say("확인 부탁하기", press)
    assert [ticket.about for ticket in tickets(db)] == [f"service_record:{record.id}"]


def test_everything_missing_is_listed_newest_first_with_its_reason(
    chat: Chat, db: Session, member: Member
) -> None:
    make_record(db, member, title="도서관 책 정리", state=RecordState.PENDING, served_on=date(2026, 11, 1))
    make_record(
        db,
        member,
        title="연탄 나르기",
        state=RecordState.NOT_CREDITED,
        reason="하루 8시간을 넘었어요",
        served_on=date(2026, 11, 8),
    )
    make_record(db, member, title="인정된 봉사", served_on=date(2026, 11, 9))
    past = make_session(db, title="하천 쓰레기 줍기", starts_on=LAST_WEEK)
    make_application(db, member, past, ApplicationState.APPROVED)
    make_application(db, member, make_session(db, title="앞으로의 봉사"), ApplicationState.APPROVED)
    db.commit()
    read = chat.say("시간이 안 보여요")
    assert [line.split(" | ")[0] for line in read.splitlines() if " | " in line] == [
        "하천 쓰레기 줍기",
        "연탄 나르기",
        "도서관 책 정리",
    ]
    assert "11월 8일(일) · 하루 8시간을 넘었어요" in read
    assert chat.say("두 번째").startswith("연탄 나르기")


def test_an_activity_named_in_the_words_is_shown_at_once(
    chat: Chat, db: Session, member: Member, nlu: ScriptedUnderstanding
) -> None:
    make_record(db, member, title="책 정리", host_name="천안 도서관", state=RecordState.PENDING)
    make_record(db, member, title="연탄 나르기", state=RecordState.PENDING)
    db.commit()
    nlu.learn("도서관 봉사 시간 왜 안 들어와", "hours_missing", entities={"host": "도서관"})
    assert chat.say("도서관 봉사 시간 왜 안 들어와").startswith("책 정리")


def test_with_nothing_missing_a_credited_record_can_be_questioned(
    chat: Chat, db: Session, member: Member
) -> None:
    record = make_record(db, member, hours=1)
    db.commit()
    assert "빠진 기록은 없어 보여요" in chat.say("시간이 안 보여요")
    assert "기록된 시간: 1시간" in chat.say("1번")
    chat.press("확인 부탁하기")
    assert tickets(db)[0].about == f"service_record:{record.id}"


def test_a_no_asks_nobody(chat: Chat, db: Session, member: Member) -> None:
    make_record(db, member, state=RecordState.PENDING)
    db.commit()
    chat.say("시간이 안 보여요")
    chat.say("괜찮아요")
    assert tickets(db) == []


def test_a_record_that_came_meanwhile_is_shown_instead_of_the_application(
    chat: Chat, db: Session, member: Member
) -> None:
    application = make_application(
        db, member, make_session(db, starts_on=LAST_WEEK), ApplicationState.ATTENDED
    )
    make_record(db, member, application=application, hours=2)
    db.commit()
    read = chat.say("보기", Press("hours_missing", {"application": application.id}))
    assert "기록된 시간: 2시간" in read


def test_a_host_without_a_telephone_is_named_without_a_button(
    chat: Chat, db: Session, member: Member
) -> None:
    session = make_session(db, starts_on=LAST_WEEK, host=make_host(db, name="숲 지킴이", phone=None))
    make_application(db, member, session, ApplicationState.ATTENDED)
    db.commit()
    assert "기관: 숲 지킴이" in chat.say("시간이 안 보여요")
    assert chat.numbers() == []


def test_another_members_record_or_application_is_refused(
    chat: Chat, db: Session, member: Member, stranger: Member
) -> None:
    record = make_record(db, stranger, title="비밀 봉사", state=RecordState.PENDING)
    application = make_application(db, stranger, make_session(db, title="비밀 봉사"))
    db.commit()
    for data in ({"record": record.id, "confirm": True}, {"application": application.id, "confirm": True}):
        assert "비밀 봉사" not in chat.say("부탁", Press("hours_missing", data))
        assert chat.outcome == "refused:not_yours"
    assert tickets(db) == []


def test_a_case_leads_to_the_page_of_exactly_that_record(chat: Chat, db: Session, member: Member) -> None:
    record = make_record(db, member, state=RecordState.PENDING)
    application = make_application(
        db, member, make_session(db, starts_on=LAST_WEEK), ApplicationState.ATTENDED
    )
    db.commit()
    chat.say("시간이 안 보여요", Press("hours_missing", {"record": record.id}))
    assert opened(db, chat) == ("my_hours", str(record.id))
    chat.say("시간이 안 보여요", Press("hours_missing", {"application": application.id}))
    assert opened(db, chat) == ("my_hours", f"application-{application.id}")
    assert "괜찮아요" in chat.labels()


def opened(db: Session, chat: Chat) -> tuple[str, str]:
    """Return the page and the record that the card's link opens."""
    assert chat.links()["화면에서 보기"].startswith("https://boram.example/l/")
    db.expire_all()
    link = db.scalars(select(LoginLink).order_by(LoginLink.id.desc())).first()
    assert link is not None
    return link.page, link.record
