"""The inbox as it is looked at: groups, the biggest first, with what they might mean; one group; what somebody did.

Every page costs about the same however many turns there were: groups are counted when sentences come and go, and of a
group only the sentences said most are read.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, union_all
from sqlalchemy.orm import Session, joinedload

from models.base import LARGEST_ID
from models.inbox import InboxGroup, InboxSentence, InboxTurn, Label, SentenceState, Why
from models.training_sentences import INTENTS

PAGE = 20
LONGEST_GROUP = 50
"""Sentences of a group that are shown, those said most; when they are done the next ones follow. As many as are labelled
in a moment: meanwhile nobody else writes on SQLite."""
SUGGESTED = 5
_READ = 12
"""Sentences of a group that are read for the list."""
_SAID, _CHOSEN, _MOST_TIMES = 5.0, 3.0, 5
"""What weighs how much in suggestions: what staff said of the group, what people chose, and how often at most a
sentence's guess counts."""

Meant = tuple[str, str | None]
"""Intent and topic."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A meaning worth offering: how often staff said it of the group, people chose it, and how sure the model was."""

    intent: str
    topic: str | None
    said: int
    chosen: int
    sure: float

    @property
    def value(self) -> str:
        """What a form sends for it."""
        return self.topic or self.intent


@dataclass(frozen=True, slots=True)
class GroupShown:
    """A group with the sentences said most and what they might mean, likeliest first."""

    group: InboxGroup
    sentences: list[InboxSentence]
    suggestions: list[Suggestion]


@dataclass(frozen=True, slots=True)
class Batch:
    """What one press did: when, what was said, of how many sentences, one of them, and whether all of it still stands."""

    batch: str
    at: datetime
    intent: str
    topic: str | None
    sentences: int
    text: str
    standing: int


def group_page(db: Session, why: Why | None, page: int) -> tuple[list[GroupShown], bool]:
    """Return a page of groups, the biggest first, and whether there are more. Pages count from 1."""
    query = select(InboxGroup).where(InboxGroup.times > 0)
    if why is not None:
        query = query.where(InboxGroup.reasons.op("&")(int(why)) != 0)
    ordered = query.order_by(InboxGroup.times.desc(), InboxGroup.id.desc())
    found = db.scalars(ordered.offset((page - 1) * PAGE).limit(PAGE + 1)).all()
    groups = found[:PAGE]
    read, said = _most_said(db, [each.id for each in groups]), said_of(db, [each.id for each in groups])
    shown = [GroupShown(each, read[each.id], suggestions(read[each.id], said[each.id])) for each in groups]
    return shown, len(found) > PAGE


def group_shown(db: Session, number: int) -> GroupShown | None:
    """Return one group with all its open sentences that fit on a page, None when there is no such group."""
    group = db.get(InboxGroup, number) if number <= LARGEST_ID else None
    if group is None:
        return None
    own = (InboxSentence.group_id == number, InboxSentence.state == SentenceState.OPEN)
    query = select(InboxSentence).where(*own).order_by(InboxSentence.times.desc(), InboxSentence.id.desc())
    sentences = list(db.scalars(query.limit(LONGEST_GROUP)))
    return GroupShown(group, sentences, suggestions(sentences, said_of(db, [number])[number]))


def next_group(db: Session, after: InboxGroup | None = None) -> InboxGroup | None:
    """Return the biggest group that waits, but for one that was just looked at."""
    query = select(InboxGroup).where(InboxGroup.times > 0)
    if after is not None:
        query = query.where(InboxGroup.id != after.id)
    return db.scalars(query.order_by(InboxGroup.times.desc(), InboxGroup.id.desc()).limit(1)).first()


def next_sentence(db: Session, after: InboxSentence) -> InboxSentence | None:
    """Return the open sentence of the same group that was said most."""
    own = (InboxSentence.group_id == after.group_id, InboxSentence.state == SentenceState.OPEN)
    query = select(InboxSentence).where(*own, InboxSentence.id != after.id)
    return db.scalars(query.order_by(InboxSentence.times.desc(), InboxSentence.id.desc()).limit(1)).first()


def sentences_in(db: Session, state: SentenceState, page: int) -> tuple[list[InboxSentence], bool]:
    """Return a page of the sentences in a state, those said last first, and whether there are more."""
    query = select(InboxSentence).where(InboxSentence.state == state)
    ordered = query.order_by(InboxSentence.last_at.desc(), InboxSentence.id.desc())
    found = list(db.scalars(ordered.offset((page - 1) * PAGE).limit(PAGE + 1)))
    return found[:PAGE], len(found) > PAGE


