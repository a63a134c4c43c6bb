"""Applications and their rules: who may apply, when, how it is cancelled.

Chat, pages and API all call these. Every change locks the member's row first, then the application's, then the
session's, so one person's changes come one after the other; seats are taken by one conditional update, so two people
never get the last one. Every change is written to the history and as an event.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, func, select, text, update
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column, relationship

from models.base import Base
from models.events import EventKind, record_event
from models.members import Level, Member
from models.programs import ProgramSession, Recruitment, SessionState
from models.refusals import Reason, Refused
from models.rules import Rules


class ApplicationState(StrEnum):
    """Where an application stands."""

    APPLIED = "applied"
    APPROVED = "approved"
    REJECTED = "rejected"
    WAITLISTED = "waitlisted"
    CANCELLED_BY_USER = "cancelled_by_user"
    CANCELLED_BY_HOST = "cancelled_by_host"
    ATTENDED = "attended"
    ABSENT = "absent"


LIVE = (ApplicationState.APPLIED, ApplicationState.APPROVED, ApplicationState.WAITLISTED)
"""States of an application that is still to come."""
SEATED = (
    ApplicationState.APPLIED,
    ApplicationState.APPROVED,
    ApplicationState.ATTENDED,
    ApplicationState.ABSENT,
)
"""States that hold a seat."""
ENDED = (
    ApplicationState.REJECTED,
    ApplicationState.CANCELLED_BY_USER,
    ApplicationState.CANCELLED_BY_HOST,
)
"""States after which the same session may be applied for again."""


class Application(Base):
    """One member's application for one session. ``version`` counts its states, for alerts to refer to."""

    __tablename__ = "application"
    __table_args__ = (
        Index(
            "uq_application_one_per_session",
            "member_id",
            "session_id",
            unique=True,
            sqlite_where=text("state NOT IN ('rejected', 'cancelled_by_user', 'cancelled_by_host')"),
            postgresql_where=text("state NOT IN ('rejected', 'cancelled_by_user', 'cancelled_by_host')"),
        ),
        Index(None, "session_id", "state", "applied_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), index=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("program_session.id"))
    state: Mapped[ApplicationState]
    version: Mapped[int] = mapped_column(default=1)
    reason: Mapped[str | None]
    applied_at: Mapped[datetime]
    changed_at: Mapped[datetime]

    member: Mapped[Member] = relationship()
    session: Mapped[ProgramSession] = relationship()
    history: Mapped[list[ApplicationChange]] = relationship(order_by="ApplicationChange.version")

    def move(
        self,
        db: Session,
        to: ApplicationState,
        *,
        by: str,
        now: datetime,
        reason: str | None = None,
        beyond: bool = False,
    ) -> bool:
        """Put the application into state ``to``, keep the history and the count of seats right, tell of it.

        Return False, with nothing changed, where it takes a seat and none is free. ``beyond``: the host gives seats
        beyond those it announced.
        """
        seats = (to in SEATED) - (self.state in SEATED)
        if seats and not _shift_taken(db, self.session_id, seats, beyond=beyond):
            return False
        self.state, self.reason, self.changed_at, self.version = to, reason, now, self.version + 1
        _note(db, self, by=by, now=now)
        return True

    def objection_until(self, rules: Rules) -> date:
        """Return the last day to object to an absence."""
        return self.changed_at.date() + timedelta(days=rules.objection_days)

    def check_cancel(self, rules: Rules, now: datetime) -> None:
        """Raise unless the person may cancel online now.

        Raises:
            Refused: over, past the deadline, or approved and so the host's to cancel.
        """
        if self.state not in LIVE or now.date() > self.session.starts_on:
            raise Refused(Reason.NOT_CANCELLABLE)
        if self.state is ApplicationState.WAITLISTED:
            return
        deadline = rules.cancel_deadline(self.session.starts_on)
        if now > deadline:
            raise Refused(Reason.DEADLINE_PASSED, deadline=f"{deadline:%-m월 %-d일 %-H시}")
        if self.state is ApplicationState.APPROVED and rules.cancel_after_approval == "host_contact":
            raise Refused(Reason.ASK_HOST)


class ApplicationChange(Base):
    """One step in an application's life."""

    __tablename__ = "application_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), index=True)
    version: Mapped[int]
    state: Mapped[ApplicationState]
    reason: Mapped[str | None]
    by: Mapped[str]
    """Who changed it: member, host, system."""
    at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class Eligibility:
    """What applying would mean: a seat or the waiting list, and what to know before."""

    waitlist: bool
    recognised_hours: int
    """Whole hours of this activity that still fit into the daily maximum."""


def check_apply(
    db: Session, member: Member, session: ProgramSession, rules: Rules, now: datetime
) -> Eligibility:
    """Return what applying would mean, without changing anything.

    Raises:
        Refused: the first rule that says no, in the order a person would want to hear it.
    """
    _check_person(db, member, session, rules, now)
    waitlist = check_open(session, rules, now)
    return Eligibility(waitlist, _check_calendar(db, member, session, rules))


def apply(db: Session, member: Member, session: ProgramSession, rules: Rules, now: datetime) -> Application:
    """Apply for a session: a seat, or the waiting list when it is full. The caller commits.

    Asking again while an application is live raises ``ALREADY_APPLIED``; nothing is changed twice.

    Raises:
        Refused: a rule says no.
    """
    member.lock(db)
    db.refresh(session, with_for_update={"of": ProgramSession})  # nobody calls it off meanwhile
    eligibility = check_apply(db, member, session, rules, now)
    seated = not eligibility.waitlist and _shift_taken(db, session.id, +1)
    if not seated and not rules.waitlist_enabled:
        raise Refused(Reason.FULL)
    state = ApplicationState.APPLIED if seated else ApplicationState.WAITLISTED
    return _file(db, member, session, state, by="member", now=now)


def file_elsewhere(
    db: Session,
    member: Member,
    session: ProgramSession,
    state: ApplicationState,
    *,
    by: str,
    now: datetime,
) -> Application:
    """Write down an application filed elsewhere, where it is decided whether it stands. The caller commits.

    One that is applied and not waitlisted takes a seat, beyond those announced where it must. ``by`` is member, or
    system where it is only known from what came after. The caller holds the member and has seen that none is live.
    """
    if state in SEATED:
        _shift_taken(db, session.id, +1, beyond=True)
    return _file(db, member, session, state, by=by, now=now)


def cancel(db: Session, application: Application, member: Member, rules: Rules, now: datetime) -> bool:
    """Cancel the member's own application. Return False when it was cancelled before. The caller commits.

    Raises:
        Refused: it is someone else's, or ``Application.check_cancel`` says no.
    """
    if application.member_id != member.id:
        raise Refused(Reason.NOT_YOURS)
    member.lock(db)
    db.refresh(application, with_for_update={"of": Application})  # it may just be given a seat
    if application.state is ApplicationState.CANCELLED_BY_USER:
        return False
    application.check_cancel(rules, now)
    held_seat = application.state in SEATED
    application.move(db, ApplicationState.CANCELLED_BY_USER, by="member", now=now)
    if held_seat and rules.waitlist_auto_promotion:
        promote_next(db, application.session_id, rules, now)
    return True


def promote_next(db: Session, session_id: int, rules: Rules, now: datetime) -> Application | None:
    """Give a free seat to the first on the waiting list, if there is one. The caller commits.

    A child whose guardian has taken the consent back is passed over.
    """
    waiting = db.scalars(
        select(Application)
        .where(Application.session_id == session_id, Application.state == ApplicationState.WAITLISTED)
        .order_by(Application.applied_at, Application.id)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    first = next((each for each in waiting if not each.member.needs_guardian(rules, now.date())), None)
    if first is None or not first.move(db, ApplicationState.APPROVED, by="system", now=now):
        return None
    return first


def waiting_position(db: Session, application: Application) -> int:
    """Return the place on the waiting list, 1 for the first."""
    ahead = select(func.count()).where(
        Application.session_id == application.session_id,
        Application.state == ApplicationState.WAITLISTED,
        (Application.applied_at < application.applied_at)
        | ((Application.applied_at == application.applied_at) & (Application.id < application.id)),
    )
    return db.scalar(ahead) + 1  # type: ignore[operator]  # a count is never None


def waiting_place(db: Session, application: Application) -> int:
    """Return the place on the waiting list, 0 for an application that is not on it."""
    return waiting_position(db, application) if application.state is ApplicationState.WAITLISTED else 0


def current_application(db: Session, member: Member, session: ProgramSession) -> Application | None:
    """Return the member's application for a session, unless it ended; there is at most one."""
    return db.scalars(
        select(Application).where(
            Application.member_id == member.id,
            Application.session_id == session.id,
            Application.state.not_in(ENDED),
        )
    ).first()


def applications_of(
    db: Session, member: Member, states: tuple[ApplicationState, ...] | None = None, limit: int = 50
) -> list[Application]:
    """Return the member's applications with session, programme and host, nearest activity first."""
    query = (
        select(Application)
        .join(Application.session)
        .where(Application.member_id == member.id)
        .options(joinedload(Application.session).joinedload(ProgramSession.program))
        .order_by(ProgramSession.starts_on, Application.id)
        .limit(limit)
    )
    return list(db.scalars(query if states is None else query.where(Application.state.in_(states))))


def _check_person(db: Session, member: Member, session: ProgramSession, rules: Rules, now: datetime) -> None:
    program, age = session.program, member.age(session.starts_on)
    age_min = max(rules.age_min, program.age_min or 0)
    age_max = min(rules.age_max, program.age_max or rules.age_max)
    if age < age_min:
        raise Refused(Reason.TOO_YOUNG, age_min=age_min)
    if age > age_max:
        raise Refused(Reason.TOO_OLD, age_max=age_max)
    if member.level and not session.levels & member.level:
        raise Refused(Reason.WRONG_LEVEL, levels=level_words(session.levels))
    member.check_guardian(rules, now.date())
    blocked_until = _blocked_until(db, member, rules)
    if blocked_until and now.date() <= blocked_until:
        raise Refused(Reason.BLOCKED_AFTER_ABSENCE, blocked_until=f"{blocked_until:%-m월 %-d일}")


def _blocked_until(db: Session, member: Member, rules: Rules) -> date | None:
    if not rules.no_show_block:
        return None
    last = db.scalar(
        select(func.max(ProgramSession.starts_on))
        .join(Application, Application.session_id == ProgramSession.id)
        .where(Application.member_id == member.id, Application.state == ApplicationState.ABSENT)
    )
    return last + timedelta(days=rules.no_show_block) if last else None


def check_open(session: ProgramSession, rules: Rules, now: datetime) -> bool:
    """Return whether only the waiting list is open, whoever asks.

    Raises:
        Refused: nobody can apply now.
    """
    if session.state is SessionState.CALLED_OFF:
        raise Refused(Reason.CALLED_OFF)
    recruitment = session.recruitment(now)
    if recruitment is Recruitment.SCHEDULED:
        raise Refused(Reason.NOT_OPEN_YET, apply_from=f"{session.apply_from:%-m월 %-d일}")
    if recruitment is Recruitment.CLOSED:
        raise Refused(Reason.CLOSED)
    if recruitment is Recruitment.FULL and not rules.waitlist_enabled:
        raise Refused(Reason.FULL)
    return recruitment is Recruitment.FULL


def _check_calendar(db: Session, member: Member, session: ProgramSession, rules: Rules) -> int:
    others = [
        application
        for application in applications_of(db, member, (*LIVE, ApplicationState.ATTENDED), limit=500)
        if application.session.ends_on >= session.starts_on
        and application.session.starts_on <= session.ends_on
    ]
    if any(other.session_id == session.id for other in others):
        raise Refused(Reason.ALREADY_APPLIED)
    if any(session.overlaps(other.session) for other in others):
        raise Refused(Reason.OVERLAPPING)
    same_day = sum(o.session.credited_hours for o in others if o.session.starts_on == session.starts_on)
    recognised = rules.creditable_hours(session.credited_hours * rules.hour_unit_minutes, same_day)
    if session.credited_hours and not recognised:
        raise Refused(Reason.DAY_IS_FULL, max_hours_per_day=rules.max_hours_per_day)
    return recognised


def level_words(levels: int) -> str:
    """Return the school levels in Korean: 초·중학생, 초등학생."""
    names = {Level.ELEMENTARY: "초", Level.MIDDLE: "중", Level.HIGH: "고", Level.UNIVERSITY: "대"}
    named = [name for level, name in names.items() if levels & level]
    alone = {"초": "초등", "고": "고등"}.get(named[0], named[0]) if len(named) == 1 else ""
    return (alone or "·".join(named)) + "학생"


def _file(
    db: Session, member: Member, session: ProgramSession, state: ApplicationState, *, by: str, now: datetime
) -> Application:
    application = Application(
        member_id=member.id,
        session_id=session.id,
        session=session,
        state=state,
        version=1,
        applied_at=now,
        changed_at=now,
    )
    db.add(application)
    db.flush()
    _note(db, application, by=by, now=now)
    return application


def _shift_taken(db: Session, session_id: int, by: int, *, beyond: bool = False) -> bool:
    """Take or give back seats by one conditional update; False when none was free."""
    query = update(ProgramSession).where(ProgramSession.id == session_id)
    if by > 0 and not beyond:
        query = query.where(ProgramSession.taken + by <= ProgramSession.seats)
    taken = query.values(taken=ProgramSession.taken + by).execution_options(synchronize_session=False)
    changed = bool(db.execute(taken).rowcount)  # type: ignore[attr-defined]  # an UPDATE gives a CursorResult
    session = db.get(ProgramSession, session_id)
    if session is not None:
        db.refresh(session, ["taken"])
    return changed


def _note(db: Session, application: Application, *, by: str, now: datetime) -> None:
    """Keep the state an application has come to in its history, and tell of it."""
    version, state = application.version, application.state
    application.history.append(
        ApplicationChange(version=version, state=state, reason=application.reason, by=by, at=now)
    )
    record_event(
        db,
        EventKind.APPLICATION_CHANGED,
        f"application:{application.id}",
        version,
        member_id=application.member_id,
        data={"state": state.value, "by": by},
        now=now,
    )
