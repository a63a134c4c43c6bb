"""The local directory: DOVOL ids and passwords of a service that runs beside no DOVOL.

Passwords are kept as argon2 hashes. Wrong ones are counted, and too many lock the id for a while.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from sqlalchemy import ForeignKey, select, update
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column, relationship

from models.base import Base
from models.members import Member
from models.refusals import Reason, Refused
from models.rules import Rules

_hasher = PasswordHasher()
_DUMMY = _hasher.hash("nobody's password")
"""Checked for an id that is not there, so that the time taken does not tell which ids are."""
LONGEST_PASSWORD = 200


class Credential(Base):
    """How a member signs in."""

    __tablename__ = "credential"

    id: Mapped[int] = mapped_column(primary_key=True)
    login_id: Mapped[str] = mapped_column(unique=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), unique=True)
    password_hash: Mapped[str]
    wrong_attempts: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]

    member: Mapped[Member] = relationship()


def set_password(db: Session, member: Member, login_id: str, password: str) -> Credential:
    """Give the member a way to sign in. The caller commits."""
    credential = db.scalars(select(Credential).where(Credential.member_id == member.id)).first()
    if credential is None:
        credential = Credential(member_id=member.id, member=member, login_id=login_id, password_hash="")
        db.add(credential)
    credential.login_id, credential.password_hash = login_id, _hasher.hash(password)
    return credential


def sign_in(db: Session, login_id: str, password: str, rules: Rules, now: datetime) -> Member | Refused:
    """Return the member of an id and password, or why not.

    The refusal is returned and not raised, because the attempt it counts must be committed by the caller.
    Which of the two was wrong is not told.
    """
    query = select(Credential).where(Credential.login_id == login_id.strip())
    credential = db.scalars(query.options(joinedload(Credential.member))).first()
    right = _matches(credential.password_hash if credential else _DUMMY, password)
    if credential is None:
        return Refused(Reason.SIGN_IN_WRONG)
    if credential.locked_until is not None and now < credential.locked_until:
        return _locked(credential.locked_until)
    if right:
        credential.wrong_attempts, credential.locked_until = 0, None
        return credential.member
    return _count_wrong(db, credential, rules, now)


def _matches(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password[:LONGEST_PASSWORD])
    except VerifyMismatchError:
        return False


def _count_wrong(db: Session, credential: Credential, rules: Rules, now: datetime) -> Refused:
    counted = (
        update(Credential)
        .where(Credential.id == credential.id)
        .values(wrong_attempts=Credential.wrong_attempts + 1)
        .execution_options(synchronize_session=False)
    )
    db.execute(counted)  # in the store, so that attempts at the same moment all count
    db.refresh(credential)
    if credential.wrong_attempts < rules.code_attempts:
        return Refused(Reason.SIGN_IN_WRONG)
    until = now + timedelta(minutes=rules.code_lock_min)
    credential.wrong_attempts, credential.locked_until = 0, until
    return _locked(until)


def _locked(until: datetime) -> Refused:
    return Refused(Reason.CODES_LOCKED, until=f"{until:%-H시 %-M분}")
