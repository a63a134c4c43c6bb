"""Groups of sentences that mean about the same: each sentence goes to the group whose middle is nearest, or opens one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.inbox import InboxGroup, InboxMark, InboxSentence

Floats = NDArray[np.float32]
ALIKE = 0.45
"""Cosine from which a sentence belongs to a group. Of the sentences of our exam two in three find company then, and of
those three in four are among others of their own topic; a trainer unticks the rest."""
_BATCH = 2000


class Vectors(Protocol):
    """Turns sentences into vectors of length one."""

    @property
    def name(self) -> str:
        """Tell apart vectors that cannot be compared."""

    def __call__(self, texts: Sequence[str], /) -> Floats:
        """Return the vectors, shape (len(texts), size)."""


def packed(total: Floats) -> bytes:
    """Return a sum of vectors as it is stored: half precision is enough to find what is nearest."""
    return total.astype(np.float16).tobytes()


def unpacked(stored: bytes) -> Floats:
    """Return a sum of vectors."""
    return np.frombuffer(stored, dtype=np.float16).astype(np.float32)


@dataclass(slots=True)
class Centres:
    """All groups, and for each the sum of its sentences' vectors; the rows behind ``len(numbers)`` are room."""

    numbers: list[int]
    sums: Floats

    @classmethod
    def read(cls, db: Session, room: int) -> Centres:
        """Return the groups of the store, with room for new ones."""
        rows = db.execute(select(InboxGroup.id, InboxGroup.centre)).all()
        stored = [unpacked(row.centre) for row in rows]
        size = len(stored[0]) if stored else 0
        sums = np.zeros((len(rows) + room, size), dtype=np.float32)
        if stored:
            sums[: len(rows)] = stored
        return cls([row.id for row in rows], sums)

    def place(self, db: Session, vectors: Floats) -> list[InboxGroup]:
        """Return the group of each sentence, made where there was none like it. The caller commits."""
        if not self.sums.shape[1]:
            self.sums = np.zeros((len(self.sums), vectors.shape[1]), dtype=np.float32)
        known, places = len(self.numbers), list[int]()
        filled = known
        for vector in vectors:
            place = self._nearest(vector, filled)
            filled += place == filled
            self.sums[place] += vector
            places.append(place)
        groups = self._stored(db, {place for place in places if place < known})
        opened = {
            place: InboxGroup(centre=b"", times=0, sentences=0, reasons=0)
            for place in places
            if place >= known
        }
        db.add_all(opened.values())
        for place, group in (groups | opened).items():
            group.centre = packed(self.sums[place])
        return [(groups | opened)[place] for place in places]

    def _nearest(self, vector: Floats, filled: int) -> int:
        """Return the place of the nearest group, the first free one when none is near enough."""
        if not filled:
            return 0
        sums = self.sums[:filled]
        likeness = (sums @ vector) / np.maximum(np.linalg.norm(sums, axis=1), 1e-6)
        best = int(likeness.argmax())
        return best if likeness[best] >= ALIKE else filled

    def _stored(self, db: Session, places: set[int]) -> dict[int, InboxGroup]:
        numbers = {self.numbers[place]: place for place in places}
        found = db.scalars(select(InboxGroup).where(InboxGroup.id.in_(numbers)))
        return {numbers[group.id]: group for group in found}


def same_space(db: Session, vectors: Vectors) -> None:
    """See to it that groups are kept by vectors of the present kind: after a new encoder all middles are found anew."""
    mark = db.scalars(select(InboxMark)).one()
    if mark.space == vectors.name:
        return
    for group in db.scalars(select(InboxGroup)).all():
        query = select(InboxSentence.text).where(InboxSentence.group_id == group.id).limit(_BATCH)
        if texts := db.scalars(query).all():
            group.centre = packed(vectors(texts).sum(axis=0))
    mark.space = vectors.name
    db.commit()
