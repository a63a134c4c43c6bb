"""Consent to link records with 1365: needed on both sites, with its history."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models.base import Base
from models.events import EventKind, record_event
from models.members import Member
from models.rules import Rules


class Consent1365(Base):
    """State of the 1365 link of one member, on both sides. The 1365 side is None while unknown."""

    __tablename__ = "consent_1365"

    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), primary_key=True)
    dovol_agreed: Mapped[bool] = mapped_column(default=False)
    site_1365_agreed: Mapped[bool | None]
    names_differ: Mapped[bool] = mapped_column(default=False)
    """The two sites know the person by different names, so records cannot be matched."""
    changed_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    member: Mapped[Member] = relationship()
    history: Mapped[list[Consent1365Change]] = relationship(order_by="Consent1365Change.version")

    def linked(self, *, both_sides: bool) -> bool:
        """Tell whether records flow."""
        return self.dovol_agreed and not self.names_differ and (bool(self.site_1365_agreed) or not both_sides)


class Consent1365Change(Base):
    """One step of a consent."""

    __tablename__ = "consent_1365_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("consent_1365.member_id"), index=True)
    version: Mapped[int]
    dovol_agreed: Mapped[bool]
    at: Mapped[datetime]
    via: Mapped[str]


def consent_of(db: Session, member: Member) -> Consent1365 | None:
    """Return the member's consent, None when there never was one."""
    query = select(Consent1365).where(Consent1365.member_id == member.id)
    return db.scalars(query.execution_options(populate_existing=True)).first()


def agreed_on_dovol(consent: Consent1365 | None) -> bool:
    """Tell whether our side is agreed to."""
    return consent is not None and consent.dovol_agreed


def set_dovol_side(
    db: Session, member: Member, *, agreed: bool, rules: Rules, via: str, now: datetime
) -> bool:
    """Set our side of the consent. Return False when it was so already. The caller commits.

    Raises:
        Refused: a child's guardian has to agree first; withdrawing is never refused.
    """
    member.lock(db)
    consent = consent_of(db, member)
    if agreed_on_dovol(consent) == agreed:
        return False
    if agreed:
        member.check_guardian(rules, now.date())
    if consent is None:
        consent = Consent1365(member_id=member.id, dovol_agreed=False, changed_at=now, version=0)
        db.add(consent)
    consent.dovol_agreed, consent.changed_at, consent.version = agreed, now, consent.version + 1
    consent.history.append(Consent1365Change(version=consent.version, dovol_agreed=agreed, at=now, via=via))
    record_event(
        db,
        EventKind.CONSENT_CHANGED,
        f"consent_1365:{member.id}",
        consent.version,
        member_id=member.id,
        data={"agreed": agreed},
        now=now,
    )
    return True
