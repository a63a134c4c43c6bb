"""Colleagues: who has an account, making one, changing its role, closing it."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from models.audit import Did
from models.staff import (
    ROLES,
    Staff,
    StaffRefused,
    StaffRole,
    all_staff,
    change_role,
    create_staff,
    disable,
    enable,
    issue_link,
    still_admin,
)
from models.staff_factors import start_anew
from models.staff_sessions import end_sessions
from web.console.door import Route, Visit

_FIELDS = {"name": "이름", "email": "이메일", "role": "역할"}


def colleagues(visit: Visit) -> ResponseReturnValue:
    """List all accounts."""
    return render_template("console/colleagues.html", colleagues=all_staff(visit.db), roles=ROLES)


def new_colleague(visit: Visit) -> ResponseReturnValue:
    """Show where an account is made."""
    return render_template("console/new_colleague.html", typed={}, error="", roles=_options())


def create_colleague(visit: Visit) -> ResponseReturnValue:
    """Make an account and show the link by which its owner chooses a password."""
    form = request.form
    try:
        staff = create_staff(visit.db, form.get("email", ""), form.get("name", ""), _role(), visit.now)
    except StaffRefused as refused:
        visit.db.rollback()
        return render_template(
            "console/new_colleague.html", typed=form, error=refused.words, roles=_options()
        ), 422
    token = issue_link(visit.db, staff, visit.now)
    visit.note(Did.STAFF_CREATED, f"staff:{staff.id}", detail=staff.role)
    visit.commit()
    return _link_page(visit, staff, token)


def colleague(visit: Visit, number: int) -> ResponseReturnValue:
    """Show one account and what can be done with it."""
    staff = _staff(visit, number)
    return render_template(
        "console/colleague.html", staff=staff, roles=ROLES, options=_options(), own=staff.id == visit.staff.id
    )


def change_colleague(visit: Visit, number: int) -> ResponseReturnValue:
    """Give a colleague another role."""
    still_admin(visit.db, visit.staff)
    staff, role = _staff(visit, number), _role()
    before = staff.role
    change_role(staff, role, visit.staff)
    if role is not before:
        visit.note(Did.ROLE_CHANGED, f"staff:{staff.id}", detail=f"{before} → {role}")
    visit.commit()
    flash(f"{staff.name} 님의 역할은 이제 {ROLES[role].name}예요. 바로 적용돼요.", "success")
    return redirect(url_for("console.colleague", number=staff.id), 303)


def disable_colleague(visit: Visit, number: int) -> ResponseReturnValue:
    """Close a colleague's account, at once."""
    still_admin(visit.db, visit.staff)
    staff = _staff(visit, number)
    disable(staff, visit.staff, visit.now)
    end_sessions(visit.db, staff, visit.now)
    visit.note(Did.STAFF_DISABLED, f"staff:{staff.id}")
    visit.commit()
    flash(f"{staff.name} 님의 계정을 닫았어요. 열려 있던 화면도 모두 닫혔어요.", "success")
    return redirect(url_for("console.colleague", number=staff.id), 303)


def enable_colleague(visit: Visit, number: int) -> ResponseReturnValue:
    """Open a closed account again, as it was."""
    staff = _staff(visit, number)
    if not staff.is_open:
        enable(staff)
        visit.note(Did.STAFF_ENABLED, f"staff:{staff.id}")
    visit.commit()
    flash(f"{staff.name} 님의 계정을 다시 열었어요.", "success")
    return redirect(url_for("console.colleague", number=staff.id), 303)


def reset_colleague(visit: Visit, number: int) -> ResponseReturnValue:
    """Let a colleague begin anew: password, app, codes and keys go, a link is shown. A closed account is opened."""
    still_admin(visit.db, visit.staff)
    staff = _staff(visit, number)
    if staff.id == visit.staff.id:
        raise StaffRefused("내 계정은 '내 계정' 화면에서 바꿀 수 있어요.")
    token = start_anew(visit.db, staff, visit.now)
    end_sessions(visit.db, staff, visit.now)
    if not staff.is_open:
        enable(staff)
        visit.note(Did.STAFF_ENABLED, f"staff:{staff.id}")
    visit.note(Did.STAFF_RESET, f"staff:{staff.id}")
    visit.commit()
    return _link_page(visit, staff, token)


def _link_page(visit: Visit, staff: Staff, token: str) -> ResponseReturnValue:
    link = visit.origin + url_for("console.welcome", token=token)
    return render_template("console/staff_link.html", staff=staff, link=link)


def _staff(visit: Visit, number: int) -> Staff:
    return visit.db.get(Staff, number) or abort(404)


def _role() -> StaffRole:
    typed = request.form.get("role", "")
    if typed not in set(StaffRole):
        raise StaffRefused("역할을 하나 골라 주세요.")
    return StaffRole(typed)


def _options() -> list[tuple[str, str, str]]:
    return [(role.value, meaning.name, _may(role)) for role, meaning in ROLES.items()]


def _may(role: StaffRole) -> str:
    included = [other.name for each, other in ROLES.items() if each in ROLES[role].includes]
    more = f" ({', '.join(included)} 역할이 하는 일도 모두)" if included else ""
    return ", ".join(ROLES[role].may) + more


_ONE = "/console/staff/<int(max=2147483647):number>"
ROUTES = (
    Route("GET", "/console/staff", colleagues, StaffRole.ADMIN),
    Route("GET", "/console/staff/new", new_colleague, StaffRole.ADMIN),
    Route("POST", "/console/staff", create_colleague, StaffRole.ADMIN, "직원 계정 만들기", _FIELDS),
    Route("GET", _ONE, colleague, StaffRole.ADMIN),
    Route("POST", f"{_ONE}/role", change_colleague, StaffRole.ADMIN, "역할 바꾸기", {"role": "역할"}),
    Route("POST", f"{_ONE}/disable", disable_colleague, StaffRole.ADMIN, "직원 계정 닫기"),
    Route("POST", f"{_ONE}/enable", enable_colleague, StaffRole.ADMIN, "직원 계정 다시 열기"),
    Route("POST", f"{_ONE}/reset", reset_colleague, StaffRole.ADMIN, "직원 계정 처음부터 시작하기"),
)
