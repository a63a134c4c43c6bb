"""My account: what I may do, my password, my second proof, where I am signed in."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from models.audit import Did
from models.staff import ROLES, SHORTEST_PASSWORD, StaffRole, choose_password
from models.staff_factors import keys_of, new_recovery_codes, recovery_codes_left
from models.staff_sessions import StaffSession, end_sessions, open_sessions
from web.console.door import Route, Visit
from web.console.sure import sure


def account(visit: Visit) -> ResponseReturnValue:
    """Show the account."""
    return render_template(
        "console/account.html",
        staff=visit.staff,
        roles=ROLES,
        keys=keys_of(visit.db, visit.staff),
        codes_left=recovery_codes_left(visit.db, visit.staff),
        here=visit.session,
        others=[
            each
            for each in open_sessions(visit.db, visit.rules, visit.now, visit.staff)
            if each is not visit.session
        ],
        rules=visit.rules,
    )


def ask_password(visit: Visit) -> ResponseReturnValue:
    """Show where the password is changed."""
    return render_template("console/password.html", shortest=SHORTEST_PASSWORD)


def change_password(visit: Visit) -> ResponseReturnValue:
    """Take a new password, for who gives the old one; other browsers are signed out."""
    sure(visit)
    choose_password(visit.staff, request.form.get("new_password", ""), request.form.get("again", ""))
    end_sessions(visit.db, visit.staff, visit.now, but=visit.session)
    visit.note(Did.PASSWORD_CHANGED)
    visit.commit()
    flash("비밀번호를 바꿨어요. 다른 기기에서는 모두 로그아웃했어요.", "success")
    return redirect(url_for("console.account"), 303)


def ask_recovery_codes(visit: Visit) -> ResponseReturnValue:
    """Ask before recovery codes are made anew."""
    return render_template("console/renew_codes.html")


def renew_recovery_codes(visit: Visit) -> ResponseReturnValue:
    """Show new recovery codes, once, to who gives the password; those before stop working."""
    sure(visit)
    codes = new_recovery_codes(visit.db, visit.staff)
    visit.note(Did.FACTOR_CHANGED, detail="복구 코드를 새로 만듦")
    visit.commit()
    return render_template("console/recovery_codes.html", codes=codes, after=url_for("console.account"))


def end_session(visit: Visit, number: int) -> ResponseReturnValue:
    """Sign one of one's own browsers out."""
    mine = select(StaffSession).where(StaffSession.id == number, StaffSession.staff_id == visit.staff.id)
    session = visit.db.scalars(mine).first() or abort(404)
    if session.ended_at is None:
        session.ended_at = visit.now
        visit.note(Did.SESSION_CLOSED, detail=session.device)
    visit.commit()
    flash(f"{session.device}에서 로그아웃했어요.", "success")
    return redirect(url_for("console.account"), 303)


def end_other_sessions(visit: Visit) -> ResponseReturnValue:
    """Sign all browsers out but this one."""
    ended = end_sessions(visit.db, visit.staff, visit.now, but=visit.session)
    if ended:
        visit.note(Did.SESSION_CLOSED, detail="다른 기기 모두")
    visit.commit()
    flash("이 기기만 남기고 모두 로그아웃했어요.", "success")
    return redirect(url_for("console.account"), 303)


ROUTES = (
    Route("GET", "/console/account", account, StaffRole.VIEWER),
    Route("GET", "/console/account/password", ask_password, StaffRole.VIEWER),
    Route("POST", "/console/account/password", change_password, StaffRole.VIEWER),
    Route("GET", "/console/account/recovery-codes", ask_recovery_codes, StaffRole.VIEWER),
    Route("POST", "/console/account/recovery-codes", renew_recovery_codes, StaffRole.VIEWER),
    Route(
        "POST", "/console/account/sessions/<int(max=2147483647):number>/end", end_session, StaffRole.VIEWER
    ),
    Route("POST", "/console/account/sessions/end-others", end_other_sessions, StaffRole.VIEWER),
)
