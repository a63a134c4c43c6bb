"""Language models: which answers, which wait, how a candidate compares with the one that answers."""

from __future__ import annotations

from flask import abort, redirect, render_template, request, url_for
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
    ModelState,
    NluModel,
    models,
    newer,
    with_report,
)
from models.nlu_switches import SWITCH_KINDS, SWITCH_STATES, last_changes
from models.nlu_traffic import traffic
from models.staff import StaffRefused, StaffRole
from models.training_sentences import fingerprint, sentence_count
from quality.comparison import compare
from quality.judging import judge
from web.console.door import Route, Visit
from web.console.nlu_jobs import progress_of
from web.console.nlu_shown import (
    before_model,
    figure,
    intent_rows,
    may_train,
    namer,
    report_of,
    shown_findings,
    standing,
    tabs,
)
from web.console.words import INTENTS

SHARES = (5, 10, 20, 50, 100)
"""Percent of live traffic that a candidate may be asked to read along."""


def nlu_models(visit: Visit) -> ResponseReturnValue:
    """Show the model that answers, what is being done, and all models."""
    db, now = visit.db, traffic(visit.db)
    before = before_model(db, now)
    found = [standing(model, now, before) for model in models(db)]
    running = [job for kind in (JobKind.TRAIN, JobKind.PROMOTE) if (job := open_job(db, kind))]
    newest = next((each.model for each in found if each.model.fingerprint), None)
    return render_template(
        "console/nlu_models.html",
        tabs=tabs(),
        live=next((each for each in found if each.is_live), None),
        before=before,
        found=found,
        running=[(job, progress_of(job, visit.now)) for job in running],
        may_train=may_train(visit),
        training=any(LANES[job.kind] == LANES[JobKind.TRAIN] for job in running),
        sentences=sentence_count(db),
        unchanged=newest is not None and newest.fingerprint == fingerprint(db),
        shown=figure,
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
    return asked(visit, Wish(JobKind.TRAIN, visit.staff.id), Did.MODEL_TAUGHT, "")


def nlu_model(visit: Visit, number: int) -> ResponseReturnValue:
    """Show one model: what it was made from, how it did in the exam, what the gate says."""
    model = found_model(visit, number)
    judged = judge(visit.db, number)
    now = traffic(visit.db)
    return render_template(
        "console/nlu_model.html",
        standing=standing(model, now, before_model(visit.db, now)),
        model=model,
        kept=judged.candidate,
        findings=shown_findings(judged.findings),
        gate_open=judged.is_open,
        report=report_of(judged.candidate) if judged.candidate else {},
        outdated=[each.name for each in newer(visit.db, model)][:3],
        stale=bool(model.fingerprint) and model.fingerprint != fingerprint(visit.db),
        running=open_job(visit.db, JobKind.TRAIN),
        may_train=may_train(visit),
        said=namer(visit.db),
        jobs=jobs(visit.db, 5, number),
        kinds=JOB_KINDS,
        states=JOB_STATES,
        shares=[(str(share), f"{share}%") for share in SHARES],
    )


def compare_model(visit: Visit, number: int) -> ResponseReturnValue:
    """Show a model beside the live one: figures, meanings, pictures, the sentences that changed."""
    model, judged = found_model(visit, number), judge(visit.db, number)
    if judged.candidate is None or judged.live is None or judged.candidate.name == judged.live.name:
        raise StaffRefused("견줄 수 있는 시험 결과가 없어요. 먼저 '다시 시험 보기'를 눌러 주세요.")
    candidate, live = judged.candidate, judged.live
    return render_template(
        "console/nlu_compare.html",
        model=model,
        live=live,
        candidate=candidate,
        findings=shown_findings(judged.findings),
        gate_open=judged.is_open,
        comparable=candidate.exam == live.exam,
        changed=compare((*live.readings, *live.golden), (*candidate.readings, *candidate.golden)),
        intents=intent_rows(candidate, live),
        pictures=[(live, report_of(live), "지금 모델"), (candidate, report_of(candidate), "이 모델")],
        names=INTENTS,
        said=namer(visit.db),
        may_train=may_train(visit),
    )


def evaluate_model(visit: Visit, number: int) -> ResponseReturnValue:
    """Have a model sit the exam again."""
    model = model_there(visit, number)
    return asked(visit, Wish(JobKind.EVALUATE, visit.staff.id, model.id), Did.MODEL_TAUGHT, model.name)


def asked(
    visit: Visit, wish: Wish, did: Did, name: str, reason: str = "", detail: str = ""
) -> ResponseReturnValue:
    """Write down what is wanted and go where it can be watched."""
    job = ask(visit.db, wish, visit.now)
    visit.note(did, f"model:{name}" if name else "", reason, detail or JOB_KINDS[wish.kind])
    visit.commit()
    return redirect(url_for("console.nlu_job", number=job.id), 303)


def found_model(visit: Visit, number: int) -> NluModel:
    """Return the model of a page; there is no page of one that was taken away."""
    found = with_report(visit.db, number)
    return found if found is not None and found.state is not ModelState.DISCARDED else abort(404)


def model_there(visit: Visit, number: int) -> NluModel:
    """Return a model that can be worked with.

    Raises:
        StaffRefused: its file is gone.
    """
    model = found_model(visit, number)
    if not model.there:
        raise StaffRefused(f"{model.name} 모델 파일이 없어졌어요. 다시 훈련하면 새 모델을 쓸 수 있어요.")
    return model


ONE = "/console/models/<int(max=2147483647):number>"


ROUTES = (
    Route("GET", "/console/models", nlu_models, StaffRole.VIEWER),
    Route("POST", "/console/models/train", train_model, StaffRole.TRAINER, "새 모델 훈련하기"),
    Route("GET", ONE, nlu_model, StaffRole.VIEWER),
    Route("GET", f"{ONE}/compare", compare_model, StaffRole.VIEWER),
    Route("POST", f"{ONE}/evaluate", evaluate_model, StaffRole.TRAINER, "모델 다시 시험 보기"),
)
