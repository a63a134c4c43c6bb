"""Messages of staff to the people of a session or a programme: written, looked at, let go by two, watched, stopped."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from alerts.staff_sends import estimate
from alerts.staff_sends import preview as preview_of
from bot.wording import STATE_NAMES as APPLICATION_NAMES
from bot.wording import moment, when
from models import staff_sends as sends
from models.applications import LIVE, Application, ApplicationState
from models.audit import Did
from models.clock import SEOUL
from models.outbox import FAILED, OPEN, AlertState
from models.programs import Program, ProgramSession
from models.search import squeeze
from models.staff import Staff, StaffRefused, StaffRole
from models.staff_sends import LONGEST_TEXT, NotSendable, People, SendReason, SendState, StaffSend
from models.timeline import CHANNEL_NAMES, STATE_NAMES
from web.console.alert_places import tabs
from web.console.door import Route, Visit

REASONS: dict[SendReason, tuple[str, str]] = {
    SendReason.CALLED_OFF: ("활동 취소", "활동이 취소됐어요"),
    SendReason.MOVED: ("장소 바뀜", "활동 장소가 바뀌었어요"),
    SendReason.NOTICE: ("소식", "활동 소식이 있어요"),
}
"""Reason → its name, and the words the message begins with."""
STATES: dict[SendState, tuple[str, str]] = {
    SendState.DRAFT: ("neutral", "초안"),
    SendState.WAITING: ("warning", "확인 기다림"),
    SendState.SCHEDULED: ("info", "예약됨"),
    SendState.SENDING: ("info", "보내는 중"),
    SendState.PAUSED: ("warning", "멈춤"),
    SendState.DONE: ("success", "끝남"),
    SendState.CANCELLED: ("neutral", "취소함"),
}
"""State → state of its badge, and its name."""
STEPS = ("쓰기", "미리 보기", "확인", "보내기", "끝")
_STEP = {
    SendState.DRAFT: 2,
    SendState.WAITING: 3,
    SendState.SCHEDULED: 4,
    SendState.SENDING: 4,
    SendState.PAUSED: 4,
    SendState.DONE: 6,
    SendState.CANCELLED: 5,
}
PEOPLE_STATES = (*LIVE, ApplicationState.ATTENDED)
"""States of applications that can be picked."""
FOUND = 20


def staff_sends(visit: Visit) -> ResponseReturnValue:
    """Show the messages of staff, newest first."""
    found = sends.staff_sends(visit.db, 50)
    return render_template(
        "console/staff_sends.html",
        rows=[
            (each, REASONS[each.reason][0], *STATES[each.state], _who(visit, each.created_by))
            for each in found
        ],
        tabs=tabs(visit.staff.role),
        may_write=visit.staff.role.covers(StaffRole.OPERATOR),
    )


def new_send(visit: Visit) -> ResponseReturnValue:
    """Show where a message is written: first for whom, then what."""
    people = _people()
    if people.session_id is None and people.program_id is None:
        return _choose_page(visit)
    return _form_page(visit, people)


def write_send(visit: Visit) -> ResponseReturnValue:
    """Keep a draft."""
    people = _people()
    try:
        reason, text = _read()
        send = sends.compose(
            visit.db, people, reason=reason, text=text, by=f"staff:{visit.staff.id}", now=visit.now
        )
    except NotSendable as trouble:
        visit.db.rollback()
        return _form_page(visit, people, str(trouble)), 422
    return _done(visit, send, "초안을 씀", "초안을 썼어요. 아직 아무에게도 가지 않아요.")


def edit_send(visit: Visit, number: int) -> ResponseReturnValue:
    """Show a draft where it is written anew."""
    send = _send(visit, number)
    if send.state is not SendState.DRAFT:
        raise StaffRefused("이미 보내기로 한 소식이라 고칠 수 없어요.")
    return _form_page(visit, _people_of(send), send=send)


def amend_send(visit: Visit, number: int) -> ResponseReturnValue:
    """Keep a draft as it was written anew."""
    send = _send(visit, number)
    old = _people_of(send)
    people = People(old.session_id, old.program_id, _people().states)
    try:
        reason, text = _read()
        sends.amend(visit.db, send, people, reason=reason, text=text)
    except NotSendable as trouble:
        visit.db.rollback()
        return _form_page(visit, people, str(trouble), send), 422
    return _done(visit, send, "초안을 고침", "초안을 고쳤어요.")


def staff_send(visit: Visit, number: int) -> ResponseReturnValue:
    """Show a message: how it looks, for how many and what it costs, how far it has come, and what can be done."""
    return _page(visit, _send(visit, number))


def send_progress(visit: Visit, number: int) -> ResponseReturnValue:
    """Return how far a message has come, as a part of its page."""
    send = _send(visit, number)
    return render_template("console/send_progress.html", **_progress(visit, send))


def schedule_send(visit: Visit, number: int) -> ResponseReturnValue:
    """Let a draft go, at once or later; for many people it waits for a second colleague."""
    send = _send(visit, number)
    try:
        at, urgent = _moment(), request.form.get("urgent") == "1"
        people = sends.schedule(
            visit.db,
            send,
            at,
            visit.now,
            urgent=urgent,
            by=f"staff:{visit.staff.id}",
            two_from=visit.rules.staff_send_two_from,
        )
    except NotSendable as trouble:
        visit.db.rollback()
        return _page(visit, send, str(trouble)), 422
    if send.state is SendState.WAITING:
        return _done(
            visit,
            send,
            f"{people:,}명에게 보내 달라고 함",
            "다른 직원이 확인하면 보내요. 확인을 부탁해 주세요.",
        )
    told = f"{moment(at)}에 보내기로 했어요." if at else "곧 보내기 시작해요."
    return _done(visit, send, f"{people:,}명에게 보냄", f"{people:,}명에게 {told}")


def approve_send(visit: Visit, number: int) -> ResponseReturnValue:
    """Let go what a colleague wrote."""
    return _step(
        visit,
        number,
        lambda send: sends.approve(visit.db, send, f"staff:{visit.staff.id}", visit.now),
        "확인하고 보냄",
        "확인했어요. 이제 보내요.",
    )


def return_send(visit: Visit, number: int) -> ResponseReturnValue:
    """Send a message that waits back to be a draft."""
    return _step(
        visit,
        number,
        lambda send: sends.send_back(visit.db, send),
        "초안으로 돌려보냄",
        "초안으로 돌려보냈어요.",
    )


def pause_send(visit: Visit, number: int) -> ResponseReturnValue:
    """Let a message rest."""
    words = "멈췄어요. 아직 넘기지 않은 것은 나가지 않아요."
    return _step(visit, number, lambda send: sends.pause(visit.db, send), "멈춤", words)


def resume_send(visit: Visit, number: int) -> ResponseReturnValue:
    """Let a message that rests go on."""
    return _step(
        visit,
        number,
        lambda send: sends.go_on(visit.db, send),
        "이어서 보냄",
        "이어서 보내요. 1분 안에 다시 나가요.",
    )


def cancel_send(visit: Visit, number: int) -> ResponseReturnValue:
    """Take back what has not gone yet, for good."""
    return _step(
        visit,
        number,
        lambda send: sends.cancel(visit.db, send, f"staff:{visit.staff.id}", visit.now),
        "취소함",
        "취소했어요. 아직 나가지 않은 것은 모두 거뒀어요.",
    )


def _step(
    visit: Visit, number: int, change: Callable[[StaffSend], object], did: str, words: str
) -> ResponseReturnValue:
    send = _send(visit, number)
    try:
        change(send)
    except NotSendable as trouble:
        visit.db.rollback()
        return _page(visit, send, str(trouble)), 422
    return _done(visit, send, did, words)


def _done(visit: Visit, send: StaffSend, did: str, words: str) -> ResponseReturnValue:
    number = send.id
    visit.note(Did.STAFF_SEND_CHANGED, f"staff_send:{number}", detail=did)
    visit.commit()
    flash(words, "success")
    return redirect(url_for("console.staff_send", number=number), 303)


def _page(visit: Visit, send: StaffSend, error: str = "") -> str:
    fixed = send.state in (SendState.DRAFT, SendState.WAITING)
    shown = preview_of(visit.db, send, visit.now)
    found = estimate(visit.db, send, visit.rules, visit.now) if fixed else None
    me = f"staff:{visit.staff.id}"
    operator = visit.staff.role.covers(StaffRole.OPERATOR)
    return render_template(
        "console/staff_send.html",
        reason=REASONS[send.reason][0],
        state=STATES[send.state],
        steps=STEPS,
        step=_STEP[send.state],
        people=[APPLICATION_NAMES[ApplicationState(state)] for state in send.states],
        writer=_who(visit, send.created_by),
        approver=_who(visit, send.approved_by or ""),
        card=visit.tools.draw_notice(shown.card) if shown else None,
        card_for=shown.name if shown else "",
        estimate=found,
        ways=[(CHANNEL_NAMES[way], count) for way, count in found.ways.items()] if found else [],
        two=bool(found and found.people >= visit.rules.staff_send_two_from),
        two_from=visit.rules.staff_send_two_from,
        may_change=operator,
        may_approve=operator and me not in (send.created_by, send.asked_by),
        error=error,
        typed=request.form,
        tabs=tabs(visit.staff.role),
        **_progress(visit, send),
    )


def _progress(visit: Visit, send: StaffSend) -> dict[str, Any]:
    """Return how far a message has come, for the bar and the words beneath it."""
    told = sends.progress(visit.db, send)
    arrived = sum(told.states.get(state, 0) for state in (AlertState.DELIVERED, AlertState.SENT))
    return {
        "send": send,
        "total": max(told.audience, told.owed),
        "ended": told.ended,
        "arrived": arrived,
        "counts": [(STATE_NAMES[state], count) for state, count in told.states.items()],
        "failed": sum(told.states.get(state, 0) for state in FAILED),
        "moving": send.state in (SendState.SCHEDULED, SendState.SENDING),
        "under_way": sum(told.states.get(state, 0) for state in OPEN),
        "begun": send.state not in (SendState.DRAFT, SendState.WAITING),
    }


def _choose_page(visit: Visit) -> str:
    """Show sessions to choose from: those that have applicants, or whose title was searched for."""
    typed = request.args.get("q", "").strip()[:60]
    applicants = (
        select(Application.session_id, func.count().label("count"))
        .where(Application.state.in_(LIVE))
        .group_by(Application.session_id)
        .subquery()
    )
    query = (
        select(ProgramSession, applicants.c.count)
        .join(applicants, applicants.c.session_id == ProgramSession.id)
        .join(ProgramSession.program)
        .where(ProgramSession.ends_on >= visit.now.date())
        .options(joinedload(ProgramSession.program))
        .order_by(ProgramSession.starts_on, ProgramSession.id)
        .limit(FOUND)
    )
    if words := squeeze(typed):
        query = query.where(Program.search_text.contains(words, autoescape=True))
    rows = [(session, when(session), count) for session, count in visit.db.execute(query)]
    return render_template(
        "console/choose_people.html", rows=rows, typed=typed, most=FOUND, tabs=tabs(visit.staff.role)
    )


def _form_page(visit: Visit, people: People, error: str = "", send: StaffSend | None = None) -> str:
    session = visit.db.get(ProgramSession, people.session_id) if people.session_id else None
    program = session.program if session else visit.db.get(Program, people.program_id or 0)
    if program is None:
        abort(404)
    typed: dict[str, Any] = (
        {"reason": "", "text": ""} if send is None else {"reason": send.reason.value, "text": send.text}
    )
    if request.method == "POST":
        typed = {name: request.form.get(name, "") for name in ("reason", "text")}
    return render_template(
        "console/write_send.html",
        send=send,
        people=people,
        title=program.title,
        when=when(session) if session else "끝나지 않은 모든 회차",
        reasons=[(reason.value, name, f"‘{words}’로 시작해요.") for reason, (name, words) in REASONS.items()],
        states=[(state.value, APPLICATION_NAMES[state]) for state in PEOPLE_STATES],
        typed=typed,
        error=error,
        longest=LONGEST_TEXT,
        tabs=tabs(visit.staff.role),
    )


def _people() -> People:
    """Return for whom the form or the address says a message is."""
    states = tuple(state for state in PEOPLE_STATES if state.value in request.values.getlist("states"))
    asked = request.method == "POST"
    return People(_id("session"), _id("program"), states if asked else states or LIVE)


def _people_of(send: StaffSend) -> People:
    return People(send.session_id, send.program_id, tuple(ApplicationState(state) for state in send.states))


def _read() -> tuple[SendReason, str]:
    reason = request.form.get("reason", "")
    if reason not in set(SendReason):
        raise NotSendable("무슨 일인지 하나 골라 주세요.")
    return SendReason(reason), request.form.get("text", "").replace("\r\n", "\n")


def _moment() -> datetime | None:
    """Return when a message shall go, None for now."""
    if request.form.get("when") != "later":
        return None
    typed = f"{request.form.get('day', '')} {request.form.get('time', '')}"
    try:
        return datetime.strptime(typed, "%Y-%m-%d %H:%M").replace(tzinfo=SEOUL)
    except ValueError:
        raise NotSendable("보낼 날과 시각을 모두 골라 주세요.") from None


def _id(field: str) -> int | None:
    typed = request.values.get(field, "")
    return int(typed) if re.fullmatch(r"\d{1,9}", typed, re.ASCII) else None


def _send(visit: Visit, number: int) -> StaffSend:
    return visit.db.get(StaffSend, number) or abort(404)


def _who(visit: Visit, by: str) -> str:
    """Return a colleague's name, or the word the command line left."""
    table, _, number = by.partition(":")
    staff = visit.db.get(Staff, int(number)) if table == "staff" and number.isdecimal() else None
    return staff.name if staff else by


