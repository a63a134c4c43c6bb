"""The local directory: DOVOL ids and passwords of a service that runs beside no DOVOL.

Passwords are kept as argon2 hashes. Wrong ones are counted for the id that was typed, and too many lock it for a
while. Ids that nobody has are counted and locked alike, so that neither words nor time tell which ids there are.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from sqlalchemy import ForeignKey, delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column, relationship

from models.base import Base
from models.members import Member
from models.refusals import Reason, Refused
from models.rules import Rules
from models.tokens import digest

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

    member: Mapped[Member] = relationship()


class WrongPasswords(Base):
    """Wrong passwords in a row for one id, whether somebody has it or not."""

    __tablename__ = "wrong_passwords"

    login_hash: Mapped[str] = mapped_column(primary_key=True)
    """Digest of the id: people type passwords there too."""
    count: Mapped[int] = mapped_column(default=0)
    last_at: Mapped[datetime] = mapped_column(index=True)


def set_password(db: Session, member: Member, login_id: str, password: str) -> Credential:
    """Give the member a way to sign in. The caller commits.

    Raises:
        ValueError: the password is longer than anybody types.
    """
    if len(password) > LONGEST_PASSWORD:
        raise ValueError(f"a password has at most {LONGEST_PASSWORD} characters")
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
    login_id = login_id.strip()
    member = _member_of(db, login_id, password)  # slow on purpose, so before anything is held
    wrong = count_attempt(db, login_id, rules.code_attempts, rules, now)
    if wrong.count > rules.code_attempts:
        return _locked(wrong, rules)
    if member is not None:
        wrong.count = 0
        return member
    return Refused(Reason.SIGN_IN_WRONG) if wrong.count < rules.code_attempts else _locked(wrong, rules)


def password_hash(password: str) -> str:
    """Return what is kept of a password."""
    return _hasher.hash(password)


def is_password(kept: str | None, password: str) -> bool:
    """Tell whether it is the password of a hash; for None it never is, and takes as long to say so."""
    return _matches(kept or _DUMMY, password) and kept is not None


def _member_of(db: Session, login_id: str, password: str) -> Member | None:
    query = select(Credential).where(Credential.login_id == login_id)
    known = login_id.isprintable()  # PostgreSQL takes no NUL
    credential = db.scalars(query.options(joinedload(Credential.member))).first() if known else None
    right = is_password(credential.password_hash if credential else None, password)
    return credential.member if credential and right else None


def _matches(password_hash: str, password: str) -> bool:
    try:
        return len(password) <= LONGEST_PASSWORD and _hasher.verify(password_hash, password)
    except VerifyMismatchError:
        return False


def count_attempt(db: Session, whose: str, most: int, rules: Rules, now: datetime) -> WrongPasswords:
    """Count an attempt as a wrong one before anything is said about it: attempts at the same moment all count.

    ``whose`` is the id or whatever else attempts are counted for, ``most`` how many may be wrong in a row. While it is
    locked (a count above ``most``) nothing is counted, so the lock ends when it was said to.
    """
    mine = WrongPasswords.login_hash == digest(whose)
    db.execute(delete(WrongPasswords).where(WrongPasswords.last_at <= now - _lock(rules)))
    if db.get(WrongPasswords, digest(whose)) is None:
        with suppress(IntegrityError), db.begin_nested():  # somebody else's first attempt at this moment
            db.add(WrongPasswords(login_hash=digest(whose), last_at=now))
    counted = update(WrongPasswords).where(mine, WrongPasswords.count <= most)
    later = counted.values(count=WrongPasswords.count + 1)
    db.execute(later.execution_options(synchronize_session=False))
    wrong = db.scalars(select(WrongPasswords).where(mine).execution_options(populate_existing=True)).one()
    if wrong.count <= most:
        wrong.last_at = now
    return wrong


def locked_until(wrong: WrongPasswords, rules: Rules) -> datetime:
    """Return when attempts are taken again."""
    return wrong.last_at + _lock(rules)


def _lock(rules: Rules) -> timedelta:
    return timedelta(minutes=rules.code_lock_min)


def _locked(wrong: WrongPasswords, rules: Rules) -> Refused:
    return Refused(Reason.CODES_LOCKED, until=f"{locked_until(wrong, rules):%-H시 %-M분}")
