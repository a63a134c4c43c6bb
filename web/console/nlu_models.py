"""Language models: which answers, which wait, how a candidate compares with it, and letting it in through the gate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from models.audit import Did
from models.nlu_jobs import (
    JOB_KINDS,
    JOB_STATES,
    LANES,
    JobKind,
    Wish,
    ask,
    jobs,
    open_job,
    take_place,
)
from models.nlu_models import (
    MODEL_STATES,
    ModelState,
    NluModel,
    discard,
    model_named,
    models,
    newer,
    with_report,
)
from models.nlu_switches import SWITCH_KINDS, SWITCH_STATES, last_changes, model_before
from models.nlu_traffic import Traffic, set_shadow, traffic
from models.staff import StaffRefused, StaffRole
from models.training_sentences import fingerprint, sentence_count
from quality.comparison import compare
from quality.figures import Scores
from quality.gate import Finding, Verdict
from quality.judging import Judgement, judge
from quality.kept import Kept
from quality.report import STYLES, cells, shown
from quality.targets import TARGETS
from web.console.door import Route, Visit
from web.console.nlu_jobs import progress_of
from web.console.reason import read_reason
from web.console.words import INTENTS, intent_name

SHARES = (5, 10, 20, 50, 100)
"""Percent of live traffic that a candidate may be asked to read along."""
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


def nlu_models(visit: Visit) -> ResponseReturnValue:
    """Show the model that answers, what is being done, and all models."""
    db, now = visit.db, traffic(visit.db)
    found = [_standing(visit, model, now) for model in models(db)]
    running = [job for kind in (JobKind.TRAIN, JobKind.PROMOTE) if (job := open_job(db, kind))]
    newest = next((each.model for each in found if each.model.fingerprint), None)
    return render_template(
        "console/nlu_models.html",
        tabs=tabs(),
        live=next((each for each in found if each.is_live), None),
        before=_before(visit, now),
        found=found,
        running=[(job, progress_of(job, visit.now)) for job in running],
        may_train=_may_train(visit),
        training=any(LANES[job.kind] == LANES[JobKind.TRAIN] for job in running),
        sentences=sentence_count(db),
        unchanged=newest is not None and newest.fingerprint == fingerprint(db),
        shown=_figure,
        kinds=JOB_KINDS,
        states=JOB_STATES,
        jobs=[job for job in jobs(db, 8) if not job.is_open],
        changes=last_changes(db, 5),
        change_kinds=SWITCH_KINDS,
        change_states=SWITCH_STATES,
    )


def train_model(visit: Visit) -> ResponseReturnValue:
    """Begin a training; ``instead`` ends the one that is under way."""
    if request.form.get("instead") == "1":
        take_place(visit.db, visit.now)
    return _asked(visit, Wish(JobKind.TRAIN, visit.staff.id), Did.MODEL_TAUGHT, "")


def nlu_model(visit: Visit, number: int) -> ResponseReturnValue:
    """Show one model: what it was made from, how it did in the exam, what the gate says."""
    model = _model(visit, number)
    judged = judge(visit.db, number)
    standing = _standing(visit, model, traffic(visit.db))
    return render_template(
        "console/nlu_model.html",
        standing=standing,
        model=model,
        kept=judged.candidate,
        findings=_shown(judged.findings),
        gate_open=judged.is_open,
        report=_report(judged.candidate) if judged.candidate else {},
        outdated=[each.name for each in newer(visit.db, model)][:3],
        stale=bool(model.fingerprint) and model.fingerprint != fingerprint(visit.db),
        running=open_job(visit.db, JobKind.TRAIN),
        may_train=_may_train(visit),
        jobs=jobs(visit.db, 5, number),
        kinds=JOB_KINDS,
        states=JOB_STATES,
        shares=[(str(share), f"{share}%") for share in SHARES],
    )


def compare_model(visit: Visit, number: int) -> ResponseReturnValue:
    """Show a model beside the live one: figures, meanings, pictures, the sentences that changed."""
    model, judged = _model(visit, number), judge(visit.db, number)
    if judged.candidate is None or judged.live is None or judged.candidate.name == judged.live.name:
        raise StaffRefused("견줄 수 있는 시험 결과가 없어요. 먼저 '다시 시험 보기'를 눌러 주세요.")
    candidate, live = judged.candidate, judged.live
    return render_template(
        "console/nlu_compare.html",
        model=model,
        live=live,
        candidate=candidate,
        findings=_shown(judged.findings),
        gate_open=judged.is_open,
        comparable=candidate.exam == live.exam,
        changed=compare((*live.readings, *live.golden), (*candidate.readings, *candidate.golden)),
        intents=_intents(candidate, live),
        pictures=[(live, _report(live), "지금 모델"), (candidate, _report(candidate), "이 모델")],
        names=INTENTS,
        intent_name=intent_name,
        may_train=_may_train(visit),
    )


def evaluate_model(visit: Visit, number: int) -> ResponseReturnValue:
    """Have a model sit the exam again."""
    model = _there(visit, number)
    return _asked(visit, Wish(JobKind.EVALUATE, visit.staff.id, model.id), Did.MODEL_TAUGHT, model.name)


def ask_promotion(visit: Visit, number: int) -> ResponseReturnValue:
    """Ask before a model answers, with what the gate says."""
    model, judged = _there(visit, number), judge(visit.db, number)
    return _promotion_page(visit, model, judged)


def promote_model(visit: Visit, number: int) -> ResponseReturnValue:
    """Let a model answer, where the gate is open."""
    model, judged = _there(visit, number), judge(visit.db, number)
    if not judged.is_open:
        return _promotion_page(visit, model, judged, "관문이 막혀 있어서 바꾸지 않았어요."), 422
    return _asked(visit, Wish(JobKind.PROMOTE, visit.staff.id, model.id), Did.MODEL_SWITCHED, model.name)


def override_gate(visit: Visit, number: int) -> ResponseReturnValue:
    """Let a model answer though the gate is closed, for a reason."""
    model, judged = _there(visit, number), judge(visit.db, number)
    try:
        reason = read_reason(request.form)
    except StaffRefused as refused:
        return _promotion_page(visit, model, judged, refused.words), 422
    wish = Wish(JobKind.PROMOTE, visit.staff.id, model.id, reason, override=not judged.is_open)
    did = Did.MODEL_SWITCHED if judged.is_open else Did.GATE_OVERRIDDEN
    return _asked(visit, wish, did, model.name, reason)


def ask_rollback(visit: Visit) -> ResponseReturnValue:
    """Ask before the model before answers again."""
    now = traffic(visit.db)
    before = _before(visit, now)
    if not before:
        raise StaffRefused("되돌릴 모델이 없어요. 다른 모델로 바꾸려면 목록에서 골라 주세요.")
    return render_template("console/nlu_rollback.html", live=now.live_model, before=before)


def roll_back(visit: Visit) -> ResponseReturnValue:
    """Let the model before answer again."""
    before = _before(visit, traffic(visit.db))
    reason = " ".join(request.form.get("reason", "").split())[:200]
    wish = Wish(JobKind.ROLLBACK, visit.staff.id, reason=reason)
    return _asked(visit, wish, Did.MODEL_SWITCHED, before, reason, "되돌리기")


def shadow_model(visit: Visit, number: int) -> ResponseReturnValue:
    """Have a model read a share of the live traffic along."""
    model = _there(visit, number)
    typed = request.form.get("share", "")
    if typed not in map(str, SHARES):
        raise StaffRefused("함께 읽을 몫을 목록에서 골라 주세요.")
    wish = Wish(JobKind.SHADOW, visit.staff.id, model.id, share=int(typed))
    return _asked(visit, wish, Did.MODEL_SWITCHED, model.name, detail=f"함께 읽기 {typed}%")


def end_shadow(visit: Visit) -> ResponseReturnValue:
    """End reading along, at once."""
    candidate = traffic(visit.db).candidate
    if candidate:
        set_shadow(visit.db, "", 0, visit.now)
        visit.note(Did.MODEL_SWITCHED, f"model:{candidate}", detail="함께 읽기 끝냄")
    visit.commit()
    flash("함께 읽기를 끝냈어요. 모아 둔 문장은 그대로 볼 수 있어요.", "success")
    return redirect(url_for("console.disagreements"), 303)


def ask_discard(visit: Visit, number: int) -> ResponseReturnValue:
    """Ask before a model is taken away."""
    return render_template("console/nlu_discard.html", model=_unused(visit, number))


def discard_model(visit: Visit, number: int) -> ResponseReturnValue:
    """Take a model away that nobody uses."""
    model = _unused(visit, number)
    discard(model)
    visit.note(Did.MODEL_DISCARDED, f"model:{model.name}")
    visit.commit()
    flash(f"{model.name} 모델을 지웠어요. 파일은 10초 안에 없어져요.", "success")
    return redirect(url_for("console.nlu_models"), 303)


def _asked(
    visit: Visit, wish: Wish, did: Did, name: str, reason: str = "", detail: str = ""
) -> ResponseReturnValue:
    """Write down what is wanted and go where it can be watched."""
    job = ask(visit.db, wish, visit.now)
    visit.note(did, f"model:{name}" if name else "", reason, detail or JOB_KINDS[wish.kind])
    visit.commit()
    return redirect(url_for("console.nlu_job", number=job.id), 303)


def _promotion_page(visit: Visit, model: NluModel, judged: Judgement, error: str = "") -> str:
    return render_template(
        "console/nlu_promote.html",
        model=model,
        live=traffic(visit.db).live_model,
        findings=_shown(judged.findings),
        gate_open=judged.is_open,
        may_override=visit.staff.role.covers(StaffRole.ADMIN),
        error=error,
        typed=request.form,
    )


def _may_train(visit: Visit) -> bool:
    return visit.staff.role.covers(StaffRole.TRAINER)


def _model(visit: Visit, number: int) -> NluModel:
    found = with_report(visit.db, number)
    return found if found is not None and found.state is not ModelState.DISCARDED else abort(404)


def _there(visit: Visit, number: int) -> NluModel:
    """Return a model that can be worked with.

    Raises:
        StaffRefused: its file is gone.
    """
    model = _model(visit, number)
    if not model.there:
        raise StaffRefused(f"{model.name} 모델 파일이 없어졌어요. 다시 훈련하면 새 모델을 쓸 수 있어요.")
    return model


def _unused(visit: Visit, number: int) -> NluModel:
    """Return a model that may be taken away.

    Raises:
        StaffRefused: somebody needs it.
    """
    model, now = _model(visit, number), traffic(visit.db)
    if model.name in (*now.models.values(), now.candidate):
        raise StaffRefused("대답하고 있거나 되돌아갈 때 쓰는 모델이라 지울 수 없어요.")
    return model


def _standing(visit: Visit, model: NluModel, now: Traffic) -> Standing:
    name = model.name
    return Standing(
        model,
        name == now.live_model,
        name == _before(visit, now),
        name == now.candidate,
        name in now.models.values(),
    )


def _before(visit: Visit, now: Traffic) -> str:
    """Return the model a rollback leads to, empty where there is none whose file is there."""
    resting = next((name for slot, name in now.models.items() if slot != now.live), "")
    for name in (model_before(visit.db, now.live_model), resting):
        known = model_named(visit.db, name) if name and name != now.live_model else None
        if known is not None and known.there:
            return name
    return ""


@dataclass(frozen=True, slots=True)
class ShownFinding:
    """A finding as a page shows it."""

    title: str
    before: str
    after: str
    words: str
    state: str
    verdict: str


def _shown(findings: Sequence[Finding]) -> list[ShownFinding]:
    return [_shown_finding(each) for each in findings]


def _shown_finding(finding: Finding) -> ShownFinding:
    state, verdict = _VERDICTS[finding.verdict]
    kind, _, intent = finding.name.partition(":")
    title = f"'{intent_name(intent)}' 알아듣기" if kind == "intent" and intent else finding.title
    return ShownFinding(title, finding.before, finding.after, finding.words, state, verdict)


def _report(kept: Kept) -> dict[str, Any]:
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
        "intent_name": intent_name,
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


def _intents(candidate: Kept, live: Kept) -> list[IntentRow]:
    """Return every meaning that was asked, what changed most first."""
    rows = [
        IntentRow(intent_name(name), after.n, live.figures.intents[name].recall, after.recall)
        for name, after in candidate.figures.intents.items()
        if after.n and name in live.figures.intents
    ]
    return sorted(rows, key=lambda row: (row.change, row.name))


def _figure(model: NluModel, name: str) -> str:
    """Return one of a model's figures as a list shows it."""
    target = next(target for target in TARGETS if target.name == name)
    return shown(target, (model.figures or {}).get(name))


