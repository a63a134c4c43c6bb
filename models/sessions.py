"""What befalls a session that people have applied for: it is called off, or takes place another day or elsewhere.

Importers, the API and staff all call these, so that everybody who applied hears of it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from models.applications import LIVE, Application, ApplicationState
from models.events import EventKind, record_event
from models.members import Member
from models.programs import ProgramSession, SessionState

CALLED_OFF_WORDS = "기관 사정으로 활동이 취소됐어요."
"""Why an application ended, for the person, where the host gave no reason."""


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """When and where a session takes place."""

    day: date
    begins_at: time | None
    place: str

    @classmethod
    def of(cls, session: ProgramSession) -> Whereabouts:
        """Return those of a session as it is now."""
        return cls(session.starts_on, session.begins_at, session.place)


def hold_applicants(db: Session, session_ids: Collection[int]) -> None:
    """Hold the rows of all members who applied for sessions, always in the same order.

    Whoever changes a session and then the applications for it calls this first: a person who cancels holds the
    member's row and waits for the session's.
    """
    live = select(Application.member_id).where(
        Application.session_id.in_(session_ids), Application.state.in_(LIVE)
    )
    for member_id in sorted(set(db.scalars(live))):
        held = update(Member).where(Member.id == member_id).values(lock_count=Member.lock_count + 1)
        db.execute(held.execution_options(synchronize_session=False))


def call_off(db: Session, session: ProgramSession, reason: str, now: datetime) -> bool:
    """Call a session off, and with it every live application for it. The caller commits.

    ``reason`` is told to the people; empty for the usual words. Return False when it was called off before and
    nobody's application was left.
    """
    hold_applicants(db, [session.id])
    db.refresh(session, ["state"], with_for_update=True)
    changed = session.state is not SessionState.CALLED_OFF
    session.state = SessionState.CALLED_OFF
    live = (
        select(Application)
        .where(Application.session_id == session.id, Application.state.in_(LIVE))
        .order_by(Application.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    applications = db.scalars(live).all()
    words = reason or CALLED_OFF_WORDS
    for application in applications:
        application.move(db, ApplicationState.CANCELLED_BY_HOST, by="host", now=now, reason=words)
    return changed or bool(applications)


def move_session(
    db: Session,
    session: ProgramSession,
    *,
    day: date | None = None,
    times: tuple[time, time] | None = None,
    place: str | None = None,
    now: datetime,
) -> bool:
    """Put a session on another day, at other times, in another place; None leaves it. The caller commits.

    Return whether that changed anything.
    """
    db.refresh(session, with_for_update={"of": ProgramSession})
    before, ended = Whereabouts.of(session), session.ends_at
    if day is not None:
        session.starts_on, session.ends_on = day, session.ends_on + (day - session.starts_on)
        session.weekday = day.weekday()
        session.program.last_date = max(session.program.last_date, session.ends_on)
    if times is not None:
        session.begins_at, session.ends_at = times
    if place is not None:
        session.place = place
    tell_if_moved(db, session, before, now)
    return before != Whereabouts.of(session) or ended != session.ends_at


def tell_if_moved(db: Session, session: ProgramSession, before: Whereabouts, now: datetime) -> bool:
    """Tell of a coming session that has got another day, time or place and that people have applied for.

    Return whether it has. The caller commits.
    """
    if before == Whereabouts.of(session) or max(before.day, session.ends_on) < now.date():
        return False
    applied = exists().where(Application.session_id == session.id, Application.state.in_(LIVE))
    if session.state is not SessionState.PLANNED or not db.scalar(select(applied)):
        return False
    begins = f"{before.begins_at:%H:%M}" if before.begins_at else ""
    record_event(
        db,
        EventKind.SESSION_MOVED,
        f"session:{session.id}",
        int(now.timestamp()),
        data={"before": {"day": before.day.isoformat(), "time": begins, "place": before.place}},
        now=now,
    )
    return True
