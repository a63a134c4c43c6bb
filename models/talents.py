"""Talent sharing (재능나눔): a young person offers a talent, is matched, then approved."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models.base import Base
from models.events import EventKind, record_event
from models.hosts import HostInstitution
from models.masking import mask
from models.members import Member
from models.programs import ProgramSession
from models.refusals import Reason, Refused
from models.rules import Rules


class OfferState(StrEnum):
    """Where a talent offer stands."""

    FILED = "filed"
    MATCHED = "matched"
    APPROVED = "approved"
    WITHDRAWN = "withdrawn"


OFFER_STATE_NAMES: dict[OfferState, str] = {
    OfferState.FILED: "짝을 찾는 중",
    OfferState.MATCHED: "매칭됨 · 승인 대기",
    OfferState.APPROVED: "승인됨",
    OfferState.WITHDRAWN: "취소함",
}
LIVE = frozenset({OfferState.FILED, OfferState.MATCHED})
"""Offers that are on their way and can still be withdrawn."""
LONGEST = 60
"""Longest answer to one question of an offer, in characters."""


class TalentOffer(Base):
    """What a member can give."""

    __tablename__ = "talent_offer"

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), index=True)
    talent: Mapped[str]
    when: Mapped[str]
    where: Mapped[str]
    state: Mapped[OfferState] = mapped_column(default=OfferState.FILED)
    filed_at: Mapped[datetime]

    member: Mapped[Member] = relationship()
    matches: Mapped[list[TalentMatch]] = relationship(back_populates="offer", order_by="TalentMatch.id")


class TalentMatch(Base):
    """An institution that wants an offered talent."""

    __tablename__ = "talent_match"

    id: Mapped[int] = mapped_column(primary_key=True)
    offer_id: Mapped[int] = mapped_column(ForeignKey("talent_offer.id"), index=True)
    host_id: Mapped[int] = mapped_column(ForeignKey("host_institution.id"))
    program_session_id: Mapped[int | None] = mapped_column(ForeignKey("program_session.id"))
    matched_at: Mapped[datetime]
    approved_at: Mapped[datetime | None]

    offer: Mapped[TalentOffer] = relationship(back_populates="matches")
    host: Mapped[HostInstitution] = relationship()
    session: Mapped[ProgramSession | None] = relationship()


def tidy(words: str) -> str:
    """Return an answer as it is kept: one line, without numbers and addresses of people."""
    return " ".join("".join(each if each.isprintable() else " " for each in mask(words)).split())


def trouble(answer: str) -> str:
    """Return what has to be mended in an answer, for the person to read; empty when nothing."""
    if not answer:
        return "비어 있어요. 편하게 적어 주세요."
    return f"조금만 짧게 적어 주세요. {LONGEST}자까지 적을 수 있어요." if len(answer) > LONGEST else ""


def equal_offer(db: Session, member: Member, *, talent: str, when: str, where: str) -> TalentOffer | None:
    """Return the member's offer of just that, if one is on its way."""
    query = select(TalentOffer).where(
        TalentOffer.member_id == member.id,
        TalentOffer.talent == talent,
        TalentOffer.when == when,
        TalentOffer.where == where,
        TalentOffer.state.in_(LIVE),
    )
    return db.scalars(query).first()


def file_offer(
    db: Session, member: Member, *, talent: str, when: str, where: str, rules: Rules, now: datetime
) -> TalentOffer:
    """File an offer, or return the equal one that is on its way already. The caller commits.

    Raises:
        Refused: a child's guardian has to agree first.
        ValueError: an answer is empty or too long; ask ``trouble`` before.
    """
    member.check_guardian(rules, now.date())
    if any(trouble(answer) for answer in (talent, when, where)):
        raise ValueError("an answer is empty or too long")
    member.lock(db)
    offer = equal_offer(db, member, talent=talent, when=when, where=where)
    if offer is None:
        offer = TalentOffer(member_id=member.id, talent=talent, when=when, where=where, filed_at=now)
        offer.state = OfferState.FILED
        db.add(offer)
        db.flush()
        record_event(db, EventKind.TALENT_FILED, f"talent_offer:{offer.id}", 1, member_id=member.id, now=now)
    return offer


def match_offer(
    db: Session, offer: TalentOffer, host: HostInstitution, session: ProgramSession | None, now: datetime
) -> bool:
    """Note that a host wants an offered talent. Return False when it is known, or the offer no longer stands.

    The caller commits.
    """
    offer.member.lock(db)
    db.refresh(offer)
    known = db.scalar(
        select(TalentMatch.id).where(TalentMatch.offer_id == offer.id, TalentMatch.host_id == host.id)
    )
    if known is not None or offer.state is OfferState.WITHDRAWN:
        return False
    offer.matches.append(TalentMatch(host=host, session=session, matched_at=now))
    if offer.state is OfferState.FILED:
        offer.state = OfferState.MATCHED
    db.flush()
    return True


def approve_match(db: Session, match: TalentMatch, now: datetime) -> bool:
    """Approve a match. Return False when it was approved before, or the offer was withdrawn. The caller commits."""
    offer = match.offer
    offer.member.lock(db)
    db.refresh(offer)
    db.refresh(match)
    if match.approved_at is not None or offer.state is OfferState.WITHDRAWN:
        return False
    match.approved_at, offer.state = now, OfferState.APPROVED
    object_ = f"talent_match:{match.id}"
    record_event(db, EventKind.TALENT_APPROVED, object_, 1, member_id=offer.member_id, now=now)
    return True


def withdraw_offer(db: Session, offer: TalentOffer, member: Member) -> bool:
    """Withdraw the member's own offer. Return False when it was withdrawn before. The caller commits.

    Raises:
        Refused: it is someone else's, or a host counts on it already.
    """
    if offer.member_id != member.id:
        raise Refused(Reason.NOT_YOURS)
    member.lock(db)
    db.refresh(offer)
    if offer.state is OfferState.WITHDRAWN:
        return False
    check_withdraw(offer)
    offer.state = OfferState.WITHDRAWN
    return True


def check_withdraw(offer: TalentOffer) -> None:
    """Refuse to withdraw what is approved.

    Raises:
        Refused: the host has to be asked.
    """
    if offer.state is OfferState.APPROVED:
        raise Refused(Reason.ASK_HOST)


def offers_of(db: Session, member: Member, limit: int = 20) -> list[TalentOffer]:
    """Return the member's offers, newest first."""
    query = select(TalentOffer).where(TalentOffer.member_id == member.id).order_by(TalentOffer.id.desc())
    return list(db.scalars(query.limit(limit)))
