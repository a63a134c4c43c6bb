"""Work on language models that takes its time: asked for in the console, done by a worker, watched meanwhile.

There are two lanes, and the store itself keeps each of them to one job at a time: whoever is second is told so. A job
that nobody works on any more (its worker died) is closed by ``close_abandoned``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Float, ForeignKey, Text, Update, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column, relationship

from models.base import Base, Encrypted
from models.database import queue_after_commit
from models.nlu_models import NluModel
from models.staff import Staff, StaffRefused

LESSON = "lesson"
"""Topic under which jobs are queued for the worker."""
ABANDONED = timedelta(seconds=45)
"""A running job says every second that it lives; after so long without a word it does not."""
LONGEST_TOLD = 4000


class JobKind(StrEnum):
    """What is to be done. ``JOB_KINDS`` has the words."""

    TRAIN = "train"
    EVALUATE = "evaluate"
    PROMOTE = "promote"
    ROLLBACK = "rollback"
    SHADOW = "shadow"


JOB_KINDS: dict[JobKind, str] = {
    JobKind.TRAIN: "새 모델 훈련",
    JobKind.EVALUATE: "시험",
    JobKind.PROMOTE: "모델 바꾸기",
    JobKind.ROLLBACK: "앞 모델로 되돌리기",
    JobKind.SHADOW: "함께 읽기",
}
LANES: dict[JobKind, str] = {
    JobKind.TRAIN: "train",
    JobKind.EVALUATE: "train",
    JobKind.PROMOTE: "switch",
    JobKind.ROLLBACK: "switch",
    JobKind.SHADOW: "switch",
}
"""What keeps the processors busy is one lane, what touches the running servers another: a rollback never waits for a training."""


class JobState(StrEnum):
    """How far a job is. ``JOB_STATES`` has the words."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    OUTDATED = "outdated"
    """A newer training has taken its place."""


JOB_STATES: dict[JobState, str] = {
    JobState.WAITING: "기다리는 중",
    JobState.RUNNING: "하는 중",
    JobState.DONE: "끝남",
    JobState.FAILED: "끝내지 못함",
    JobState.CANCELLED: "그만둠",
    JobState.OUTDATED: "새 훈련에 자리를 내줌",
}
OPEN_JOBS = (JobState.WAITING, JobState.RUNNING)


class NluJob(Base):
    """One job, from being asked for to its end."""

    __tablename__ = "nlu_job"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[JobKind]
    state: Mapped[JobState]
    lane: Mapped[str | None] = mapped_column(unique=True)
    """Its lane while it is open, None afterwards: so a lane holds one job."""
    model_id: Mapped[int | None] = mapped_column(ForeignKey("nlu_model.id", ondelete="SET NULL"), index=True)
    """What it is about; of a training, what came of it."""
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    """Who asked; None for the command line."""
    reason: Mapped[str] = mapped_column(Encrypted, default="")
    """Why, where something stood against it."""
    override: Mapped[bool] = mapped_column(default=False)
    """Whether it is to be done though the gate says no."""
    share: Mapped[int | None]
    """Percent of live traffic, where that is what it sets."""
    stage: Mapped[str] = mapped_column(default="")
    """What is being done at this moment, as people read it."""
    fraction: Mapped[float] = mapped_column(Float, default=0.0)
    words: Mapped[str] = mapped_column(Text, default="")
    """How it ended, with the next step where it did not go well."""
    told: Mapped[str] = mapped_column(Text, default="")
    """The last lines that the tools printed, where something went wrong."""
    stop: Mapped[bool] = mapped_column(default=False)
    """Somebody wants it to stop."""
    asked_at: Mapped[datetime] = mapped_column(index=True)
    started_at: Mapped[datetime | None]
    beat_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    model: Mapped[NluModel | None] = relationship()
    staff: Mapped[Staff | None] = relationship()

    @property
    def is_open(self) -> bool:
        """Tell whether it waits or runs."""
        return self.state in OPEN_JOBS


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for, and by whom (None: the command line)."""

    kind: JobKind
    staff_id: int | None = None
    model_id: int | None = None
    reason: str = ""
    override: bool = False
    share: int | None = None


def ask(db: Session, wish: Wish, now: datetime) -> NluJob:
    """Write down what is wanted; a worker is told after the commit, which is the caller's.

    Raises:
        StaffRefused: its lane is taken.
    """
    if (other := open_job(db, wish.kind)) is not None:
        raise StaffRefused(_taken(other))
    job = NluJob(
        kind=wish.kind,
        state=JobState.WAITING,
        lane=LANES[wish.kind],
        model_id=wish.model_id,
        staff_id=wish.staff_id,
        reason=wish.reason,
        override=wish.override,
        share=wish.share,
        asked_at=now,
    )
    db.add(job)
    try:
        db.flush()
    except IntegrityError as two_at_once:
        db.rollback()
        raise StaffRefused("방금 다른 사람이 먼저 시작했어요. 끝나면 다시 해 주세요.") from two_at_once
    queue_after_commit(db, LESSON, [job.id])
    return job


def _taken(job: NluJob) -> str:
    what = JOB_KINDS[job.kind]
    return f"지금 '{what}' 일을 하고 있어요. 한 번에 하나만 할 수 있어요. 끝나거나 멈춘 뒤에 다시 해 주세요."


def take_place(db: Session, now: datetime) -> None:
    """End an open training as beaten by a newer one, so that its lane is free. The caller commits."""
    older = update(NluJob).where(NluJob.lane == LANES[JobKind.TRAIN])
    ended = {"state": JobState.OUTDATED, "lane": None, "stop": True, "ended_at": now}
    words = "그사이 새 문장으로 다시 훈련을 시작해서 멈췄어요."
    db.execute(older.values(**ended, words=words).execution_options(synchronize_session="fetch"))


def open_job(db: Session, kind: JobKind) -> NluJob | None:
    """Return the job that holds a kind's lane."""
    query = select(NluJob).where(NluJob.lane == LANES[kind]).execution_options(populate_existing=True)
    return db.scalars(query).first()


