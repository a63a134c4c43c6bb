"""A model of the store before the gate: its evaluation beside the live model's, and what the gate finds."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from models.nlu_models import NluModel, model_named, with_report
from models.nlu_traffic import traffic
from quality.gate import Finding, Verdict, gate, is_open
from quality.kept import Kept, from_plain


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is known of a candidate and of the live model, None where one was not measured, and what was found."""

    candidate: Kept | None
    live: Kept | None
    findings: tuple[Finding, ...]

    @property
    def is_open(self) -> bool:
        """Tell whether the candidate may become the live model."""
        return is_open(self.findings)

    @property
    def words(self) -> str:
        """Say what stands against it."""
        return " ".join(f"{each.title}: {each.words}" for each in self.findings if each.blocks)


def judge(db: Session, number: int) -> Judgement:
    """Return what the gate finds about a model, beside the model that is live now."""
    model = with_report(db, number)
    live_name = traffic(db).live_model
    live_row = model_named(db, live_name) if live_name else None
    live = kept_of(with_report(db, live_row.id)) if live_row else None
    candidate = kept_of(model)
    if candidate is None:
        return Judgement(None, live, (_unmeasured("이 모델이 아직 시험을 보지 않았어요."),))
    if live_name and live is None:
        return Judgement(candidate, None, (_unmeasured("지금 모델이 아직 시험을 보지 않았어요."),))
    return Judgement(candidate, live, tuple(gate(candidate, live)))


def kept_of(model: NluModel | None) -> Kept | None:
    """Return a model's evaluation, None where there is none."""
    return from_plain(model.report) if model is not None and model.report else None


def _unmeasured(words: str) -> Finding:
    return Finding("exam", "시험", "–", "–", Verdict.BLOCKS, f"{words} '다시 시험 보기'를 눌러 주세요.")
