"""Who runs volunteering: certified institutions (터전), their clubs and leaders."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base
from models.members import Member


class HostInstitution(Base):
    """An institution that runs volunteering (터전). Its telephone is the institution's, not a person's."""

    __tablename__ = "host_institution"
    __table_args__ = (UniqueConstraint("source", "name", "sido_code", "sigungu_code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    name: Mapped[str] = mapped_column(index=True)
    phone: Mapped[str | None]
    sido_code: Mapped[str | None]
    sigungu_code: Mapped[str | None]
    certified_on: Mapped[date | None]


class HostClub(Base):
    """A club of a certified institution (터전동아리)."""

    __tablename__ = "host_club"

    id: Mapped[int] = mapped_column(primary_key=True)
    host_id: Mapped[int] = mapped_column(ForeignKey("host_institution.id"), index=True)
    name: Mapped[str]

    host: Mapped[HostInstitution] = relationship()


class Leader(Base):
    """A member who leads at an institution (지도자)."""

    __tablename__ = "leader"
    __table_args__ = (UniqueConstraint("member_id", "host_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    host_id: Mapped[int] = mapped_column(ForeignKey("host_institution.id"), index=True)
    trained_on: Mapped[date | None]

    member: Mapped[Member] = relationship()
    host: Mapped[HostInstitution] = relationship()
