"""Messages of staff in the console: from a draft over a second colleague's look to the last receipt."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from alerts.staff_sends import start_due
from models.applications import ApplicationState
from models.audit import Did
from models.outbox import Alert, AlertState
from models.programs import ProgramSession
from models.rule_settings import change_rule
from models.rules import load_rules
from models.staff import StaffRole
from models.staff_sends import SendState, StaffSend
from tests.web.console.colleague import Colleague
from tests.world import make_application, make_member, make_session

LIST, NEW = "/console/alerts/sends", "/console/alerts/sends/new"
WORDS = "비가 많이 와서 쉬어요."


@pytest.fixture
def operator(colleague: Callable[..., Colleague]) -> Colleague:
    return colleague(StaffRole.OPERATOR)


@pytest.fixture
def session(db: Session, now: datetime) -> ProgramSession:
    """Return a session with three applicants; from two people on a second colleague looks."""
    session = make_session(db, title="하천 쓰레기 줍기", seats=20)
    for _ in range(3):
        make_application(db, make_member(db, name="김나무"), session, ApplicationState.APPROVED)
    change_rule(db, "staff_send_two_from", "2", "test", now)
    db.commit()
    return session


def form(session: ProgramSession, text: str = WORDS, reason: str = "called_off") -> dict[str, object]:
    return {
        "session": session.id,
        "reason": reason,
        "text": text,
        "states": ["applied", "approved", "waitlisted"],
    }


def draft(someone: Colleague, session: ProgramSession) -> str:
    """Write a draft; return the path of its page."""
    assert someone.post(LIST, form(session), form_on=f"{NEW}?session={session.id}").status_code == 303
    page: str = someone.page.location  # type: ignore[union-attr]  # a form was just sent
    return page


def state_of(db: Session) -> SendState:
    db.expire_all()
    return db.scalars(select(StaffSend)).one().state


def press(someone: Colleague, page: str, what: str, **data: str) -> int:
    return someone.post(f"{page}/{what}", dict(data), form_on=page).status_code


def test_whom_to_tell_is_found_by_the_activity(
    operator: Colleague, db: Session, session: ProgramSession
) -> None:
    make_session(db, title="도서관 책 정리")
    db.commit()
    operator.get(NEW)
    assert "하천 쓰레기 줍기" in operator.read()
    assert "신청자 3명" in operator.read()
    assert "도서관" not in operator.read()
    operator.get(f"{NEW}?q=하천쓰레기")
    assert "신청자 3명" in operator.read()
    operator.get(f"{NEW}?q=없는 활동%00")
    assert "못 찾았어요" in operator.read()
    assert operator.get(f"{NEW}?program={session.program_id}").status_code == 200
    assert "끝나지 않은 모든 회차" in operator.read()
    assert operator.get(f"{NEW}?session=99999").status_code == 404


def test_a_message_goes_from_draft_over_a_second_look_to_the_outbox(
    operator: Colleague,
    colleague: Callable[..., Colleague],
    db: Session,
    session: ProgramSession,
    now: datetime,
) -> None:
    other = colleague(StaffRole.OPERATOR, "이동료")
    page = draft(operator, session)
    operator.follow()
    words = operator.read()
    assert "3 명" in words
    assert "김*무 님이 받을 카드" in words
    assert f"활동이 취소됐어요. {WORDS}" in words
    assert "김나무" not in words
    assert press(operator, page, "schedule", when="now") == 303
    assert state_of(db) is SendState.WAITING
    assert press(operator, page, "approve") == 422
    assert "다른 직원이 확인해야" in operator.read()
    assert start_due(db, load_rules(db), now) == 0
    other.get("/console/alerts/sends")
    assert "확인 기다림" in other.read()
    assert press(other, page, "approve") == 303
    assert state_of(db) is SendState.SCHEDULED
    assert start_due(db, load_rules(db), now) == 3
    other.get(page)
    assert "0 / 3건 끝남" in other.read()
    assert "확인한 사람 이동료" in other.read()
    for alert in db.scalars(select(Alert)):
        alert.state, alert.finished_at = AlertState.DELIVERED, now
    db.commit()
    start_due(db, load_rules(db), now)
    seen = other.get(f"{page}/progress").text
    assert "3 / 3건 끝남" in seen
    assert "data-refresh" not in seen
    assert state_of(db) is SendState.DONE
    done = [row.detail for row in other.log() if row.did is Did.STAFF_SEND_CHANGED]
    assert done == ["초안을 씀", "3명에게 보내 달라고 함", "확인하고 보냄"]


def test_few_people_are_told_without_a_second_look(
    operator: Colleague, db: Session, session: ProgramSession, now: datetime
) -> None:
    change_rule(db, "staff_send_two_from", "4", "test", now)
    db.commit()
    page = draft(operator, session)
    assert press(operator, page, "schedule", when="later", day="2026-11-24", time="09:00") == 303
    operator.follow()
    assert "11월 24일(화) 오전 9시" in operator.read()
    assert state_of(db) is SendState.SCHEDULED


def test_a_message_rests_goes_on_and_is_taken_back(
    operator: Colleague, db: Session, session: ProgramSession, now: datetime
) -> None:
    change_rule(db, "staff_send_two_from", "100", "test", now)
    db.commit()
    page = draft(operator, session)
    press(operator, page, "schedule", when="now")
    assert press(operator, page, "pause") == 303
    assert start_due(db, load_rules(db), now) == 0
    assert press(operator, page, "pause") == 422
    assert press(operator, page, "resume") == 303
    assert state_of(db) is SendState.SCHEDULED
    assert start_due(db, load_rules(db), now) == 3
    assert press(operator, page, "pause") == 303
    assert press(operator, page, "resume") == 303
    assert state_of(db) is SendState.SENDING
    assert press(operator, page, "cancel") == 303
    assert {alert.state for alert in db.scalars(select(Alert))} == {AlertState.CANCELLED}
    assert press(operator, page, "resume") == 422


def test_a_draft_is_written_anew_and_what_waits_is_not(
    operator: Colleague, db: Session, session: ProgramSession
) -> None:
    page = draft(operator, session)
    operator.get(f"{page}/edit")
    assert WORDS in operator.read()
    changed = form(session, "내일은 쉬어요.", "notice")
    assert operator.post(f"{page}/edit", changed).status_code == 303
    operator.follow()
    assert "활동 소식이 있어요. 내일은 쉬어요." in operator.read()
    press(operator, page, "schedule", when="now")
    assert operator.get(f"{page}/edit").status_code == 409
    token = operator.csrf("/console/account")
    assert operator.post_raw(f"{page}/edit", {**changed, "csrf_token": token}).status_code == 422
    assert press(operator, page, "return") == 303
    assert state_of(db) is SendState.DRAFT


@pytest.mark.parametrize(
    ("change", "advice"),
    [
        ({"text": " "}, "비어 있어요"),
        ({"text": "가" * 201}, "200자까지"),
        ({"text": "101231-3123456"}, "주민등록번호"),
        ({"reason": "x"}, "무슨 일인지"),
        ({"states": []}, "하나 이상"),
    ],
)
def test_what_cannot_be_sent_is_told_and_what_was_typed_stays(
    operator: Colleague, db: Session, session: ProgramSession, change: dict[str, object], advice: str
) -> None:
    sent = form(session) | change
    assert operator.post(LIST, sent, form_on=f"{NEW}?session={session.id}").status_code == 422
    assert advice in operator.read()
    assert str(sent["text"]).strip() in operator.read()
    assert db.scalars(select(StaffSend)).all() == []


def test_moments_that_are_none_or_past_are_refused(operator: Colleague, session: ProgramSession) -> None:
    page = draft(operator, session)
    for day, time, advice in (
        ("2026-11-22", "09:00", "이미 지난"),
        ("", "09:00", "모두 골라"),
        ("x", "y", "모두"),
    ):
        assert press(operator, page, "schedule", when="later", day=day, time=time) == 422
        assert advice in operator.read()


def test_viewers_look_and_change_nothing(
    operator: Colleague, colleague: Callable[..., Colleague], session: ProgramSession
) -> None:
    page = draft(operator, session)
    viewer = colleague(StaffRole.VIEWER, "박보기")
    assert viewer.get(page).status_code == 200
    assert "보내기</button>" not in viewer.page.text  # type: ignore[union-attr]  # a page was just opened
    token = viewer.csrf("/console/account")
    assert viewer.post_raw(f"{page}/schedule", {"csrf_token": token}).status_code == 403
