"""Service records (봉사 실적)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models.applications import Application, ApplicationState, applications_of
from models.base import Base
from models.members import Member
from models.programs import ProgramSession
from models.rules import Rules

ABSENT_WORDS = "불참으로 기록됐어요."
DAY_IS_FULL_WORDS = "봉사시간은 하루 {most}시간까지만 인정돼요."
"""Why hours do not count, for the person."""


class RecordState(StrEnum):
    """Whether hours count."""

    PENDING = "pending"
    CREDITED = "credited"
    NOT_CREDITED = "not_credited"


class ServiceRecord(Base):
    """Hours of one activity of one member. Whole hours, as DOVOL counts."""

    __tablename__ = "service_record"
    __table_args__ = (Index(None, "member_id", "served_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    application_id: Mapped[int | None] = mapped_column(ForeignKey("application.id"), unique=True)
    session_id: Mapped[int | None] = mapped_column(ForeignKey("program_session.id"))
    title: Mapped[str]
    host_name: Mapped[str]
    field_code: Mapped[str]
    served_on: Mapped[date]
    hours: Mapped[int]
    state: Mapped[RecordState]
    reason: Mapped[str | None]
    """Why not credited, in words for the person."""
    received_from_1365: Mapped[bool] = mapped_column(default=False)
    credited_at: Mapped[datetime | None]

    member: Mapped[Member] = relationship()
    session: Mapped[ProgramSession | None] = relationship()


@dataclass(frozen=True, slots=True)
class HoursSummary:
    """Credited hours of one member, in whole hours."""

    total: int
    in_period: int
    by_month: dict[tuple[int, int], int]
    """(year, month) → hours, of the period."""
    by_field: dict[str, int]
    """Field code → hours, of the period, most first."""
    received_from_1365: int
    pending: int
    """Hours entered but not credited yet, of the period."""


def hours_summary(db: Session, member: Member, start: date, end: date) -> HoursSummary:
    """Return the member's hours in all and between two days, both included."""
    records = db.scalars(
        select(ServiceRecord).where(
            ServiceRecord.member_id == member.id, ServiceRecord.served_on.between(start, end)
        )
    ).all()
    credited = [record for record in records if record.state is RecordState.CREDITED]
    by_month: Counter[tuple[int, int]] = Counter()
    by_field: Counter[str] = Counter()
    for record in credited:
        by_month[record.served_on.year, record.served_on.month] += record.hours
        by_field[record.field_code] += record.hours
    return HoursSummary(
        total=total_hours(db, member),
        in_period=by_month.total(),
        by_month=dict(sorted(by_month.items())),
        by_field=dict(by_field.most_common()),
        received_from_1365=sum(record.hours for record in credited if record.received_from_1365),
        pending=sum(record.hours for record in records if record.state is RecordState.PENDING),
    )


def total_hours(db: Session, member: Member) -> int:
    """Return all credited hours of the member."""
    return (
        db.scalar(
            select(func.coalesce(func.sum(ServiceRecord.hours), 0)).where(
                ServiceRecord.member_id == member.id, ServiceRecord.state == RecordState.CREDITED
            )
        )
        or 0
    )


def records_of(
    db: Session, member: Member, states: tuple[RecordState, ...] | None = None, limit: int = 50
) -> list[ServiceRecord]:
    """Return the member's records, newest first."""
    query = (
        select(ServiceRecord)
        .where(ServiceRecord.member_id == member.id)
        .order_by(ServiceRecord.served_on.desc(), ServiceRecord.id.desc())
        .limit(limit)
    )
    return list(db.scalars(query if states is None else query.where(ServiceRecord.state.in_(states))))


def records_between(
    db: Session, member: Member, start: date, end: date, *, limit: int, offset: int = 0
) -> list[ServiceRecord]:
    """Return some of the member's records between two days, both included, newest first."""
    query = (
        select(ServiceRecord)
        .where(ServiceRecord.member_id == member.id, ServiceRecord.served_on.between(start, end))
        .order_by(ServiceRecord.served_on.desc(), ServiceRecord.id.desc())
    )
    return list(db.scalars(query.limit(limit).offset(offset)))


def count_records(db: Session, member: Member, start: date, end: date) -> int:
    """Return how many records the member has between two days, both included."""
    query = select(func.count()).where(
        ServiceRecord.member_id == member.id, ServiceRecord.served_on.between(start, end)
    )
    return db.scalar(query) or 0


