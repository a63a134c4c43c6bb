"""Where a candidate that reads along understands something else than the model that answers."""

from __future__ import annotations

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from models.nlu_models import model_named
from models.nlu_traffic import ShadowRun, shadow_run, traffic
from models.nlu_traffic import disagreements as differing
from models.staff import StaffRole
from web.console.door import Route, Visit
from web.console.nlu_shown import may_train, namer, tabs

PAGE = 50


def disagreements(visit: Visit) -> ResponseReturnValue:
    """Show what two models read differently: those that read now, or those that read last."""
    now = traffic(visit.db)
    run = shadow_run(visit.db, now.live_model, now.candidate) if now.candidate else _last_run(visit)
    typed = request.args.get("page", "1")
    page = min(int(typed), 10_000) if typed.isascii() and typed.isdecimal() else 1
    page = max(page, 1)
    found = (
        differing(visit.db, run.live_model, run.candidate_model, PAGE + 1, (page - 1) * PAGE) if run else []
    )
    candidate = now.candidate or (run.candidate_model if run else "")
    return render_template(
        "console/nlu_disagreements.html",
        tabs=tabs(),
        may_train=may_train(visit),
        now=now,
        run=run,
        rows=found[:PAGE],
        candidate=model_named(visit.db, candidate) if candidate else None,
        said=namer(visit.db),
        previous_url=url_for("console.disagreements", page=page - 1) if page > 1 else None,
        next_url=url_for("console.disagreements", page=page + 1) if len(found) > PAGE else None,
        page=page,
    )


def _last_run(visit: Visit) -> ShadowRun | None:
    return visit.db.scalars(select(ShadowRun).order_by(ShadowRun.last_at.desc()).limit(1)).first()


ROUTES = (Route("GET", "/console/models/disagreements", disagreements, StaffRole.VIEWER),)
