"""Institutions and clubs a member wants to hear of first."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint, delete, select
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column, relationship

from models.base import Base
from models.events import insert_unless_there
from models.hosts import HostClub, HostInstitution
from models.members import Member

Followed = HostInstitution | HostClub


class Follow(Base):
    """One member follows one institution, or one club."""

    __tablename__ = "follow"
    __table_args__ = (
        UniqueConstraint("member_id", "host_id"),
        UniqueConstraint("member_id", "club_id"),
        CheckConstraint("(host_id IS NULL) <> (club_id IS NULL)", name="host_or_club"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"))
    host_id: Mapped[int | None] = mapped_column(
        ForeignKey("host_institution.id", ondelete="CASCADE"), index=True
    )
    club_id: Mapped[int | None] = mapped_column(ForeignKey("host_club.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime]

    host: Mapped[HostInstitution | None] = relationship()
    club: Mapped[HostClub | None] = relationship()

    @property
    def name(self) -> str:
        """Name of whom the member follows."""
        followed = self.club or self.host
        return followed.name if followed else ""


def follow(db: Session, member: Member, followed: Followed, now: datetime) -> bool:
    """Follow an institution or a club. False when the member does already. The caller commits."""
    key = _key(followed)
    values = {"member_id": member.id, key: followed.id, "at": now}
    statement = insert_unless_there(db, Follow, ("member_id", key)).values(**values).returning(Follow.id)
    return db.scalar(statement) is not None


def unfollow(db: Session, member: Member, followed: Followed) -> bool:
    """No longer follow. False when the member did not. The caller commits."""
    row = delete(Follow).where(Follow.member_id == member.id, getattr(Follow, _key(followed)) == followed.id)
    done = db.execute(row.execution_options(synchronize_session=False))
    return bool(done.rowcount)  # type: ignore[attr-defined]  # a DELETE gives a CursorResult


def follows(db: Session, member: Member, followed: Followed) -> bool:
    """Tell whether the member follows it."""
    query = select(Follow.id).where(
        Follow.member_id == member.id, getattr(Follow, _key(followed)) == followed.id
    )
    return db.scalar(query) is not None


def follows_of(db: Session, member: Member) -> list[Follow]:
    """Return whom the member follows, the latest first."""
    query = select(Follow).where(Follow.member_id == member.id).order_by(Follow.id.desc())
    return list(db.scalars(query.options(joinedload(Follow.host), joinedload(Follow.club))))


def _key(followed: Followed) -> str:
    """Return the column that holds its number."""
    return "club_id" if isinstance(followed, HostClub) else "host_id"