def counts(db: Session) -> dict[SentenceState, int]:
    """Return how many sentences wait for a second person or are argued about."""
    states = (SentenceState.WAITING, SentenceState.CONFLICT)
    query = select(InboxSentence.state, func.count()).where(InboxSentence.state.in_(states))
    return {state: number for state, number in db.execute(query.group_by(InboxSentence.state)).all()}  # noqa: C416 - rows are no pairs to mypy


def said_of(db: Session, groups: Sequence[int]) -> dict[int, Counter[Meant]]:
    """Return what staff say now of sentences of some groups: group → meaning → how many labels."""
    query = (
        select(InboxSentence.group_id, Label.intent, Label.topic, func.count())
        .join(InboxSentence, Label.sentence_id == InboxSentence.id)
        .where(InboxSentence.group_id.in_(groups), InboxSentence.state != SentenceState.OPEN)
        .where(Label.ended_by.is_(None), Label.intent.in_(INTENTS))
        .group_by(InboxSentence.group_id, Label.intent, Label.topic)
    )
    found = defaultdict[int, Counter[Meant]](Counter)
    for group, intent, topic, number in db.execute(query):
        found[group][intent, topic] = number
    return found


def suggestions(sentences: Iterable[InboxSentence], said: Mapping[Meant, int]) -> list[Suggestion]:
    """Return what sentences might mean, likeliest first: by what staff said, people chose and the model guessed."""
    weights, chosen, sure = Counter[Meant](), Counter[Meant](), defaultdict[Meant, list[float]](list)
    for meaning, number in said.items():
        weights[meaning] += _SAID * number  # type: ignore[assignment]  # a Counter may hold fractions
    for each in sentences:
        topics = {intent: topic for intent, topic, _ in reversed(each.guesses)}
        for intent, topic, confidence in each.guesses:
            weights[intent, topic] += confidence * min(each.times, _MOST_TIMES)
            sure[intent, topic].append(confidence)
        for intent, number in each.chosen.items():
            meaning = intent, topics.get(intent)
            weights[meaning] += _CHOSEN * number  # type: ignore[assignment]  # as above
            chosen[meaning] += number
    likely = [meaning for meaning, _ in weights.most_common() if meaning[0] in INTENTS][:SUGGESTED]
    return [
        Suggestion(*meaning, said.get(meaning, 0), chosen[meaning], max(sure[meaning], default=0.0))
        for meaning in likely
    ]


def last_turn(db: Session, sentence: InboxSentence) -> int | None:
    """Return the last turn in which a sentence was said, None when all are deleted."""
    return db.scalar(select(func.max(InboxTurn.turn_id)).where(InboxTurn.sentence_id == sentence.id))


def all_labels(db: Session, sentence: InboxSentence) -> list[Label]:
    """Return all that was ever said of a sentence, the latest first."""
    query = select(Label).where(Label.sentence_id == sentence.id).options(joinedload(Label.staff))
    return list(db.scalars(query.order_by(Label.id.desc())))


def batches(db: Session, staff_id: int, since: datetime, limit: int) -> list[Batch]:
    """Return what somebody did, press by press, the latest first."""
    standing = func.sum(Label.ended_by.is_(None).cast(Label.id.type))
    what = (func.max(Label.at), func.max(Label.intent), func.max(Label.topic), func.count())
    query = select(Label.batch, *what, func.max(Label.text), standing).where(Label.staff_id == staff_id)
    ordered = query.where(Label.at >= since).group_by(Label.batch).order_by(func.max(Label.id).desc())
    return [Batch(*row) for row in db.execute(ordered.limit(limit))]


def last_batch(db: Session, staff_id: int, now: datetime) -> Batch | None:
    """Return what somebody did last, if that was just now and stands."""
    found = batches(db, staff_id, now - timedelta(minutes=30), 1)
    return found[0] if found and found[0].standing else None


def _most_said(db: Session, groups: Sequence[int]) -> dict[int, list[InboxSentence]]:
    """Return the open sentences that were said most, of each group."""
    found = defaultdict[int, list[InboxSentence]](list)
    if not groups:
        return found
    row = InboxSentence
    newest = select(row.id).where(row.state == SentenceState.OPEN).order_by(row.times.desc(), row.id.desc())
    each = (select(newest.where(row.group_id == group).limit(_READ).subquery()) for group in groups)
    numbers = union_all(*each).subquery()
    query = select(row).where(row.id.in_(select(numbers.c.id)))
    for sentence in db.scalars(query.order_by(row.times.desc(), row.id.desc())):
        found[sentence.group_id].append(sentence)
    return found
