"""How well each day went in the chat: a few figures a day and model, counted at night from what was said."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class QualityDay(Base):
    """One day of one model. Shares are counted by who shows them; here stand the numbers."""

    __tablename__ = "quality_day"

    day: Mapped[date] = mapped_column(primary_key=True)
    model: Mapped[str] = mapped_column(primary_key=True)
    """Name of the model that parsed; empty for turns before it was written down."""
    turns: Mapped[int]
    """Typed sentences that the model read; presses of buttons are no matter of language."""
    answered: Mapped[int]
    misunderstood: Mapped[int]
    helpful: Mapped[int]
    unhelpful: Mapped[int]
    confidence: Mapped[float]
    """Mean."""
    p50: Mapped[int]
    p99: Mapped[int]
    """Milliseconds of a whole turn."""
    counted_at: Mapped[datetime]
