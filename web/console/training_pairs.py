"""Training sentences nearly alike: those that contradict each other, and those one of which is too many."""

from __future__ import annotations

from dataclasses import replace

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from models.audit import Did
from models.staff import StaffRole
from models.training_pairs import TrainingPair, compare_new, contradictions, duplicates, pair_counts, settle
from models.training_sentences import Change, change_sentence
from web.console.door import Route, Visit
from web.console.training_words import choices

PAIRS = 20
"""Pairs on a page; what is settled makes room for the next."""


def sentence_pairs(visit: Visit) -> ResponseReturnValue:
    """Show pairs that are nearly alike: those that contradict each other, or those one of which is too many."""
    compare_new(visit.db)
    visit.commit()
    contradicting = request.args.get("kind", "") != "same"
    counts = pair_counts(visit.db)
    found = (contradictions if contradicting else duplicates)(visit.db, limit=PAIRS)
    return render_template(
        "console/training_pairs.html",
        pairs=found,
        contradicting=contradicting,
        left=counts[0 if contradicting else 1],
        counts=counts,
        **choices(visit.db),
    )


def settle_pair(visit: Visit, one: int, other: int) -> ResponseReturnValue:
    """Say that a pair is right as it is, or put one of the two to rest."""
    pair = visit.db.get(TrainingPair, (one, other)) or abort(404)
    by, about = f"staff:{visit.staff.id}", f"sentence:{one}"
    kind = None if pair.contradicts else "same"
    resting = {"one": pair.one, "other": pair.other}.get(request.form.get("rest", ""))
    if resting is None:
        settle(pair, by, visit.now)
        visit.note(Did.SENTENCE_CHANGED, about, detail=f"{other}번과 비슷해도 괜찮다고 함")
        flash("둘 다 그대로 쓰기로 했어요.", "success")
    else:
        state = replace(resting.state, active=False)
        if change_sentence(visit.db, resting, state, Change.DEACTIVATED, by, visit.now):
            visit.note(Did.SENTENCE_CHANGED, f"sentence:{resting.id}", detail=f"쉬게 함: {resting.text}")
        flash(f"'{resting.text}' 문장을 쉬게 했어요.", "success")
    visit.commit()
    return redirect(url_for("console.sentence_pairs", kind=kind), 303)


ROUTES = (
    Route("GET", "/console/training/pairs", sentence_pairs, StaffRole.TRAINER),
    Route(
        "POST",
        "/console/training/pairs/<int(max=2147483647):one>/<int(max=2147483647):other>",
        settle_pair,
        StaffRole.TRAINER,
        "비슷한 문장 정리",
    ),
)
