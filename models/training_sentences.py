"""What the language model is taught: every sentence with what it means, who taught it, and all it has been before.

The store is the truth of a running service; ``nlu_data/data`` is what a developer commits. ``models.training_files``
carries sentences from one to the other.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, time
from difflib import get_close_matches
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import JSON, ColumnElement, ForeignKey, func, insert, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column
from sqlalchemy.orm.exc import StaleDataError

from models.base import Base
from models.clock import SEOUL
from models.golden_sentences import GoldenSentence
from models.staff import StaffRefused
from models.training_marks import LONGEST, key_of, mark_problems, plain, tidied
from models.training_yaml import Heading, read_bytes

PROJECT = Path(__file__).resolve().parents[1] / "nlu_data"
"""The language's project, whose files are read and never imported."""


def _names(key: str) -> tuple[str, ...]:
    domain = yaml.safe_load((PROJECT / "domain.yml").read_text("utf-8"))
    return tuple(str(name) for name in domain[key])


INTENTS = _names("intents")
"""What a sentence can mean."""
ENTITIES = _names("entities")
"""What words in a sentence can be marked as."""
STYLES = ("polite", "casual", "typo", "abbreviation", "no_spaces", "mixed_english", "long")
SOURCES = ("authored", "console")
FROM_FILES = "import"
"""Who made a sentence that came with the files."""


class Change(StrEnum):
    """What befell a sentence. The words are in ``CHANGE``."""

    EDITED = "edited"
    DEACTIVATED = "deactivated"
    REACTIVATED = "reactivated"
    RESTORED = "restored"
    FILE_EDITED = "file_edited"
    FILE_REMOVED = "file_removed"
    FILE_RETURNED = "file_returned"
    FILE_DIFFERS = "file_differs"


CHANGE: dict[Change, str] = {
    Change.EDITED: "고침",
    Change.DEACTIVATED: "쉬게 함",
    Change.REACTIVATED: "다시 씀",
    Change.RESTORED: "되돌림",
    Change.FILE_EDITED: "파일에서 고침",
    Change.FILE_REMOVED: "파일에서 빠짐",
    Change.FILE_RETURNED: "파일에 다시 들어옴",
    Change.FILE_DIFFERS: "파일과 달라서 그대로 둠",
}


@dataclass(frozen=True, slots=True)
class State:
    """What a sentence is: all of it that can be changed."""

    marked: str
    intent: str
    topic: str | None
    style: str
    source: str
    comment: str = ""
    active: bool = True


class TrainingSentence(Base):
    """One sentence. ``key`` is what makes it the same sentence to a reader, so it stands here once."""

    __tablename__ = "training_sentence"

    id: Mapped[int] = mapped_column(primary_key=True)
    marked: Mapped[str]
    """The sentence with its words marked, as Rasa writes it."""
    text: Mapped[str]
    key: Mapped[str] = mapped_column(unique=True)
    intent: Mapped[str] = mapped_column(index=True)
    topic: Mapped[str | None] = mapped_column(index=True)
    style: Mapped[str]
    source: Mapped[str]
    comment: Mapped[str]
    """What colleagues should know of it; it stays in the store."""
    file: Mapped[str]
    """The file it came from, empty for one taught in the console."""
    base_key: Mapped[str | None] = mapped_column(unique=True)
    """Its key in the files as last imported; None when it does not stand there."""
    base: Mapped[str | None]
    """A hash of what it was in the files then."""
    active: Mapped[bool]
    compared: Mapped[bool]
    """Whether it was held against all others as it is now (``models.training_pairs``)."""
    version: Mapped[int] = mapped_column()
    made_by: Mapped[str]
    """``staff:<id>``, or ``import``."""
    made_at: Mapped[datetime]
    changed_by: Mapped[str]
    changed_at: Mapped[datetime] = mapped_column(index=True)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's hook

    @property
    def state(self) -> State:
        """What it is now."""
        return State(self.marked, self.intent, self.topic, self.style, self.source, self.comment, self.active)


class TrainingChange(Base):
    """What befell a sentence: who, when, and what it was before (for a file that differs: what the file has)."""

    __tablename__ = "training_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    sentence_id: Mapped[int] = mapped_column(ForeignKey("training_sentence.id"), index=True)
    did: Mapped[Change]
    by: Mapped[str]
    at: Mapped[datetime]
    was: Mapped[dict[str, Any]] = mapped_column(JSON)

    @property
    def state(self) -> State:
        """What it was."""
        return State(**self.was)


