"""Certificates (확인서)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models.base import Base
from models.hours import ServiceRecord
from models.members import Member


class CertificateType(StrEnum):
    """The six kinds of certificate, by KYWA's own codes."""

    ACTIVITY_PLAN = "199008"
    SERVICE = "199010"
    RECEIVED = "199011"
    BY_DAY = "199012"
    GROUP = "199014"
    HISTORY = "199015"


CERTIFICATE_NAMES: dict[CertificateType, str] = {
    CertificateType.ACTIVITY_PLAN: "사전계획서",
    CertificateType.SERVICE: "봉사활동확인서",
    CertificateType.RECEIVED: "확인서(나눔수신)",
    CertificateType.BY_DAY: "일자별 확인서",
    CertificateType.GROUP: "단체확인서",
    CertificateType.HISTORY: "이력확인서",
}


class Certificate(Base):
    """A certificate that was issued."""

    __tablename__ = "certificate"

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), index=True)
    record_id: Mapped[int | None] = mapped_column(ForeignKey("service_record.id"))
    type: Mapped[CertificateType]
    print_number: Mapped[str] = mapped_column(unique=True)
    issued_at: Mapped[datetime]

    record: Mapped[ServiceRecord | None] = relationship()


def certificates_of(db: Session, member: Member, limit: int = 50) -> list[Certificate]:
    """Return the member's certificates, newest first."""
    return list(
        db.scalars(
            select(Certificate)
            .where(Certificate.member_id == member.id)
            .order_by(Certificate.issued_at.desc(), Certificate.id.desc())
            .limit(limit)
        )
    )
