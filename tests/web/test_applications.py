"""My applications on the page: the same rules and words as in the chat."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.applications import ApplicationState
from models.clock import SetClock
from models.events import EventKind
from models.hours import RecordState
from models.members import Member
from models.programs import ProgramSession
from tests.web.visitor import Visitor
from tests.world import make_application, make_record, make_session


def test_an_application_is_cancelled_on_the_page_and_the_chat_is_told(
    visitor: Visitor, db: Session, member: Member
) -> None:
    application = make_application(db, member, make_session(db))
    db.commit()
    visitor.log_in(member, "my_application", str(application.id))
    assert "12월 4일(금) 오후 6시까지 취소할 수 있어요" in visitor.read()
    visitor.post(f"/me/applications/{application.id}/cancel")
    visitor.follow()
    assert "취소했어요" in visitor.read()
    db.refresh(application)
    assert application.state is ApplicationState.CANCELLED_BY_USER
    (event,) = visitor.happened(member)
    assert (event.kind, event.object) == (EventKind.APPLICATION_CHANGED, f"application:{application.id}")
    assert event.data == {"state": "cancelled_by_user", "by": "member"}


def test_cancelling_twice_tells_the_chat_once(visitor: Visitor, db: Session, member: Member) -> None:
    application = make_application(db, member, make_session(db))
    db.commit()
    visitor.log_in(member)
    token = visitor.csrf(f"/me/applications/{application.id}/cancel")
    for _ in range(2):
        sent = visitor.post_raw(f"/me/applications/{application.id}/cancel", {"csrf_token": token})
        assert sent.status_code == 303
    assert len(visitor.happened(member)) == 1


def test_what_the_chat_refuses_the_page_refuses_with_the_same_words(
    visitor: Visitor, db: Session, member: Member, clock: SetClock
) -> None:
    tomorrow = make_session(db, starts_on=date(2026, 11, 24))
    application = make_application(db, member, tomorrow)
    db.commit()
    visitor.log_in(member)
    clock.set(clock.now().replace(hour=19))
    visitor.log_in(member)
    refused = visitor.get(f"/me/applications/{application.id}/cancel")
    assert refused.status_code == 409
    assert "취소 마감(11월 23일 18시)이 지났어요. 기관에 바로 전화해 주세요." in visitor.read()


def test_somebody_elses_application_cannot_be_seen_or_cancelled(
    visitor: Visitor, db: Session, member: Member, stranger: Member
) -> None:
    theirs = make_application(db, stranger, make_session(db))
    db.commit()
    visitor.log_in(member)
    token = visitor.csrf("/me/not-me")
    assert visitor.get(f"/me/applications/{theirs.id}").status_code == 409
    assert "내 기록이 아니라서" in visitor.read()
    cancelled = visitor.post_raw(f"/me/applications/{theirs.id}/cancel", {"csrf_token": token})
    assert cancelled.status_code == 409
    db.refresh(theirs)
    assert theirs.state is ApplicationState.APPLIED


def test_without_applications_the_page_offers_to_find_some(visitor: Visitor, member: Member) -> None:
    visitor.log_in(member, "my_application")
    assert "아직 신청한 봉사가 없어요" in visitor.read()


def test_an_application_that_is_not_there_reads_like_somebody_elses(visitor: Visitor, member: Member) -> None:
    visitor.log_in(member)
    for number in (0, 999, 2**40):
        assert visitor.get(f"/me/applications/{number}").status_code == 409


def test_an_absence_says_until_when_and_where_to_object(
    visitor: Visitor, db: Session, member: Member, clock: SetClock
) -> None:
    session = make_session(db, starts_on=date(2026, 11, 20))
    absence = make_application(db, member, session, ApplicationState.ABSENT)
    absence.changed_at = clock.now()
    db.commit()
    visitor.log_in(member, "my_application", str(absence.id))
    assert "11월 30일(월)까지 챗봇에 '불참 기록'이라고 말해서 이의를 낼 수 있어요" in visitor.read()
    clock.advance(timedelta(days=8))
    visitor.log_in(member, "my_application", str(absence.id))
    assert "11월 30일(월)에 이의 기간이 끝났어요" in visitor.read()


def test_hours_that_are_recorded_are_told_and_lead_to_their_record(
    visitor: Visitor, db: Session, member: Member
) -> None:
    session = make_session(db, starts_on=date(2026, 11, 14))
    application = make_application(db, member, session, ApplicationState.ATTENDED)
    record = make_record(db, member, application=application, hours=3)
    db.commit()
    visitor.log_in(member, "my_application", str(application.id))
    assert visitor.page is not None
    assert "3시간이 인정됐어요." in visitor.read()
    assert "기관이 입력하면 보여요" not in visitor.read()
    assert f'href="/me/hours/{record.id}"' in visitor.page.text
    record.state, record.reason = RecordState.NOT_CREDITED, "중간에 돌아갔어요."
    db.commit()
    visitor.get(f"/me/applications/{application.id}")
    assert "3시간으로 기록됐어요. 중간에 돌아갔어요." in visitor.read()


def test_only_what_is_to_come_shows_seats_and_what_to_mind(
    visitor: Visitor, db: Session, member: Member
) -> None:
    coming, past = make_session(db), make_session(db, starts_on=date(2026, 11, 14))
    shown = {
        make_application(db, member, coming).id: True,
        make_application(db, member, past, ApplicationState.ATTENDED).id: False,
        make_application(db, member, make_session(db), ApplicationState.CANCELLED_BY_USER).id: False,
    }
    for each in db.scalars(select(ProgramSession)):
        each.notes = "장갑을 가져오세요."
    db.commit()
    visitor.log_in(member)
    for number, expected in shown.items():
        visitor.get(f"/me/applications/{number}")
        words = ("남은 자리", "꼭 읽어 주세요", "장갑을 가져오세요.")
        assert [each in visitor.read() for each in words] == [expected] * 3


def test_one_of_another_year_says_the_year(visitor: Visitor, db: Session, member: Member) -> None:
    session = make_session(db, starts_on=date(2025, 12, 19))
    make_application(db, member, session, ApplicationState.ATTENDED)
    db.commit()
    visitor.log_in(member, "my_application")
    visitor.get("/me/applications")
    assert "2025년 12월 19일(금)" in visitor.read()


def test_going_back_to_a_cancelled_one_tells_the_truth(visitor: Visitor, db: Session, member: Member) -> None:
    application = make_application(db, member, make_session(db), ApplicationState.CANCELLED_BY_USER)
    db.commit()
    visitor.log_in(member)
    assert visitor.get(f"/me/applications/{application.id}/cancel").status_code == 409
    assert "이미 취소됐거나 끝난 신청이라" in visitor.read()
