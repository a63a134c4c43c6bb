"""Training sentences from a file that staff upload: read, shown with what they would change, then taught at once.

A file waits here between the two steps, for its owner only, and is gone after a day.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from difflib import get_close_matches

from sqlalchemy import ForeignKey, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base
from models.faq_topics import topic_names
from models.golden_sentences import GoldenSentence
from models.staff import Staff, StaffRefused
from models.training_files import FilesRefused, Written, block_problems, written_problems
from models.training_marks import tidied
from models.training_sentences import TrainingSentence, add_many, meanings
from models.training_yaml import Block, Paper, Problem, read_bytes, read_text

LARGEST = 2 * 1024 * 1024
"""Bytes of a file; all our sentences together are a quarter of that."""
MOST = 5000
"""Sentences of a file: more are no lesson but another project."""
ENOUGH_FOR_A_TOPIC = 5
"""Sentences from which a topic nobody knows is a new one and no slip."""
KEPT = timedelta(days=1)
LONGEST_NAME = 80


class TrainingUpload(Base):
    """A file that waits for its owner to say yes."""

    __tablename__ = "training_upload"

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    name: Mapped[str]
    text: Mapped[str]
    made_at: Mapped[datetime]


@dataclass
class Lesson:
    """What an upload would change: what is new, what stands here with the same meaning, what with another."""

    new: list[Written] = field(default_factory=list)
    same: list[Written] = field(default_factory=list)
    against: list[tuple[Written, TrainingSentence]] = field(default_factory=list)


def upload(db: Session, name: str, content: bytes, by: Staff, now: datetime) -> TrainingUpload:
    """Keep a file that can be taught until its owner says yes. The caller commits.

    Raises:
        FilesRefused: it has mistakes.
        StaffRefused: it is too large.
    """
    if len(content) > LARGEST:
        raise StaffRefused(f"파일이 너무 커요. {LARGEST // 1024 // 1024}MB까지 올릴 수 있어요.")
    name = tidied(name)[-LONGEST_NAME:] or "문장.yml"
    paper = read_bytes(name, content)
    if found := list(_problems(db, paper)):
        raise FilesRefused(found)
    db.execute(delete(TrainingUpload).where(TrainingUpload.made_at < now - KEPT))
    row = TrainingUpload(staff_id=by.id, name=name, text=paper.text, made_at=now)
    db.add(row)
    db.flush()
    return row


def find_upload(db: Session, number: int, by: Staff) -> TrainingUpload | None:
    """Return a file of somebody that still waits."""
    row = db.get(TrainingUpload, number)
    return row if row is not None and row.staff_id == by.id else None


def lesson(db: Session, row: TrainingUpload) -> Lesson:
    """Return what an upload would change as things are now."""
    known = {each.key: each for each in db.scalars(select(TrainingSentence).where(TrainingSentence.active))}
    found = Lesson()
    for each in _sentences(read_text(row.name, row.text)):
        other = known.get(each.key)
        if other is None:
            found.new.append(each)
        elif (other.intent, other.topic) == (each.heading.intent, each.heading.topic):
            found.same.append(each)
        else:
            found.against.append((each, other))
    return found


def teach(db: Session, row: TrainingUpload, by: str, now: datetime) -> int:
    """Teach what is new in an upload, forget the file, and return how many sentences that were. The caller commits.

    Raises:
        StaffRefused: a sentence cannot be taught any more; nothing is.
    """
    states = [each.state for each in lesson(db, row).new]
    add_many(db, states, by, now)
    db.delete(row)
    return len(states)


def _problems(db: Session, paper: Paper) -> Iterator[Problem]:
    """Find what keeps a file from being taught."""
    yield from paper.problems
    blocks = [_completed(block) for block in paper.blocks]
    for block in blocks:
        if block.kind == "intent":
            yield from block_problems(paper, block)
        else:
            words = "낱말 목록은 여기에서 올릴 수 없어요. 이 묶음을 지우고 개발자에게 부탁해 주세요."
            yield Problem(paper.name, block.first, words)
    written = list(_sentences(paper))
    yield from written_problems(written)
    yield from _unknown_topics(db, paper, blocks)
    pinned = set(db.scalars(select(GoldenSentence.key)))
    for each in written:
        if each.key in pinned:
            yield Problem(paper.name, each.line, "'꼭 맞아야 하는 문장'이라서 가르치지 않아요. 지워 주세요.")
    if len(written) > MOST:
        yield Problem(
            paper.name, written[MOST].line, f"한 번에 {MOST:,}문장까지 올릴 수 있어요. 나눠 주세요."
        )
    if not written and not paper.problems:
        yield Problem(paper.name, 1, "문장이 하나도 없어요.")


def _unknown_topics(db: Session, paper: Paper, blocks: Sequence[Block]) -> Iterator[Problem]:
    """Find topics nobody knows with too few sentences to be new: their names were mistyped."""
    known = {topic for _, topic in meanings(db) if topic} | topic_names(db).keys()
    counts, first = Counter[str](), dict[str, Block]()
    for block in blocks:
        if block.kind == "intent" and (topic := block.heading.topic) and topic not in known:
            counts[topic] += len(block.lines)
            first.setdefault(topic, block)
    for topic, number in counts.items():
        if number < ENOUGH_FOR_A_TOPIC:
            close = get_close_matches(topic, known, 1)
            meant = (
                f"혹시 '{close[0]}'인가요?"
                if close
                else f"새 주제면 {ENOUGH_FOR_A_TOPIC}문장 이상 적어 주세요."
            )
            yield Problem(paper.name, first[topic].place("topic"), f"모르는 주제예요: '{topic}'. {meant}")


def _sentences(paper: Paper) -> Iterator[Written]:
    """Return the sentences of a file, what its author left out filled in."""
    for block in paper.blocks:
        if block.kind == "intent":
            heading = _completed(block).heading
            for line, marked in block.lines:
                yield Written(paper.name, line, tidied(marked), heading)


def _completed(block: Block) -> Block:
    heading = block.heading
    style, source = heading.style or "casual", heading.source or "console"
    return replace(block, heading=replace(heading, style=style, source=source))
