"""How well each day went in the chat: a few figures a day and model, counted at night from what was said.

Turns are forgotten after half a year; these figures stay, and name nobody.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from statistics import fmean

from sqlalchemy import func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base
from models.clock import SEOUL
from models.conversations import MISUNDERSTOOD
from models.members import ConversationTurn

AGAIN = 7
"""Days that are counted anew each night: people rate an answer later, and a night may have been missed."""
BACK = 60
"""Days that the first count looks back."""


class QualityDay(Base):
    """One day of one model. Shares are for who shows them; here stand the numbers."""

    __tablename__ = "quality_day"

    day: Mapped[date] = mapped_column(primary_key=True)
    model: Mapped[str] = mapped_column(primary_key=True)
    turns: Mapped[int]
    """Written sentences that the model read; pressing a button is no matter of language."""
    answered: Mapped[int]
    """Of these, what was understood."""
    misunderstood: Mapped[int]
    helpful: Mapped[int]
    unhelpful: Mapped[int]
    confidence: Mapped[float]
    """Mean, 0 to 1."""
    p50: Mapped[int]
    p99: Mapped[int]
    """Milliseconds of a whole turn."""
    counted_at: Mapped[datetime]


@dataclass
class _Count:
    """What one model read on one day."""

    misunderstood: int = 0
    ratings: list[int] = field(default_factory=list)
    confidences: list[float] = field(default_factory=list)
    milliseconds: list[int] = field(default_factory=list)


def count_days(db: Session, now: datetime) -> list[date]:
    """Count the days that are over and may have changed since they were counted. Commits each; returns them."""
    today = now.astimezone(SEOUL).date()
    last = db.scalar(select(func.max(QualityDay.day)))
    first = min(last or today - timedelta(days=BACK), today - timedelta(days=AGAIN))
    days = [first + timedelta(days=n) for n in range((today - first).days)]
    for day in days:
        _count(db, day, now)
        db.commit()
    return days


def _count(db: Session, day: date, now: datetime) -> None:
    turn, counts = ConversationTurn, defaultdict[str, _Count](_Count)
    begin = datetime.combine(day, time(), SEOUL)
    what = (turn.model, turn.outcome, turn.rating, turn.confidence, turn.milliseconds)
    read = select(*what).where(turn.at >= begin, turn.at < begin + timedelta(days=1))
    for model, outcome, rating, confidence, milliseconds in db.execute(
        read.where(turn.pressed.is_(False), turn.model != "").execution_options(yield_per=5000)
    ):
        count = counts[model]
        count.misunderstood += outcome in MISUNDERSTOOD
        count.confidences.append(confidence)
        count.milliseconds.append(milliseconds)
        if rating is not None:
            count.ratings.append(rating)
    for model, count in counts.items():
        db.merge(_row(day, model, count, now))


def _row(day: date, model: str, count: _Count, now: datetime) -> QualityDay:
    times, turns = sorted(count.milliseconds), len(count.milliseconds)
    return QualityDay(
        day=day,
        model=model,
        turns=turns,
        answered=turns - count.misunderstood,
        misunderstood=count.misunderstood,
        helpful=count.ratings.count(1),
        unhelpful=count.ratings.count(-1),
        confidence=fmean(count.confidences),
        p50=times[(turns - 1) // 2],
        p99=times[(turns - 1) * 99 // 100],
        counted_at=now,
    )


def quality_days(db: Session, since: date, until: date) -> list[QualityDay]:
    """Return what was counted from one day to another, both included, the oldest first."""
    query = select(QualityDay).where(QualityDay.day >= since, QualityDay.day <= until)
    return list(db.scalars(query.order_by(QualityDay.day, QualityDay.model)))
