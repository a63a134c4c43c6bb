"""The evening before: everybody whose activity is tomorrow is reminded, also those approved during the evening."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import String, cast, exists, literal, select
from sqlalchemy.orm import Session

from alerts.planning import Row, scheduled
from models.applications import Application, ApplicationState
from models.outbox import Alert, add_alerts
from models.programs import ProgramSession, SessionState
from models.rules import load_rules

REMINDER = 5
AT_ONCE = 1000
"""Reminders written in one transaction, so that nobody else waits for long."""


def plan_reminders(db: Session, now: datetime) -> int:
    """Write the reminders of tomorrow's activities that are not there yet; return how many. Commits as it goes.

    Only from the slot's beginning on: who is approved earlier in the day is reminded in the slot like all others.
    """
    rules, written, last = load_rules(db), 0, 0
    if now.time() < rules.d1_from:
        return 0
    while page := _unreminded(db, now, after=last):
        rows = [_row(application_id, member_id, now) for application_id, member_id in page]
        written += len(add_alerts(db, scheduled(db, rows, rules, now), now))
        db.commit()
        last = page[-1][0]
    return written


def _unreminded(db: Session, now: datetime, *, after: int) -> list[tuple[int, int]]:
    """Return (application, member) of the next ones without a reminder of that day, by number."""
    tomorrow = now.date() + timedelta(days=1)
    reminded = exists().where(
        Alert.kind == REMINDER,
        Alert.recipient == literal("member:").concat(cast(Application.member_id, String)),
        Alert.object == literal("application:").concat(cast(Application.id, String)),
        Alert.version == tomorrow.toordinal(),
    )
    query = (
        select(Application.id, Application.member_id)
        .join(ProgramSession, ProgramSession.id == Application.session_id)
        .where(
            ProgramSession.starts_on == tomorrow,
            ProgramSession.state == SessionState.PLANNED,
            Application.state == ApplicationState.APPROVED,
            Application.id > after,
            ~reminded,
        )
        .order_by(Application.id)
        .limit(AT_ONCE)
    )
    return [(application_id, member_id) for application_id, member_id in db.execute(query)]


def _row(application_id: int, member_id: int, now: datetime) -> Row:
    tomorrow = now.date() + timedelta(days=1)
    return {
        "kind": REMINDER,
        "recipient": f"member:{member_id}",
        "member_id": member_id,
        "object": f"application:{application_id}",
        "version": tomorrow.toordinal(),
        "at_once": False,
    }
