"""Why somebody wants to see personal data: asked for once, written into the log, with every look after it.

A page that shows personal data is opened by two routes::

    ROUTES = personal("/console/members/<int:number>", member, StaffRole.OPERATOR, "회원 정보", "member:{number}")

GET shows the page to who gave a reason within the last quarter of an hour and the form to others; POST takes the
reason. ``about`` says whose data it is and is filled from what the path names.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import wraps
from typing import Any

from flask import redirect, render_template, request
from flask.typing import ResponseReturnValue

from models.audit import Did, reason_given
from models.staff import StaffRefused, StaffRole
from web.console.door import Route, View, Visit

HOLDS = timedelta(minutes=15)
SHORTEST, LONGEST = 4, 200
USUAL = ("회원이 전화나 채팅으로 물어봤어요", "기관이 확인을 부탁했어요", "위험할 수 있어 바로 도와야 해요")
"""Reasons that are offered; any other can be typed."""


def personal(path: str, view: View, wants: StaffRole, title: str, about: str) -> tuple[Route, Route]:
    """Return the routes of a page that shows personal data to who says why."""

    @wraps(view)
    def show(visit: Visit, **names: Any) -> ResponseReturnValue:
        whose = about.format(**names)
        reason = reason_given(visit.db, visit.staff, whose, visit.now - HOLDS)
        if not reason:
            return _form(title)
        visit.note(Did.SEEN, whose, reason)
        visit.commit()  # written down before anything is shown
        return view(visit, **names)

    def give(visit: Visit, **names: Any) -> ResponseReturnValue:
        try:
            reason = read_reason(request.form)
        except StaffRefused as refused:
            return _form(title, refused.words), 422
        visit.note(Did.UNMASKED, about.format(**names), reason)
        visit.commit()
        return redirect(request.path, 303)

    give.__name__ = f"{view.__name__}_reason"
    return (
        Route("GET", path, show, wants),
        Route("POST", path, give, wants, f"{title} 보기", {"reason": "이유"}),
    )


def read_reason(form: Mapping[str, str]) -> str:
    """Return the reason of a form: typed in ``reason``, or chosen in ``usual``.

    Raises:
        StaffRefused: there is none, or it is too long.
    """
    reason = " ".join((form.get("reason", "") or form.get("usual", "")).split())
    if not SHORTEST <= len(reason) <= LONGEST or not reason.isprintable():
        raise StaffRefused(
            f"이유를 {SHORTEST}자부터 {LONGEST}자까지 적어 주세요. 나중에 다른 사람이 봐도 알 수 있게요."
        )
    return reason


def _form(title: str, error: str = "") -> str:
    return render_template(
        "console/reason.html",
        title=title,
        error=error,
        usual=[(words, words) for words in USUAL],
        typed=request.form,
        longest=LONGEST,
        minutes=int(HOLDS.total_seconds()) // 60,
    )
