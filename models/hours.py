"""Service records (봉사 실적)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models.base import Base
from models.members import Member
from models.programs import ProgramSession


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
