"""My applications: making one, where they stand, and cancelling one; the rule stands before each button."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from bot.hour_cases import of_record
from bot.wording import (
    ALREADY_APPLIED,
    applied,
    asked_to_apply,
    cancel_rule,
    day_limit,
    moment,
)
from models import applications
from models.applications import (
    LIVE,
    Application,
    applications_of,
    check_apply,
    current_application,
    waiting_place,
    waiting_position,
)
from models.hours import record_of
from models.ownership import own
from models.refusals import Reason, Refused
from web.door import Route, Visit
from web.portal.programmes import session_at


def ask_apply(visit: Visit, number: int) -> ResponseReturnValue:
    """Show notes and rules before anything is done."""
    session = session_at(visit, number)
    if existing := current_application(visit.db, visit.member, session):
        return _already(existing)
    eligibility = check_apply(visit.db, visit.member, session, visit.rules, visit.now)
    return render_template(
        "portal/apply.html",
        session=session,
        question=asked_to_apply(eligibility),
        waitlist=eligibility.waitlist,
        warning=day_limit(session, eligibility, visit.rules),
        rule=cancel_rule(session, eligibility, visit.rules, visit.now),
    )


def apply(visit: Visit, number: int) -> ResponseReturnValue:
    """Apply, once; the alert says so in the chat."""
    session = session_at(visit, number)
    try:
        application = applications.apply(visit.db, visit.member, session, visit.rules, visit.now)
    except Refused as refused:
        existing = current_application(visit.db, visit.member, session)
        if refused.reason is not Reason.ALREADY_APPLIED or existing is None:
            raise
        return _already(existing)
    said = applied(waiting_place(visit.db, application))
    visit.commit()
    flash(said, "success")
    return _to(application)


def my_applications(visit: Visit) -> ResponseReturnValue:
    """List them, those to come first."""
    mine, today = applications_of(visit.db, visit.member), visit.now.date()
    coming = [each for each in mine if each.state in LIVE and each.session.ends_on >= today]
    past = [each for each in reversed(mine) if each not in coming]
    return render_template("portal/applications.html", coming=coming, past=past, today=today)


def my_application(visit: Visit, number: int) -> ResponseReturnValue:
    """Show one, with the rule for cancelling it."""
    application, today = own(visit.db, visit.member, Application, number), visit.now.date()
    record = record_of(visit.db, application)
    return render_template(
        "portal/application.html",
        application=application,
        hours=of_record(record) if record else None,
        to_come=application.state in LIVE and application.session.ends_on >= today,
        place=waiting_position(visit.db, application),
        refusal=_refusal(visit, application),
        deadline=moment(visit.rules.cancel_deadline(application.session.starts_on)),
        objection_until=application.objection_until(visit.rules),
        today=today,
    )


def ask_cancel(visit: Visit, number: int) -> ResponseReturnValue:
    """Ask before cancelling; where the rule says no, say so."""
    application = own(visit.db, visit.member, Application, number)
    application.check_cancel(visit.rules, visit.now)
    deadline = moment(visit.rules.cancel_deadline(application.session.starts_on))
    return render_template("portal/cancel.html", application=application, deadline=deadline)


def cancel(visit: Visit, number: int) -> ResponseReturnValue:
    """Cancel, once; the alert says so in the chat."""
    application = own(visit.db, visit.member, Application, number)
    applications.cancel(visit.db, application, visit.member, visit.rules, visit.now)
    visit.commit()
    flash("취소했어요. 마음이 바뀌면 다시 신청할 수 있어요.", "success")
    return redirect(url_for(".my_application", number=number), 303)


def _already(application: Application) -> ResponseReturnValue:
    flash(ALREADY_APPLIED, "info")
    return _to(application)


def _to(application: Application) -> ResponseReturnValue:
    return redirect(url_for(".my_application", number=application.id), 303)


def _refusal(visit: Visit, application: Application) -> str:
    """Return why the application cannot be cancelled here, empty when it can."""
    try:
        application.check_cancel(visit.rules, visit.now)
    except Refused as refused:
        return refused.words
    return ""


ROUTES = (
    Route("GET", "/me/apply/<int:number>", ask_apply),
    Route("POST", "/me/apply/<int:number>", apply),
    Route("GET", "/me/applications", my_applications),
    Route("GET", "/me/applications/<int:number>", my_application),
    Route("GET", "/me/applications/<int:number>/cancel", ask_cancel),
    Route("POST", "/me/applications/<int:number>/cancel", cancel),
)
