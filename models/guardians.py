"""A guardian's consent for a child: asked for by the child, proven on the guardian's own telephone, withdrawn there.

A request names one guardian and has one link. The link shows the way and gives no right: to agree or to withdraw
takes a code that is sent to the guardian's number and nowhere else. A child has one live request at a time.
"""

from __future__ import annotations

import logging
import re
import secrets
import unicodedata
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, delete, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models.base import Base, Encrypted
from models.consents import set_dovol_side
from models.members import GuardianConsent, Member
from models.one_time_codes import OneTimeCode, Purpose, new_code, try_code
from models.phones import mobile_number
from models.refusals import Reason, Refused
from models.rules import Rules
from models.tokens import digest, is_token, new_token

log = logging.getLogger(__name__)

TEXT_VERSION = "1"
"""Of the words a guardian agrees to; each version's words are kept in a file of that name."""
LONGEST_NAME = 40
PROOF_LIFETIME = timedelta(minutes=10)
"""How long after the right code the guardian may decide."""
_DAY = timedelta(days=1)
_NAME = re.compile(r"[^\W\d_](?:[^\W\d_]|[ .'’·-](?=[^\W\d_]))+")


class GuardianRequest(Base):
    """A child asks one guardian. What is known of a guardian who never agreed is forgotten with the request."""

    __tablename__ = "guardian_request"
    __table_args__ = (Index(None, "member_id", "created_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"))
    token_hash: Mapped[str] = mapped_column(unique=True)
    token: Mapped[str | None] = mapped_column(Encrypted)
    """Kept readable (encrypted), so that the child can forward the link again."""
    guardian_name: Mapped[str | None] = mapped_column(Encrypted)
    guardian_phone: Mapped[str | None] = mapped_column(Encrypted)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    texts: Mapped[int] = mapped_column(default=0)
    """Attempts at texting the link."""
    texted_at: Mapped[datetime | None]
    signer_name: Mapped[str | None] = mapped_column(Encrypted)
    """The guardian's name as the guardian wrote it."""
    proof_hash: Mapped[str | None]
    proof_until: Mapped[datetime | None]
    receipt_at: Mapped[datetime | None]
    """When the guardian was texted that we saw the consent, which the law asks for."""
    consent_id: Mapped[int | None] = mapped_column(ForeignKey("guardian_consent.id", ondelete="CASCADE"))

    member: Mapped[Member] = relationship()
    consent: Mapped[GuardianConsent | None] = relationship()


class RequestState(StrEnum):
    """Where a request stands."""

    OPEN = "open"
    AGREED = "agreed"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"
    """Too old, declined, or another guardian was asked since."""
    NOT_NEEDED = "not_needed"
    """The child is old enough by now."""


def person_name(typed: str) -> str | None:
    """Return a person's name without needless blanks; None when it cannot be one."""
    name = " ".join(unicodedata.normalize("NFC", typed).split())
    return name if len(name) <= LONGEST_NAME and _NAME.fullmatch(name) else None


def consent_in_force(member: Member) -> GuardianConsent | None:
    """Return the consent that holds, None when there is none."""
    return next((consent for consent in member.guardian_consents if consent.in_force), None)


def recorded_guardian(member: Member) -> tuple[str, str] | None:
    """Return name and number of the guardian DOVOL knows, None where that cannot be asked.

    It cannot without a mobile number, or with the child's own.
    """
    name, phone = person_name(member.guardian_name or ""), mobile_number(member.guardian_phone or "")
    if name is None or phone is None or phone == mobile_number(member.phone or ""):
        return None
    return name, phone


def is_child(member: Member, rules: Rules, now: datetime) -> bool:
    """Tell whether the law asks for a guardian's consent at this age."""
    return member.age(now.date()) < rules.guardian_consent_under


def state_of(request: GuardianRequest, rules: Rules, now: datetime) -> RequestState:
    """Return where a request stands now."""
    if request.consent is not None and not request.consent.in_force:
        return RequestState.WITHDRAWN
    if not is_child(request.member, rules, now):
        return RequestState.NOT_NEEDED
    if request.consent is not None:
        return RequestState.AGREED
    return RequestState.OPEN if now < request.expires_at else RequestState.CLOSED


def find_request(db: Session, token: str) -> GuardianRequest | None:
    """Return the request of a link, changing nothing; None for what never was a link of ours."""
    if not is_token(token):
        return None
    return db.scalars(select(GuardianRequest).where(GuardianRequest.token_hash == digest(token))).first()


def open_request(db: Session, member: Member, now: datetime) -> GuardianRequest | None:
    """Return the member's request that waits for an answer, None when none does."""
    query = select(GuardianRequest).where(
        GuardianRequest.member_id == member.id,
        GuardianRequest.consent_id.is_(None),
        GuardianRequest.expires_at > now,
    )
    return db.scalars(query.order_by(GuardianRequest.id.desc())).first()


