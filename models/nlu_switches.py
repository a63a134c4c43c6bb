"""Changes of the live model, one at a time: who, when, from which model to which, why, and how it ended.

The row of a change that is under way is the lock. Who holds it gives signs of life; when these stop, the next who asks
closes the row, and whatever the old holder still does cannot flip the traffic any more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, ForeignKey, Text, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column, relationship

from models.base import Base, Encrypted
from models.staff import Staff, StaffRefused

LIFELESS = timedelta(seconds=15)
"""So long without a sign of life, and whoever was changing the model is taken for gone."""


class SwitchKind(StrEnum):
    """What somebody wanted."""

    PROMOTE = "promote"
    ROLLBACK = "rollback"
    SHADOW = "shadow"


class SwitchState(StrEnum):
    """How it stands."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    ABANDONED = "abandoned"


class SwitchStep(StrEnum):
    """How far it has come."""

    BEGUN = "begun"
    LOADING = "loading"
    WARMING = "warming"
    FLIPPED = "flipped"


class NluSwitch(Base):
    """One change of the live model, or a candidate put beside it."""

    __tablename__ = "nlu_switch"

    id: Mapped[int] = mapped_column(primary_key=True)
    open: Mapped[int | None] = mapped_column(unique=True)
    """1 while it is under way, so that there is only one; None afterwards."""
    kind: Mapped[SwitchKind]
    state: Mapped[SwitchState]
    step: Mapped[SwitchStep]
    slot: Mapped[str]
    """Where the model was loaded."""
    model_from: Mapped[str]
    model_to: Mapped[str]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    """None for the command line."""
    reason: Mapped[str] = mapped_column(Encrypted)
    why: Mapped[str] = mapped_column(Text)
    """Why it failed, in the words staff read; empty otherwise."""
    began_at: Mapped[datetime]
    beat_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    staff: Mapped[Staff | None] = relationship()


SWITCH_KINDS: dict[SwitchKind, str] = {
    SwitchKind.PROMOTE: "바꾸기",
    SwitchKind.ROLLBACK: "되돌리기",
    SwitchKind.SHADOW: "함께 읽기",
}
SWITCH_STATES: dict[SwitchState, str] = {
    SwitchState.RUNNING: "하고 있음",
    SwitchState.DONE: "마침",
    SwitchState.FAILED: "못 함",
    SwitchState.ABANDONED: "끊김",
}
SWITCH_STEPS: dict[SwitchStep, str] = {
    SwitchStep.BEGUN: "준비하고 있어요",
    SwitchStep.LOADING: "쉬는 자리에서 모델을 읽고 있어요",
    SwitchStep.WARMING: "첫 문장들을 읽혀 보고 있어요",
    SwitchStep.FLIPPED: "다 됐어요",
}
_BUSY = "지금 {since:%H:%M}에 시작한 다른 모델 바꾸기를 하고 있어요. 끝난 뒤에 다시 해 주세요."
_JUST_NOW = "방금 다른 사람이 모델을 바꾸기 시작했어요. 끝난 뒤에 다시 해 주세요."


@dataclass(frozen=True, slots=True)
class Wanted:
    """A change that somebody wants."""

    kind: SwitchKind
    slot: str
    model_from: str
    model_to: str
    staff_id: int | None = None
    reason: str = ""


def begin(db: Session, wanted: Wanted, now: datetime) -> NluSwitch:
    """Return the row of a change, which keeps all others out until it is finished. Commits.

    Raises:
        StaffRefused: another change is under way.
    """
    close_lifeless(db, now)
    if (other := under_way(db, now)) is not None:
        db.rollback()
        raise StaffRefused(_BUSY.format(since=other.began_at))
    row = NluSwitch(
        open=1,
        kind=wanted.kind,
        state=SwitchState.RUNNING,
        step=SwitchStep.BEGUN,
        slot=wanted.slot,
        model_from=wanted.model_from,
        model_to=wanted.model_to,
        staff_id=wanted.staff_id,
        reason=wanted.reason,
        why="",
        began_at=now,
        beat_at=now,
    )
    db.add(row)
    try:
        db.commit()
    except IntegrityError:
        db.rollback()
        raise StaffRefused(_JUST_NOW) from None
    return row


def go_on(db: Session, number: int, now: datetime, step: SwitchStep | None = None) -> bool:
    """Give a sign of life, perhaps from the next step; False: the change is not ours any more. The caller commits."""
    values = {"beat_at": now} | ({"step": step} if step else {})
    return _update(db, NluSwitch.id == number, values) == 1


def finish(db: Session, number: int, state: SwitchState, now: datetime, why: str = "") -> bool:
    """End a change; False: it was not ours any more. The caller commits."""
    values = {"open": None, "state": state, "ended_at": now, "beat_at": now, "why": why}
    if state is SwitchState.DONE:
        values |= {"step": SwitchStep.FLIPPED}
    return _update(db, NluSwitch.id == number, values) == 1


def close_lifeless(db: Session, now: datetime) -> int:
    """End changes whose holders are gone and return how many those were. The caller commits."""
    why = "하던 프로그램이 중간에 꺼졌어요. 쓰던 모델은 그대로예요."
    values = {"open": None, "state": SwitchState.ABANDONED, "ended_at": now, "why": why}
    return _update(db, NluSwitch.beat_at < now - LIFELESS, values)


def under_way(db: Session, now: datetime) -> NluSwitch | None:
    """Return the change that is under way; one without a sign of life is none."""
    alive = (NluSwitch.open == 1) & (NluSwitch.beat_at >= now - LIFELESS)
    return db.scalars(select(NluSwitch).where(alive)).first()


def last_changes(db: Session, limit: int = 20) -> list[NluSwitch]:
    """Return changes, the newest first."""
    query = select(NluSwitch).order_by(NluSwitch.id.desc()).limit(limit)
    return list(db.scalars(query.options(joinedload(NluSwitch.staff))))


def model_before(db: Session, live_model: str) -> str:
    """Return the model that answered before the live one came, empty where that is not known."""
    done = NluSwitch.kind.in_((SwitchKind.PROMOTE, SwitchKind.ROLLBACK)) & (
        NluSwitch.state == SwitchState.DONE
    )
    last = db.scalars(select(NluSwitch).where(done).order_by(NluSwitch.id.desc()).limit(1)).first()
    return last.model_from if last is not None and last.model_to == live_model else ""


def _update(db: Session, which: ColumnElement[bool], values: Mapping[str, object]) -> int:
    query = update(NluSwitch).where(NluSwitch.open == 1, which).values(values)
    done = db.execute(query.execution_options(synchronize_session="fetch"))
    return int(done.rowcount)  # type: ignore[attr-defined]  # an UPDATE gives a CursorResult
