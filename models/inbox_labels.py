"""What staff say sentences of the inbox mean: taught, asked of every model, or ignored; agreed on, argued about, undone.

One standing label of each person counts. Where two must agree (rule ``two_person_labels``), a sentence waits for the
second; people who say different things bring it into conflict. Who labels a sentence as it stands before their eyes
decides; who was overtaken while looking only adds a voice. What one press did is one batch and is undone together.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload

from models.faq_topics import topic_names
from models.golden_pins import pin
from models.golden_sentences import GoldenSentence, unpin
from models.inbox import InboxSentence, Label, SentenceState, recount
from models.rules import Rules
from models.staff import Staff, StaffRefused, StaffRole
from models.tokens import new_token
from models.training_marks import tidied
from models.training_sentences import (
    ENTITIES,
    INTENTS,
    Change,
    TrainingSentence,
    add_sentence,
    change_sentence,
)

IGNORED = ""
"""The intent of a label that says a sentence is not worth teaching."""
HOLE = re.compile(r"○○○|○○학교|\[[^\[\]]*가림\]|\(연락처 가림\)")
"""Where personal data was hidden: no such words are taught."""
_POLITE = re.compile(r"(?:[요죠]|니다|니까|세여|어여)[\s?!.~ㅠㅜㅎㅋ^]*$")
_UNDONE = "undone:"


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody says sentences mean."""

    intent: str
    topic: str | None = None
    golden: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """A sentence as somebody saw it when they said what it means; ``text`` and ``marks`` as it shall be taught."""

    number: int
    version: int
    text: str = ""
    marks: Sequence[tuple[int, int, str]] | None = None
    """None leaves what the model found."""


@dataclass(slots=True)
class Outcome:
    """What became of one press: sentences by where they stand now, and those that could not be taught, with why."""

    batch: str
    done: dict[SentenceState, list[InboxSentence]] = field(default_factory=lambda: defaultdict(list))
    overtaken: list[InboxSentence] = field(default_factory=list)
    """Somebody else was faster; what they said stands in the labels."""
    refused: list[tuple[InboxSentence, str]] = field(default_factory=list)

    def count(self, state: SentenceState) -> int:
        """Return how many sentences are in a state now."""
        return len(self.done.get(state, ()))


def label(
    db: Session, seen: Sequence[Seen], answer: Answer, by: Staff, rules: Rules, now: datetime
) -> Outcome:
    """Say what sentences mean. The caller commits.

    Raises:
        StaffRefused: nothing can be meant so (any more), or the store was changed at the very moment.
    """
    answer = checked(db, answer)
    outcome = Outcome(new_token())
    for each in sorted(seen, key=lambda one: one.number):
        sentence = _hold(db, each.number)
        if sentence is not None:
            _label_one(db, sentence, each, answer, by, rules, now, outcome)
    _recount(db, outcome)
    return outcome


def undo(db: Session, batch: str, by: Staff, rules: Rules, now: datetime) -> Outcome:
    """Take back what one press did, as far as nobody has said something else since. The caller commits.

    Raises:
        StaffRefused: it is a colleague's, or nothing of it stands any more.
    """
    labels = db.scalars(select(Label).where(Label.batch == batch).order_by(Label.sentence_id)).all()
    if any(each.staff_id != by.id for each in labels) and not by.role.covers(StaffRole.ADMIN):
        raise StaffRefused("다른 사람이 정한 것은 그 사람이나 관리자가 되돌릴 수 있어요.")
    standing = [each for each in labels if each.ended_by is None]
    if not standing:
        raise StaffRefused("이미 되돌렸거나, 그 뒤에 뜻을 다시 정했어요.")
    outcome = Outcome(f"{_UNDONE}{batch}")
    for each in standing:
        if (sentence := _hold(db, each.sentence_id)) is not None:
            each.ended_by = outcome.batch
            _revive(db, sentence, batch)
            _decide(db, sentence, outcome.batch, by, rules, now)
            outcome.done[sentence.state].append(sentence)
    _recount(db, outcome)
    return outcome


def checked(db: Session, answer: Answer) -> Answer:
    """Return an answer that can be given now.

    Raises:
        StaffRefused: there is no such intent or topic, or there is none any more.
    """
    if answer.intent == IGNORED:
        return Answer(IGNORED)
    if answer.intent not in INTENTS:
        raise StaffRefused("지금은 없는 뜻이에요. 그사이 없어졌을 수 있으니 다른 뜻을 골라 주세요.")
    topic = answer.topic or None
    if topic is not None and not topic.startswith(f"{answer.intent}/"):
        raise StaffRefused("이 뜻에는 없는 주제예요. 뜻에 맞는 주제를 고르거나 비워 주세요.")
    if topic is not None and topic not in topic_names(db) and not _is_taught(db, topic):
        raise StaffRefused("지금은 없는 주제예요. 그사이 없어졌을 수 있으니 다른 주제를 골라 주세요.")
    return replace(answer, topic=topic)


