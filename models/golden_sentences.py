"""Sentences that must always be understood: chosen by staff, asked of every model, never trained on."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

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
