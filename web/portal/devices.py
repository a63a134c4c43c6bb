"""Where I am logged in, and closing what I do not know."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from bot.wording import moment
from models.outbox import NoticeCard
from models.ownership import own
from models.web_sessions import (
    WebSession,
    end_browser,
    end_other_browsers,
    open_sessions_of,
    recent_sessions,
)
from web.door import Route, Visit


def my_devices(visit: Visit) -> ResponseReturnValue:
    """List the browsers with an open session, this one first, and the last log-ins."""
    opened: dict[str, WebSession] = {visit.session.browser_hash: visit.session}
    for session in open_sessions_of(visit.db, visit.member, visit.rules, visit.now):
        opened.setdefault(session.browser_hash, session)
    here, *others = opened.values()
    recent = [
        (_stands(visit, each), f"{moment(each.opened_at)}, {each.device}")
        for each in recent_sessions(visit.db, visit.member)
    ]
    return render_template(
        "portal/devices/list.html", here=here, others=others, recent=recent, rules=visit.rules
    )


def ask_end_device(visit: Visit, number: int) -> ResponseReturnValue:
    """Ask before a browser is logged out."""
    return render_template("portal/devices/end.html", session=own(visit.db, visit.member, WebSession, number))


def end_device(visit: Visit, number: int) -> ResponseReturnValue:
    """Log one browser out, once, and say so in the chat."""
    session = own(visit.db, visit.member, WebSession, number)
    if end_browser(visit.db, session, visit.now):
        facts = (("기기", session.device), ("시각", moment(visit.now)))
        visit.tell_all(visit.member, NoticeCard("기기를 로그아웃했어요", _ADVICE, facts, page="my_devices"))
    visit.commit()
    flash(f"{session.device}에서 로그아웃했어요.", "success")
    return redirect(url_for(".my_devices"), 303)


def ask_end_others(visit: Visit) -> ResponseReturnValue:
    """Ask before all other browsers are logged out."""
    return render_template("portal/devices/end_others.html")


def end_others(visit: Visit) -> ResponseReturnValue:
    """Log all browsers out but this one, once, and say so in the chat."""
    if end_other_browsers(visit.db, visit.session, visit.now):
        facts = (("남은 기기", visit.session.device), ("시각", moment(visit.now)))
        card = NoticeCard("다른 기기를 모두 로그아웃했어요", _ADVICE, facts, page="my_devices")
        visit.tell_all(visit.member, card)
    visit.commit()
    flash("이 기기만 남기고 모두 로그아웃했어요.", "success")
    return redirect(url_for(".my_devices"), 303)


def _stands(visit: Visit, session: WebSession) -> str:
    """Return whether the log-in still stands, in a word or two."""
    if session.ended_at is not None:
        return "닫힘"
    return "열려 있음" if session.is_open(visit.rules, visit.now) else "시간이 지나 닫힘"


_ADVICE = "내 두볼 화면에서 누른 대로 했어요. 내가 한 게 아니라면 '내가 아니에요'를 눌러 모두 닫아 주세요."

ROUTES = (
    Route("GET", "/me/devices", my_devices),
    Route("GET", "/me/devices/others/end", ask_end_others),
    Route("POST", "/me/devices/others/end", end_others),
    Route("GET", "/me/devices/<int:number>/end", ask_end_device),
    Route("POST", "/me/devices/<int:number>/end", end_device),
)