def _is_taught(db: Session, topic: str) -> bool:
    """Tell whether sentences are taught as a topic: some are answered otherwise than by the FAQ."""
    row = TrainingSentence
    return db.scalar(select(row.id).where(row.topic == topic, row.active).limit(1)) is not None


def standing_labels(db: Session, sentences: Iterable[InboxSentence]) -> dict[int, list[Label]]:
    """Return what is said of sentences now: sentence → labels with their authors, the first one first."""
    numbers = [each.id for each in sentences]
    query = select(Label).where(Label.sentence_id.in_(numbers), Label.ended_by.is_(None)).order_by(Label.id)
    found = defaultdict[int, list[Label]](list)
    for each in db.scalars(query.options(joinedload(Label.staff))):
        found[each.sentence_id].append(each)
    return dict(found)


def marked(text: str, marks: Iterable[Sequence[Any]]) -> str:
    """Return a sentence with its words marked, as Rasa writes it.

    Raises:
        StaffRefused: marks lie over one another or beside the sentence, or name nothing there is.
    """
    found, end = "", 0
    for start, stop, entity in sorted(marks, key=lambda mark: mark[0]):
        if not end <= start < stop <= len(text) or not text[start:stop].strip():
            raise StaffRefused("표시한 말이 서로 겹치거나 문장에 없어요. 다시 표시해 주세요.")
        if entity not in ENTITIES:
            raise StaffRefused("지금은 없는 종류로 표시한 말이 있어요. 다시 표시해 주세요.")
        found += f"{text[end:start]}[{text[start:stop]}]({entity})"
        end = stop
    return found + text[end:]


def style_of(text: str) -> str:
    """Return how a sentence is put, as the training data tells it apart."""
    if len(text) > 60:
        return "long"
    if " " not in text and len(text) > 9:
        return "no_spaces"
    if re.search(r"[ㄱ-ㅎ]{2}", text):
        return "abbreviation"
    if re.search(r"[A-Za-z]{3}", text):
        return "mixed_english"
    return "polite" if _POLITE.search(text) else "casual"


# --- one sentence


def _hold(db: Session, number: int) -> InboxSentence | None:
    """Hold a sentence until the transaction ends and return it as it is now, one version on."""
    mine = update(InboxSentence).where(InboxSentence.id == number)
    db.execute(mine.values(version=InboxSentence.version + 1).execution_options(synchronize_session=False))
    return db.get(InboxSentence, number, populate_existing=True)


def _label_one(
    db: Session,
    sentence: InboxSentence,
    seen: Seen,
    answer: Answer,
    by: Staff,
    rules: Rules,
    now: datetime,
    outcome: Outcome,
) -> None:
    overtaken = seen.version != sentence.version - 1 and sentence.state is not SentenceState.OPEN
    transaction = db.get_transaction()
    try:
        said = _label(sentence, seen, answer, by, now, outcome.batch)
        with db.begin_nested():
            _replace_own(db, sentence, by, outcome.batch)
            if not overtaken and not rules.two_person_labels:
                _end(db, sentence, outcome.batch, keep=None)
            db.add(said)
            db.flush()
            _decide(db, sentence, outcome.batch, by, rules, now)
    except StaffRefused as refused:
        if db.get_transaction() is not transaction:
            raise  # the store was changed at this very moment: all of it is taken back
        db.refresh(sentence)
        outcome.refused.append((sentence, refused.words))
        return
    outcome.done[sentence.state].append(sentence)
    if overtaken:
        outcome.overtaken.append(sentence)


def _label(
    sentence: InboxSentence, seen: Seen, answer: Answer, by: Staff, now: datetime, batch: str
) -> Label:
    text, marks = sentence.text, sentence.marks if seen.marks is None else [list(each) for each in seen.marks]
    if HOLE.search(text):
        typed = tidied(seen.text)
        if typed != text:
            text, marks = typed, [] if seen.marks is None else marks
    if answer.intent == IGNORED:
        text, marks = sentence.text, []
    elif HOLE.search(text) or not text:
        raise StaffRefused("가린 곳이 있는 문장이에요. 흔한 말로 바꿔 적은 뒤에 가르쳐 주세요.")
    marked(text, marks)
    return Label(
        sentence_id=sentence.id,
        staff_id=by.id,
        at=now,
        batch=batch,
        intent=answer.intent,
        topic=answer.topic,
        text=text,
        marks=marks,
        golden=answer.golden,
    )


def _replace_own(db: Session, sentence: InboxSentence, by: Staff, batch: str) -> None:
    own = (Label.sentence_id == sentence.id, Label.staff_id == by.id, Label.ended_by.is_(None))
    for each in db.scalars(select(Label).where(*own)):
        each.ended_by = batch


