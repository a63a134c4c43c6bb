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
        """Return the group of each sentence, made where there was none like it. The caller commits.

        All are compared at once with the middles as they were; only those without a like one with the new groups.
        """
        if not self.sums.shape[1]:
            self.sums = np.zeros((len(self.sums), vectors.shape[1]), dtype=np.float32)
        known, places = len(self.numbers), list[int]()
        filled, near = known, _nearest(vectors, self.sums[:known])
        for vector, place in zip(vectors, near, strict=True):
            if place < 0:
                among_new = _nearest(vector[np.newaxis], self.sums[known:filled])[0]
                place = known + among_new if among_new >= 0 else filled  # noqa: PLW2901 - looked for once more
                filled = max(filled, place + 1)
            self.sums[place] += vector
            places.append(place)
        groups = self._stored(db, {place for place in places if place < known})
        groups |= {
            place: InboxGroup(centre=b"", times=0, sentences=0, reasons=0) for place in range(known, filled)
        }
        db.add_all(groups.values())
        for place, group in groups.items():
            group.centre = packed(self.sums[place])
        return [groups[place] for place in places]

    def _stored(self, db: Session, places: set[int]) -> dict[int, InboxGroup]:
        numbers = {self.numbers[place]: place for place in places}
        found = db.scalars(select(InboxGroup).where(InboxGroup.id.in_(numbers)))
        return {numbers[group.id]: group for group in found}


def _nearest(vectors: Floats, sums: Floats) -> list[int]:
    """Return for each vector the place of the nearest middle, -1 when none is near enough."""
    if not len(sums):
        return [-1] * len(vectors)
    middles = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-6)
    likeness = vectors @ middles.T
    best = likeness.argmax(axis=1)
    enough = likeness[np.arange(len(vectors)), best] >= ALIKE
    return [int(place) if near else -1 for place, near in zip(best, enough, strict=True)]


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
