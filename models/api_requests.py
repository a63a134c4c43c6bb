"""Requests that changed something, by their idempotency keys: the same one sent again gets the same answer.

A request is begun in a transaction of its own and finished in the one that makes its change, so that an answer is kept
if and only if the change is. One that was begun and never finished can be begun anew after ``UNDER_WAY``.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base
from models.events import insert_unless_there
from models.tokens import new_token

KEPT = timedelta(days=2)
"""How long the same key gets the same answer."""
UNDER_WAY = timedelta(minutes=1)
"""Longer than any request takes: who has not finished by then has died."""


class ApiRequest(Base):
    """One request. Without a ``status`` it is under way."""

    __tablename__ = "api_request"

    id: Mapped[int] = mapped_column(primary_key=True)
    key_hash: Mapped[str] = mapped_column(unique=True)
    body_hash: Mapped[str]
    claim: Mapped[str]
    """Who is at it."""
    status: Mapped[int | None]
    response: Mapped[str | None]
    """JSON; never personal data."""
    at: Mapped[datetime] = mapped_column(index=True)


class Begun(Enum):
    """What came of beginning a request."""

    OURS = auto()
    ANSWERED = auto()
    UNDER_WAY = auto()
    OTHER_BODY = auto()
    """The key was used for something else."""


@dataclass(frozen=True, slots=True)
class Beginning:
    """How a request stands. ``claim`` where it is ours; ``status`` and ``response`` where it was answered."""

    state: Begun
    claim: str = ""
    status: int = 0
    response: str = ""


def begin(db: Session, key: str, body: bytes, now: datetime) -> Beginning:
    """Begin a request, or tell how the one with the same key stands. The caller commits."""
    claim, key_hash, body_hash = new_token(), _hash(key.encode()), _hash(body)
    values = {"key_hash": key_hash, "body_hash": body_hash, "claim": claim, "at": now}
    added = insert_unless_there(db, ApiRequest, ["key_hash"]).values(**values).returning(ApiRequest.id)
    if db.scalar(added) is not None:
        return Beginning(Begun.OURS, claim)
    known = db.scalars(select(ApiRequest).where(ApiRequest.key_hash == key_hash)).first()
    if known is None:  # given up a moment ago
        return Beginning(Begun.UNDER_WAY)
    if known.body_hash != body_hash:
        return Beginning(Begun.OTHER_BODY)
    if known.status is not None:
        return Beginning(Begun.ANSWERED, status=known.status, response=known.response or "")
    taken = _take_over(db, known, claim, now)
    return Beginning(Begun.OURS, claim) if taken else Beginning(Begun.UNDER_WAY)


def finish(db: Session, claim: str, status: int, response: str) -> bool:
    """Keep the answer. False when somebody else has taken the request over: then nothing may be committed."""
    ours = update(ApiRequest).where(ApiRequest.claim == claim, ApiRequest.status.is_(None))
    done = db.execute(ours.values(status=status, response=response))
    return bool(done.rowcount)  # type: ignore[attr-defined]  # an UPDATE gives a CursorResult


def give_up(db: Session, claim: str) -> None:
    """Forget a request that changed nothing, so that it may be sent again. The caller commits."""
    db.execute(delete(ApiRequest).where(ApiRequest.claim == claim, ApiRequest.status.is_(None)))


def _take_over(db: Session, known: ApiRequest, claim: str, now: datetime) -> bool:
    """Take a request over from who has died."""
    dead = update(ApiRequest).where(
        ApiRequest.id == known.id,
        ApiRequest.claim == known.claim,
        ApiRequest.status.is_(None),
        ApiRequest.at <= now - UNDER_WAY,
    )
    done = db.execute(dead.values(claim=claim, at=now).execution_options(synchronize_session=False))
    return bool(done.rowcount)  # type: ignore[attr-defined]  # an UPDATE gives a CursorResult


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
