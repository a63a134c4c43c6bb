"""Writing an alert's text anew: a look at it while typing, its versions, and the provider's word on Alimtalk."""

from __future__ import annotations

import re
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from alerts.channels.short_text import SMS_BYTES
from alerts.kinds import KINDS
from alerts.templates import BUTTONS
from alerts.texts import BUILT_IN, SLOTS, code_for, load_texts, text_of, trouble, values_of
from alerts.words import VARIABLE
from models.alert_settings import ALERT_NAMES
from models.alert_texts import (
    LONGEST_CODE,
    AlertText,
    Slot,
    TextChannel,
    TextState,
    approve_text,
    history_of,
    reject_text,
    restore_text,
    text_version,
    texts_in_use,
    withdraw_text,
    write_text,
)
from models.audit import Did
from models.staff import StaffRefused, StaffRole
from web.console.alert_places import tabs
from web.console.alerts import CHANNELS, scene_title
from web.console.door import Route, Visit
from web.console.reason import read_reason

STATES: dict[TextState, tuple[str, str]] = {
    TextState.WAITING: ("warning", "심사 기다림"),
    TextState.APPROVED: ("success", "쓸 수 있음"),
    TextState.REJECTED: ("danger", "반려됨"),
    TextState.WITHDRAWN: ("neutral", "거둠"),
}
"""State of a version → state of its badge, and its name."""
_CODE = re.compile(rf"[A-Za-z0-9_-]{{1,{LONGEST_CODE}}}")
_LONGEST_FORM = 2000


def alert_text(visit: Visit, kind: int, channel: str) -> ResponseReturnValue:
    """Show a text where it is written anew, with how it looks and all its versions."""
    slot = _slot(kind, channel)
    return _page(visit, slot, load_texts(visit.db).of(slot))


def write_alert_text(visit: Visit, kind: int, channel: str) -> ResponseReturnValue:
    """Write a text anew, for a reason; ``look`` shows it without keeping it."""
    slot, text = _slot(kind, channel), _typed()
    if "look" in request.form:
        return _page(visit, slot, text)
    try:
        _check(visit, slot, text)
        reason, was = read_reason(request.form), _number("was")
        code = code_for(slot, was + 1) if slot.channel is TextChannel.ALIMTALK else ""
        row = write_text(
            visit.db, slot, text, was=was, by=visit.staff, reason=reason, now=visit.now, code=code
        )
    except StaffRefused as refused:
        visit.db.rollback()
        return _page(visit, slot, text, refused.words), 422
    waits = row.state is TextState.WAITING
    words = "제공자의 승인을 기다려요. 그때까지는 지금 문구를 보내요." if waits else "이제 이 문구로 보내요."
    return _done(visit, row, reason, f"{row.version}판을 씀", words)


def preview_alert_text(visit: Visit, kind: int, channel: str) -> ResponseReturnValue:
    """Return how a text that is being typed looks, as a part of the page."""
    slot = _slot(kind, channel)
    return render_template("console/alert_preview.html", **_looks(visit, slot, _typed()))


def restore_alert_text(visit: Visit, kind: int, channel: str) -> ResponseReturnValue:
    """Send an earlier version again, for a reason."""
    slot = _slot(kind, channel)
    try:
        reason, version = read_reason(request.form), _number("version")
        row = restore_text(
            visit.db,
            slot,
            version,
            was=_number("was"),
            by=visit.staff,
            reason=reason,
            now=visit.now,
        )
        _check_fits(slot, row)
    except StaffRefused as refused:
        visit.db.rollback()
        return _page(visit, slot, load_texts(visit.db).of(slot), refused.words), 422
    back = f"{version}판으로" if version else "처음 문구로"
    return _done(visit, row, reason, f"{back} 되돌림", f"{back} 되돌렸어요.")


def decide_alert_text(visit: Visit, kind: int, channel: str) -> ResponseReturnValue:
    """Note what the provider said of a version that waits, or take it back."""
    slot = _slot(kind, channel)
    row = text_version(visit.db, slot, _number("version")) or abort(404)
    try:
        answer = " ".join(request.form.get("answer", "").split())[:200]
        done, words = _decide(visit, row, request.form.get("decision", ""), answer)
    except StaffRefused as refused:
        visit.db.rollback()
        return _page(visit, slot, load_texts(visit.db).of(slot), refused.words), 422
    return _done(visit, row, answer, f"{row.version}판 {done}", words)


def _decide(visit: Visit, row: AlertText, decision: str, answer: str) -> tuple[str, str]:
    """Carry a decision out; return it in words, for the log and for the person."""
    if decision == "approved":
        code = request.form.get("code", "").strip()
        if not _CODE.fullmatch(code):
            raise StaffRefused(f"제공자가 준 템플릿 코드를 영문과 숫자 {LONGEST_CODE}자까지 적어 주세요.")
        approve_text(visit.db, row, code, visit.staff, visit.now)
        return f"승인({code})", "승인됐다고 적었어요. 이제 이 문구로 보내요."
    if decision == "rejected":
        if not answer:
            raise StaffRefused("제공자가 알려 준 반려 까닭을 적어 주세요.")
        reject_text(visit.db, row, answer, visit.staff, visit.now)
        return "반려", "반려됐다고 적었어요. 문구를 고쳐 다시 낼 수 있어요."
    if decision == "withdrawn":
        withdraw_text(visit.db, row, visit.staff, visit.now)
        return "거둠", "심사에서 거뒀어요."
    raise StaffRefused("심사 결과를 골라 주세요.")


