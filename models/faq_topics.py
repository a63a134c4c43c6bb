"""Answers to what many people ask, as they are in force: from the file first, then as staff have made them.

What a topic says (question, answer, buttons …) is one JSON value; ``bot.topics`` knows what may stand in it. Topics that
staff have not written anew follow the file of answers when it changes; what staff wrote stays, and what the file says
then lies beside it. Every change makes a version, and names the version it was made from: of two at once one is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import JSON, ForeignKey, UniqueConstraint, delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column, relationship

from models.base import Base
from models.staff import Staff, StaffRefused

Content: TypeAlias = dict[str, Any]
"""What a topic says, as JSON: all fields of an entry of the file but its name and number."""
OWN_FROM = 1001
"""Number of the first topic that staff make. Those of the file stay far below."""


class FaqTopic(Base):
    """One topic as it is in force."""

    __tablename__ = "faq_topic"

    name: Mapped[str] = mapped_column(primary_key=True)
    """``<intent>/<topic>``, as the understanding names it."""
    number: Mapped[int] = mapped_column(unique=True)
    position: Mapped[int]
    """Its place among the topics of its intent."""
    content: Mapped[Content] = mapped_column(JSON)
    active: Mapped[bool] = mapped_column(default=True)
    shows_from: Mapped[datetime | None]
    shows_until: Mapped[datetime | None]
    follows_file: Mapped[bool]
    """Whether it takes over what the file says anew; staff's own words end that."""
    file_content: Mapped[Content | None] = mapped_column(JSON(none_as_null=True))
    """What the file said last; None for a topic that only staff have."""
    version: Mapped[int]
    changed_at: Mapped[datetime]
    changed_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    """None for the file."""

    staff: Mapped[Staff | None] = relationship()

    @property
    def intent(self) -> str:
        """What the topic belongs to."""
        return self.name.partition("/")[0]

    @property
    def differs_from_file(self) -> bool:
        """Tell whether the file says something else than what is in force."""
        return self.file_content is not None and self.file_content != self.content

    def shows(self, now: datetime) -> bool:
        """Tell whether the chat answers with it at a moment."""
        begun = self.shows_from is None or self.shows_from <= now
        return self.active and begun and (self.shows_until is None or now < self.shows_until)


class FaqVersion(Base):
    """A topic's words as they once were in force, and what was done to make them so."""

    __tablename__ = "faq_version"
    __table_args__ = (UniqueConstraint("topic", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    topic: Mapped[str] = mapped_column(ForeignKey("faq_topic.name"))
    number: Mapped[int]
    did: Mapped[str]
    """In words that staff read."""
    content: Mapped[Content] = mapped_column(JSON)
    made_at: Mapped[datetime]
    made_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))

    staff: Mapped[Staff | None] = relationship()


class ChangedMeanwhile(StaffRefused):
    """Somebody else was faster: what the person saw is no longer in force."""

    def __init__(self) -> None:
        super().__init__("그사이 다른 사람이 이 글을 바꿨어요. 지금 글을 보고 다시 정해 주세요.")


@dataclass(frozen=True, slots=True)
class Entry:
    """A topic of the file."""

    name: str
    number: int
    content: Content


@dataclass
class Followed:
    """What became of following the file: names of topics."""

    new: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    """Staff's words that the file has new ones beside."""


def topics(db: Session) -> list[FaqTopic]:
    """Return all topics, those of one intent together, in order."""
    query = select(FaqTopic).options(joinedload(FaqTopic.staff)).execution_options(populate_existing=True)
    found = list(db.scalars(query))
    first: dict[str, int] = {}
    for topic in sorted(found, key=lambda each: each.number):
        first.setdefault(topic.intent, topic.number)
    return sorted(found, key=lambda each: (first[each.intent], each.position, each.number))


def topic_names(db: Session) -> dict[str, str]:
    """Return the question of every topic by its name, in order: what a sentence can be labelled with."""
    return {topic.name: str(topic.content["question"]) for topic in topics(db)}


def topic(db: Session, number: int) -> FaqTopic | None:
    """Return a topic by its number, None when there is none."""
    query = select(FaqTopic).where(FaqTopic.number == number).options(joinedload(FaqTopic.staff))
    return db.scalars(query.execution_options(populate_existing=True)).first()


def stamp(db: Session) -> tuple[int, int, int]:
    """Return what changes whenever a topic does: cheap to ask for before all of them are read."""
    count, versions, highest = db.execute(
        select(func.count(), func.coalesce(func.sum(FaqTopic.version), 0), func.max(FaqTopic.number))
    ).one()
    return count, int(versions), highest or 0


def versions(db: Session, name: str) -> list[FaqVersion]:
    """Return the versions of a topic, the newest first."""
    query = select(FaqVersion).where(FaqVersion.topic == name).options(joinedload(FaqVersion.staff))
    return list(db.scalars(query.order_by(FaqVersion.number.desc())))


def follow_file(db: Session, entries: Sequence[Entry], now: datetime) -> Followed:
    """Take over what the file says, where staff have not written something of their own. The caller commits."""
    known, done = {each.name: each for each in topics(db)}, Followed()
    for entry in entries:
        row = known.pop(entry.name, None)
        if row is None:
            _plant(db, entry, now)
            done.new.append(entry.name)
        elif row.file_content != entry.content:
            followed = _follow(db, row, entry.content, now)
            (done.changed if followed else done.kept).append(entry.name)
    for row in known.values():
        if row.follows_file and row.active:
            _remove(db, row)
            done.gone.append(row.name)
    return done


