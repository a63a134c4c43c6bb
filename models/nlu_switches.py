"""Changes of the live model, one at a time: who, when, from which model to which, why, and how it ended.

The row of a change that is under way is the lock. Who holds it gives signs of life; when these stop, the next who asks
closes the row, and whatever the old holder still does cannot flip the traffic any more.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Encrypted
from models.staff import Staff

LIFELESS = timedelta(seconds=15)
"""So long without a sign of life, and whoever was changing the model is taken for gone."""


class SwitchKind(StrEnum):
    """What somebody wanted."""

    PROMOTE = "promote"
    ROLLBACK = "rollback"
    SHADOW = "shadow"


class SwitchState(StrEnum):
    """How it stands."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    ABANDONED = "abandoned"


class SwitchStep(StrEnum):
    """How far it has come."""

    BEGUN = "begun"
    LOADING = "loading"
    WARMING = "warming"
    FLIPPED = "flipped"


class NluSwitch(Base):
    """One change of the live model, or a candidate put beside it."""

    __tablename__ = "nlu_switch"

    id: Mapped[int] = mapped_column(primary_key=True)
    open: Mapped[int | None] = mapped_column(unique=True)
    """1 while it is under way, so that there is only one; None afterwards."""
    kind: Mapped[SwitchKind]
    state: Mapped[SwitchState]
    step: Mapped[SwitchStep]
    slot: Mapped[str]
    """Where the model was loaded."""
    model_from: Mapped[str]
    model_to: Mapped[str]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    """None for the command line."""
    reason: Mapped[str] = mapped_column(Encrypted)
    why: Mapped[str] = mapped_column(Text)
    """Why it failed, in the words staff read; empty otherwise."""
    began_at: Mapped[datetime]
    beat_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    staff: Mapped[Staff | None] = relationship()
