"""My hours on the pages: drawn, listed, explained, and handed to the staff when they are missed."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.applications import ApplicationState
from models.hours import RecordState
from models.members import Member
from models.tickets import Ticket, TicketKind
from tests.web.visitor import Visitor
from tests.web.window import assert_fit, enter, looking
from tests.world import PHONE, make_application, make_record, make_session

LAST_WEEK = date(2026, 11, 14)


@pytest.fixture
def records(db: Session, member: Member) -> None:
    make_record(db, member, title="하천 청소", served_on=date(2026, 10, 10), hours=5)
    make_record(db, member, title="책 읽어 주기", served_on=date(2026, 6, 6), hours=3, field="0400")
    make_record(db, member, title="작년 활동", served_on=date(2025, 7, 1), hours=4, received_from_1365=True)
    make_record(db, member, title="새 활동", served_on=date(2026, 11, 1), hours=2, state=RecordState.PENDING)
    db.commit()


def tickets(db: Session) -> list[Ticket]:
    return list(db.scalars(select(Ticket).execution_options(populate_existing=True)))


def test_the_school_year_is_drawn_against_the_goal(visitor: Visitor, member: Member, records: None) -> None:
    visitor.log_in(member, "my_hours")
    assert visitor.page is not None
    text, read = visitor.page.text, visitor.read()
    assert "모두 12시간 인정됐어요" in read
    assert 'aria-label="이번 학년 봉사시간: 8시간, 목표 20시간의 40%"' in text
    assert "목표 20시간까지 12시간 남았어요" in read
    assert "환경·생태계보호 5시간" in read
    assert "10월 5시간" in read
    assert "작년 활동" not in read


def test_other_periods_are_one_tab_away(visitor: Visitor, member: Member, records: None) -> None:
    visitor.log_in(member)
    visitor.get("/me/hours?period=last")
    read = visitor.read()
    assert "작년 활동" in read
    assert "하천 청소" not in read
    assert "1365에서 온 시간 4 시간" in read
    visitor.get("/me/hours?period=all")
    assert "작년 활동" in visitor.read()
    assert "하천 청소" in visitor.read()


def test_many_records_are_read_page_by_page(visitor: Visitor, db: Session, member: Member) -> None:
    for n in range(23):
        make_record(db, member, title=f"기록{n:02}번", served_on=date(2026, 10, 1) - timedelta(days=n))
    db.commit()
    visitor.log_in(member)
    seen = set[str]()
    for page in (1, 2, 3):
        visitor.get(f"/me/hours?page={page}")
        seen |= {f"{n:02}" for n in range(23) if f"기록{n:02}번" in visitor.read()}
    assert len(seen) == 23
    assert "3 / 3쪽" in visitor.read()


@pytest.mark.parametrize("query", ["page=0", "page=-5", "page=99999999999999999999", "page=x", "period=<b>"])
def test_an_odd_address_shows_what_there_is(
    visitor: Visitor, member: Member, records: None, query: str
) -> None:
    visitor.log_in(member)
    assert visitor.get(f"/me/hours?{query}").status_code == 200
    assert "하천 청소" in visitor.read()


def test_without_hours_the_page_offers_to_find_some(visitor: Visitor, member: Member) -> None:
    visitor.log_in(member, "my_hours")
    assert "아직 봉사시간이 없어요" in visitor.read()


def test_the_goal_is_set_and_given_back(visitor: Visitor, db: Session, member: Member, records: None) -> None:
    visitor.log_in(member)
    visitor.post("/me/hours/goal", {"hours_goal": "8"})
    visitor.follow()
    assert "목표 8시간을 다 채웠어요" in visitor.read()
    assert [card.title for card in visitor.told(member)] == ["목표를 바꿨어요"]
    visitor.post("/me/hours/goal", {"hours_goal": "8"})
    assert len(visitor.told(member)) == 1
    visitor.post("/me/hours/goal", {"hours_goal": ""})
    visitor.follow()
    assert "목표 20시간까지" in visitor.read()


@pytest.mark.parametrize("typed", ["0", "-3", "많이", "99999", "<b>5</b>", "1.5"])
def test_an_impossible_goal_is_told_and_changes_nothing(
    visitor: Visitor, db: Session, member: Member, typed: str
) -> None:
    visitor.log_in(member)
    assert visitor.post("/me/hours/goal", {"hours_goal": typed}).status_code == 422
    assert "숫자로 적어 주세요" in visitor.read()
    assert visitor.page is not None
    assert "<b>5</b>" not in visitor.page.text
    db.refresh(member)
    assert member.hours_goal is None


def test_a_record_that_does_not_count_says_why_and_whom_to_call(
    visitor: Visitor, db: Session, member: Member
) -> None:
    application = make_application(
        db, member, make_session(db, starts_on=LAST_WEEK), ApplicationState.ATTENDED
    )
    record = make_record(
        db,
        member,
        state=RecordState.NOT_CREDITED,
        reason="<b>중간에</b> 돌아갔어요.",
        application=application,
    )
    db.commit()
    visitor.log_in(member, "my_hours", str(record.id))
    assert visitor.page is not None
    text, read = visitor.page.text, visitor.read()
    assert "왜 인정 안 됐나요?" in read
    assert "&lt;b&gt;중간에&lt;/b&gt; 돌아갔어요." in text
    assert f'href="tel:{PHONE}"' in text
    assert "하루에 8시간까지 인정돼요" in read


def test_an_activity_without_a_record_is_told_and_handed_to_the_staff_once(
    visitor: Visitor, db: Session, member: Member
) -> None:
    application = make_application(
        db, member, make_session(db, title="벽화 그리기", starts_on=LAST_WEEK), ApplicationState.ATTENDED
    )
    db.commit()
    visitor.log_in(member, "my_hours")
    assert "기관이 아직 시간을 입력하지 않았어요" in visitor.read()
    place = f"/me/hours/application-{application.id}"
    visitor.get(place)
    assert "왜 시간이 안 보이나요?" in visitor.read()
    token = visitor.csrf(f"{place}/ask")
    for _ in range(2):
        assert visitor.post_raw(f"{place}/ask", {"csrf_token": token}).status_code == 303
    visitor.follow()
    assert "이미 부탁해 뒀어요" in visitor.read()
    assert "담당자에게 확인 부탁하기" not in visitor.read()
    (ticket,) = tickets(db)
    assert (ticket.kind, ticket.about) == (TicketKind.HOURS_MISSING, f"application:{application.id}")
    assert [card.title for card in visitor.told(member)] == ["담당자에게 부탁했어요"]


def test_an_activity_gets_its_record_and_the_old_address_shows_it(
    visitor: Visitor, db: Session, member: Member
) -> None:
    application = make_application(
        db, member, make_session(db, starts_on=LAST_WEEK), ApplicationState.ATTENDED
    )
    make_record(db, member, application=application, hours=3)
    db.commit()
    visitor.log_in(member, "my_hours", f"application-{application.id}")
    assert "3시간이 인정됐어요" in visitor.read()


def test_an_activity_that_is_to_come_is_told_as_an_application(
    visitor: Visitor, db: Session, member: Member
) -> None:
    application = make_application(db, member, make_session(db))
    db.commit()
    visitor.log_in(member)
    for path in (f"/me/hours/application-{application.id}", f"/me/hours/application-{application.id}/ask"):
        moved = visitor.get(path)
        assert (moved.status_code, moved.location) == (303, f"/me/applications/{application.id}")


def test_an_absence_leads_to_its_application_with_the_last_day_to_object(
    visitor: Visitor, db: Session, member: Member
) -> None:
    session = make_session(db, title="급식 돕기", starts_on=LAST_WEEK)
    make_application(db, member, session, ApplicationState.ABSENT)
    db.commit()
    visitor.log_in(member, "my_hours")
    read = visitor.read()
    assert "불참으로 기록됐어요" in read
    assert "11월 25일(수)까지 이의를 낼 수 있어요" in read
    assert "챗봇에서 이의 내기" in read


def test_an_absence_stands_with_its_own_school_year(visitor: Visitor, db: Session, member: Member) -> None:
    for title, day in (("급식 돕기", LAST_WEEK), ("작년 나무 심기", date(2025, 7, 1))):
        make_application(db, member, make_session(db, title=title, starts_on=day), ApplicationState.ABSENT)
    db.commit()
    visitor.log_in(member)
    seen = {}
    for period in ("year", "last", "all"):
        visitor.get(f"/me/hours?period={period}")
        seen[period] = [title for title in ("급식 돕기", "작년 나무 심기") if title in visitor.read()]
    assert seen == {"year": ["급식 돕기"], "last": ["작년 나무 심기"], "all": ["급식 돕기", "작년 나무 심기"]}


def test_nothing_is_said_about_the_goal_of_another_year(
    visitor: Visitor, member: Member, records: None
) -> None:
    visitor.log_in(member)
    for period in ("last", "all"):
        visitor.get(f"/me/hours?period={period}")
        assert "목표" not in visitor.read()


def test_what_was_asked_is_not_asked_again_by_its_address(
    visitor: Visitor, db: Session, member: Member
) -> None:
    record = make_record(db, member, state=RecordState.NOT_CREDITED)
    db.commit()
    visitor.log_in(member)
    place = f"/me/hours/{record.id}"
    visitor.post(f"{place}/ask")
    visitor.get(place)
    visitor.get(f"{place}/ask")
    visitor.follow()
    assert "이미 부탁해 뒀어요" in visitor.read()
    assert "부탁할게요" not in visitor.read()


def test_hours_that_count_are_asked_about_without_a_reason_why_not(
    visitor: Visitor, db: Session, member: Member
) -> None:
    record = make_record(db, member)
    db.commit()
    visitor.log_in(member)
    visitor.get(f"/me/hours/{record.id}/ask")
    assert "담당자에게 확인을 부탁할까요?" in visitor.read()
    assert "까닭" not in visitor.read()


def test_somebody_elses_record_is_out_of_reach(
    visitor: Visitor, db: Session, member: Member, stranger: Member
) -> None:
    record = make_record(db, stranger)
    application = make_application(
        db, stranger, make_session(db, starts_on=LAST_WEEK), ApplicationState.ATTENDED
    )
    db.commit()
    visitor.log_in(member)
    token = visitor.csrf("/me/not-me")
    odd = ("0", "x", "-1", "9" * 30, "application-", "²")
    for name in (str(record.id), f"application-{application.id}", *odd):
        assert visitor.get(f"/me/hours/{name}").status_code == 409
        sent = visitor.post_raw(f"/me/hours/{name}/ask", {"csrf_token": token})
        assert sent.status_code == 409
    assert db.scalar(select(func.count()).select_from(Ticket)) == 0


def test_hostile_titles_stay_words(visitor: Visitor, db: Session, member: Member) -> None:
    record = make_record(db, member, title="<script>alert(1)</script>", host_name="<img src=x>")
    db.commit()
    visitor.log_in(member)
    for path in ("/me/hours", f"/me/hours/{record.id}", f"/me/hours/{record.id}/ask"):
        text = visitor.get(path).text
        assert "&lt;script&gt;alert(1)" in text
        assert "<script>alert" not in text
        assert "<img src=x>" not in text


@pytest.mark.parametrize("width", [390, 1280])
def test_the_pages_of_hours_are_accessible_and_fit(
    browser: Browser, address: str, visitor: Visitor, db: Session, member: Member, records: None, width: int
) -> None:
    over = make_session(db, title="가나다라마바사" * 20, starts_on=LAST_WEEK)
    make_application(db, member, over, ApplicationState.ATTENDED)
    make_application(db, member, make_session(db, starts_on=LAST_WEEK), ApplicationState.ABSENT)
    record = make_record(db, member, state=RecordState.NOT_CREDITED, host_name="가나다라마바사" * 20)
    db.commit()
    paths = ("/me/hours", "/me/hours?period=all", f"/me/hours/{record.id}", "/me/hours/goal")
    with looking(browser, width) as page:
        enter(page, address + visitor.link(member, "my_hours"))
        for path in paths:
            page.goto(address + path)
            assert_fit(page)
        page.goto(f"{address}/me/hours/{record.id}")
        page.get_by_role("link", name="담당자에게 확인 부탁하기").click()
        page.get_by_role("button", name="부탁할게요").click()
        expect(page.get_by_role("status")).to_contain_text("담당자에게 부탁했어요")
    assert len(tickets(db)) == 1
