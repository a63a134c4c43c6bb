"""From what happened to who is told: events become rows of the outbox, in one transaction with the mark that they did.

A transaction that is cut off leaves the events as they were; one that comes twice finds them marked.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import select
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

from alerts.kinds import KINDS, Window
from alerts.matching import match
from alerts.windows import Span, earliest
from models.alert_settings import QuietHours
from models.applications import LIVE, Application, ApplicationState
from models.events import Event, EventKind, claim_events
from models.hosts import Leader
from models.members import Member
from models.outbox import add_alerts
from models.programs import Program
from models.rules import Rules, load_rules
from models.talents import TalentMatch

log = logging.getLogger(__name__)

Row: TypeAlias = dict[str, Any]
"""Columns of ``Alert``."""


@dataclass(frozen=True, slots=True)
class Planning:
    """What a planner is given: the store, the event, the rules, the moment."""

    db: Session
    event: Event
    rules: Rules
    now: datetime
    members: Mapping[int, Member]
    """Those the events are about."""

    def to(self, member_id: int, kind: int, *, at_once: bool = False) -> Row:
        """Return the row of an alert for a member."""
        window = Window.AT_ONCE if at_once else KINDS[kind].window
        return {
            "kind": kind,
            "recipient": f"member:{member_id}",
            "member_id": member_id,
            "object": self.event.object,
            "version": self.event.version,
            "event_id": self.event.id,
            "at_once": window is Window.AT_ONCE,
        }


def plan(db: Session, now: datetime) -> int:
    """Write the alerts of the oldest events that have none; return how many events there were. Commits."""
    rules = load_rules(db)
    events = claim_events(db, now)
    try:
        _write(db, events, rules, now)
        db.commit()
    except Exception:
        db.rollback()
        log.exception("%s events could not be planned together", len(events))
        _one_by_one(db, [event.id for event in events], rules, now)
    return len(events)


def _one_by_one(db: Session, ids: Sequence[int], rules: Rules, now: datetime) -> None:
    """Plan each event by itself, so that a broken one stands in nobody's way and says why."""
    for event_id in ids:
        try:
            _write(db, claim_events(db, now, [event_id]), rules, now)
            db.commit()
        except (InterfaceError, OperationalError):
            raise  # the store's trouble, not this event's: it stays unplanned and comes again
        except Exception as error:
            db.rollback()
            log.exception("event %s was not planned", event_id)
            for event in claim_events(db, now, [event_id]):
                event.trouble = type(error).__name__
            db.commit()


def _write(db: Session, events: Sequence[Event], rules: Rules, now: datetime) -> None:
    members = _members(db, events)
    plannings = [Planning(db, event, rules, now, members) for event in events]
    rows = [row for planning in plannings for row in _PLANNERS[planning.event.kind](planning)]
    add_alerts(db, scheduled(db, rows, rules, now), now)


def _members(db: Session, events: Sequence[Event]) -> dict[int, Member]:
    query = select(Member).where(Member.id.in_({event.member_id for event in events if event.member_id}))
    return {member.id: member for member in db.scalars(query)}


def scheduled(db: Session, rows: Sequence[Row], rules: Rules, now: datetime) -> list[Row]:
    """Return the rows with the time they may go and the time they are worth nothing any more."""
    own = _quiet_hours(db, {row["member_id"] for row in rows})
    return [
        _timed(row, own.get(row["member_id"], (rules.quiet_from, rules.quiet_until)), rules, now)
        for row in rows
    ]


def _timed(row: Row, quiet: Span, rules: Rules, now: datetime) -> Row:
    kind = KINDS[row["kind"]]
    due = earliest(Window.AT_ONCE if row["at_once"] else kind.window, now, rules, quiet)
    return row | {"due_at": due, "deadline": row.get("deadline") or due + kind.worth}


def _quiet_hours(db: Session, members: Iterable[int]) -> dict[int, Span]:
    query = select(QuietHours).where(QuietHours.member_id.in_(list(members)))
    return {own.member_id: (own.quiet_from, own.quiet_until) for own in db.scalars(query)}


def _profile(planning: Planning) -> Iterator[Row]:
    member = _member(planning)
    if member is None:
        return
    yield planning.to(member.id, 1)
    young = member.age(planning.now.date()) < planning.rules.guardian_consent_under
    if young and member.guardian_phone and not member.needs_guardian(planning.rules, planning.now.date()):
        yield planning.to(member.id, 1) | {"recipient": f"guardian:{member.id}"}


def _talent_filed(planning: Planning) -> Iterator[Row]:
    if member := _member(planning):
        yield planning.to(member.id, 2)


def _talent_approved(planning: Planning) -> Iterator[Row]:
    """Tell the young person, and the leaders of the institution they will come to."""
    match_ = planning.db.get(TalentMatch, planning.event.object_id)
    if match_ is None:
        return
    yield planning.to(match_.offer.member_id, 3)
    leaders = select(Leader.member_id).where(Leader.host_id == match_.host_id)
    for leader in planning.db.scalars(leaders):
        if leader != match_.offer.member_id:
            yield planning.to(leader, 3)


def _application(planning: Planning) -> Iterator[Row]:
    member, said = _member(planning), planning.event.data
    if member is None or said["state"] == ApplicationState.ATTENDED:
        return
    kind = 7 if said["state"] == ApplicationState.ABSENT else 4
    yield planning.to(member.id, kind, at_once=said["by"] == "member")


def _moved(planning: Planning) -> Iterator[Row]:
    query = select(Application.member_id).where(
        Application.session_id == planning.event.object_id, Application.state.in_(LIVE)
    )
    for member_id in planning.db.scalars(query):
        yield planning.to(member_id, 4)


def _certificate(planning: Planning) -> Iterator[Row]:
    if member := _member(planning):
        yield planning.to(member.id, 6)


def _consent(planning: Planning) -> Iterator[Row]:
    if member := _member(planning):
        yield planning.to(member.id, 8 if planning.event.data["agreed"] else 9)


def _published(planning: Planning) -> Iterator[Row]:
    """Note whom the programme suits; they hear of it in the day's recommendation."""
    program = planning.db.get(Program, planning.event.object_id)
    if program is not None:
        match(planning.db, program, planning.rules, planning.now)
    yield from ()


def _member(planning: Planning) -> Member | None:
    return planning.members.get(planning.event.member_id) if planning.event.member_id else None


_PLANNERS: dict[EventKind, Callable[[Planning], Iterator[Row]]] = {
    EventKind.PROFILE_CHANGED: _profile,
    EventKind.TALENT_FILED: _talent_filed,
    EventKind.TALENT_APPROVED: _talent_approved,
    EventKind.APPLICATION_CHANGED: _application,
    EventKind.SESSION_MOVED: _moved,
    EventKind.CERTIFICATE_ISSUED: _certificate,
    EventKind.CONSENT_CHANGED: _consent,
    EventKind.PROGRAMME_PUBLISHED: _published,
}
"""What happened → who is told."""
