"""Which of the two language servers answers, what each should have loaded, and what a candidate would have understood.

The store decides, not a file and not a process: one row names the live slot, and every web process reads it about once
a second. ``version`` grows with each change, so a process knows when what it remembers of the servers is out of date.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base

SLOT_A, SLOT_B = "a", "b"
SLOTS = (SLOT_A, SLOT_B)
MOST_SHADOW = 100


class NluSlot(Base):
    """One slot, and the model that its servers should have loaded. Written after they have loaded it."""

    __tablename__ = "nlu_slot"

    slot: Mapped[str] = mapped_column(primary_key=True)
    model: Mapped[str]
    """File in ``instance/models`` without its ending; empty while nobody has loaded one."""
    model_id: Mapped[str]
    """Rasa's own number of the model, which it got in training."""
    loaded_at: Mapped[datetime | None]


class NluTraffic(Base):
    """Who answers. One row."""

    __tablename__ = "nlu_traffic"

    id: Mapped[int] = mapped_column(primary_key=True)
    live: Mapped[str]
    candidate: Mapped[str]
    """Model that is parsed along for comparison; empty: none."""
    shadow_share: Mapped[int]
    """Percent of what is parsed that the candidate parses too."""
    version: Mapped[int]
    changed_at: Mapped[datetime | None]


class ShadowRun(Base):
    """How often a candidate was compared with a live model."""

    __tablename__ = "shadow_run"

    live_model: Mapped[str] = mapped_column(primary_key=True)
    candidate_model: Mapped[str] = mapped_column(primary_key=True)
    compared: Mapped[int]
    differed: Mapped[int]
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]


class ShadowReading(Base):
    """A sentence that a candidate reads otherwise than the live model, personal data hidden. Counted, not repeated."""

    __tablename__ = "shadow_reading"
    __table_args__ = (Index("ix_shadow_reading_pair", "candidate_model", "live_model", "times"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    live_model: Mapped[str]
    candidate_model: Mapped[str]
    words: Mapped[str] = mapped_column(Text)
    live_intent: Mapped[str]
    live_topic: Mapped[str | None]
    live_confidence: Mapped[float]
    live_safety: Mapped[str | None]
    """How seriously the live model takes it (bot.safety), None: not at all."""
    candidate_intent: Mapped[str]
    candidate_topic: Mapped[str | None]
    candidate_confidence: Mapped[float]
    candidate_safety: Mapped[str | None]
    times: Mapped[int]
    first_at: Mapped[datetime]
    at: Mapped[datetime] = mapped_column(index=True)
