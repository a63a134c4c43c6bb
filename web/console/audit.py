"""The audit log as admins read it: filtered, and looked through once a month with a signature."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from models.audit import DID, AuditRow, Did, Wanted, rows
from models.audit_review import MANY_A_DAY, figures, first_of, month_before, review_of, sign
from models.base import LARGEST_ID
from models.rule_settings import RULE_GROUPS
from models.staff import ROLES, StaffRole, all_staff
from web.console.door import Route, Visit
from web.forms import read_date

PAGE = 50
MONTHS = 12
"""Months back that are offered for the review."""
_THINGS = {
    "member": "회원 {}번",
    "account": "채팅 {}번",
    "conversations": "대화 표",
    "month": "{} 기록",
    "faq": "FAQ {}번",
    "sentence": "훈련 문장 {}번",
    "sentences": "훈련 문장",
    "ticket": "상담 {}번",
    "kind": "알림 종류 {}",
    "alert": "알림 {}번",
    "staff_send": "직원 소식 {}번",
}
"""What a row is about, by its table."""
_COMMAND_LINE = "명령줄 또는 모르는 사람"


def audit(visit: Visit) -> ResponseReturnValue:
    """Show rows of the log, the newest first."""
    wanted, errors = _wanted(request.args)
    below = _number(request.args.get("below", ""))
    found = rows(visit.db, wanted, below=below or LARGEST_ID, limit=PAGE + 1)
    older = found[PAGE - 1].number if len(found) > PAGE else None
    kept: dict[str, Any] = {name: value for name, value in request.args.items() if value and name != "below"}
    names = _names(visit)
    return render_template(
        "console/audit.html",
        rows=[
            (row, _who(row, names), DID[row.did], _about(row.about, names), _detail(row))
            for row in found[:PAGE]
        ],
        older_url=url_for("console.audit", **kept, below=older) if older else None,
        newest_url=url_for("console.audit", **kept) if below else None,
        typed=request.args,
        filtered=bool(kept),
        errors=errors,
        people=[("", "모두"), *((str(number), name) for number, name in names.items())],
        kinds=[("", "모두"), *((did.value, words) for did, words in DID.items())],
    )


def review(visit: Visit) -> ResponseReturnValue:
    """Show a month's figures, unusual people first, and who signed it."""
    month = _month(visit)
    names = _names(visit)
    people = [
        (
            names.get(each.staff_id or 0, _COMMAND_LINE),
            each,
            [(DID[d], n) for d, n in each.counts.most_common()],
        )
        for each in figures(visit.db, month)
    ]
    months, each = [], first_of(visit.now.date())
    for _ in range(MONTHS):
        months.append((each, review_of(visit.db, each) is not None))
        each = month_before(each)
    return render_template(
        "console/review.html",
        month=month,
        months=months,
        people=people,
        review=review_of(visit.db, month),
        over=month < first_of(visit.now.date()),
        many=MANY_A_DAY,
    )


def sign_review(visit: Visit) -> ResponseReturnValue:
    """Sign a month as looked through."""
    month = _month(visit)
    sign(visit.db, month, visit.staff, visit.now)
    visit.note(Did.REVIEWED, f"month:{month:%Y-%m}")
    visit.commit()
    flash(f"{month:%Y년 %-m월} 기록을 점검했다고 적었어요.", "success")
    return redirect(url_for("console.review", month=f"{month:%Y-%m}"), 303)


def _wanted(args: Mapping[str, str]) -> tuple[Wanted, dict[str, str]]:
    """Return which rows are wanted, and field → advice for what cannot be read."""
    errors, days = dict[str, str](), dict[str, date | None]()
    for name in ("since", "until"):
        typed = args.get(name, "")
        days[name] = read_date(typed) if typed else None
        if typed and days[name] is None:
            errors[name] = "날짜를 2026-11-23처럼 적어 주세요."
    did = args.get("did", "")
    about = args.get("about", "").strip()
    wanted = Wanted(
        staff_id=_number(args.get("staff", "")),
        did=Did(did) if did in set(Did) else None,
        about=about if about.isprintable() else "",
        since=days["since"],
        until=days["until"],
    )
    return wanted, errors


def _number(typed: str) -> int | None:
    return int(typed) if re.fullmatch(r"\d{1,9}", typed, re.ASCII) else None


def _month(visit: Visit) -> date:
    """Return the first day of the month that is asked for, of the last whole month when none is."""
    typed = request.values.get("month", "")
    if not typed:
        return month_before(first_of(visit.now.date()))
    if not re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", typed, re.ASCII):
        abort(404)
    return date.fromisoformat(f"{typed}-01")


def _names(visit: Visit) -> dict[int, str]:
    return {each.id: each.name for each in all_staff(visit.db)}


def _who(row: AuditRow, names: Mapping[int, str]) -> str:
    return names.get(row.staff_id or 0, _COMMAND_LINE)


def _about(about: str, names: Mapping[int, str]) -> str:
    """Return what a row is about, in words: 직원 김담당, 규칙 하루 최대 인정 시간, 회원 12번."""
    table, _, key = about.partition(":")
    if table == "staff" and key.isdecimal():
        return f"직원 {names.get(int(key), key)}"
    if table == "rule":
        return "규칙 " + next((group[key][0] for group in RULE_GROUPS.values() if key in group), key)
    return _THINGS[table].format(key) if table in _THINGS else about


def _detail(row: AuditRow) -> str:
    """Return the detail in words; roles are kept by their names in the code."""
    if row.did is Did.PURGED:
        return f"{row.detail.partition(':')[0]}번까지"
    if row.did in (Did.ROLE_CHANGED, Did.STAFF_CREATED):
        names = {role.value: meaning.name for role, meaning in ROLES.items()}
        return " ".join(names.get(word, word) for word in row.detail.split())
    return row.detail


ROUTES = (
    Route("GET", "/console/audit", audit, StaffRole.ADMIN),
    Route("GET", "/console/audit/review", review, StaffRole.ADMIN),
    Route("POST", "/console/audit/review", sign_review, StaffRole.ADMIN, "기록 점검 서명"),
)
