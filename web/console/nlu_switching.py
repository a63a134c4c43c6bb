"""Which model answers: in through the gate, back to the one before, beside the live one, or away."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from models.audit import Did
from models.nlu_jobs import (
    JobKind,
    Wish,
)
from models.nlu_models import (
    NluModel,
    discard,
)
from models.nlu_traffic import set_shadow, traffic
from models.staff import StaffRefused, StaffRole
from quality.judging import Judgement, judge
from web.console.door import Route, Visit
from web.console.nlu_models import ONE, SHARES, asked, found_model, model_there
from web.console.nlu_shown import before_model, shown_findings
from web.console.reason import read_reason


def ask_promotion(visit: Visit, number: int) -> ResponseReturnValue:
    """Ask before a model answers, with what the gate says."""
    model, judged = model_there(visit, number), judge(visit.db, number)
    return _promotion_page(visit, model, judged)


def promote_model(visit: Visit, number: int) -> ResponseReturnValue:
    """Let a model answer, where the gate is open."""
    model, judged = model_there(visit, number), judge(visit.db, number)
    if not judged.is_open:
        return _promotion_page(visit, model, judged, "관문이 막혀 있어서 바꾸지 않았어요."), 422
    return asked(visit, Wish(JobKind.PROMOTE, visit.staff.id, model.id), Did.MODEL_SWITCHED, model.name)


def override_gate(visit: Visit, number: int) -> ResponseReturnValue:
    """Let a model answer though the gate is closed, for a reason."""
    model, judged = model_there(visit, number), judge(visit.db, number)
    try:
        reason = read_reason(request.form)
    except StaffRefused as refused:
        return _promotion_page(visit, model, judged, refused.words), 422
    wish = Wish(JobKind.PROMOTE, visit.staff.id, model.id, reason, override=not judged.is_open)
    did = Did.MODEL_SWITCHED if judged.is_open else Did.GATE_OVERRIDDEN
    return asked(visit, wish, did, model.name, reason)


def ask_rollback(visit: Visit) -> ResponseReturnValue:
    """Ask before the model before answers again."""
    now = traffic(visit.db)
    before = before_model(visit.db, now)
    if not before:
        raise StaffRefused("되돌릴 모델이 없어요. 다른 모델로 바꾸려면 목록에서 골라 주세요.")
    return render_template("console/nlu_rollback.html", live=now.live_model, before=before)


def roll_back(visit: Visit) -> ResponseReturnValue:
    """Let the model before answer again."""
    before = before_model(visit.db, traffic(visit.db))
    reason = " ".join(request.form.get("reason", "").split())[:200]
    wish = Wish(JobKind.ROLLBACK, visit.staff.id, reason=reason)
    return asked(visit, wish, Did.MODEL_SWITCHED, before, reason, "되돌리기")


def shadow_model(visit: Visit, number: int) -> ResponseReturnValue:
    """Have a model read a share of the live traffic along."""
    model = model_there(visit, number)
    typed = request.form.get("share", "")
    if typed not in map(str, SHARES):
        raise StaffRefused("함께 읽을 몫을 목록에서 골라 주세요.")
    wish = Wish(JobKind.SHADOW, visit.staff.id, model.id, share=int(typed))
    return asked(visit, wish, Did.MODEL_SWITCHED, model.name, detail=f"함께 읽기 {typed}%")


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


def _promotion_page(visit: Visit, model: NluModel, judged: Judgement, error: str = "") -> str:
    return render_template(
        "console/nlu_promote.html",
        model=model,
        live=traffic(visit.db).live_model,
        findings=shown_findings(judged.findings),
        gate_open=judged.is_open,
        may_override=visit.staff.role.covers(StaffRole.ADMIN),
        error=error,
        typed=request.form,
    )


def _unused(visit: Visit, number: int) -> NluModel:
    """Return a model that may be taken away.

    Raises:
        StaffRefused: somebody needs it.
    """
    model, now = found_model(visit, number), traffic(visit.db)
    if model.name in (*now.models.values(), now.candidate):
        raise StaffRefused("대답하고 있거나 되돌아갈 때 쓰는 모델이라 지울 수 없어요.")
    return model


ROUTES = (
    Route("GET", f"{ONE}/promote", ask_promotion, StaffRole.TRAINER),
    Route("POST", f"{ONE}/promote", promote_model, StaffRole.TRAINER, "모델 바꾸기"),
    Route(
        "POST",
        f"{ONE}/override",
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
    Route("POST", f"{ONE}/shadow", shadow_model, StaffRole.TRAINER, "함께 읽기", {"share": "몫"}),
    Route("POST", "/console/models/shadow/end", end_shadow, StaffRole.TRAINER, "함께 읽기 끝내기"),
    Route("GET", f"{ONE}/discard", ask_discard, StaffRole.TRAINER),
    Route("POST", f"{ONE}/discard", discard_model, StaffRole.TRAINER, "모델 지우기"),
)
