"""Rows of the outbox as delivery leaves them, for tests of what reads them."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy.orm import Session

from models.members import Member
from models.outbox import OPEN, Alert, AlertState, Attempt, AttemptState
from tests.world import NOW

_numbers = count(1)


def make_alert(
    db: Session,
    member: Member,
    state: AlertState = AlertState.DELIVERED,
    *,
    at: datetime = NOW - timedelta(minutes=5),
    **columns: Any,
) -> Alert:
    """Write a message to a member; ``at`` is when it was owed, and what has ended did so two seconds later."""
    values = {"kind": 4, "recipient": f"member:{member.id}", "object": f"application:{next(_numbers)}"}
    times = {"created_at": at, "due_at": at, "deadline": at + timedelta(days=3)}
    ended = {} if state in OPEN else {"finished_at": at + timedelta(seconds=2)}
    alert = Alert(member_id=member.id, state=state, **(values | times | ended | columns))
    db.add(alert)
    db.flush()
    return alert


def make_attempt(
    db: Session, alert: Alert, channel: str, state: AttemptState, *, at: datetime, **columns: Any
) -> Attempt:
    """Write a try that began at that moment."""
    attempt = Attempt(
        alert_id=alert.id,
        key=f"attempt-{next(_numbers)}",
        channel=channel,
        began_at=at,
        state=state,
        **({"provider": f"test_{channel}"} | columns),
    )
    db.add(attempt)
    db.flush()
    return attempt
