"""The first page: what waits, how 보람 does today, who is here; each figure leads to its rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import abort, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.audit_review import first_of, month_before, review_of
from models.inbox import open_count
from models.outbox import FAILED, Alert
from models.redrives import is_newest_round
from models.staff import StaffRole
from models.staff_sessions import open_sessions
from models.tickets import Ticket
from web.console.door import Route, Visit
from web.console.pulse import pulse


@dataclass(frozen=True, slots=True)
class Task:
    """Something that may wait: its name, who is shown it, how many there are, and the page where it is done."""

    title: str
    wants: StaffRole
    count: Callable[[Session], int]
    hint: str
    endpoint: str = ""
    """Empty while no page of the console is about it."""


def _open_tickets(db: Session) -> int:
    return _counted(db, Ticket.open.is_(True))


def _urgent_tickets(db: Session) -> int:
    return _counted(db, Ticket.open.is_(True), Ticket.urgent.is_(True))


def _dead_letters(db: Session) -> int:
    query = select(func.count()).select_from(Alert).where(Alert.state.in_(FAILED), is_newest_round())
    return db.scalar(query) or 0


def _counted(db: Session, *which: object) -> int:
    query = select(func.count()).select_from(Ticket).where(*which)  # type: ignore[arg-type]  # conditions on columns
    return db.scalar(query) or 0


TASKS: tuple[Task, ...] = (
    Task(
        "급한 상담 요청",
        StaffRole.VIEWER,
        _urgent_tickets,
        "위험할 수 있는 이야기예요. 가장 먼저 봐 주세요.",
        "console.tickets",
    ),
    Task(
        "기다리는 상담 요청",
        StaffRole.VIEWER,
        _open_tickets,
        "사람의 답을 기다리고 있어요.",
        "console.tickets",
    ),
    Task(
        "보내지 못한 알림",
        StaffRole.VIEWER,
        _dead_letters,
        "다시 보낼지 정해 주세요.",
        "console.alert_failures",
    ),
    Task(
        "못 알아들은 말 묶음",
        StaffRole.TRAINER,
        open_count,
        "무슨 뜻인지 정하면 다음 훈련부터 알아들어요.",
        "console.inbox",
    ),
)
"""What is counted on the first page. A page of the console that deals with one puts its endpoint there."""


def home(visit: Visit) -> ResponseReturnValue:
    """Show what waits, how 보람 does, and who is here."""
    visit.db.commit()  # no connection is held while a server is asked
    answers = visit.tools.understands()
    role = visit.staff.role
    tasks = [
        (task, task.count(visit.db), url_for(task.endpoint) if task.endpoint else "")
        for task in TASKS
        if role.covers(task.wants)
    ]
    month = month_before(first_of(visit.now.date()))
    unsigned = role.covers(StaffRole.ADMIN) and review_of(visit.db, month) is None
    here = {each.staff_id: each for each in open_sessions(visit.db, visit.rules, visit.now)}
    return render_template(
        "console/home.html",
        tasks=tasks,
        here=here.values(),
        review_month=month if unsigned else None,
        pulse=pulse(visit, answers=answers),
    )


def nowhere(visit: Visit, rest: str) -> ResponseReturnValue:
    """Say that there is no such page, to staff only."""
    abort(404)


ROUTES = (
    Route("GET", "/console/", home, StaffRole.VIEWER),
    Route("GET", "/console/<path:rest>", nowhere, StaffRole.VIEWER),
)