def ask(
    db: Session, member: Member, name: str, phone: str, *, rules: Rules, now: datetime
) -> GuardianRequest:
    """Return a request to a guardian; the one before closes. Asking the same guardian again gives the same request.

    The caller commits, then texts the link. ``name`` and ``phone`` have been through ``person_name`` and
    ``mobile_number``.

    Raises:
        Refused: nobody needs to be asked, the number is the child's own, or too many were asked today.
    """
    member.lock(db)
    check_needed(member, rules, now)
    _check_number(member, phone)
    waiting = open_request(db, member, now)
    if waiting is not None and (waiting.guardian_name, waiting.guardian_phone) == (name, phone):
        return waiting
    _check_asked_today(db, member, rules, now)
    _close_all(db, member, now)
    return _new_request(db, member, name, phone, rules, now)


def check_needed(member: Member, rules: Rules, now: datetime) -> None:
    """Raise ``Refused`` unless a guardian's consent is needed and missing."""
    if not is_child(member, rules, now):
        raise Refused(Reason.GUARDIAN_NOT_NEEDED, guardian_consent_under=rules.guardian_consent_under)
    if consent_in_force(member) is not None:
        raise Refused(Reason.GUARDIAN_AGREED)


def may_text(request: GuardianRequest, rules: Rules) -> bool:
    """Tell whether the link may be texted (again): once, and a few times more while it did not get through."""
    return request.texted_at is None and request.texts < rules.guardian_texts


def send_code(db: Session, request: GuardianRequest, rules: Rules, now: datetime) -> OneTimeCode:
    """Return a new code for the guardian's number. The caller commits, then sends it.

    Raises:
        Refused: the request is over, or too many codes were sent, or guessed at.
    """
    _hold(db, request, rules, now, RequestState.OPEN, RequestState.AGREED)
    if _codes_since(db, request.member, now - _DAY) >= rules.guardian_codes_per_day:
        raise Refused(Reason.GUARDIAN_CODES_TODAY, most=rules.guardian_codes_per_day)
    code = new_code(db, request.member, Purpose.GUARDIAN, rules, now)
    request.proof_hash = None
    log.info("guardian request %s: code %s made", request.id, code.id)
    return code


def take_back(db: Session, code: OneTimeCode) -> None:
    """Forget a code that did not get through, so that a new one may be had at once. The caller commits."""
    db.execute(delete(OneTimeCode).where(OneTimeCode.id == code.id, OneTimeCode.attempts == 0))


def check_code(
    db: Session, request: GuardianRequest, typed: str, name: str | None, rules: Rules, now: datetime
) -> str | Refused:
    """Spend the guardian's code and return a proof, good for one decision within minutes; otherwise why not.

    ``name`` is the guardian's own, None where it was written before. The refusal is returned and not raised, because
    the attempt it counts must be committed by the caller.
    """
    try:
        _hold(db, request, rules, now, RequestState.OPEN, RequestState.AGREED)
    except Refused as refused:
        return refused
    refused_code = try_code(db, request.member, Purpose.GUARDIAN, typed, rules, now)
    if refused_code is not None:
        log.info("guardian request %s: %s", request.id, refused_code.reason.value)
        return refused_code
    proof = new_token()
    request.proof_hash, request.proof_until = digest(proof), now + PROOF_LIFETIME
    request.signer_name = name or request.signer_name
    return proof


def is_proven(request: GuardianRequest, proof: str, now: datetime) -> bool:
    """Tell whether ``proof`` is what the right code gave, a moment ago."""
    if request.proof_hash is None or request.proof_until is None or now >= request.proof_until:
        return False
    return secrets.compare_digest(request.proof_hash, digest(proof))


def agree(db: Session, request: GuardianRequest, proof: str, rules: Rules, now: datetime) -> GuardianConsent:
    """Record the guardian's consent. The caller commits.

    Raises:
        Refused: the request is over, or nothing proves that the guardian is there.
    """
    _hold(db, request, rules, now, RequestState.OPEN)
    _spend_proof(request, proof, now)
    check_needed(request.member, rules, now)
    _check_number(request.member, request.guardian_phone or "")
    consent = GuardianConsent(
        text_version=TEXT_VERSION,
        channel="page",
        given_at=now,
        guardian_name=request.signer_name,
        guardian_phone=request.guardian_phone,
    )
    request.member.guardian_consents.append(consent)
    request.member.guardian_name, request.member.guardian_phone = request.signer_name, request.guardian_phone
    request.consent = consent
    db.flush()
    log.info("guardian request %s: agreed, consent %s", request.id, consent.id)
    return consent


