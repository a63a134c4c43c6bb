"""Alerts and tickets in a real browser: an operator's day at both widths, everything reachable by keyboard."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy.orm import Session

from alerts.staff_sends import start_due
from models.applications import ApplicationState
from models.members import Member
from models.outbox import AlertState, AttemptState
from models.rules import load_rules
from models.staff import StaffRole
from models.tickets import TicketKind, open_ticket
from tests.outbox_rows import make_alert, make_attempt
from tests.web.console.colleague import PASSWORD, Colleague
from tests.web.visitor import account_of
from tests.web.window import assert_fit, looking
from tests.world import make_application, make_member, make_session


@pytest.fixture
def busy(db: Session, member: Member, now: datetime) -> None:
    """Plant a day's work: a ticket, alerts in every state, a session with applicants."""
    account = account_of(db, member)
    for kind, urgent in ((TicketKind.QUESTION, False), (TicketKind.CRISIS, True)):
        open_ticket(
            db,
            account_id=account.id,
            member_id=member.id,
            kind=kind,
            summary="동생 일로 너무 힘들어요",
            now=now,
            urgent=urgent,
        )
    for state in AlertState:
        alert = make_alert(db, member, state, reason="no such number")
        at = now - timedelta(days=40)
        make_attempt(db, alert, "sms", AttemptState.DELIVERED, at=at, handed_at=at, cost=9)
    session = make_session(db)
    for _ in range(3):
        make_application(db, make_member(db), session, ApplicationState.APPROVED)
    db.commit()


def come_in(page: Page, address: str, someone: Colleague) -> None:
    page.goto(f"{address}/console/sign-in")
    page.get_by_label("이메일").fill(someone.email)
    page.get_by_label("비밀번호").fill(PASSWORD)
    page.get_by_role("button", name="로그인").click()
    page.get_by_label("번호 6자리 또는 복구 코드").fill(someone.code_now())
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("오늘 할 일")


def answer_the_urgent_ticket(page: Page) -> None:
    page.get_by_role("link", name="급한 상담 요청").click()
    expect(page.get_by_role("article").first).to_contain_text("급해요")
    assert_fit(page)
    page.get_by_role("article").first.get_by_role("button", name="맡기").press("Enter")
    page.get_by_label("위험할 수 있어 바로 도와야 해요").check()
    page.get_by_role("button", name="적고 보기").click()
    expect(page.get_by_role("main")).to_contain_text("동생 일로 너무 힘들어요")
    assert_fit(page)
    page.get_by_label("채팅으로 보낼 답").fill("말해 줘서 고마워요. 지금 전화할게요.")
    page.get_by_role("button", name="답 보내기").click()
    expect(page.get_by_role("status").first).to_contain_text("답을 보냈어요")
    page.get_by_label("어떻게 끝났나요?").fill("보호자와 함께 1388에 연결했어요")
    page.get_by_role("button", name="상담 끝내기").click()
    expect(page.get_by_role("heading", name="다시 열기")).to_be_visible()
    assert_fit(page)


def write_a_text_anew(page: Page) -> None:
    page.get_by_role("link", name="봉사 하루 전").click()
    assert_fit(page)
    page.get_by_role("link", name="문자 문구 고치기").click()
    assert_fit(page)
    page.get_by_label("문구", exact=True).fill("#{언제} 봉사예요!")
    expect(page.locator("[data-preview-here]")).to_contain_text("내일 10:00 봉사예요!")
    page.get_by_label("문구", exact=True).fill("#{나이} 봉사예요!")
    expect(page.locator("[data-preview-here]")).to_contain_text("넣을 값이 없어요")
    page.get_by_label("문구", exact=True).fill("#{언제} 봉사예요!")
    page.get_by_label("바꾸는 이유").fill("짧게 했어요")
    page.get_by_role("button", name="이 문구로 보내기").click()
    expect(page.get_by_role("status").first).to_contain_text("이제 이 문구로 보내요")
    assert_fit(page)


def hand_in_a_template(page: Page) -> None:
    text = page.get_by_label("문구", exact=True)
    text.fill(text.input_value() + "\n고마워요.")
    page.get_by_label("바꾸는 이유").fill("인사를 더했어요")
    page.get_by_role("button", name="심사에 낼 문구로 저장").click()
    expect(page.get_by_role("heading", name="심사를 기다리는 1판")).to_be_visible()
    assert_fit(page)
    page.get_by_label("승인됐어요").check()
    page.get_by_role("button", name="결과 적기").click()
    expect(page.get_by_role("status").first).to_contain_text("승인됐다고 적었어요")
    page.get_by_text("처음 문구로 되돌리기").click()
    assert_fit(page)


def send_anew(page: Page) -> None:
    page.get_by_role("link", name="보내지 못함").click()
    assert_fit(page)
    page.get_by_role("link", name="다시 보내기").first.click()
    page.get_by_label("이유").fill("번호를 고쳤어요")
    assert_fit(page)
    page.get_by_role("button", name="다시 보낼게요").click()
    expect(page.get_by_role("status").first).to_contain_text("1건을 다시 보내요")


def tell_the_applicants(page: Page, db: Session, now: datetime) -> None:
    page.get_by_role("link", name="직원 소식").click()
    assert_fit(page)
    page.get_by_role("link", name="소식 쓰기").click()
    assert_fit(page)
    page.get_by_role("link", name="하천 쓰레기 줍기").click()
    page.get_by_label("활동 취소").check()
    page.get_by_label("보낼 말").fill("비가 많이 와서 쉬어요.")
    assert_fit(page)
    page.get_by_role("button", name="저장하고 미리 보기").click()
    expect(page.locator(".kakao")).to_contain_text("비가 많이 와서 쉬어요.")
    assert_fit(page)
    page.get_by_role("button", name="보내기", exact=True).click()
    start_due(db, load_rules(db), now)
    expect(page.locator(".send-progress")).to_contain_text("보낼 차례를 기다림: 3건", timeout=10_000)
    page.get_by_role("button", name="잠시 멈추기").click()
    expect(page.get_by_role("button", name="이어서 보내기")).to_be_visible()
    assert_fit(page)


@pytest.mark.usefixtures("busy")
@pytest.mark.parametrize("width", [390, 1280])
def test_an_operators_day(
    app: Flask,
    address: str,
    browser: Browser,
    colleague: Callable[..., Colleague],
    db: Session,
    now: datetime,
    width: int,
) -> None:
    someone = colleague(StaffRole.OPERATOR, signed_in=False)
    with looking(browser, width) as page:
        page.set_default_timeout(15_000)
        come_in(page, address, someone)
        answer_the_urgent_ticket(page)
        page.goto(f"{address}/console/alerts")
        assert_fit(page)
        write_a_text_anew(page)
        page.goto(f"{address}/console/alerts/kinds/4/alimtalk")
        hand_in_a_template(page)
        page.goto(f"{address}/console/alerts/queue")
        assert_fit(page)
        send_anew(page)
        tell_the_applicants(page, db, now)
        page.get_by_role("link", name="직원 소식").click()
        page.get_by_role("link", name="비용").click()
        assert_fit(page)
