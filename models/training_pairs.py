"""Training sentences that are nearly alike: one too many where they mean the same, a contradiction where they do not.

Every sentence is held against all others once, after it was made or changed; what lies close is kept as a pair.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from rapidfuzz import fuzz, process
from sqlalchemy import ColumnElement, ForeignKey, and_, delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, aliased, joinedload, mapped_column, relationship

from models.base import Base
from models.training_marks import key_of, plain
from models.training_sentences import TrainingSentence, held_out

ALIKE = 86
"""Per cent from which sentences that mean the same are one too many: a word in ten differs."""
CLOSE = 80
"""Per cent from which sentences that mean different things are worth a look."""
SHORTEST = 4
"""Letters under which chance makes sentences alike."""
_AT_ONCE = 500


class TrainingPair(Base):
    """Two sentences nearly alike, the lower number first."""

    __tablename__ = "training_pair"

    one_id: Mapped[int] = mapped_column(ForeignKey("training_sentence.id"), primary_key=True)
    other_id: Mapped[int] = mapped_column(ForeignKey("training_sentence.id"), primary_key=True, index=True)
    likeness: Mapped[int]
    """Per cent of the letters that are the same, in the same order."""
    settled_by: Mapped[str | None]
    """Who said that it is right so."""
    settled_at: Mapped[datetime | None]

    one: Mapped[TrainingSentence] = relationship(foreign_keys=one_id)
    other: Mapped[TrainingSentence] = relationship(foreign_keys=other_id)

    @property
    def contradicts(self) -> bool:
        """Tell whether the two mean different things."""
        return (self.one.intent, self.one.topic) != (self.other.intent, self.other.topic)


@dataclass(frozen=True, slots=True)
class Near:
    """A sentence nearly like another."""

    sentence: TrainingSentence
    likeness: int


def near_duplicates(db: Session, marked: str, *, but: int | None = None) -> list[Near]:
    """Return sentences at work nearly like one, whatever they mean, the nearest first; ``but`` is its own number."""
    key = key_of(plain(marked))
    if len(key) < SHORTEST:
        return []
    query = select(TrainingSentence.id, TrainingSentence.key).where(TrainingSentence.active)
    known = {number: other for number, other in db.execute(query) if number != but and len(other) >= SHORTEST}
    found = process.extract(key, known, scorer=fuzz.ratio, score_cutoff=CLOSE, limit=10)
    return [Near(db.get_one(TrainingSentence, number), int(likeness)) for _, likeness, number in found]


def is_near_exam(marked: str) -> bool:
    """Tell whether a sentence is nearly one by which models are measured: taught, it would flatter them."""
    key = key_of(plain(marked))
    if len(key) < SHORTEST:
        return False
    return process.extractOne(key, held_out(), scorer=fuzz.ratio, score_cutoff=ALIKE) is not None


def contradictions(db: Session, *, skip: int = 0, limit: int | None = None) -> list[TrainingPair]:
    """Return pairs that mean different things and that nobody has settled, the nearest first."""
    return _pairs(db, contradicting=True, skip=skip, limit=limit)


def duplicates(db: Session, *, skip: int = 0, limit: int | None = None) -> list[TrainingPair]:
    """Return pairs that mean the same and that nobody has settled, the nearest first."""
    return _pairs(db, contradicting=False, skip=skip, limit=limit)


def pair_counts(db: Session) -> tuple[int, int]:
    """Return how many unsettled pairs contradict each other, and how many are one too many."""
    one, other = aliased(TrainingSentence), aliased(TrainingSentence)
    found = []
    for contradicting in (True, False):
        query = select(func.count()).select_from(TrainingPair).join(one, TrainingPair.one_id == one.id)
        query = query.join(other, TrainingPair.other_id == other.id)
        found.append(db.scalar(query.where(*_open(one, other, contradicting=contradicting))) or 0)
    return found[0], found[1]


def settle(pair: TrainingPair, by: str, now: datetime) -> None:
    """Note that a pair is right as it is. The caller commits."""
    pair.settled_by, pair.settled_at = by, now


def compare_new(db: Session) -> None:
    """Hold sentences that are new or changed against all others. The caller commits.

    What lies close is found from the sentences alone, so whoever does it at the same moment finds the same.
    """
    row = TrainingSentence
    new = sorted(db.scalars(select(row.id).where(row.compared.is_(False))))
    if not new:
        return
    known = {each.id: each.key for each in db.execute(select(row.id, row.key))}
    chunks = [new[start : start + _AT_ONCE] for start in range(0, len(new), _AT_ONCE)]
    try:
        with db.begin_nested():
            for chunk in chunks:
                _forget(db, chunk)
            for chunk in chunks:
                _keep(db, chunk, known)
    except IntegrityError:
        return  # somebody else has just written the same pairs


def _forget(db: Session, new: Sequence[int]) -> None:
    of_new = or_(TrainingPair.one_id.in_(new), TrainingPair.other_id.in_(new))
    db.execute(delete(TrainingPair).where(of_new).execution_options(synchronize_session=False))


def _keep(db: Session, new: Sequence[int], known: dict[int, str]) -> None:
    """Keep the pairs of some sentences with those in ``known``, from which they go: each pair is met once."""
    if pairs := [
        {"one_id": one, "other_id": other, "likeness": likeness}
        for (one, other), likeness in _close(new, known).items()
    ]:
        db.execute(insert(TrainingPair), pairs)
    for number in new:
        del known[number]
    done = update(TrainingSentence).where(TrainingSentence.id.in_(new)).values(compared=True)
    db.execute(done.execution_options(synchronize_session="fetch"))


def _close(new: Collection[int], known: Mapping[int, str]) -> dict[tuple[int, int], int]:
    """Return the pairs that lie close and how alike they are."""
    numbers = [number for number, key in known.items() if len(key) >= SHORTEST]
    asked = [number for number in new if len(known[number]) >= SHORTEST]
    if not asked:
        return {}
    likeness = process.cdist(
        [known[number] for number in asked],
        [known[number] for number in numbers],
        scorer=fuzz.ratio,
        score_cutoff=CLOSE,
        dtype=np.uint8,
    )
    found = {}
    for one, other in zip(*(places.tolist() for places in np.nonzero(likeness)), strict=True):
        pair = asked[one], numbers[other]
        if pair[0] != pair[1]:
            found[min(pair), max(pair)] = int(likeness[one, other])
    return found


def _pairs(db: Session, *, contradicting: bool, skip: int, limit: int | None) -> list[TrainingPair]:
    one, other = aliased(TrainingSentence), aliased(TrainingSentence)
    query = select(TrainingPair).join(one, TrainingPair.one_id == one.id)
    query = query.join(other, TrainingPair.other_id == other.id)
    query = query.where(*_open(one, other, contradicting=contradicting))
    query = query.options(joinedload(TrainingPair.one), joinedload(TrainingPair.other))
    order = query.order_by(TrainingPair.likeness.desc(), TrainingPair.one_id, TrainingPair.other_id)
    return list(db.scalars(order.offset(skip).limit(limit)))


def _open(
    one: type[TrainingSentence], other: type[TrainingSentence], *, contradicting: bool
) -> list[ColumnElement[bool]]:
    """Return what a pair must fulfil that somebody has still to look at."""
    same = and_(one.intent == other.intent, func.coalesce(one.topic, "") == func.coalesce(other.topic, ""))
    return [
        one.active.is_(True),
        other.active.is_(True),
        TrainingPair.settled_at.is_(None),
        TrainingPair.likeness >= (CLOSE if contradicting else ALIKE),
        ~same if contradicting else same,
    ]
