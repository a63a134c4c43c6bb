"""Sentences that must always be understood: chosen by staff, asked of every model, never trained on.

``models.golden_pins`` takes new ones.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column, relationship

from models.base import Base
from models.staff import Staff


class GoldenSentence(Base):
    """One sentence and what it must be understood as."""

    __tablename__ = "golden_sentence"

    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]
    key: Mapped[str] = mapped_column(unique=True)
    """The text without what makes no difference to a reader, as of training sentences."""
    intent: Mapped[str]
    topic: Mapped[str | None]
    added_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    added_at: Mapped[datetime]

    author: Mapped[Staff | None] = relationship()


def unpin(db: Session, number: int) -> GoldenSentence | None:
    """Ask a sentence of no model any more; return what was taken away. The caller commits."""
    row = db.get(GoldenSentence, number)
    if row is not None:
        db.delete(row)
    return row


def golden_sentences(db: Session) -> list[GoldenSentence]:
    """Return all of them, by meaning."""
    query = select(GoldenSentence).order_by(GoldenSentence.intent, GoldenSentence.topic, GoldenSentence.id)
    return list(db.scalars(query.options(joinedload(GoldenSentence.author))))


def golden_keys(db: Session) -> frozenset[str]:
    """Return the keys of all of them (``training_marks.key_of``): no such sentence is trained on."""
    return frozenset(db.scalars(select(GoldenSentence.key)))
