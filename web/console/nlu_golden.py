"""Sentences that must always be understood: staff choose them, every model is asked them, none is trained on them."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from models.audit import Did
from models.faq_topics import topic_names
from models.golden_pins import pin
from models.golden_sentences import golden_sentences, unpin
from models.nlu_models import model_named, with_report
from models.nlu_traffic import traffic
from models.staff import StaffRefused, StaffRole
from models.training_marks import LONGEST
from models.training_sentences import find_same
from quality.judging import kept_of
from web.console.door import Route, Visit
from web.console.nlu_shown import may_train, tabs
from web.console.words import INTENTS, intent_name

_FIELDS = {"text": "문장", "meaning": "뜻"}


def golden(visit: Visit) -> ResponseReturnValue:
    """Show the sentences, whether the live model understands them, and where one is added."""
    return _page(visit)


def pin_sentence(visit: Visit) -> ResponseReturnValue:
    """Add a sentence."""
    form = request.form
    meaning = form.get("meaning", "")
    intent, slash, _ = meaning.partition("/")
    topic = meaning if slash else None
    try:
        row = pin(
            visit.db,
            text=form.get("text", ""),
            intent=intent,
            topic=topic,
            by=visit.staff.id,
            now=visit.now,
        )
    except StaffRefused as refused:
        visit.db.rollback()
        return _page(visit, refused.words), 422
    taught = find_same(visit.db, row.text)
    visit.note(Did.GOLDEN_CHANGED, f"golden:{row.id}", detail=f"더함: {row.text}")
    visit.commit()
    more = " 가르치던 문장이라, 다음 훈련부터는 빼고 가르쳐요." if taught and taught.active else ""
    flash(f"이제 모든 모델이 이 문장으로 시험을 봐요.{more}", "success")
    return redirect(url_for("console.golden"), 303)


def unpin_sentence(visit: Visit, number: int) -> ResponseReturnValue:
    """Take a sentence out."""
    row = unpin(visit.db, number) or abort(404)
    visit.note(Did.GOLDEN_CHANGED, f"golden:{number}", detail=f"뺌: {row.text}")
    visit.commit()
    flash("이제 이 문장으로는 시험을 보지 않아요.", "success")
    return redirect(url_for("console.golden"), 303)


def _page(visit: Visit, error: str = "") -> str:
    live = model_named(visit.db, traffic(visit.db).live_model)
    kept = kept_of(with_report(visit.db, live.id)) if live else None
    right = {each.text: each.topic_is_right for each in kept.golden} if kept else {}
    topics = topic_names(visit.db)
    rows = [
        (row, topics.get(row.topic or "", intent_name(row.intent)), right.get(row.text))
        for row in golden_sentences(visit.db)
    ]
    options = [*INTENTS.items(), *((name, f"FAQ: {question}") for name, question in topics.items())]
    return render_template(
        "console/nlu_golden.html",
        tabs=tabs(),
        may_train=may_train(visit),
        rows=rows,
        meanings=[("", "골라 주세요"), *sorted(options, key=lambda each: each[1])],
        typed=request.form or request.args,
        error=error,
        longest=LONGEST,
        live=live,
    )


_PATH = "/console/models/golden"
ROUTES = (
    Route("GET", _PATH, golden, StaffRole.VIEWER),
    Route("POST", _PATH, pin_sentence, StaffRole.TRAINER, "꼭 맞아야 하는 문장 더하기", _FIELDS),
    Route(
        "POST",
        f"{_PATH}/<int(max=2147483647):number>/unpin",
        unpin_sentence,
        StaffRole.TRAINER,
        "꼭 맞아야 하는 문장 빼기",
    ),
)