def create(db: Session, intent: str, content: Content, by: Staff, now: datetime) -> FaqTopic:
    """Make a topic of staff's own, the last of its intent. The caller commits.

    Raises:
        StaffRefused: somebody made one at the same moment.
    """
    number = max(db.scalar(select(func.max(FaqTopic.number))) or 0, OWN_FROM - 1) + 1
    row = FaqTopic(
        name=f"{intent}/own_{number}",
        number=number,
        position=_last_place(db, intent) + 1,
        content=content,
        follows_file=False,
        version=1,
        changed_at=now,
        changed_by=by.id,
    )
    try:
        db.add(row)
        db.flush()
    except IntegrityError:
        db.rollback()
        raise StaffRefused("다른 사람이 같은 때에 새 질문을 만들었어요. 한 번 더 눌러 주세요.") from None
    _keep_version(db, row, "새로 만듦")
    return row


def rewrite(
    db: Session, row: FaqTopic, was: int, content: Content, did: str, by: Staff, now: datetime
) -> bool:
    """Give a topic other words; return whether they are other ones. The caller commits.

    Raises:
        ChangedMeanwhile: ``was`` is not the version in force.
    """
    if row.version == was and row.content == content:
        return False
    follows = content == row.file_content
    _change(db, row, was, did, by, now, content=content, follows_file=follows)
    return True


def switch(db: Session, row: FaqTopic, was: int, *, on: bool, by: Staff, now: datetime) -> None:
    """Have the chat answer with a topic, or not. The caller commits.

    Raises:
        ChangedMeanwhile: ``was`` is not the version in force.
    """
    _change(db, row, was, "켬" if on else "끔", by, now, active=on)


def schedule(
    db: Session,
    row: FaqTopic,
    was: int,
    span: tuple[datetime | None, datetime | None],
    by: Staff,
    now: datetime,
) -> None:
    """Have the chat answer with a topic from one moment on, until another; None leaves that side open.

    The caller commits.

    Raises:
        StaffRefused: the span ends before it begins.
        ChangedMeanwhile: ``was`` is not the version in force.
    """
    begins, ends = span
    if begins is not None and ends is not None and ends <= begins:
        raise StaffRefused("끝나는 때가 시작하는 때보다 뒤여야 해요.")
    did = "보이는 기간을 정함" if begins or ends else "보이는 기간을 없앰"
    _change(db, row, was, did, by, now, shows_from=begins, shows_until=ends)


def move(db: Session, row: FaqTopic, was: int, *, up: bool, by: Staff, now: datetime) -> bool:
    """Exchange a topic with its neighbour of the same intent; False where there is none. The caller commits.

    Raises:
        ChangedMeanwhile: ``was`` is not the version in force.
    """
    order = [each for each in topics(db) if each.intent == row.intent]
    at = order.index(row)
    other = at - 1 if up else at + 1
    if not 0 <= other < len(order):
        return False
    order[at], order[other] = order[other], order[at]
    for place, each in enumerate(order, 1):
        if each is not row:
            each.position = place
    db.flush()
    _change(db, row, was, "위로 옮김" if up else "아래로 옮김", by, now, position=other + 1)
    return True


def _change(
    db: Session, row: FaqTopic, was: int, did: str, by: Staff | None, now: datetime, **values: Any
) -> None:
    """Write a change only where the version is still the one that was seen, whoever else writes meanwhile."""
    mine = update(FaqTopic).where(FaqTopic.name == row.name, FaqTopic.version == was)
    mine = mine.values(version=was + 1, changed_at=now, changed_by=by.id if by else None, **values)
    done = db.execute(mine.execution_options(synchronize_session=False))
    if not done.rowcount:  # type: ignore[attr-defined]  # an UPDATE gives a CursorResult
        raise ChangedMeanwhile
    db.refresh(row)
    _keep_version(db, row, did)


def _keep_version(db: Session, row: FaqTopic, did: str) -> None:
    db.add(
        FaqVersion(
            topic=row.name,
            number=row.version,
            did=did,
            content=row.content,
            made_at=row.changed_at,
            made_by=row.changed_by,
        )
    )
    db.flush()


def _plant(db: Session, entry: Entry, now: datetime) -> None:
    intent = entry.name.partition("/")[0]
    row = FaqTopic(
        name=entry.name,
        number=entry.number,
        position=_last_place(db, intent) + 1,
        content=entry.content,
        follows_file=True,
        file_content=entry.content,
        version=1,
        changed_at=now,
    )
    db.add(row)
    db.flush()
    _keep_version(db, row, "파일에서 가져옴")


def _follow(db: Session, row: FaqTopic, content: Content, now: datetime) -> bool:
    """Take over new words of the file, or lay them beside staff's; return whether they are in force now."""
    if row.follows_file or row.content == content:
        values = {"content": content, "file_content": content, "follows_file": True}
        _change(db, row, row.version, "파일을 따라 바뀜", None, now, **values)
        return True
    row.file_content = content
    db.flush()
    return False


def _remove(db: Session, row: FaqTopic) -> None:
    db.execute(delete(FaqVersion).where(FaqVersion.topic == row.name))
    db.delete(row)
    db.flush()


def _last_place(db: Session, intent: str) -> int:
    places = select(func.max(FaqTopic.position)).where(
        FaqTopic.name.startswith(f"{intent}/", autoescape=True)
    )
    return db.scalar(places) or 0
