"""Alerts under way: what waits, what failed and is sent anew, one message step by step, a person's messages, the cost."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from alerts.decisions import CAPPED, GONE, KIND_OFF, SWITCHED_OFF, TOO_LATE, UNREACHABLE
from alerts.routing import ALIMTALK, KAKAO, SMS
from alerts.status import Cost, costs, figures, next_in_queue, queue_by_kind
from models.alert_settings import ALERT_NAMES
from models.audit import Did
from models.base import LARGEST_ID
from models.clock import SEOUL
from models.members import Member
from models.outbox import FAILED, Alert, AlertState
from models.redrives import Failure, dead_letters, failed_alike, failures, redrive
from models.staff import StaffRefused, StaffRole
from models.timeline import CHANNEL_NAMES, STATE_NAMES, timeline, timeline_of
from web.console.alert_places import tabs
from web.console.door import Route, Visit
from web.console.reason import personal, read_reason
from web.forms import read_date

SHOWN = 50
"""Messages of the queue that are named."""
STORIES = 20
AT_ONCE = 5000
"""Messages that are sent anew by one press."""
CHAT_CARD_NAME = "챗봇 카드"
REASONS: Mapping[str, str] = {
    TOO_LATE: "보내기에 늦음",
    SWITCHED_OFF: "받는 사람이 꺼 둠",
    UNREACHABLE: "닿을 길이 없음(채팅도 전화번호도 없음)",
    CAPPED: "이번 달 문자를 다 씀",
    GONE: "받을 사람이 없음",
    KIND_OFF: "이 종류를 꺼 둠",
}
"""Reasons of our own, in words; what a provider says is shown as it is."""


def alert_queue(visit: Visit) -> ResponseReturnValue:
    """Show what has not ended yet, without naming anybody."""
    rows = next_in_queue(visit.db, SHOWN)
    return render_template(
        "console/alert_queue.html",
        figures=figures(visit.db, visit.rules, visit.now),
        kinds=[(kind_name(kind), due, later) for kind, due, later in queue_by_kind(visit.db, visit.now)],
        rows=[(row, kind_name(row.kind), STATE_NAMES[row.state], row.due_at <= visit.now) for row in rows],
        channels=CHANNEL_NAMES,
        tabs=tabs(visit.staff.role),
        may_open=visit.staff.role.covers(StaffRole.OPERATOR),
    )


def alert_failures(visit: Visit) -> ResponseReturnValue:
    """Show what failed and was not sent anew, alike things together."""
    kind, since, error = _wanted(request.args)
    found = failures(visit.db, kind, _begin(since))
    return render_template(
        "console/alert_failures.html",
        rows=[
            (
                each,
                kind_name(each.kind),
                STATE_NAMES[each.state],
                in_words(each.reason),
                _redrive_url(each, request.args.get("since", "") if since else ""),
            )
            for each in found
        ],
        total=sum(each.count for each in found),
        kinds=[("", "모두"), *((str(number), name) for number, name in _names())],
        typed=request.args,
        error=error,
        filtered=bool(kind is not None or since),
        tabs=tabs(visit.staff.role),
        may_redrive=visit.staff.role.covers(StaffRole.OPERATOR),
    )


def confirm_redrive(visit: Visit) -> ResponseReturnValue:
    """Ask whether messages that failed alike, or a single one, shall be sent anew."""
    return _confirm_page(visit, request.args)


def redrive_alerts(visit: Visit) -> ResponseReturnValue:
    """Send them anew, for a reason."""
    try:
        reason = read_reason(request.form)
    except StaffRefused as refused:
        return _confirm_page(visit, request.form, refused.words), 422
    wanted = _to_redrive(visit, request.form)
    written = redrive(visit.db, [alert.id for alert in wanted], visit.now)
    if not written:
        raise StaffRefused(_NOTHING_LEFT)
    about = f"alert:{wanted[0].id}" if len(wanted) == 1 else f"kind:{wanted[0].kind}"
    visit.note(Did.ALERTS_REDRIVEN, about, reason, f"{len(written):,}건: {in_words(wanted[0].reason or '')}")
    visit.commit()
    flash(f"{len(written):,}건을 다시 보내요. 처음 것은 기록으로 남아요.", "success")
    return redirect(url_for("console.alert_failures"), 303)


def one_alert(visit: Visit, number: int) -> ResponseReturnValue:
    """Show one message step by step; whom it is for is not named."""
    alert = visit.db.get(Alert, number) or abort(404)
    again = alert.state in FAILED and bool(dead_letters(visit.db, alert_id=number))
    return render_template(
        "console/alert.html",
        alert=alert,
        name=kind_name(alert.kind),
        state=STATE_NAMES[alert.state],
        reason=in_words(alert.reason or ""),
        steps=timeline(visit.db, alert),
        again=again,
        tabs=tabs(visit.staff.role),
    )


def find_alerts(visit: Visit) -> ResponseReturnValue:
    """Show where a DOVOL id is typed."""
    return _find_page(visit)


def found_alerts(visit: Visit) -> ResponseReturnValue:
    """Go to the messages of a member; the id is sent in a form, so that it stands in no address."""
    typed = request.form.get("dovol_id", "").strip()
    known = typed.isprintable()  # PostgreSQL takes no NUL
    number = visit.db.scalar(select(Member.id).where(Member.dovol_id == typed)) if known else None
    if number is None:
        return _find_page(visit, "이 아이디를 쓰는 회원이 없어요. 한 글자씩 다시 봐 주세요.", typed), 422
    return redirect(url_for("console.member_alerts", number=number), 303)


def member_alerts(visit: Visit, number: int) -> ResponseReturnValue:
    """Show what was meant for a member, each message step by step."""
    member = visit.db.get(Member, number) or abort(404)
    before = request.args.get("before", "")
    below = int(before) if re.fullmatch(r"\d{1,9}", before, re.ASCII) else None
    stories = timeline_of(visit.db, member, STORIES + 1, below)
    older = stories[STORIES - 1].alert.id if len(stories) > STORIES else None
    return render_template(
        "console/member_alerts.html",
        number=number,
        stories=[
            (each, kind_name(each.alert.kind), STATE_NAMES[each.alert.state]) for each in stories[:STORIES]
        ],
        older_url=url_for("console.member_alerts", number=number, before=older) if older else None,
        newest_url=url_for("console.member_alerts", number=number) if below else None,
    )


def alert_costs(visit: Visit) -> ResponseReturnValue:
    """Show what each month cost, by channel."""
    found = costs(visit.db, visit.now)
    return render_template(
        "console/alert_costs.html",
        channels=[CHANNEL_NAMES[channel] for channel in _CHANNELS],
        rows=[(month, [by.get(each, Cost(0, 0)) for each in _CHANNELS]) for month, by in found.items()],
        drawn=[
            (f"{month.month}월", sum(cost.won for cost in by.values()))
            for month, by in reversed(found.items())
        ],
        cap=None,
        tabs=tabs(visit.staff.role),
    )


_CHANNELS = (KAKAO, ALIMTALK, SMS)


def kind_name(kind: int) -> str:
    """Return what a kind is called: 봉사 하루 전, 챗봇 카드."""
    return ALERT_NAMES.get(kind, CHAT_CARD_NAME)


def in_words(reason: str) -> str:
    """Return a reason as staff read it."""
    return REASONS.get(reason, reason or "까닭을 모름")


def _names() -> list[tuple[int, str]]:
    return [(0, CHAT_CARD_NAME), *ALERT_NAMES.items()]


def _wanted(args: Mapping[str, str]) -> tuple[int | None, date | None, str]:
    """Return which failures are wanted: kind, since when, and advice for what cannot be read."""
    typed, day = args.get("kind", ""), args.get("since", "")
    kind = int(typed) if re.fullmatch(r"\d{1,2}", typed, re.ASCII) else None
    since = read_date(day) if day else None
    return kind, since, "날짜를 2026-11-23처럼 적어 주세요." if day and since is None else ""


def _begin(day: date | None) -> datetime | None:
    return datetime.combine(day, time(), SEOUL) if day else None


_NOTHING_LEFT = "다시 보낼 알림이 없어요. 이미 다시 보냈거나 그사이 도착했어요."
_REDRIVE_FIELDS = ("alert", "kind", "state", "why", "since")


def _to_redrive(visit: Visit, typed: Mapping[str, str]) -> Sequence[Alert]:
    """Return the messages that are meant: one by its number, or all that failed alike."""
    number = typed.get("alert", "")
    if re.fullmatch(r"\d{1,10}", number, re.ASCII):
        ids = dead_letters(visit.db, alert_id=min(int(number), LARGEST_ID))
        return list(visit.db.scalars(select(Alert).where(Alert.id.in_(ids))))
    kind, since, _ = _wanted(typed)
    state, why = typed.get("state", ""), typed.get("why", "")
    if kind is None or state not in set(AlertState) or not why.isprintable():
        return []
    return failed_alike(visit.db, kind, AlertState(state), why, _begin(since), AT_ONCE)


def _confirm_page(visit: Visit, asked: Mapping[str, str], error: str = "") -> str:
    wanted = _to_redrive(visit, asked)
    if not wanted:
        raise StaffRefused(_NOTHING_LEFT)
    first = wanted[0]
    return render_template(
        "console/alert_redrive.html",
        count=len(wanted),
        name=kind_name(first.kind),
        reason=in_words(first.reason or ""),
        state=STATE_NAMES[first.state],
        capped=len(wanted) == AT_ONCE,
        hidden=[(name, asked[name]) for name in _REDRIVE_FIELDS if asked.get(name)],
        error=error,
        typed=asked,
    )


def _redrive_url(failure: Failure, since: str) -> str:
    """Return the address where it is asked whether these shall be sent anew."""
    asked = {"kind": failure.kind, "state": failure.state.value, "why": failure.reason, "since": since}
    given: dict[str, Any] = {name: value for name, value in asked.items() if value != ""}
    return url_for("console.confirm_redrive", **given)


def _find_page(visit: Visit, error: str = "", typed: str = "") -> str:
    return render_template("console/find_alerts.html", error=error, typed=typed, tabs=tabs(visit.staff.role))


ROUTES = (
    Route("GET", "/console/alerts/queue", alert_queue, StaffRole.VIEWER),
    Route("GET", "/console/alerts/failures", alert_failures, StaffRole.VIEWER),
    Route("GET", "/console/alerts/failures/again", confirm_redrive, StaffRole.OPERATOR),
    Route(
        "POST",
        "/console/alerts/failures/again",
        redrive_alerts,
        StaffRole.OPERATOR,
        "알림 다시 보내기",
        {"reason": "이유"},
    ),
    Route("GET", "/console/alerts/costs", alert_costs, StaffRole.VIEWER),
    Route("GET", "/console/alerts/people", find_alerts, StaffRole.OPERATOR),
    Route("POST", "/console/alerts/people", found_alerts, StaffRole.OPERATOR),
    Route("GET", "/console/alerts/<int(max=2147483647):number>", one_alert, StaffRole.OPERATOR),
    *personal(
        "/console/members/<int(max=2147483647):number>/alerts",
        member_alerts,
        StaffRole.OPERATOR,
        "받은 알림",
        "member:{number}",
    ),
)