def withdraw(db: Session, request: GuardianRequest, proof: str, rules: Rules, now: datetime) -> bool:
    """Withdraw the consent, and with it our side of the 1365 link; return whether that one held. The caller commits.

    Applications stay: institutions count on them, and the child can cancel each.

    Raises:
        Refused: there is no consent in force, or nothing proves that the guardian is there.
    """
    _hold(db, request, rules, now, RequestState.AGREED)
    _spend_proof(request, proof, now)
    for consent in request.member.guardian_consents:
        consent.withdrawn_at = consent.withdrawn_at or now
    log.info("guardian request %s: consent %s withdrawn", request.id, request.consent_id)
    return set_dovol_side(db, request.member, agreed=False, rules=rules, via="guardian", now=now)


def decline(db: Session, request: GuardianRequest, proof: str, rules: Rules, now: datetime) -> None:
    """Close the request because the guardian does not agree, and forget the guardian. The caller commits.

    Raises:
        Refused: the request is over, or nothing proves that the guardian is there.
    """
    _hold(db, request, rules, now, RequestState.OPEN)
    _spend_proof(request, proof, now)
    _close_all(db, request.member, now)
    log.info("guardian request %s: declined", request.id)


def forget_unanswered(db: Session, now: datetime) -> int:
    """Forget the guardians of all requests that ended without consent; return how many. The caller commits."""
    over = update(GuardianRequest).where(
        GuardianRequest.expires_at <= now,
        GuardianRequest.consent_id.is_(None),
        GuardianRequest.guardian_phone.is_not(None),
    )
    forgotten = {"token": None, "guardian_name": None, "guardian_phone": None, "signer_name": None}
    done = db.execute(over.values(forgotten))
    return int(done.rowcount)  # type: ignore[attr-defined]  # an UPDATE gives a CursorResult


def _hold(db: Session, request: GuardianRequest, rules: Rules, now: datetime, *wanted: RequestState) -> None:
    """Hold the child's row and look again, so that of two decisions at once the second sees the first."""
    request.member.lock(db)
    db.refresh(request)
    db.refresh(request.member)
    db.expire(request.member, ["guardian_consents"])
    if request.consent is not None:
        db.refresh(request.consent)
    if state_of(request, rules, now) not in wanted:
        raise Refused(Reason.GUARDIAN_REQUEST_OVER)


def _spend_proof(request: GuardianRequest, proof: str, now: datetime) -> None:
    if not is_proven(request, proof, now):
        raise Refused(Reason.CODE_EXPIRED)
    request.proof_hash = None


def _check_number(member: Member, phone: str) -> None:
    if mobile_number(member.phone or "") == phone:
        raise Refused(Reason.GUARDIAN_OWN_PHONE)


def _check_asked_today(db: Session, member: Member, rules: Rules, now: datetime) -> None:
    query = select(func.count()).where(
        GuardianRequest.member_id == member.id, GuardianRequest.created_at > now - _DAY
    )
    if (db.scalar(query) or 0) >= rules.guardian_requests_per_day:
        raise Refused(Reason.GUARDIAN_ASKED_TODAY, most=rules.guardian_requests_per_day)


def _close_all(db: Session, member: Member, now: datetime) -> None:
    """Close the member's requests, forget their guardians, and end the code that may be on its way to one of them."""
    mine = update(GuardianRequest).where(GuardianRequest.member_id == member.id)
    db.execute(mine.where(GuardianRequest.expires_at > now).values(expires_at=now))
    forget_unanswered(db, now)
    codes = update(OneTimeCode).where(
        OneTimeCode.member_id == member.id, OneTimeCode.purpose == Purpose.GUARDIAN
    )
    db.execute(codes.where(OneTimeCode.expires_at > now).values(expires_at=now))


def _new_request(
    db: Session, member: Member, name: str, phone: str, rules: Rules, now: datetime
) -> GuardianRequest:
    token = new_token()
    request = GuardianRequest(
        member_id=member.id,
        member=member,
        token_hash=digest(token),
        token=token,
        guardian_name=name,
        guardian_phone=phone,
        created_at=now,
        expires_at=now + timedelta(days=rules.guardian_request_days),
    )
    db.add(request)
    db.flush()
    log.info("guardian request %s: made for member %s", request.id, member.id)
    return request


def _codes_since(db: Session, member: Member, since: datetime) -> int:
    query = select(func.count()).where(
        OneTimeCode.member_id == member.id,
        OneTimeCode.purpose == Purpose.GUARDIAN,
        OneTimeCode.sent_at > since,
    )
    return db.scalar(query) or 0
