"""Who of the staff is signed in, in which browser, how far the proof has come, and for how long."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, select, update
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column, relationship

from models.base import Base, Encrypted
from models.rules import Rules
from models.staff import Staff
from models.tokens import digest, is_token, new_token
from models.web_sessions import SEEN_STEP

PROOF_MINUTES = 10
"""Time for the second proof, after the password."""


class StaffSession(Base):
    """One sign-in of one browser. Before ``proven_at`` it opens nothing but the page of the second proof."""

    __tablename__ = "staff_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    device: Mapped[str]
    opened_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ends_at: Mapped[datetime] = mapped_column(index=True)
    proven_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    challenge: Mapped[str | None]
    """What a security key is asked to sign."""
    after: Mapped[str]
    """Where the person wanted to go."""
    carried: Mapped[str | None] = mapped_column(Encrypted)
    """A form that was sent when no session was there, to be shown again."""

    staff: Mapped[Staff] = relationship()

    def is_open(self, rules: Rules, now: datetime) -> bool:
        """Tell whether it still stands: not ended, not idle too long, the account still open."""
        idle = timedelta(minutes=rules.staff_idle_min)
        fresh = now < self.ends_at and now < self.seen_at + idle
        return self.ended_at is None and fresh and self.staff.is_open

    @property
    def is_proven(self) -> bool:
        """Tell whether both proofs were given."""
        return self.proven_at is not None


def open_half(db: Session, staff: Staff, device: str, after: str, now: datetime) -> tuple[str, StaffSession]:
    """Open a session for who gave the right password; return its token and the session. The caller commits."""
    token = new_token()
    session = StaffSession(
        token_hash=digest(token),
        staff_id=staff.id,
        staff=staff,
        device=device,
        opened_at=now,
        seen_at=now,
        ends_at=now + timedelta(minutes=PROOF_MINUTES),
        after=after,
    )
    db.add(session)
    db.flush()
    return token, session


def open_fully(session: StaffSession, rules: Rules, now: datetime) -> str:
    """Open the console for who gave the second proof too; return a token that nobody has seen before."""
    token = new_token()
    session.token_hash = digest(token)
    session.proven_at = session.seen_at = now
    session.ends_at = now + timedelta(hours=rules.staff_max_hours)
    session.challenge = None
    return token


def session_of(db: Session, token: str) -> StaffSession | None:
    """Return the session of a token, whether it still stands or not; None for a token of nobody."""
    if not is_token(token):
        return None
    query = select(StaffSession).where(StaffSession.token_hash == digest(token))
    return db.scalars(query.options(joinedload(StaffSession.staff))).first()


def touch(session: StaffSession, now: datetime) -> None:
    """Keep the last visit; the caller commits."""
    if now - session.seen_at >= SEEN_STEP:
        session.seen_at = now


def open_sessions(db: Session, rules: Rules, now: datetime, staff: Staff | None = None) -> list[StaffSession]:
    """Return the full sessions that stand, of one account or of all, the last used first."""
    query = select(StaffSession).where(
        StaffSession.ended_at.is_(None), StaffSession.proven_at.is_not(None), StaffSession.ends_at > now
    )
    if staff is not None:
        query = query.where(StaffSession.staff_id == staff.id)
    query = query.options(joinedload(StaffSession.staff)).order_by(
        StaffSession.seen_at.desc(), StaffSession.id
    )
    return [session for session in db.scalars(query) if session.is_open(rules, now)]


def end_sessions(db: Session, staff: Staff, now: datetime, *, but: StaffSession | None = None) -> int:
    """End all sessions of an account (but one); return how many. The caller commits."""
    mine = update(StaffSession).where(StaffSession.staff_id == staff.id, StaffSession.ended_at.is_(None))
    if but is not None:
        mine = mine.where(StaffSession.id != but.id)
    done = db.execute(mine.values(ended_at=now).execution_options(synchronize_session="fetch"))
    return int(done.rowcount)  # type: ignore[attr-defined]  # an UPDATE gives a CursorResult