_ONE = "/console/models/<int(max=2147483647):number>"
ROUTES = (
    Route("GET", "/console/models", nlu_models, StaffRole.VIEWER),
    Route("POST", "/console/models/train", train_model, StaffRole.TRAINER, "새 모델 훈련하기"),
    Route("GET", _ONE, nlu_model, StaffRole.VIEWER),
    Route("GET", f"{_ONE}/compare", compare_model, StaffRole.VIEWER),
    Route("POST", f"{_ONE}/evaluate", evaluate_model, StaffRole.TRAINER, "모델 다시 시험 보기"),
    Route("GET", f"{_ONE}/promote", ask_promotion, StaffRole.TRAINER),
    Route("POST", f"{_ONE}/promote", promote_model, StaffRole.TRAINER, "모델 바꾸기"),
    Route(
        "POST",
        f"{_ONE}/override",
        override_gate,
        StaffRole.ADMIN,
        "관문을 열고 모델 바꾸기",
        {"reason": "이유"},
    ),
    Route("GET", "/console/models/rollback", ask_rollback, StaffRole.TRAINER),
    Route(
        "POST",
        "/console/models/rollback",
        roll_back,
        StaffRole.TRAINER,
        "앞 모델로 되돌리기",
        {"reason": "이유"},
    ),
    Route("POST", f"{_ONE}/shadow", shadow_model, StaffRole.TRAINER, "함께 읽기", {"share": "몫"}),
    Route("POST", "/console/models/shadow/end", end_shadow, StaffRole.TRAINER, "함께 읽기 끝내기"),
    Route("GET", f"{_ONE}/discard", ask_discard, StaffRole.TRAINER),
    Route("POST", f"{_ONE}/discard", discard_model, StaffRole.TRAINER, "모델 지우기"),
)
