"""The second thing staff prove themselves with: an authenticator app, recovery codes, security keys."""

from __future__ import annotations

import base64
import secrets
from datetime import datetime

import pyotp
from sqlalchemy import ForeignKey, delete, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base
from models.staff import Staff, issue_link
from models.tokens import digest

ISSUER = "보람 콘솔"
"""What authenticator apps show beside the address."""
RECOVERY_CODES = 10
_RECOVERY_BYTES = 10
"""80 random bits, so that a plain digest will do, as for tokens."""
_STEP_SECONDS = 30


class RecoveryCode(Base):
    """One code for who has lost the telephone. Kept as a digest, used once."""

    __tablename__ = "staff_recovery_code"

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    code_hash: Mapped[str] = mapped_column(unique=True)
    spent_at: Mapped[datetime | None]


class SecurityKey(Base):
    """A security key or passkey (WebAuthn). Only its public half is here."""

    __tablename__ = "staff_security_key"

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    credential_id: Mapped[str] = mapped_column(unique=True)
    """As base64url, as browsers write it."""
    public_key: Mapped[str]
    sign_count: Mapped[int]
    name: Mapped[str]
    added_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


def prepare_app(staff: Staff) -> str:
    """Return the secret the authenticator app is to be given, making one if there is none. The caller commits."""
    if staff.totp_secret is None:
        staff.totp_secret = pyotp.random_base32()
    return staff.totp_secret


def app_address(staff: Staff) -> str:
    """Return what the QR code says to the authenticator app."""
    return pyotp.TOTP(prepare_app(staff)).provisioning_uri(name=staff.email, issuer_name=ISSUER)


def try_app_code(db: Session, staff: Staff, digits: str, now: datetime) -> bool:
    """Tell whether it is the app's code of now or a moment ago, not taken before. The caller commits."""
    step = _step_of(staff, digits, now)
    if step is None:
        return False
    fresh = update(Staff).where(Staff.id == staff.id, Staff.totp_step < step).values(totp_step=step)
    done = db.execute(fresh.execution_options(synchronize_session=False))
    return bool(done.rowcount)  # type: ignore[attr-defined]  # an UPDATE gives a CursorResult


def _step_of(staff: Staff, digits: str, now: datetime) -> int | None:
    """Return the half minute a code belongs to; telephones' clocks may be one off."""
    if staff.totp_secret is None:
        return None
    app, present = pyotp.TOTP(staff.totp_secret), int(now.timestamp()) // _STEP_SECONDS
    for step in (present, present - 1, present + 1):
        if secrets.compare_digest(app.generate_otp(step).encode(), digits.encode()):
            return step
    return None


def new_recovery_codes(db: Session, staff: Staff) -> list[str]:
    """Return new recovery codes, to be shown once; those before stop working. The caller commits."""
    db.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == staff.id))
    codes = [
        _spread(base64.b32encode(secrets.token_bytes(_RECOVERY_BYTES)).decode())
        for _ in range(RECOVERY_CODES)
    ]
    db.add_all(RecoveryCode(staff_id=staff.id, code_hash=_code_hash(code)) for code in codes)
    return codes


def try_recovery_code(db: Session, staff: Staff, typed: str, now: datetime) -> bool:
    """Spend a recovery code; blanks, hyphens and small letters do not matter. The caller commits."""
    mine = update(RecoveryCode).where(
        RecoveryCode.staff_id == staff.id,
        RecoveryCode.code_hash == _code_hash(typed),
        RecoveryCode.spent_at.is_(None),
    )
    done = db.execute(mine.values(spent_at=now).execution_options(synchronize_session=False))
    return bool(done.rowcount)  # type: ignore[attr-defined]  # an UPDATE gives a CursorResult


def recovery_codes_left(db: Session, staff: Staff) -> int:
    """Return how many recovery codes can still be used."""
    unspent = (RecoveryCode.staff_id == staff.id, RecoveryCode.spent_at.is_(None))
    return db.scalar(select(func.count()).select_from(RecoveryCode).where(*unspent)) or 0


def keys_of(db: Session, staff: Staff) -> list[SecurityKey]:
    """Return the security keys of an account, the first one first."""
    return list(
        db.scalars(select(SecurityKey).where(SecurityKey.staff_id == staff.id).order_by(SecurityKey.id))
    )


def start_anew(db: Session, staff: Staff, now: datetime) -> str:
    """Take away password, app, codes and keys; return the token of a link to begin anew. The caller commits."""
    db.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == staff.id))
    db.execute(delete(SecurityKey).where(SecurityKey.staff_id == staff.id))
    staff.password_hash = staff.totp_secret = staff.totp_confirmed_at = None
    staff.totp_step = 0
    return issue_link(db, staff, now)


def _spread(code: str) -> str:
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def _code_hash(typed: str) -> str:
    return digest("".join(char for char in typed.upper() if char.isalnum()))