def _end(db: Session, sentence: InboxSentence, batch: str, keep: tuple[str, str | None] | None) -> None:
    """End all labels of a sentence but those that say what is kept."""
    for each in _standing(db, sentence):
        if keep is None or each.meaning != keep:
            each.ended_by = batch


def _revive(db: Session, sentence: InboxSentence, batch: str) -> None:
    """Let stand again what a batch had ended, unless its author has said something else since."""
    speaking = {each.staff_id for each in _standing(db, sentence)}
    ended = select(Label).where(Label.sentence_id == sentence.id, Label.ended_by == batch)
    for each in db.scalars(ended.order_by(Label.id.desc())).all():
        if each.staff_id not in speaking:
            each.ended_by = None
            speaking.add(each.staff_id)
    db.flush()


def _standing(db: Session, sentence: InboxSentence) -> list[Label]:
    query = select(Label).where(Label.sentence_id == sentence.id, Label.ended_by.is_(None))
    return list(db.scalars(query.order_by(Label.id)))


def _decide(db: Session, sentence: InboxSentence, batch: str, by: Staff, rules: Rules, now: datetime) -> None:
    """Put a sentence where its labels say it belongs."""
    voices = defaultdict[tuple[str, str | None], list[Label]](list)
    for each in _standing(db, sentence):
        if each.intent in (IGNORED, *INTENTS):  # what is there no more, nobody can agree on
            voices[each.meaning].append(each)
    if len(voices) > 1:
        agreed = [meaning for meaning, labels in voices.items() if len(labels) > 1]
        if len(agreed) != 1:
            sentence.state = SentenceState.CONFLICT
            return
        _end(db, sentence, batch, keep=agreed[0])
        voices = defaultdict(list, {agreed[0]: voices[agreed[0]]})
    if not voices:
        _put(db, sentence, SentenceState.OPEN, None, by, now)
        return
    ((meaning, labels),) = voices.items()
    if meaning[0] == IGNORED:
        _put(db, sentence, SentenceState.IGNORED, None, by, now)
    elif rules.two_person_labels and len(labels) < 2:
        _put(db, sentence, SentenceState.WAITING, None, by, now)
    else:
        _put(db, sentence, SentenceState.TAUGHT, labels[-1], by, now)


def _put(
    db: Session, sentence: InboxSentence, state: SentenceState, said: Label | None, by: Staff, now: datetime
) -> None:
    """Bring a sentence into a state; what it had become is taken back where it is to be something else."""
    sentence.state = state
    if said is None or not said.golden:
        _unpin(db, sentence)
    if said is None or said.golden:
        _retire(db, sentence, by, now)
    if said is not None:
        _pin(db, sentence, said, by, now) if said.golden else _teach(db, sentence, said, by, now)


def _teach(db: Session, sentence: InboxSentence, said: Label, by: Staff, now: datetime) -> None:
    words, author = marked(said.text, said.marks), f"staff:{by.id}"
    taught = db.get(TrainingSentence, sentence.training_id) if sentence.training_id else None
    if taught is not None:
        state = replace(taught.state, marked=words, intent=said.intent, topic=said.topic, active=True)
        change_sentence(db, taught, state, Change.EDITED, author, now)
        return
    style = style_of(said.text)
    meaning = {"marked": words, "intent": said.intent, "topic": said.topic, "style": style}
    sentence.training_id = add_sentence(db, **meaning, source="console", by=author, now=now).id  # type: ignore[arg-type]  # every value has its own type


def _retire(db: Session, sentence: InboxSentence, by: Staff, now: datetime) -> None:
    taught = db.get(TrainingSentence, sentence.training_id) if sentence.training_id else None
    if taught is not None and taught.active:
        resting = replace(taught.state, active=False)
        change_sentence(db, taught, resting, Change.DEACTIVATED, f"staff:{by.id}", now)
    sentence.training_id = None


def _pin(db: Session, sentence: InboxSentence, said: Label, by: Staff, now: datetime) -> None:
    known = db.get(GoldenSentence, sentence.golden_id) if sentence.golden_id else None
    if known is not None and (known.intent, known.topic) == said.meaning:
        return
    _unpin(db, sentence)
    db.flush()
    row = pin(db, text=said.text, intent=said.intent, topic=said.topic, by=by.id, now=now)
    sentence.golden_id = row.id


def _unpin(db: Session, sentence: InboxSentence) -> None:
    if sentence.golden_id is not None:
        unpin(db, sentence.golden_id)
        sentence.golden_id = None


def _recount(db: Session, outcome: Outcome) -> None:
    db.flush()
    touched = [each for sentences in outcome.done.values() for each in sentences]
    recount(db, {each.group_id for each in touched})
