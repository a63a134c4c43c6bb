"""Which new programme is worth telling which member, why, and in which day's digest it was told."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base
from models.members import Member
from models.programs import Program


class Why(StrEnum):
    """Why a programme is recommended, the strongest first."""

    CLUB = "club"
    """The member follows the club."""
    HOST = "host"
    """The member follows the institution."""
    INTEREST = "interest"
    """Its field is one the member likes."""
    NEAR = "near"
    """It is in the member's own 시군구."""
    DAY = "day"
    """It is on a day the member said to be free."""


class Recommendation(Base):
    """One programme for one member, found once. All sessions of a programme are one recommendation."""

    __tablename__ = "recommendation"
    __table_args__ = (
        UniqueConstraint("program_id", "member_id"),  # in this order also finds what a programme takes along
        Index(None, "member_id", "digest_day"),
        Index(
            "ix_recommendation_waiting",
            "member_id",
            sqlite_where=text("digest_day IS NULL"),
            postgresql_where=text("digest_day IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"))
    program_id: Mapped[int] = mapped_column(ForeignKey("program.id", ondelete="CASCADE"))
    kind: Mapped[int]
    """Number of its alert: 10, or 11 of a club's programme."""
    reasons: Mapped[str]
    """``Why``, the strongest first, blanks between."""
    score: Mapped[int]
    """The higher, the sooner it is named."""
    at: Mapped[datetime]
    digest_day: Mapped[date | None]
    """Day of the digest that took it along; None while it waits."""
    digest_number: Mapped[int | None]
    """Which digest of that day: the alert's ``version``."""

    member: Mapped[Member] = relationship()
    program: Mapped[Program] = relationship()

    @property
    def whys(self) -> list[Why]:
        """The reasons, the strongest first."""
        return [Why(each) for each in self.reasons.split()]