_SEND = "/console/alerts/sends/<int(max=2147483647):number>"
_FIELDS = {"text": "보낼 말"}
ROUTES = (
    Route("GET", "/console/alerts/sends", staff_sends, StaffRole.VIEWER),
    Route("POST", "/console/alerts/sends", write_send, StaffRole.OPERATOR, "직원 소식 쓰기", _FIELDS),
    Route("GET", "/console/alerts/sends/new", new_send, StaffRole.OPERATOR),
    Route("GET", _SEND, staff_send, StaffRole.VIEWER),
    Route("GET", f"{_SEND}/edit", edit_send, StaffRole.OPERATOR),
    Route("POST", f"{_SEND}/edit", amend_send, StaffRole.OPERATOR, "직원 소식 고치기", _FIELDS),
    Route("GET", f"{_SEND}/progress", send_progress, StaffRole.VIEWER),
    Route("POST", f"{_SEND}/schedule", schedule_send, StaffRole.OPERATOR, "직원 소식 보내기"),
    Route("POST", f"{_SEND}/approve", approve_send, StaffRole.OPERATOR, "직원 소식 확인하고 보내기"),
    Route("POST", f"{_SEND}/return", return_send, StaffRole.OPERATOR, "직원 소식 돌려보내기"),
    Route("POST", f"{_SEND}/pause", pause_send, StaffRole.OPERATOR, "직원 소식 멈추기"),
    Route("POST", f"{_SEND}/resume", resume_send, StaffRole.OPERATOR, "직원 소식 이어서 보내기"),
    Route("POST", f"{_SEND}/cancel", cancel_send, StaffRole.OPERATOR, "직원 소식 취소"),
)
