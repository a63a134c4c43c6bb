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
