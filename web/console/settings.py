"""The rules switchboard: every rule with its meaning, changed with a reason, put back, with its history."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from models.audit import Did, Wanted, rows
from models.rule_settings import Rule, change_rule, rule, rule_groups
from models.rules import Rules, RuleSetting
from models.staff import Staff, StaffRefused, StaffRole
from web.console.door import Route, Visit
from web.console.reason import read_reason

_FIELDS = {"value": "새 값", "reason": "이유"}


def settings(visit: Visit) -> ResponseReturnValue:
    """Show all rules."""
    groups = rule_groups(visit.db)
    changed = {
        each.name: _who(visit, each.setting) for rules in groups.values() for each in rules if each.setting
    }
    return render_template("console/settings.html", groups=groups, changed=changed)


def setting(visit: Visit, name: str) -> ResponseReturnValue:
    """Show one rule, where it is changed, and its history."""
    return _page(visit, _rule(visit, name))


def change_setting(visit: Visit, name: str) -> ResponseReturnValue:
    """Change a rule, for a reason; ``was`` is what the person saw, so that two do not overwrite each other."""
    current, form = _rule(visit, name), request.form
    try:
        reason = read_reason(form)
        _unchanged_since(form.get("was", ""), current)
        changed = change_rule(visit.db, name, form.get("value", ""), f"staff:{visit.staff.id}", visit.now)
    except StaffRefused as refused:
        visit.db.rollback()
        return _page(visit, current, refused.words), 422
    return _done(visit, current, reason) if changed else _unchanged(visit, name)


def reset_setting(visit: Visit, name: str) -> ResponseReturnValue:
    """Put a rule back to its default, for a reason."""
    current = _rule(visit, name)
    try:
        reason = read_reason(request.form)
    except StaffRefused as refused:
        return _page(visit, current, refused.words), 422
    default = getattr(Rules(), name)
    value = str(default).lower() if isinstance(default, bool) else str(default)
    if change_rule(visit.db, name, value, f"staff:{visit.staff.id}", visit.now):
        return _done(visit, current, reason)
    return _unchanged(visit, name)


def _unchanged_since(seen: str, current: Rule) -> None:
    if seen != current.value:
        raise StaffRefused("그사이 다른 사람이 바꿨어요. 지금 값을 보고 다시 정해 주세요.")


def _done(visit: Visit, before: Rule, reason: str) -> ResponseReturnValue:
    after = _rule(visit, before.name)
    visit.note(Did.RULE_CHANGED, f"rule:{before.name}", reason, f"{before.words} → {after.words}")
    visit.commit()
    flash(f"'{before.title}' 규칙을 바꿨어요: {before.words} → {after.words}", "success")
    return redirect(url_for("console.setting", name=before.name), 303)


def _unchanged(visit: Visit, name: str) -> ResponseReturnValue:
    visit.commit()
    flash("바뀐 것이 없어요.", "info")
    return redirect(url_for("console.setting", name=name), 303)


def _rule(visit: Visit, name: str) -> Rule:
    return rule(visit.db, name) or abort(404)


def _page(visit: Visit, shown: Rule, error: str = "") -> str:
    history = rows(visit.db, Wanted(did=Did.RULE_CHANGED, about=f"rule:{shown.name}"))
    who = _who(visit, shown.setting) if shown.setting else ""
    return render_template(
        "console/setting.html",
        rule=shown,
        history=history,
        who=who,
        error=error,
        typed=request.form,
    )


def _who(visit: Visit, row: RuleSetting) -> str:
    """Return who changed a rule: a colleague's name, or the word that stands there from before the console."""
    table, _, number = row.changed_by.partition(":")
    staff = visit.db.get(Staff, int(number)) if table == "staff" and number.isdecimal() else None
    return staff.name if staff else row.changed_by


ROUTES = (
    Route("GET", "/console/settings", settings, StaffRole.ADMIN),
    Route("GET", "/console/settings/<name>", setting, StaffRole.ADMIN),
    Route("POST", "/console/settings/<name>", change_setting, StaffRole.ADMIN, "규칙 바꾸기", _FIELDS),
    Route(
        "POST",
        "/console/settings/<name>/reset",
        reset_setting,
        StaffRole.ADMIN,
        "규칙을 기본값으로 되돌리기",
        {"reason": "이유"},
    ),
)
