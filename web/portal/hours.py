"""My hours: how far it is to the goal, when and with what they came, every record, and why one does not count."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from bot.hour_cases import (
    AFTER_REPORT,
    ALREADY_REPORTED,
    REPORTED,
    Case,
    case_on_page,
    of_application,
    report,
)
from bot.wording import RECORD_NAMES, THIS_SCHOOL_YEAR, goal_told, short
from models.applications import Application, ApplicationState, applications_of
from models.codes import FIELDS
from models.hours import (
    RecordState,
    count_records,
    first_served_on,
    goal_of,
    hours_summary,
    months_between,
    not_entered,
    records_between,
)
from models.outbox import NoticeCard
from models.profiles import InvalidProfile, update_profile
from models.tickets import TicketKind, has_open_ticket
from web.door import Route, Visit

PAGE = 10
_PERIODS = {"year": THIS_SCHOOL_YEAR, "last": "지난 학년", "all": "전체"}
_COLOURS: dict[RecordState, str] = {
    RecordState.PENDING: "info",
    RecordState.CREDITED: "success",
    RecordState.NOT_CREDITED: "danger",
}
_ABSENCES = 20


def my_hours(visit: Visit) -> ResponseReturnValue:
    """Show the hours of a period, drawn and listed, with what is still to come."""
    asked = request.args.get("period", "")
    period = asked if asked in _PERIODS else "year"
    tabs = [{"label": label, "url": _url(key), "current": key == period} for key, label in _PERIODS.items()]
    return render_template(
        "portal/hours.html",
        period=period,
        title=_PERIODS[period],
        tabs=tabs,
        waiting=[of_application(each) for each in _within(visit, period, _not_entered(visit))],
        absences=_within(visit, period, _absences(visit))[:_ABSENCES],
        rules=visit.rules,
        today=visit.now.date(),
        **_drawn(visit, period),
        **_listed(visit, period),
    )


def _not_entered(visit: Visit) -> list[Application]:
    return not_entered(visit.db, visit.member, visit.now.date())


def _absences(visit: Visit) -> list[Application]:
    """Return the newest first."""
    return applications_of(visit.db, visit.member, (ApplicationState.ABSENT,), limit=500)[::-1]


def _within(visit: Visit, period: str, found: list[Application]) -> list[Application]:
    """Return those of a period, by their first day."""
    start, end = _days_of(visit, period)
    return [each for each in found if period == "all" or start <= each.session.starts_on <= end]


def _drawn(visit: Visit, period: str) -> dict[str, Any]:
    """Return what the pictures of a period show."""
    start, end = _days_of(visit, period)
    summary = hours_summary(visit.db, visit.member, start, end)
    months = months_between(start, end)
    return {
        "summary": summary,
        "goal": goal_of(visit.member, visit.rules) if period == "year" else None,  # no other year's is known
        "months": [(f"{month}월", summary.by_month.get((year, month), 0)) for year, month in months],
        "fields": [(FIELDS.get(code, "기타"), hours) for code, hours in summary.by_field.items()],
    }


def _listed(visit: Visit, period: str) -> dict[str, Any]:
    """Return the asked page of a period's records, the nearest one there is."""
    start, end = _days_of(visit, period)
    pages = max(1, -(-count_records(visit.db, visit.member, start, end) // PAGE))
    page = min(max(1, request.args.get("page", 1, type=int)), pages)
    offset = (page - 1) * PAGE
    records = records_between(visit.db, visit.member, start, end, limit=PAGE, offset=offset)
    return {
        "records": [(each, _COLOURS[each.state], RECORD_NAMES[each.state]) for each in records],
        "page": page,
        "pages": pages,
        "previous_url": _url(period, page - 1) if page > 1 else None,
        "next_url": _url(period, page + 1) if page < pages else None,
    }


def my_record(visit: Visit, name: str) -> ResponseReturnValue:
    """Show one activity: what is recorded, why, and what to do about it."""
    case = case_on_page(visit.db, visit.member, name)
    if elsewhere := _elsewhere(visit, case):
        return redirect(elsewhere, 303)
    record = case.record
    return render_template(
        "portal/record.html",
        case=case,
        colour=_COLOURS[record.state] if record else "warning",
        state=RECORD_NAMES[record.state] if record else "시간 입력 전",
        field=FIELDS.get(record.field_code, "기타") if record else None,
        asked=_asked(visit, case),
        rules=visit.rules,
        today=visit.now.date(),
    )


def ask_report(visit: Visit, name: str) -> ResponseReturnValue:
    """Ask before the staff is bothered."""
    case = case_on_page(visit.db, visit.member, name)
    if elsewhere := _elsewhere(visit, case):
        return redirect(elsewhere, 303)
    if _asked(visit, case):
        flash(f"{ALREADY_REPORTED}. {AFTER_REPORT}", "info")
        return redirect(url_for(".my_record", name=case.page), 303)
    return render_template("portal/hours_report.html", case=case)


def report_hours(visit: Visit, name: str) -> ResponseReturnValue:
    """Hand the case over to the staff, once, and say so in the chat."""
    case = case_on_page(visit.db, visit.member, name)
    if elsewhere := _elsewhere(visit, case):
        return redirect(elsewhere, 303)
    new = report(visit.db, visit.account, visit.member, case, visit.now)
    if new:
        facts = (("활동", short(case.title)),)
        visit.tell(NoticeCard(REPORTED, AFTER_REPORT, facts, page="my_hours", record=case.page))
    visit.commit()
    flash(f"{REPORTED if new else ALREADY_REPORTED}. {AFTER_REPORT}", "success" if new else "info")
    return redirect(url_for(".my_record", name=case.page), 303)


def ask_goal(visit: Visit) -> ResponseReturnValue:
    """Show the goal to change it."""
    return _goal_form(visit, str(visit.member.hours_goal or ""), {})


def set_goal(visit: Visit) -> ResponseReturnValue:
    """Set the member's own goal; an empty one gives back everybody's."""
    typed = request.form.get("hours_goal", "").strip()
    try:
        changed = update_profile(
            visit.db, visit.member, {"hours_goal": typed}, visit.now, session_id=visit.session.id
        )
    except InvalidProfile as invalid:
        return _goal_form(visit, typed[:20], invalid.errors), 422
    said = goal_told(goal_of(visit.member, visit.rules))
    if changed:
        visit.tell(
            NoticeCard("목표를 바꿨어요", f"{said} 얼마나 왔는지 화면에서 볼 수 있어요.", page="my_hours")
        )
    visit.commit()
    flash(said, "success")
    return redirect(url_for(".my_hours"), 303)


def _goal_form(visit: Visit, typed: str, errors: dict[str, str]) -> str:
    first, last = _days_of(visit, "year")
    return render_template(
        "portal/hours_goal.html",
        typed=typed,
        errors=errors,
        default=visit.rules.hours_goal,
        first=first,
        last=last,
    )


def _days_of(visit: Visit, period: str) -> tuple[date, date]:
    """Return the first and the last day of a period."""
    today = visit.now.date()
    start, end = visit.rules.school_year(today)
    if period == "last":
        return visit.rules.school_year(start - timedelta(days=1))
    if period == "all":
        return min(first_served_on(visit.db, visit.member) or start, start), max(today, end)
    return start, end


def _url(period: str, page: int = 1) -> str:
    return url_for(".my_hours", period=period, page=page if page > 1 else None)


def _asked(visit: Visit, case: Case) -> bool:
    """Tell whether the staff already looks into it."""
    return has_open_ticket(visit.db, visit.account.id, TicketKind.HOURS_MISSING, case.about)


def _elsewhere(visit: Visit, case: Case) -> str:
    """Return where an application is told that has no hours to wait for, empty for everything else."""
    application = case.application
    if application is None or application in _not_entered(visit):
        return ""
    return url_for(".my_application", number=application.id)


ROUTES = (
    Route("GET", "/me/hours", my_hours),
    Route("GET", "/me/hours/goal", ask_goal),
    Route("POST", "/me/hours/goal", set_goal),
    Route("GET", "/me/hours/<name>", my_record),
    Route("GET", "/me/hours/<name>/ask", ask_report),
    Route("POST", "/me/hours/<name>/ask", report_hours),
)
