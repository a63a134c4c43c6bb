"""What staff tell the people of a session, under the title of alert 4: what is the matter first, then their own words."""

from __future__ import annotations

from datetime import datetime

from alerts.kinds import Dropped, Writing, Written
from alerts.writing.parts import UNKNOWN_PLACE, Facts, asking, card, contact, slashed
from bot.wording import when
from models.applications import Application
from models.outbox import NoticeCard
from models.staff_sends import STAFF_SEND_KIND, SendReason, SendState, StaffSend, application_told

WORDS: dict[SendReason, str] = {
    SendReason.CALLED_OFF: "활동이 취소됐어요",
    SendReason.MOVED: "활동 장소가 바뀌었어요",
    SendReason.NOTICE: "활동 소식이 있어요",
}
"""What is the matter, on the card and after the day in a text message."""


def write_staff_send(writing: Writing) -> Written | Dropped:
    """Write a message of staff for one person, about the application they have for it."""
    send = writing.db.get(StaffSend, writing.alert.object_id, populate_existing=True)
    if send is None:
        return Dropped("gone")
    if send.state is SendState.CANCELLED:
        return Dropped("cancelled")
    application = application_told(writing.db, send, writing.alert.member_id or 0, writing.now.date())
    if application is None:
        return Dropped("no longer applied")
    shown = card_of(send, application, writing.now)
    words = f"{slashed(application.session.starts_on)} {WORDS[send.reason]}"
    return Written(shown, _variables(send, application, writing.now), words)


def card_of(send: StaffSend, application: Application, now: datetime) -> NoticeCard:
    """Return the card of a message for whoever has this application."""
    ask = asking("application_status", application=application.id)
    page = ("my_application", str(application.id), "내 신청 보기")
    text = f"{WORDS[send.reason]}. {send.text}"
    return card(STAFF_SEND_KIND, text, _facts(send, application, now), ask, page=page)


def _facts(send: StaffSend, application: Application, now: datetime) -> Facts:
    """Return the lines about the session. A new place is in the text: the source may still name the old one."""
    session = application.session
    place = "" if send.reason is SendReason.MOVED else session.place
    return (
        ("활동", session.program.title),
        ("일시", when(session, now.date())),
        ("장소", place),
        ("문의", contact(session)),
    )


def _variables(send: StaffSend, application: Application, now: datetime) -> dict[str, str]:
    session = application.session
    moved = send.reason is SendReason.MOVED
    return {
        "상태": WORDS[send.reason],
        "활동": session.program.title,
        "일시": when(session, now.date()),
        "장소": "안내를 봐 주세요" if moved else session.place or UNKNOWN_PLACE,
        "시간": f"{session.credited_hours}시간",
        "안내": " ".join(send.text.split()),
    }
