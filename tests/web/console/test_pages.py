"""The console's own pages: what waits, colleagues, rules, the log and its review, members for a reason."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta

from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from models.audit import Did, Note, append, verify
from models.clock import SEOUL, SetClock
from models.members import Member
from models.rules import load_rules
from models.staff import StaffRole
from models.tickets import TicketKind, open_ticket
from tests.web.console.colleague import Colleague
from tests.web.visitor import Visitor, account_of
from web.console.home import TASKS


def test_the_first_page_counts_what_really_waits_and_names_who_is_here(
    admin: Colleague, colleague: Callable[..., Colleague], db: Session, member: Member, now: datetime
) -> None:
    admin.get("/console/")
    assert admin.read().count("지금은 없어요") == len(TASKS)
    account = account_of(db, member)
    for about, urgent in (("a:1", False), ("a:2", True)):
        open_ticket(
            db,
            account_id=account.id,
            member_id=member.id,
            kind=TicketKind.QUESTION,
            summary="도와줘요",
            about=about,
            urgent=urgent,
            now=now,
        )
    db.commit()
    colleague(StaffRole.VIEWER, "이동료")
    admin.get("/console/")
    words = admin.read()
    assert "1건 급한 상담 요청" in words
    assert "2건 기다리는 상담 요청" in words
    assert "0건 보내지 못한 알림" in words
    assert "김담당" in words.split("지금 로그인한 사람")[1]
    assert "이동료" in words.split("지금 로그인한 사람")[1]
    assert "지난달 기록 점검" in words


def test_a_colleague_is_made_and_comes_in_by_the_link_that_is_shown_once(
    app: Flask, admin: Colleague
) -> None:
    form = {"name": "이동료", "email": "lee@kywa.example", "role": "trainer"}
    assert admin.post("/console/staff", {**form, "role": ""}, form_on="/console/staff/new").status_code == 422
    assert "역할을 하나" in admin.read()
    shown = admin.post("/console/staff", form, form_on="/console/staff/new").text
    link = re.search(r"https://boram\.example(/console/welcome/[\w-]{32})", shown)
    assert link
    assert Visitor(app).get(link[1]).status_code == 200
    assert admin.post("/console/staff", form, form_on="/console/staff/new").status_code == 422
    assert "이미 있어요" in admin.read()
    admin.get("/console/staff")
    assert "아직 시작하지 않음 이동료 lee@kywa.example 가르치기" in admin.read()
    (row,) = [row for row in admin.log() if row.did is Did.STAFF_CREATED]
    assert (row.staff_id, row.detail) == (admin.id, "trainer")


def test_a_colleague_who_begins_anew_gets_a_link_and_loses_what_was(
    admin: Colleague, colleague: Callable[..., Colleague]
) -> None:
    other = colleague(StaffRole.VIEWER, "이동료")
    shown = admin.post(f"/console/staff/{other.id}/reset", form_on=f"/console/staff/{other.id}").text
    assert "/console/welcome/" in shown
    assert other.get("/console/").status_code == 401
    assert other.give_password().status_code == 422


def test_a_rule_is_changed_for_a_reason_put_back_and_both_are_written_down(
    admin: Colleague, db: Session
) -> None:
    page = "/console/settings/max_hours_per_day"
    admin.get(page)
    assert "지금 8시간 기본값 8시간" in admin.read()
    change = {"value": "6", "was": "8", "reason": "새 지침"}
    assert admin.post(page, {**change, "reason": ""}).status_code == 422
    assert admin.post(page, {**change, "value": "25"}).status_code == 422
    assert "24까지" in admin.read()
    assert admin.post(page, {**change, "was": "7"}).status_code == 422
    assert "그사이" in admin.read()
    assert load_rules(db).max_hours_per_day == 8
    assert admin.post(page, {**change, "reason": "새 지침이 나왔어요"}).status_code == 303
    assert load_rules(db).max_hours_per_day == 6
    admin.get(page)
    assert "8시간 → 6시간 새 지침이 나왔어요 김담당" in admin.read()
    admin.get("/console/settings")
    assert "지금 6시간 · 기본 8시간 김담당" in admin.read()
    assert admin.post(f"{page}/reset", {"reason": "되돌려요"}, form_on=page).status_code == 303
    db.expire_all()
    assert load_rules(db).max_hours_per_day == 8
    found = [(row.about, row.detail) for row in admin.log() if row.did is Did.RULE_CHANGED]
    assert found == [
        ("rule:max_hours_per_day", "8시간 → 6시간"),
        ("rule:max_hours_per_day", "6시간 → 8시간"),
    ]


def test_sending_a_rule_as_it_is_changes_nothing_and_writes_nothing(admin: Colleague) -> None:
    admin.post("/console/settings/age_min", {"value": "9", "was": "9", "reason": "그냥 해 봤어요"})
    admin.follow()
    assert "바뀐 것이 없어요" in admin.read()
    assert Did.RULE_CHANGED not in [row.did for row in admin.log()]


def test_personal_data_is_shown_for_a_reason_and_every_look_is_written_down(
    colleague: Callable[..., Colleague], member: Member, clock: SetClock
) -> None:
    someone = colleague(StaffRole.OPERATOR)
    someone.post("/console/members", {"dovol_id": member.dovol_id})
    page = someone.page.location  # type: ignore[union-attr]  # a form was just sent
    assert member.dovol_id not in page
    assert "홍길동" not in someone.get(page).text
    assert someone.post(page, {"reason": " x "}).status_code == 422
    assert "홍길동" not in someone.page.text  # type: ignore[union-attr]  # a form was just sent
    assert someone.post(page, {"usual": "회원이 전화나 채팅으로 물어봤어요"}).status_code == 303
    for _ in range(2):
        assert "홍길동" in someone.get(page).text
    clock.advance(timedelta(minutes=16))
    assert "홍길동" not in someone.get(page).text
    looks = [row for row in someone.log() if row.about == f"member:{member.id}"]
    assert [row.did for row in looks] == [Did.UNMASKED, Did.SEEN, Did.SEEN]
    assert {row.reason for row in looks} == {"회원이 전화나 채팅으로 물어봤어요"}
    assert {row.address for row in looks} == {"127.0.0.1"}


def test_the_reason_of_a_colleague_opens_nothing_for_another(
    colleague: Callable[..., Colleague], member: Member
) -> None:
    first, second = colleague(StaffRole.OPERATOR), colleague(StaffRole.OPERATOR, "이동료")
    page = f"/console/members/{member.id}"
    first.post(page, {"reason": "회원이 물어봤어요"})
    assert "홍길동" not in second.get(page).text


def test_an_id_that_nobody_has_is_told(colleague: Callable[..., Colleague]) -> None:
    someone = colleague(StaffRole.OPERATOR)
    for typed in ("nobody", "\x00", ""):
        assert someone.post("/console/members", {"dovol_id": typed}).status_code == 422


def test_the_log_is_read_filtered_and_turned_page_by_page(app: Flask, admin: Colleague, db: Session) -> None:
    now = admin.clock.now()
    for number in range(60):
        append(db, Note(Did.SEEN, admin.id, f"member:{number}", "전화 문의", address="203.0.113.9"), now)
    db.commit()
    admin.get("/console/audit")
    words = admin.read()
    assert "개인정보 봄 회원 59번 전화 문의 203.0.113.9" in words
    assert "회원 9번" not in words
    older = re.search(r'href="([^"]+)" rel="next"', admin.page.text)  # type: ignore[union-attr]
    assert older
    admin.get(older[1].replace("&amp;", "&"))
    assert "회원 9번" in admin.read()
    admin.get("/console/audit?about=member:7")
    assert admin.read().count("전화 문의") == 1
    admin.get("/console/audit?did=signed_in&staff=999")
    assert "맞는 기록이 없어요" in admin.read()
    admin.get("/console/audit?since=bad&until=2026-11-22&did=x&staff=%00&below=99999999999&about=%00")
    assert "날짜를 2026-11-23처럼" in admin.read()


def test_a_month_is_looked_through_and_signed(admin: Colleague, db: Session) -> None:
    night = datetime(2026, 10, 3, 2, tzinfo=SEOUL)
    append(db, Note(Did.UNMASKED, admin.id, "member:1", "확인", address="203.0.113.9"), night)
    db.commit()
    admin.get("/console/audit/review")
    assert "2026년 10월 기록 점검" in admin.read()
    assert "밤(22시~6시)에 개인정보를 1번 열었어요" in admin.read()
    page = "/console/audit/review"
    assert admin.post(page, {"month": "2026-10"}).status_code == 303
    admin.follow()
    assert "점검함 김담당" in admin.read()
    token = admin.csrf("/console/account")
    for month, status in (("2026-10", 409), ("2026-11", 409), ("2026-13", 404)):
        assert admin.post_raw(page, {"month": month, "csrf_token": token}).status_code == status
    assert "지난달 기록 점검" not in admin.get("/console/").text


def test_all_that_was_done_makes_a_log_that_holds(admin: Colleague, db: Session) -> None:
    assert [(row.did, row.detail) for row in admin.log()] == [
        (Did.SIGNED_IN, "윈도우 컴퓨터 · 크롬, 인증 앱")
    ]
    assert verify(db).broken is None


def test_the_command_line_names_the_first_row_that_was_altered(
    app: Flask, admin: Colleague, db: Session
) -> None:
    for _ in range(3):
        append(db, Note(Did.SEEN, admin.id, "member:1"), admin.clock.now())
    db.commit()
    db.execute(text("DROP TRIGGER audit_never_altered"))
    db.execute(text("UPDATE audit SET about = 'member:2' WHERE number = 3"))
    db.commit()
    found = app.test_cli_runner().invoke(args=["audit", "verify"])
    assert found.exit_code == 1
    assert "3번 기록이 맞지 않아요. 그 앞의 2건은 맞아요." in found.output