def add_sentence(
    db: Session,
    *,
    marked: str,
    intent: str,
    topic: str | None,
    style: str,
    source: str,
    by: str,
    now: datetime,
) -> TrainingSentence:
    """Teach a new sentence; one that rests and is the same wakes with the new meaning. The caller commits.

    ``by`` is ``staff:<id>``.

    Raises:
        StaffRefused: it cannot be taught, stands here already, or stands here with another meaning.
    """
    state = checked(State(tidied(marked), intent, topic or None, style, source))
    _refuse_golden(db, state)
    known = find_same(db, state.marked)
    if known is not None and known.active:
        raise StaffRefused(_already(known, state))
    if known is not None:
        _write(db, known, state, Change.REACTIVATED, by, now)
        return known
    sentence = TrainingSentence(**{**fresh(state, by, now), "version": None})
    db.add(sentence)
    _flush(db)
    return sentence


def add_many(db: Session, states: Sequence[State], by: str, now: datetime) -> None:
    """Teach many new sentences; those that rest wake. The caller commits.

    Raises:
        StaffRefused: one cannot be taught, or stands here already; none is.
    """
    known = {row.key: row for row in db.scalars(select(TrainingSentence))}
    new = []
    for state in states:
        same = known.get(key_of(plain(checked(state).marked)))
        if same is None:
            new.append(fresh(state, by, now))
        elif same.active:
            raise StaffRefused(_already(same, state))
        else:
            _write(db, same, state, Change.REACTIVATED, by, now)
    if new:
        db.execute(insert(TrainingSentence), new)


def fresh(state: State, by: str, now: datetime, file: str = "") -> dict[str, Any]:
    """Return the columns of a new sentence."""
    text = plain(state.marked)
    return {
        **asdict(state),
        "text": text,
        "key": key_of(text),
        "file": file,
        "compared": False,
        "version": 1,
        "made_by": by,
        "made_at": now,
        "changed_by": by,
        "changed_at": now,
    }


def change_sentence(
    db: Session, sentence: TrainingSentence, state: State, did: Change, by: str, now: datetime
) -> bool:
    """Make a sentence something else; return False when it is that already. The caller commits.

    Raises:
        StaffRefused: it cannot be taught so, or another sentence is the same.
    """
    state = checked(replace(state, marked=tidied(state.marked), comment=state.comment.strip()))
    if state == sentence.state:
        return False
    _refuse_golden(db, state)
    same = find_same(db, state.marked)
    if same is not None and same.id != sentence.id:
        raise StaffRefused(_already(same, state))
    _write(db, sentence, state, did, by, now)
    return True


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which sentences are wanted; empty and None for all."""

    intent: str = ""
    topic: str = ""
    style: str = ""
    source: str = ""
    words: str = ""
    """Stand in it, however they are spaced."""
    who: str = ""
    """Made it or changed it last."""
    since: date | None = None
    """The day since which it was changed."""
    active: bool | None = True

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return what a row must fulfil."""
        row = TrainingSentence
        equal = (
            (row.intent, self.intent),
            (row.topic, self.topic),
            (row.style, self.style),
            (row.source, self.source),
        )
        found: list[ColumnElement[bool]] = [column == value for column, value in equal if value]
        if self.words:
            found.append(row.key.contains(key_of(self.words), autoescape=True))
        if self.who:
            found.append(or_(row.made_by == self.who, row.changed_by == self.who))
        if self.since is not None:
            found.append(row.changed_at >= datetime.combine(self.since, time(), SEOUL))
        if self.active is not None:
            found.append(row.active.is_(self.active))
        return found


def rows(db: Session, wanted: Wanted, *, skip: int = 0, limit: int | None = None) -> list[TrainingSentence]:
    """Return sentences, those changed last first."""
    query = select(TrainingSentence).where(*wanted.conditions())
    order = query.order_by(TrainingSentence.changed_at.desc(), TrainingSentence.id.desc())
    return list(db.scalars(order.offset(skip).limit(limit)))


def count(db: Session, wanted: Wanted) -> int:
    """Return how many sentences are wanted."""
    return db.scalar(select(func.count(TrainingSentence.id)).where(*wanted.conditions())) or 0


def find_same(db: Session, marked: str) -> TrainingSentence | None:
    """Return the sentence that is the same to a reader, at work or at rest."""
    key = key_of(plain(marked))
    return db.scalars(select(TrainingSentence).where(TrainingSentence.key == key)).first()


def history(db: Session, sentence: TrainingSentence) -> list[TrainingChange]:
    """Return what befell a sentence, the latest first."""
    query = select(TrainingChange).where(TrainingChange.sentence_id == sentence.id)
    return list(db.scalars(query.order_by(TrainingChange.id.desc())))


def fingerprint(db: Session) -> str:
    """Return 16 hexadecimal digits that change whenever something changes that is taught."""
    columns = (TrainingSentence.marked, TrainingSentence.intent, TrainingSentence.topic)
    query = select(*columns).where(TrainingSentence.active).order_by(TrainingSentence.key)
    digest = hashlib.sha256()
    for row in db.execute(query):
        digest.update(json.dumps([*row], ensure_ascii=False).encode())
    return digest.hexdigest()[:16]


