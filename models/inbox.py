"""The inbox: sentences 보람 did not understand, without personal data, grouped by meaning, and what staff say they mean.

A sentence is here once, however often it is said. ``inbox_gathering`` brings sentences in, ``inbox_labels`` takes them
out again: taught or ignored. A label is never deleted by another one, only ended, so that all can be undone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import datetime
from enum import IntFlag, StrEnum
from typing import Any

from sqlalchemy import JSON, ColumnElement, ForeignKey, Index, LargeBinary, exists, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models.base import Base
from models.staff import Staff
from models.training_marks import key_of


class Why(IntFlag):
    """Why a sentence is here, as one number so that a query can test it. The words are in ``WHY``."""

    NOT_UNDERSTOOD = 1
    ASKED = 2
    CHOSEN = 4
    ASKED_AGAIN = 8
    UNSURE = 16
    DISLIKED = 32
    LEFT = 64


WHY: dict[Why, tuple[str, str]] = {
    Why.NOT_UNDERSTOOD: ("못 알아들음", "무슨 말인지 몰라서 되물었어요."),
    Why.ASKED: ("두 뜻 사이", "두 가지 뜻이 비슷해서 골라 달라고 했어요."),
    Why.CHOSEN: ("직접 고름", "되묻자 청소년이 뜻을 골라 줬어요."),
    Why.ASKED_AGAIN: ("대답이 어긋남", "물어본 것에 맞는 대답인지 몰랐어요."),
    Why.UNSURE: ("자신 없음", "답은 했지만 확신이 낮았어요."),
    Why.DISLIKED: ("아니에요", "답을 보고 '아니에요'를 눌렀어요."),
    Why.LEFT: ("하다가 그만둠", "묻는 말에 대답하지 않고 떠났어요."),
}
"""Why → its name and what happened, in words."""


class SentenceState(StrEnum):
    """Where a sentence stands."""

    OPEN = "open"
    WAITING = "waiting"
    """Somebody said what it means and another person has still to agree."""
    CONFLICT = "conflict"
    """People said different things of it."""
    TAUGHT = "taught"
    IGNORED = "ignored"


class InboxGroup(Base):
    """Sentences that mean about the same. A group that is empty stays for those that will be like it."""

    __tablename__ = "inbox_group"
    __table_args__ = (Index(None, "times", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    centre: Mapped[bytes] = mapped_column(LargeBinary)
    """Sum of the vectors of its sentences, half precision."""
    times: Mapped[int] = mapped_column(default=0)
    """How often its open sentences were said."""
    sentences: Mapped[int] = mapped_column(default=0)
    """How many open sentences it has."""
    reasons: Mapped[int] = mapped_column(default=0)
    """``Why`` its open sentences are here."""

    @classmethod
    def has_sentences(cls) -> ColumnElement[bool]:
        """Return what tells whether any sentence, open or not, is in it."""
        return exists().where(InboxSentence.group_id == cls.id)


class InboxSentence(Base):
    """One sentence, however often it was said. ``version`` grows with everything staff do to it."""

    __tablename__ = "inbox_sentence"
    __table_args__ = (Index(None, "group_id", "state", "times"), Index(None, "state", "last_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    key_hash: Mapped[str] = mapped_column(unique=True)
    text: Mapped[str]
    group_id: Mapped[int] = mapped_column(ForeignKey("inbox_group.id"))
    state: Mapped[SentenceState] = mapped_column(default=SentenceState.OPEN)
    version: Mapped[int] = mapped_column(default=1)
    times: Mapped[int]
    reasons: Mapped[int]
    first_at: Mapped[datetime]
    last_at: Mapped[datetime] = mapped_column(index=True)
    guesses: Mapped[list[Any]] = mapped_column(JSON, default=list)
    """What the model took it for the last time, likeliest first: [intent, topic or null, confidence]."""
    marks: Mapped[list[Any]] = mapped_column(JSON, default=list)
    """What the model found in it: [start, end, entity], in characters of ``text``."""
    chosen: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    """What people chose when they were asked: intent → how often."""
    training_id: Mapped[int | None]
    """The training sentence it has become."""
    golden_id: Mapped[int | None]
    """The sentence of the golden set it has become."""

    group: Mapped[InboxGroup] = relationship()


class InboxTurn(Base):
    """A turn that brought a sentence here. It goes with the turn."""

    __tablename__ = "inbox_turn"

    turn_id: Mapped[int] = mapped_column(
        ForeignKey("conversation_turn.id", ondelete="CASCADE"), primary_key=True
    )
    sentence_id: Mapped[int] = mapped_column(ForeignKey("inbox_sentence.id", ondelete="CASCADE"), index=True)
    reasons: Mapped[int]


class InboxMark(Base):
    """How far turns are gathered, one row. Who gathers moves it on: of two at once only one does."""

    __tablename__ = "inbox_mark"

    id: Mapped[int] = mapped_column(primary_key=True)
    turn_id: Mapped[int]
    """The last turn that was looked at."""
    quiet_id: Mapped[int]
    """The last turn of which it is known whether the person went on talking."""
    version: Mapped[int]
    space: Mapped[str]
    """What the vectors were made with that groups are kept by; empty before the first."""


class Label(Base):
    """What one of the staff said a sentence means; an empty intent says it is not worth teaching."""

    __tablename__ = "label"
    __table_args__ = (Index(None, "staff_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    sentence_id: Mapped[int] = mapped_column(ForeignKey("inbox_sentence.id", ondelete="CASCADE"), index=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[datetime]
    batch: Mapped[str] = mapped_column(index=True)
    """What was done with one press carries the same mark, and is undone together."""
    intent: Mapped[str]
    topic: Mapped[str | None]
    text: Mapped[str]
    """The sentence as it is taught: where personal data was hidden, somebody wrote something common in its place."""
    marks: Mapped[list[Any]] = mapped_column(JSON)
    """[start, end, entity], in characters of ``text``."""
    golden: Mapped[bool]
    """Not to be taught but to be asked: every model must get it right."""
    ended_by: Mapped[str | None] = mapped_column(index=True)
    """The batch that ended it; None while it stands."""

    sentence: Mapped[InboxSentence] = relationship()
    staff: Mapped[Staff] = relationship()

    @property
    def meaning(self) -> tuple[str, str | None]:
        """What two labels must have in common to agree."""
        return self.intent, self.topic


def hash_of(text: str) -> str:
    """Return what is the same for all ways to write one sentence."""
    return hashlib.blake2b(key_of(text).encode(), digest_size=16).hexdigest()


def recount(db: Session, groups: Collection[int]) -> None:
    """Count anew what waits in some groups. The caller commits."""
    sentence, counted = InboxSentence, dict[int, list[int]]()
    query = select(sentence.group_id, sentence.reasons, func.count(), func.sum(sentence.times))
    is_open = (sentence.group_id.in_(groups), sentence.state == SentenceState.OPEN)
    for group, reasons, sentences, times in db.execute(
        query.where(*is_open).group_by(sentence.group_id, sentence.reasons)
    ):
        before = counted.get(group, [0, 0, 0])
        counted[group] = [before[0] + sentences, before[1] + times, before[2] | reasons]
    for row in db.scalars(select(InboxGroup).where(InboxGroup.id.in_(groups))):
        row.sentences, row.times, row.reasons = counted.get(row.id, (0, 0, 0))


def open_count(db: Session) -> int:
    """Return how many groups wait for somebody to say what they mean."""
    return db.scalar(select(func.count()).where(InboxGroup.times > 0)) or 0
