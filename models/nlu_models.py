"""Language models: which there are, from which sentences they were made, and how well they understand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, select
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column, relationship, undefer

from models.base import Base
from models.staff import Staff


class ModelState(StrEnum):
    """How far a model has come. ``MODEL_STATES`` has the words."""

    TRAINED = "trained"
    EVALUATED = "evaluated"
    FAILED = "failed"
    """It is there and could not be measured."""
    DISCARDED = "discarded"
    """Nobody wants it any more; its file is taken away."""


MODEL_STATES: dict[ModelState, str] = {
    ModelState.TRAINED: "아직 재지 않음",
    ModelState.EVALUATED: "시험을 마침",
    ModelState.FAILED: "시험을 못 봄",
    ModelState.DISCARDED: "지움",
}


class NluModel(Base):
    """One model. Its file is ``<name>.tar.gz`` in the folder of models, and may have been taken away since."""

    __tablename__ = "nlu_model"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    made_at: Mapped[datetime] = mapped_column(index=True)
    made_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    """None for the command line."""
    fingerprint: Mapped[str]
    """Of the sentences it was trained on (``training_sentences.fingerprint``); empty where nobody knows."""
    sentences: Mapped[int]
    """How many those were; 0 where nobody knows."""
    size: Mapped[int]
    """Bytes."""
    there: Mapped[bool]
    """Whether the worker saw its file when it looked last."""
    state: Mapped[ModelState]
    exam: Mapped[str] = mapped_column(default="")
    """Digest of the sentences it was measured by: two reports can be compared where it is the same."""
    evaluated_at: Mapped[datetime | None]
    figures: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """The few figures a list shows, by the names of ``quality.targets``."""
    report: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True), deferred=True)
    """What it made of every sentence, as ``quality.kept`` writes it."""

    author: Mapped[Staff | None] = relationship()


@dataclass(frozen=True, slots=True)
class Made:
    """What is known of a model when it is made."""

    name: str
    by: int | None
    """Number of who of the staff asked for it."""
    fingerprint: str = ""
    sentences: int = 0
    size: int = 0


def register(db: Session, made: Made, now: datetime) -> NluModel:
    """Return the row of a model, a new one for a name that is not known. The caller commits."""
    if (known := model_named(db, made.name)) is not None:
        return known
    row = NluModel(
        name=made.name,
        made_at=now,
        made_by=made.by,
        fingerprint=made.fingerprint,
        sentences=made.sentences,
        size=made.size,
        there=True,
        state=ModelState.TRAINED,
    )
    db.add(row)
    db.flush()
    return row


def models(db: Session, limit: int = 50) -> list[NluModel]:
    """Return models, the newest first, without their reports."""
    query = select(NluModel).where(NluModel.state != ModelState.DISCARDED)
    query = query.order_by(NluModel.made_at.desc(), NluModel.id.desc())
    return list(db.scalars(query.limit(limit).options(joinedload(NluModel.author))))


def model_named(db: Session, name: str) -> NluModel | None:
    """Return a model by its name."""
    return db.scalars(select(NluModel).where(NluModel.name == name)).first()


def with_report(db: Session, number: int) -> NluModel | None:
    """Return a model with its report as it stands in the store now."""
    fresh = {"populate_existing": True}
    query = select(NluModel).where(NluModel.id == number).execution_options(**fresh)
    return db.scalars(query.options(undefer(NluModel.report), joinedload(NluModel.author))).first()


def keep_report(
    model: NluModel, report: dict[str, Any], figures: dict[str, Any], exam: str, now: datetime
) -> None:
    """Write down how well a model understands. The caller commits."""
    model.report, model.figures, model.exam, model.evaluated_at = report, figures, exam, now
    model.state = ModelState.EVALUATED


def discard(model: NluModel) -> None:
    """Have a model's file taken away by the worker; what is known of it stays. The caller commits."""
    model.state, model.report = ModelState.DISCARDED, None


def newer(db: Session, model: NluModel) -> list[NluModel]:
    """Return models that were made after one and have been measured."""
    query = select(NluModel).where(NluModel.made_at > model.made_at, NluModel.state == ModelState.EVALUATED)
    return list(db.scalars(query.order_by(NluModel.made_at.desc())))
