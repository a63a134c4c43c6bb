"""My alerts so far: what I was told in the last weeks, how it came, and why something did not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from alerts.channels.trial import DRY_RUN, NOT_LISTED
from alerts.decisions import CAPPED, SWITCHED_OFF, TOO_LATE
from bot.links import PAGES
from bot.wording import moment
from models.alert_settings import ALERT_NAMES
from models.outbox import FAILED, Alert, AlertState, NoticeCard
from models.timeline import count_messages, messages_of
from web.door import Route, Visit

KEPT = timedelta(days=90)
"""How far back the page goes."""
PAGE = 20
_BY = {"kakao": "카카오톡으로", "alimtalk": "알림톡으로", "sms": "문자로"}
_REASONS = {
    SWITCHED_OFF: "알림을 꺼 둬서 보내지 않았어요.",
    TOO_LATE: "보낼 때가 지나서 보내지 않았어요.",
    DRY_RUN: "시험 운영 중이라 보내지 않았어요.",
    NOT_LISTED: "시험 운영 중이라 보내지 않았어요.",
    CAPPED: "이번 달에 보낼 수 있는 문자를 다 써서 보내지 못했어요.",
}
"""Reason → what is said of it; others are told by their state."""
_NOT_SENT: dict[AlertState, str] = {
    AlertState.PERMANENT_FAILURE: "카카오톡으로도 문자로도 닿지 않았어요. 내 정보의 전화번호를 한번 봐 주세요.",
    AlertState.TEMPORARY_FAILURE: "여러 번 보냈는데 닿지 않았어요.",
    AlertState.TECHNICAL_FAILURE: "우리 쪽에 문제가 있어서 보내지 못했어요. 미안해요.",
    AlertState.SUPPRESSED: "그 사이에 내용이 바뀌어서 보내지 않았어요.",
    AlertState.CANCELLED: "보내기 전에 취소된 소식이에요.",
}
"""State → why nothing came."""


@dataclass(frozen=True, slots=True)
class Told:
    """One alert: when, what about, its words if it was written, how it came (``badge``) or ``why`` it did not."""

    when: str
    name: str
    title: str
    text: str
    facts: tuple[tuple[str, str], ...]
    url: str
    colour: str
    badge: str
    why: str


def alert_history(visit: Visit) -> ResponseReturnValue:
    """List them, the newest first."""
    since = visit.now - KEPT
    pages = max(1, -(-count_messages(visit.db, visit.member, since) // PAGE))
    page = min(max(1, request.args.get("page", 1, type=int)), pages)
    found = messages_of(visit.db, visit.member, since, PAGE, (page - 1) * PAGE)
    return render_template(
        "portal/alert_history.html",
        alerts=[_told(alert) for alert in found],
        days=KEPT.days,
        page=page,
        pages=pages,
        previous_url=_url(page - 1) if page > 1 else None,
        next_url=_url(page + 1) if page < pages else None,
    )


def _url(page: int) -> str:
    return url_for(".alert_history", page=page if page > 1 else None)


def _told(alert: Alert) -> Told:
    card = alert.card if alert.content else NoticeCard(f"{ALERT_NAMES[alert.kind]} 알림", "")
    colour, badge, why = _how(alert)
    return Told(
        when=moment(alert.handed_at or alert.created_at),
        name=ALERT_NAMES[alert.kind],
        title=card.title,
        text=card.text,
        facts=card.facts,
        url=PAGES[card.page].at(card.record) if card.page else "",
        colour=colour,
        badge=badge,
        why=why,
    )


def _how(alert: Alert) -> tuple[str, str, str]:
    """Return the colour and the words of how it came, and why it did not."""
    by = _BY.get(alert.channel or "", "")
    if alert.state is AlertState.DELIVERED:
        return "success", f"{by} 왔어요".strip(), ""
    if alert.state is AlertState.SENT:
        return "info", f"{by} 보냈어요".strip(), ""
    if alert.state in _NOT_SENT:
        why = _REASONS.get(alert.reason or "", _NOT_SENT[alert.state])
        return ("warning", "오지 않음", why) if alert.state in FAILED else ("neutral", "보내지 않음", why)
    return "info", f"{by} 보내는 중".strip() if alert.handed_at else "곧 보내요", ""


ROUTES = (Route("GET", "/me/alerts/history", alert_history),)
