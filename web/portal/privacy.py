"""Privacy: what is stored and why, all of it to take along, and taking the chat's link away."""

from __future__ import annotations

import json

from flask import current_app, render_template
from flask.typing import ResponseReturnValue

from models.linking import unlink_account
from models.outbox import NoticeCard
from models.privacy import TOPICS, export, stored
from web.auth.sessions import without_session
from web.door import Guard, Route, Visit


def privacy(visit: Visit) -> ResponseReturnValue:
    """Tell everybody, in plain words, how personal data is treated."""
    things = [(topic.title, topic.sentence) for topic in TOPICS]
    return render_template("portal/privacy/policy.html", things=things, rules=visit.rules)


def my_privacy(visit: Visit) -> ResponseReturnValue:
    """Show how much is stored about the person, and what they can do about it."""
    counted = stored(visit.db, visit.member)
    return render_template(
        "portal/privacy/mine.html",
        bars=[(topic.title, count) for topic, count in counted if count],
        rows=[(topic.title, f"{count}개. {topic.sentence}") for topic, count in counted],
    )


def ask_data(visit: Visit) -> ResponseReturnValue:
    """Say what the file holds before it is taken."""
    return render_template("portal/privacy/data.html")


def data(visit: Visit) -> ResponseReturnValue:
    """Hand over everything that is stored about the person, as a file."""
    everything = export(visit.db, visit.member, visit.now)
    response = current_app.response_class(
        json.dumps(everything, ensure_ascii=False, indent=2), content_type="application/json; charset=utf-8"
    )
    response.headers["Content-Disposition"] = f'attachment; filename="boram-{visit.now:%Y-%m-%d}.json"'
    return response


def ask_unlink(visit: Visit) -> ResponseReturnValue:
    """Ask before the chat's link is taken away; say what stays."""
    return render_template("portal/privacy/unlink.html", device=visit.session.device)


def unlink(visit: Visit) -> ResponseReturnValue:
    """Take the link of the chat the person came from away, end its sessions, and say so in that chat."""
    if unlink_account(visit.db, visit.account, visit.now):
        visit.tell(_UNLINKED)
    visit.commit()
    return without_session("portal/privacy/unlinked.html")


_UNLINKED = NoticeCard(
    "카카오톡 연결을 끊었어요",
    "이제 이 채팅에서는 내 두볼 정보가 보이지 않아요. 봉사 기록과 확인서는 두볼에 그대로 있어요. "
    "다시 쓰려면 '두볼 계정 연결'이라고 말해 주세요. 내가 한 게 아니라면 '상담원 연결'이라고 말해 주세요.",
)

ROUTES = (
    Route("GET", "/privacy", privacy, Guard.GUEST),
    Route("GET", "/me/privacy", my_privacy),
    Route("GET", "/me/privacy/data", ask_data, Guard.STEPPED_UP),
    Route("GET", "/me/privacy/data.json", data, Guard.STEPPED_UP),
    Route("GET", "/me/unlink", ask_unlink),
    Route("POST", "/me/unlink", unlink),
)
