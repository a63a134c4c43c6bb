"""Short codes that prove something once: sent over one channel, typed into another.

Wrong attempts are counted for the person, not for the code, so asking for a new code gives no new attempts.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models.base import Base, Encrypted
from models.members import Member
from models.refusals import Reason, Refused
from models.rules import Rules


class Purpose(StrEnum):
    """What a code is for. One for another purpose proves nothing."""

    STEP_UP = "step_up"
    """Sent to the chat, typed into the page."""
    GUARDIAN = "guardian"
    """Sent to the guardian's telephone, typed into the page."""
    LINK = "link"
    """Shown on the page, typed into the chat."""


DIGITS = {Purpose.STEP_UP: 6, Purpose.GUARDIAN: 6, Purpose.LINK: 8}
"""Of the codes; the one typed into the chat is looked for among all, so it is longer."""


class OneTimeCode(Base):
    """One code for one member. Kept readable (encrypted) because the chat has to show it."""

    __tablename__ = "one_time_code"
    __table_args__ = (Index(None, "member_id", "purpose", "sent_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    purpose: Mapped[Purpose]
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"))
    code: Mapped[str] = mapped_column(Encrypted)
    sent_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    spent_at: Mapped[datetime | None]

    member: Mapped[Member] = relationship()


def new_code(db: Session, member: Member, purpose: Purpose, rules: Rules, now: datetime) -> OneTimeCode:
    """Return a new code; the one before stops working. The caller commits, then sends it.

    Raises:
        Refused: too soon after the last one, or locked after too many wrong attempts.
    """
    member.lock(db)
    _check_lock(db, member, purpose, rules, now)
    last = _last(db, member, purpose)
    if last is not None and last.spent_at is None:
        wait = last.sent_at + timedelta(seconds=rules.code_resend_seconds) - now
        if wait > timedelta(0):
            raise Refused(Reason.CODE_TOO_SOON, seconds=int(wait.total_seconds()) + 1)
        last.expires_at = min(last.expires_at, now)
    digits = DIGITS[purpose]
    code = OneTimeCode(
        purpose=purpose,
        member_id=member.id,
        member=member,
        code=f"{secrets.randbelow(10**digits):0{digits}}",
        sent_at=now,
        expires_at=now + timedelta(minutes=rules.code_ttl_min),
    )
    db.add(code)
    db.flush()
    return code


def try_code(
    db: Session,
    member: Member,
    purpose: Purpose,
    typed: str,
    rules: Rules,
    now: datetime,
    *,
    more: bool = True,
) -> Refused | None:
    """Spend the member's code if it is the one that was typed; otherwise return why not.

    Blanks and hyphens in ``typed`` do not matter. ``more`` is whether everything else asked with it (a birth date) is
    right; which of them was wrong is not told.

    The refusal is returned and not raised, because the attempt it counts must be committed by the caller.
    """
    member.lock(db)
    try:
        _check_lock(db, member, purpose, rules, now)
    except Refused as refused:
        return refused
    code = _last(db, member, purpose)
    if code is None or code.spent_at is not None or now >= code.expires_at:
        return Refused(Reason.CODE_EXPIRED)
    db.refresh(code)
    if more and secrets.compare_digest(code.code.encode(), digits_of(typed).encode()):
        code.spent_at = now
        return None
    code.attempts += 1
    db.flush()
    left = rules.code_attempts - _wrong_attempts(db, member, purpose, rules, now)
    return Refused(Reason.CODE_WRONG, left=left) if left > 0 else _locked(code, rules)


def digits_of(typed: str) -> str:
    """Return the digits of what was typed, full-width ones as ASCII."""
    return "".join(str(int(char)) for char in typed if char.isdecimal())


def _check_lock(db: Session, member: Member, purpose: Purpose, rules: Rules, now: datetime) -> None:
    last = _last(db, member, purpose)
    if last is not None and _wrong_attempts(db, member, purpose, rules, now) >= rules.code_attempts:
        raise _locked(last, rules)


def _locked(code: OneTimeCode, rules: Rules) -> Refused:
    """Return the refusal of one who guessed too often; the wait counts from when the last code was sent."""
    until = code.sent_at + timedelta(minutes=rules.code_lock_min)
    return Refused(Reason.CODES_LOCKED, until=f"{until:%-H시 %-M분}")


def _last(db: Session, member: Member, purpose: Purpose) -> OneTimeCode | None:
    query = select(OneTimeCode).where(OneTimeCode.member_id == member.id, OneTimeCode.purpose == purpose)
    return db.scalars(query.order_by(OneTimeCode.id.desc()).limit(1)).first()


def _wrong_attempts(db: Session, member: Member, purpose: Purpose, rules: Rules, now: datetime) -> int:
    """Return the wrong attempts of late, those before the last right one forgiven."""
    since = now - timedelta(minutes=rules.code_lock_min)
    last_right = select(func.coalesce(func.max(OneTimeCode.id), 0)).where(
        OneTimeCode.member_id == member.id,
        OneTimeCode.purpose == purpose,
        OneTimeCode.spent_at.is_not(None),
    )
    query = select(func.coalesce(func.sum(OneTimeCode.attempts), 0)).where(
        OneTimeCode.member_id == member.id,
        OneTimeCode.purpose == purpose,
        OneTimeCode.sent_at > since,
        OneTimeCode.id > last_right.scalar_subquery(),
    )
    return int(db.scalar(query) or 0)