def job(db: Session, number: int) -> NluJob | None:
    """Return a job as it stands in the store now."""
    whose = (joinedload(NluJob.model), joinedload(NluJob.staff))
    query = select(NluJob).where(NluJob.id == number).execution_options(populate_existing=True)
    return db.scalars(query.options(*whose)).first()


def jobs(db: Session, limit: int = 20, model_id: int | None = None) -> list[NluJob]:
    """Return jobs, the newest first."""
    query = select(NluJob).order_by(NluJob.id.desc()).limit(limit)
    query = query.execution_options(populate_existing=True)
    if model_id is not None:
        query = query.where(NluJob.model_id == model_id)
    return list(db.scalars(query.options(joinedload(NluJob.model), joinedload(NluJob.staff))))


def waiting(db: Session) -> list[int]:
    """Return the numbers of jobs nobody has begun."""
    return list(db.scalars(select(NluJob.id).where(NluJob.state == JobState.WAITING).order_by(NluJob.id)))


def claim(db: Session, number: int, now: datetime) -> bool:
    """Begin a job; of two workers at once exactly one gets True. The caller commits."""
    mine = update(NluJob).where(NluJob.id == number, NluJob.state == JobState.WAITING)
    begun = {"state": JobState.RUNNING, "started_at": now, "beat_at": now}
    return _changed(db, mine.values(**begun))


def beat(db: Session, number: int, now: datetime, stage: str, fraction: float) -> bool:
    """Say that a job lives and how far it is; False when it is to stop. The caller commits."""
    mine = update(NluJob).where(NluJob.id == number, NluJob.state == JobState.RUNNING, NluJob.stop.is_(False))
    return _changed(db, mine.values(beat_at=now, stage=stage, fraction=fraction))


def end(db: Session, number: int, state: JobState, now: datetime, *, words: str = "", told: str = "") -> bool:
    """End a running job, unless it was ended meanwhile. The caller commits."""
    mine = update(NluJob).where(NluJob.id == number, NluJob.state.in_(OPEN_JOBS))
    whole = {"fraction": 1.0} if state is JobState.DONE else {}
    ended = {"state": state, "lane": None, "ended_at": now, "words": words, "told": told[-LONGEST_TOLD:]}
    return _changed(db, mine.values(**ended, **whole))


def came_of(db: Session, number: int, model: NluModel) -> None:
    """Write down which model came of a training. The caller commits."""
    db.execute(update(NluJob).where(NluJob.id == number).values(model_id=model.id))


def stop(db: Session, number: int, now: datetime) -> None:
    """Stop a job: one that waits at once, one that runs as soon as its worker reads this. The caller commits.

    Raises:
        StaffRefused: it has ended, or it changes the running servers.
    """
    found = job(db, number)
    if found is None or not found.is_open:
        raise StaffRefused("이미 끝난 일이에요.")
    if LANES[found.kind] == LANES[JobKind.PROMOTE]:
        raise StaffRefused("모델을 바꾸는 일은 금방 끝나서 멈출 수 없어요. 끝난 뒤에 되돌릴 수 있어요.")
    found.stop = True
    if found.state is JobState.WAITING:
        end(db, number, JobState.CANCELLED, now, words="시작하기 전에 그만뒀어요.")


def close_abandoned(db: Session, now: datetime) -> list[NluJob]:
    """Close jobs whose worker died, and return them. The caller commits."""
    query = select(NluJob).where(NluJob.state == JobState.RUNNING, NluJob.beat_at < now - ABANDONED)
    found = list(db.scalars(query))
    for each in found:
        end(db, each.id, JobState.FAILED, now, words=_abandoned(each))
    return found


def _abandoned(job: NluJob) -> str:
    if job.kind in (JobKind.TRAIN, JobKind.EVALUATE):
        return "하던 일꾼이 중간에 꺼졌어요. 쓰고 있는 모델은 그대로예요. 다시 시작해 주세요."
    return "하던 일꾼이 중간에 꺼졌어요. 지금 쓰는 모델을 확인하고 다시 해 주세요."


def _changed(db: Session, statement: Update) -> bool:
    done = db.execute(statement.execution_options(synchronize_session=False))
    return bool(done.rowcount)  # type: ignore[attr-defined]  # an UPDATE gives a CursorResult