def _check(visit: Visit, slot: Slot, text: str) -> None:
    if found := trouble(slot, text):
        raise StaffRefused(found)
    texts = load_texts(visit.db)
    if text == texts.of(slot):
        raise StaffRefused("지금 보내는 문구와 같아요.")
    if slot.channel is TextChannel.SMS and _becomes_long(visit, slot, text):
        raise StaffRefused(f"문자가 {SMS_BYTES}바이트를 넘어요. 문구를 줄여 주세요.")


def _check_fits(slot: Slot, row: AlertText) -> None:
    """Refuse what was fine once and is no longer, because the service has changed since."""
    if found := trouble(slot, text_of(row)):
        raise StaffRefused(found)


def _becomes_long(visit: Visit, slot: Slot, text: str) -> bool:
    """Tell whether a text no longer fits a short message, where the one of the service does."""
    now, before = (
        visit.tools.preview_alert(slot.kind, slot.scene, texts)["sms"]["type"]
        for texts in (load_texts(visit.db).but(slot, text), BUILT_IN)
    )
    return bool(now == "LMS" and before == "SMS")


def _done(visit: Visit, row: AlertText, reason: str, detail: str, words: str) -> ResponseReturnValue:
    where = f"{CHANNELS[row.channel]} {scene_title(row.slot)}".strip()
    visit.note(Did.ALERT_TEXT_CHANGED, f"kind:{row.kind}", reason, f"{where}: {detail}")
    slot = row.slot
    visit.commit()
    flash(words, "success")
    return redirect(_url("console.alert_text", slot), 303)


def _page(visit: Visit, slot: Slot, text: str, error: str = "") -> str:
    rows = history_of(visit.db, slot)
    waiting = next((row for row in rows if row.state is TextState.WAITING), None)
    return render_template(
        "console/alert_text.html",
        slot=slot,
        name=ALERT_NAMES[slot.kind],
        channel=CHANNELS[slot.channel],
        scene=scene_title(slot),
        text=text,
        values=values_of(slot),
        used=texts_in_use(visit.db).get(slot),
        built_in=BUILT_IN.of(slot),
        newest=rows[0].version if rows else 0,
        versions=[(row, text_of(row), *STATES[row.state]) for row in rows],
        waiting=waiting,
        buttons=BUTTONS,
        error=error,
        typed=request.form,
        tabs=tabs(visit.staff.role),
        urls={
            name: _url(f"console.{name}", slot)
            for name in ("write_alert_text", "preview_alert_text", "restore_alert_text", "decide_alert_text")
        },
        longest=_LONGEST_FORM,
        **_looks(visit, slot, text),
    )


def _looks(visit: Visit, slot: Slot, text: str) -> dict[str, Any]:
    """Return how a text looks where it is read, with what is wrong with it; what cannot be drawn looks as before."""
    found = trouble(slot, text)
    texts = load_texts(visit.db)
    if not found or _can_be_drawn(slot, text):
        texts = texts.but(slot, text)
    shown = visit.tools.preview_alert(slot.kind, slot.scene, texts)
    return {"shown": shown, "trouble": found, "where": slot.channel.value, "most": SMS_BYTES}


def _can_be_drawn(slot: Slot, text: str) -> bool:
    """Tell whether a text that cannot be sent can be shown all the same: every place of it can be filled in."""
    known = values_of(slot)
    return slot.channel is not TextChannel.ALIMTALK and all(name in known for name in VARIABLE.findall(text))


def _typed() -> str:
    """Return the text of the form, with the line ends of the store."""
    return request.form.get("text", "").replace("\r\n", "\n").replace("\r", "\n").strip()[:_LONGEST_FORM]


def _slot(kind: int, channel: str) -> Slot:
    """Return the text that is meant, or end the visit."""
    if kind not in KINDS or channel not in set(TextChannel):
        abort(404)
    slot = Slot(kind, request.args.get("scene", ""), TextChannel(channel))
    return slot if slot in SLOTS else abort(404)


def _number(field: str) -> int:
    typed = request.form.get(field, "")
    return int(typed) if re.fullmatch(r"\d{1,6}", typed, re.ASCII) else -1


def _url(endpoint: str, slot: Slot) -> str:
    scene = slot.scene or None  # left out of the address when there is none
    return url_for(endpoint, kind=slot.kind, channel=slot.channel.value, scene=scene)


_TEXT = "/console/alerts/kinds/<int(max=9999):kind>/<channel>"
_FIELDS = {"text": "문구", "reason": "이유"}
ROUTES = (
    Route("GET", _TEXT, alert_text, StaffRole.OPERATOR),
    Route("POST", _TEXT, write_alert_text, StaffRole.OPERATOR, "알림 문구 바꾸기", _FIELDS),
    Route("POST", f"{_TEXT}/preview", preview_alert_text, StaffRole.OPERATOR, "알림 문구 보기", _FIELDS),
    Route(
        "POST",
        f"{_TEXT}/restore",
        restore_alert_text,
        StaffRole.OPERATOR,
        "알림 문구 되돌리기",
        {"reason": "이유"},
    ),
    Route(
        "POST",
        f"{_TEXT}/decide",
        decide_alert_text,
        StaffRole.OPERATOR,
        "알림톡 심사 결과",
        {"answer": "제공자의 말", "code": "템플릿 코드"},
    ),
)
