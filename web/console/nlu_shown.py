"""What pages about language models show: where a model stands, what the gate found, what is drawn of an evaluation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import request, url_for
from sqlalchemy.orm import Session

from models.faq_topics import topic_names
from models.nlu_models import (
    MODEL_STATES,
    NluModel,
    model_named,
)
from models.nlu_switches import model_before
from models.nlu_traffic import Traffic
from models.staff import StaffRole
from quality.figures import Scores
from quality.gate import Finding, Verdict
from quality.kept import Kept
from quality.report import STYLES, cells, shown
from quality.targets import TARGETS
from web.console.door import Visit
from web.console.words import INTENTS, intent_name

_VERDICTS = {
    Verdict.PASSED: ("success", "좋아요"),
    Verdict.NOTED: ("warning", "살펴보세요"),
    Verdict.BLOCKS: ("danger", "막혔어요"),
}


def tabs() -> list[dict[str, Any]]:
    """Return the views of the place as links, the present one marked."""
    views = {
        "console.nlu_models": "모델",
        "console.nlu_trend": "날마다",
        "console.golden": "꼭 맞아야 하는 문장",
        "console.disagreements": "함께 읽기",
    }
    return [
        {"label": label, "url": url_for(name), "current": request.endpoint == name}
        for name, label in views.items()
    ]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a model stands: its row, whether it answers, rests in the other slot or reads along."""

    model: NluModel
    is_live: bool
    is_before: bool
    is_candidate: bool
    in_slot: bool

    @property
    def badge(self) -> tuple[str, str]:
        """The state in words, with its colour."""
        if self.is_live:
            return "success", "지금 대답하는 모델"
        if not self.model.there:
            return "danger", "파일이 없어요"
        if self.is_candidate:
            return "info", "함께 읽는 모델"
        if self.is_before:
            return "neutral", "앞에 쓰던 모델"
        return "neutral", MODEL_STATES[self.model.state]


def standing(model: NluModel, now: Traffic, before: str) -> Standing:
    """Return where a model stands; ``before`` is the model a rollback leads to."""
    name = model.name
    return Standing(
        model, name == now.live_model, name == before, name == now.candidate, name in now.models.values()
    )


def before_model(db: Session, now: Traffic) -> str:
    """Return the model a rollback leads to, empty where there is none whose file is there."""
    resting = next((name for slot, name in now.models.items() if slot != now.live), "")
    for name in (model_before(db, now.live_model), resting):
        known = model_named(db, name) if name and name != now.live_model else None
        if known is not None and known.there:
            return name
    return ""


def namer(db: Session) -> Callable[[str, str | None], str]:
    """Return what names a meaning as staff read it: the intent, and the question of the FAQ where there is one."""
    questions = topic_names(db)

    def said(intent: str, topic: str | None) -> str:
        if not topic:
            return intent_name(intent)
        return f"{intent_name(intent)} · {questions.get(topic, topic.partition('/')[2])}"

    return said


def may_train(visit: Visit) -> bool:
    """Tell whether who looks may train models and change them."""
    return visit.staff.role.covers(StaffRole.TRAINER)


@dataclass(frozen=True, slots=True)
class ShownFinding:
    """A finding as a page shows it."""

    title: str
    before: str
    after: str
    words: str
    state: str
    verdict: str


def shown_findings(findings: Sequence[Finding]) -> list[ShownFinding]:
    """Return findings as a page shows them."""
    return [_shown_finding(each) for each in findings]


def _shown_finding(finding: Finding) -> ShownFinding:
    state, verdict = _VERDICTS[finding.verdict]
    kind, _, intent = finding.name.partition(":")
    title = f"'{intent_name(intent)}' 알아듣기" if kind == "intent" and intent else finding.title
    return ShownFinding(title, finding.before, finding.after, finding.words, state, verdict)


def report_of(kept: Kept) -> dict[str, Any]:
    """Return what the pages draw of an evaluation."""
    intents = sorted(
        {r.intent for r in kept.readings} | {r.got.intent for r in kept.readings}, key=intent_name
    )
    figures = kept.figures
    return {
        "intents": intents,
        "cells": cells(kept.readings, intents),
        "names": INTENTS,
        "tiles": [
            (
                target.title,
                shown(target, value),
                "" if value is None else target.is_met(value),
                shown(target, target.bound),
                target.at_least,
            )
            for target in TARGETS
            for value in (target.value(figures),)
        ],
        "styles": [(STYLES.get(name, name), round(value * 100, 1)) for name, value in figures.styles.items()],
        "scores": [(intent_name(name), scores) for name, scores in _worst(figures.intents)],
        "wrong": [r for r in (*kept.golden, *kept.readings) if not r.topic_is_right],
    }


def _worst(intents: dict[str, Scores]) -> list[tuple[str, Scores]]:
    return sorted(
        ((name, scores) for name, scores in intents.items() if scores.n), key=lambda each: each[1].recall
    )


@dataclass(frozen=True, slots=True)
class IntentRow:
    """One meaning before and after: shares of its sentences that are understood."""

    name: str
    n: int
    before: float
    after: float

    @property
    def change(self) -> float:
        """By how much it got better."""
        return self.after - self.before


def intent_rows(candidate: Kept, live: Kept) -> list[IntentRow]:
    """Return every meaning that was asked, what changed most first."""
    rows = [
        IntentRow(intent_name(name), after.n, live.figures.intents[name].recall, after.recall)
        for name, after in candidate.figures.intents.items()
        if after.n and name in live.figures.intents
    ]
    return sorted(rows, key=lambda row: (row.change, row.name))


def figure(model: NluModel, name: str) -> str:
    """Return one of a model's figures as a list shows it."""
    target = next(target for target in TARGETS if target.name == name)
    return shown(target, (model.figures or {}).get(name))
