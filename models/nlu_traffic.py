"""Which of the two language servers answers, what each should have loaded, and what a candidate would have understood.

The store decides, not a file and not a process: one row names the live slot, and every web process reads it about once
a second. ``version`` grows with each change, so a process knows when what it remembers of the servers is out of date.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Index, Text, Update, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base
from models.masking import mask
from models.tokens import digest

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
    loading: Mapped[bool]
    """Another model is being loaded: whoever still asks may get an answer of either."""
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


@dataclass(frozen=True, slots=True)
class Traffic:
    """Who answers now, as a process keeps it between two looks at the store."""

    live: str = SLOT_A
    candidate: str = ""
    shadow_share: int = 0
    version: int = -1
    """Below zero: nobody has looked yet."""
    models: Mapping[str, str] = field(default_factory=dict)
    """Slot → model it should have; empty where nobody knows."""
    loading: frozenset[str] = frozenset()
    """Slots that are loading another model."""
    changed_at: datetime | None = None

    @property
    def live_model(self) -> str:
        """Name of the model that answers, empty where nobody knows."""
        return self.models.get(self.live, "")


@dataclass(frozen=True, slots=True)
class Read:
    """What one model made of a sentence."""

    model: str
    intent: str
    topic: str | None
    confidence: float
    safety: str | None

    def differs_from(self, other: Read) -> bool:
        """Tell whether somebody would have got another answer."""
        return (self.intent, self.topic, self.safety) != (other.intent, other.topic, other.safety)


@dataclass(frozen=True, slots=True)
class Compared:
    """A sentence and what the live model and the candidate made of it."""

    words: str
    live: Read
    candidate: Read


def traffic(db: Session) -> Traffic:
    """Return who answers now."""
    row = db.get_one(NluTraffic, 1, populate_existing=True)
    slots = list(db.scalars(select(NluSlot).execution_options(populate_existing=True)))
    return Traffic(
        row.live,
        row.candidate,
        row.shadow_share,
        row.version,
        {each.slot: each.model for each in slots},
        frozenset(each.slot for each in slots if each.loading),
        row.changed_at,
    )


def mark_loading(db: Session, slot: str, now: datetime) -> None:
    """Tell everybody that a slot is about to lose what it has; a comparison there ends. The caller commits."""
    db.execute(update(NluSlot).where(NluSlot.slot == slot).values(loading=True))
    _change(db, now, candidate="", shadow_share=0)


def mark_loaded(db: Session, slot: str, model: str, model_id: str, now: datetime) -> None:
    """Write down what a slot has loaded. The caller commits."""
    has = {"model": model, "model_id": model_id, "loading": False, "loaded_at": now}
    db.execute(update(NluSlot).where(NluSlot.slot == slot).values(**has))
    _change(db, now)


def flip(db: Session, slot: str, now: datetime) -> None:
    """Let a slot answer from now on; a comparison ends, because the other slot is no candidate. The caller commits."""
    _change(db, now, live=slot, candidate="", shadow_share=0)


def set_shadow(db: Session, candidate: str, share: int, now: datetime) -> None:
    """Have a share of what is parsed, in percent, parsed by the candidate too. The caller commits."""
    if not 0 <= share <= MOST_SHADOW:
        raise ValueError(f"a share of {share} percent")
    _change(db, now, candidate=candidate if share else "", shadow_share=share)


def _change(db: Session, now: datetime, **values: object) -> None:
    db.execute(update(NluTraffic).values(version=NluTraffic.version + 1, changed_at=now, **values))


def keep_compared(db: Session, compared: Iterable[Compared], now: datetime) -> None:
    """Count comparisons and keep those that differ, personal data hidden. The caller commits."""
    for each in compared:
        _count_run(db, each, now)  # first, in every process: so none waits for what another waits for
        if each.live.differs_from(each.candidate):
            _count_reading(db, each, now)


def shadow_run(db: Session, live_model: str, candidate_model: str) -> ShadowRun | None:
    """Return how often two models were compared, None: never."""
    return db.get(ShadowRun, (live_model, candidate_model), populate_existing=True)


def disagreements(
    db: Session, live_model: str, candidate_model: str, limit: int = 50, offset: int = 0
) -> list[ShadowReading]:
    """Return what two models read differently, most frequent first."""
    query = select(ShadowReading).filter_by(live_model=live_model, candidate_model=candidate_model)
    ordered = query.order_by(ShadowReading.times.desc(), ShadowReading.id.desc())
    return list(db.scalars(ordered.limit(limit).offset(offset)))


def _count_run(db: Session, each: Compared, now: datetime) -> None:
    pair = {"live_model": each.live.model, "candidate_model": each.candidate.model}
    one = int(each.live.differs_from(each.candidate))
    more = {"compared": ShadowRun.compared + 1, "differed": ShadowRun.differed + one, "last_at": now}
    first = ShadowRun(**pair, compared=1, differed=one, first_at=now, last_at=now)
    _count(db, update(ShadowRun).filter_by(**pair).values(more), first)


def _count_reading(db: Session, each: Compared, now: datetime) -> None:
    live, candidate, words = each.live, each.candidate, mask(each.words)
    key = digest(f"{live.model}\n{candidate.model}\n{words}")
    first = ShadowReading(
        key=key,
        words=words,
        live_model=live.model,
        live_intent=live.intent,
        live_topic=live.topic,
        live_confidence=live.confidence,
        live_safety=live.safety,
        candidate_model=candidate.model,
        candidate_intent=candidate.intent,
        candidate_topic=candidate.topic,
        candidate_confidence=candidate.confidence,
        candidate_safety=candidate.safety,
        times=1,
        first_at=now,
        at=now,
    )
    again = update(ShadowReading).where(ShadowReading.key == key)
    _count(db, again.values(times=ShadowReading.times + 1, at=now), first)


def _count(db: Session, again: Update, first: Base) -> None:
    """Count one more, or add the first row."""
    counted = again.execution_options(synchronize_session=False)
    if db.execute(counted).rowcount:  # type: ignore[attr-defined]  # an UPDATE gives a CursorResult
        return
    try:
        with db.begin_nested():
            db.add(first)
    except IntegrityError:  # another process was first at this moment
        db.execute(counted)