def sentence_count(db: Session) -> int:
    """Return how many sentences are at work."""
    return count(db, Wanted())


def meanings(db: Session) -> dict[tuple[str, str | None], int]:
    """Return how many sentences at work mean what: intent and topic → sentences."""
    row = TrainingSentence
    query = select(row.intent, row.topic, func.count()).where(row.active).group_by(row.intent, row.topic)
    return {(intent, topic): number for intent, topic, number in db.execute(query)}


def checked(state: State) -> State:
    """Return a state that can be taught.

    Raises:
        StaffRefused: it cannot.
    """
    heading = Heading(state.intent, state.topic, state.style, state.source)
    for _, problem in heading_problems(heading):
        raise StaffRefused(problem)
    for problem in sentence_problems(state.marked):
        raise StaffRefused(problem)
    return state


def heading_problems(heading: Heading) -> Iterator[tuple[str, str]]:
    """Find what is wrong in what a sentence means and how it is put, as the setting's name and what to do."""
    if heading.intent not in INTENTS:
        yield "intent", f"없는 의도예요: '{heading.intent}'.{_meant(heading.intent, INTENTS)}"
    elif heading.topic is not None and not re.fullmatch(rf"{heading.intent}/\w+", heading.topic):
        example = f"{heading.intent}/{heading.topic.rpartition('/')[2] or '이름'}"
        yield "topic", f"주제는 의도 이름으로 시작해야 해요: '{heading.topic}'. '{example}'처럼 적어 주세요."
    if heading.style not in STYLES:
        yield "style", f"모르는 말투예요: '{heading.style}'.{_meant(heading.style, STYLES)}"
    if heading.source not in SOURCES:
        yield "source", f"모르는 출처예요: '{heading.source}'.{_meant(heading.source, SOURCES)}"


def sentence_problems(marked: str) -> Iterator[str]:
    """Find what keeps a sentence from being taught, each with what to do."""
    text = plain(marked)
    if not text.strip():
        yield "문장을 적어 주세요."
    if len(text) > LONGEST:
        yield f"문장이 너무 길어요. {LONGEST}자까지 가르칠 수 있어요."
    yield from mark_problems(marked, ENTITIES)
    if key_of(text) in held_out():
        yield f"'{text}' 문장은 시험 문장이라서 가르치지 않아요. 가르치면 모델의 점수를 믿을 수 없어요."


@cache
def held_out() -> frozenset[str]:
    """Return the keys of the sentences by which models are measured, and which none is taught."""
    papers = (read_bytes(path.name, path.read_bytes()) for path in (PROJECT / "holdout").glob("*.yml"))
    blocks = (block for paper in papers for block in paper.blocks)
    return frozenset(key_of(plain(written)) for block in blocks for _, written in block.lines)


def _meant(name: str, known: Collection[str]) -> str:
    close = get_close_matches(name, known, 1)
    return f" 혹시 '{close[0]}'인가요?" if close else f" {', '.join(known)} 가운데 하나를 골라 주세요."


def _already(known: TrainingSentence, state: State) -> str:
    if (known.intent, known.topic) == (state.intent, state.topic):
        rest = "" if known.active else " 지금은 쉬고 있어요."
        return f"'{known.text}' 문장이 이미 같은 뜻으로 있어요.{rest}"
    meaning = known.topic or known.intent
    return f"'{known.text}' 문장이 이미 다른 뜻({meaning})으로 있어요. 어느 뜻이 맞는지 먼저 정해 주세요."


def _refuse_golden(db: Session, state: State) -> None:
    """Refuse what every model is asked: taught, it would tell nothing any more."""
    key = key_of(plain(state.marked))
    if state.active and db.scalar(select(GoldenSentence.id).where(GoldenSentence.key == key)) is not None:
        raise StaffRefused("'꼭 맞아야 하는 문장'이라서 가르치지 않아요. 가르치려면 거기에서 먼저 빼 주세요.")


def _write(
    db: Session, sentence: TrainingSentence, state: State, did: Change, by: str, now: datetime
) -> None:
    db.add(TrainingChange(sentence_id=sentence.id, did=did, by=by, at=now, was=asdict(sentence.state)))
    _put(sentence, state, by, now)
    _flush(db)


def _put(sentence: TrainingSentence, state: State, by: str, now: datetime) -> None:
    for name, value in asdict(state).items():
        setattr(sentence, name, value)
    sentence.text = plain(state.marked)
    sentence.key, sentence.compared = key_of(sentence.text), False
    sentence.changed_by, sentence.changed_at = by, now


def _flush(db: Session) -> None:
    """Write to the store what another colleague may have written a moment before.

    Raises:
        StaffRefused: somebody was faster.
    """
    try:
        db.flush()
    except (IntegrityError, StaleDataError):
        db.rollback()
        raise StaffRefused("그사이 다른 사람이 바꿨어요. 지금 모습을 보고 다시 정해 주세요.") from None