def first_served_on(db: Session, member: Member) -> date | None:
    """Return the day of the member's oldest record, None without any."""
    return db.scalar(select(func.min(ServiceRecord.served_on)).where(ServiceRecord.member_id == member.id))


def record_of(db: Session, application: Application) -> ServiceRecord | None:
    """Return the record the host entered for an application, None while there is none."""
    return db.scalars(select(ServiceRecord).where(ServiceRecord.application_id == application.id)).first()


def mark_attended(db: Session, application: Application, hours: int, rules: Rules, now: datetime) -> bool:
    """Enter whole ``hours`` for an activity done; what is more than the day allows is cut off. The caller commits.

    Return False when just that was entered before. The host may enter other hours later, or take back an absence.
    """
    application.member.lock(db)
    db.refresh(application, with_for_update={"of": Application})
    changed = application.state is not ApplicationState.ATTENDED
    if changed:
        application.move(db, ApplicationState.ATTENDED, by="host", now=now, beyond=True)
    return _enter(db, application, hours, rules, now) or changed


def mark_absent(db: Session, application: Application, now: datetime) -> bool:
    """Enter that the person did not come; hours entered before count no more. The caller commits.

    Return False when it was entered before.
    """
    application.member.lock(db)
    db.refresh(application, with_for_update={"of": Application})
    if application.state is ApplicationState.ABSENT:
        return False
    application.move(db, ApplicationState.ABSENT, by="host", now=now, beyond=True)
    record = record_of(db, application)
    if record is not None:
        record.hours, record.state, record.reason = 0, RecordState.NOT_CREDITED, ABSENT_WORDS
        record.credited_at = None
    return True


def _enter(db: Session, application: Application, hours: int, rules: Rules, now: datetime) -> bool:
    """Write the record of an application; False when it says just that."""
    record = record_of(db, application) or _new_record(application)
    hours = rules.creditable_hours(hours * rules.hour_unit_minutes, _same_day(db, record))
    state = RecordState.CREDITED if hours else RecordState.NOT_CREDITED
    if record.id is not None and (record.hours, record.state) == (hours, state):
        return False
    record.hours, record.state, record.credited_at = hours, state, now if hours else None
    record.reason = None if hours else DAY_IS_FULL_WORDS.format(most=rules.max_hours_per_day)
    db.add(record)
    db.flush()
    return True


def _new_record(application: Application) -> ServiceRecord:
    session = application.session
    host = session.program.host or session.program.club
    return ServiceRecord(
        member_id=application.member_id,
        application_id=application.id,
        session_id=session.id,
        title=session.program.title,
        host_name=host.name if host else "",
        field_code=session.field_code,
        served_on=session.starts_on,
        received_from_1365=False,
    )


def _same_day(db: Session, record: ServiceRecord) -> int:
    """Return the hours credited for other activities of the record's day."""
    others = select(func.coalesce(func.sum(ServiceRecord.hours), 0)).where(
        ServiceRecord.member_id == record.member_id,
        ServiceRecord.served_on == record.served_on,
        ServiceRecord.state == RecordState.CREDITED,
    )
    if record.id is not None:
        others = others.where(ServiceRecord.id != record.id)
    return db.scalar(others) or 0


def not_entered(db: Session, member: Member, today: date) -> list[Application]:
    """Return the member's applications whose activity is over and whose hours nobody has entered."""
    states = (ApplicationState.APPROVED, ApplicationState.ATTENDED)
    entered = set(
        db.scalars(select(ServiceRecord.application_id).where(ServiceRecord.member_id == member.id))
    )
    return [
        each
        for each in applications_of(db, member, states, limit=500)
        if each.id not in entered and each.session.ends_on < today
    ]


def goal_of(member: Member, rules: Rules) -> int:
    """Return the hours a member wants to reach in a school year: the own goal, or everybody's."""
    return member.hours_goal or rules.hours_goal


def months_between(start: date, end: date, most: int = 12) -> list[tuple[int, int]]:
    """Return the last months of a period as (year, month), at most so many."""
    first, last = start.year * 12 + start.month - 1, end.year * 12 + end.month - 1
    return [(n // 12, n % 12 + 1) for n in range(max(first, last - most + 1), last + 1)]
