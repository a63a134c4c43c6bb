"""My applications: where they stand, the rule before the button, and cancelling one."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from bot.hour_cases import of_record
from bot.wording import moment, short, when
from models import applications
from models.applications import LIVE, Application, applications_of, waiting_position
from models.hours import record_of
from models.notices import NoticeCard
from models.ownership import own
from models.refusals import Refused
from web.door import Route, Visit


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
    """Cancel, once, and say so in the chat."""
    application = own(visit.db, visit.member, Application, number)
    if applications.cancel(visit.db, application, visit.member, visit.rules, visit.now):
        visit.tell(_cancelled(application))
    visit.commit()
    flash("취소했어요. 마음이 바뀌면 다시 신청할 수 있어요.", "success")
    return redirect(url_for(".my_application", number=number), 303)


def _refusal(visit: Visit, application: Application) -> str:
    """Return why the application cannot be cancelled here, empty when it can."""
    try:
        application.check_cancel(visit.rules, visit.now)
    except Refused as refused:
        return refused.words
    return ""


def _cancelled(application: Application) -> NoticeCard:
    facts = (("활동", short(application.session.program.title)), ("일시", when(application.session)))
    text = "화면에서 누른 대로 신청을 취소했어요. 마음이 바뀌면 다시 신청할 수 있어요."
    return NoticeCard("취소했어요", text, facts, page="my_application", record=str(application.id))


ROUTES = (
    Route("GET", "/me/applications", my_applications),
    Route("GET", "/me/applications/<int:number>", my_application),
    Route("GET", "/me/applications/<int:number>/cancel", ask_cancel),
    Route("POST", "/me/applications/<int:number>/cancel", cancel),
)
