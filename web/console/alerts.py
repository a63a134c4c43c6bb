"""The eleven alerts: how they fare today, what each says, and the switch that stops one for everybody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from alerts.kinds import KINDS, Kind, Window
from alerts.status import figures, kinds_since
from alerts.texts import SLOTS, Texts, load_texts
from alerts.words import TEXTS
from models.alert_settings import ALERT_NAMES, ALWAYS_ON
from models.alert_texts import (
    AlertSwitch,
    AlertText,
    Slot,
    TextChannel,
    switch_kind,
    switches,
    texts_in_use,
    waiting_texts,
)
from models.audit import Did
from models.outbox import FAILED, OPEN, AlertState
from models.staff import StaffRefused, StaffRole
from web.console.alert_places import tabs
from web.console.door import Route, Visit
from web.console.reason import read_reason

CHANNELS: Mapping[TextChannel, str] = {
    TextChannel.CARD: "카카오톡 카드",
    TextChannel.SMS: "문자",
    TextChannel.ALIMTALK: "알림톡",
}
"""Where a text is read, as pages call it."""
WINDOWS: Mapping[Window, str] = {
    Window.AT_ONCE: "언제든 바로",
    Window.DAYTIME: "조용한 시간을 빼고 바로",
    Window.EVENING: "전날 저녁",
    Window.ADVERTISING: "광고라서 낮에만, 동의한 사람에게만",
}
"""When a kind goes."""


@dataclass(frozen=True, slots=True)
class KindRow:
    """One kind as the list shows it."""

    number: int
    name: str
    kind: Kind
    on: bool
    open: int
    sent: int
    failed: int
    withheld: int
    written: int
    """Texts that staff have written over."""
    waiting: int


@dataclass(frozen=True, slots=True)
class SlotRow:
    """One text of a kind: where it is read, as it reads now, whose it is and whether a newer one waits."""

    slot: Slot
    title: str
    channel: str
    text: str
    row: AlertText | None
    waiting: bool


def alerts(visit: Visit) -> ResponseReturnValue:
    """Show the eleven with today's figures."""
    states = kinds_since(visit.db, midnight(visit.now))
    own = Counter(slot.kind for slot, row in texts_in_use(visit.db).items() if row.text is not None)
    waiting = Counter(row.kind for row in waiting_texts(visit.db))
    off = {number for number, row in switches(visit.db).items() if not row.on}
    rows = [
        _row(number, states[number], own[number], waiting[number], on=number not in off) for number in KINDS
    ]
    return render_template(
        "console/alerts.html",
        rows=rows,
        figures=figures(visit.db, visit.rules, visit.now),
        tabs=tabs(visit.staff.role),
    )


def alert_kind(visit: Visit, kind: int) -> ResponseReturnValue:
    """Show one kind: what it says in each scene, by each channel, and its switch."""
    return _page(visit, kind)


def switch_alert(visit: Visit, kind: int) -> ResponseReturnValue:
    """Switch a kind off or on for everybody, for a reason."""
    known(kind)
    on = request.form.get("on") == "1"
    try:
        reason = read_reason(request.form)
        changed = switch_kind(visit.db, kind, on=on, by=visit.staff, now=visit.now)
    except StaffRefused as refused:
        visit.db.rollback()
        return _page(visit, kind, refused.words), 422
    if changed:
        visit.note(Did.ALERT_SWITCHED, f"kind:{kind}", reason, "켬" if on else "끔")
        words = "다시 보내요." if on else "이제 아무에게도 보내지 않아요."
        flash(f"'{ALERT_NAMES[kind]}' 알림을 {'켰' if on else '껐'}어요. {words}", "success")
    visit.commit()
    return redirect(url_for("console.alert_kind", kind=kind), 303)


def midnight(now: datetime) -> datetime:
    """Return when today began."""
    return now.replace(hour=0, minute=0, second=0, microsecond=0)


def known(kind: int) -> Kind:
    """Return a kind by its number, or end the visit."""
    return KINDS.get(kind) or abort(404)


def scene_title(slot: Slot) -> str:
    """Return when a text is sent."""
    return TEXTS[slot].title if slot in TEXTS else "모든 경우"


def _row(number: int, states: Counter[AlertState], written: int, waiting: int, *, on: bool) -> KindRow:
    return KindRow(
        number,
        ALERT_NAMES[number],
        KINDS[number],
        on,
        open=sum(states[state] for state in OPEN),
        sent=states[AlertState.SENT] + states[AlertState.DELIVERED],
        failed=sum(states[state] for state in FAILED),
        withheld=states[AlertState.SUPPRESSED] + states[AlertState.CANCELLED],
        written=written,
        waiting=waiting,
    )


def _page(visit: Visit, number: int, error: str = "") -> str:
    kind, texts = known(number), load_texts(visit.db)
    states = kinds_since(visit.db, midnight(visit.now))[number]
    switch: AlertSwitch | None = switches(visit.db).get(number)
    on = switch is None or switch.on
    return render_template(
        "console/alert_kind.html",
        number=number,
        row=_row(number, states, 0, 0, on=on),
        kind=kind,
        window=WINDOWS[kind.window],
        switch=switch,
        always_on=number in ALWAYS_ON,
        scenes=_scenes(visit, number, texts),
        alimtalk=_alimtalk(visit, number, texts),
        error=error,
        typed=request.form,
        tabs=tabs(visit.staff.role),
        may_edit=visit.staff.role.covers(StaffRole.OPERATOR),
    )


def _scenes(visit: Visit, number: int, texts: Texts) -> list[dict[str, Any]]:
    """Return each scene with its texts and how it looks."""
    found: dict[str, list[SlotRow]] = {}
    for row in _slot_rows(visit, number, texts):
        if row.slot.channel is not TextChannel.ALIMTALK:
            found.setdefault(row.slot.scene, []).append(row)
    return [
        {"title": rows[0].title, "rows": rows, "shown": visit.tools.preview_alert(number, scene, texts)}
        for scene, rows in found.items()
    ]


def _alimtalk(visit: Visit, number: int, texts: Texts) -> dict[str, Any] | None:
    rows = [row for row in _slot_rows(visit, number, texts) if row.slot.channel is TextChannel.ALIMTALK]
    if not rows:
        return None
    return {"row": rows[0], "shown": visit.tools.preview_alert(number, "", texts)["alimtalk"]}


def _slot_rows(visit: Visit, number: int, texts: Texts) -> Sequence[SlotRow]:
    used, waiting = texts_in_use(visit.db), {row.slot for row in waiting_texts(visit.db)}
    return [
        SlotRow(
            slot, scene_title(slot), CHANNELS[slot.channel], texts.of(slot), used.get(slot), slot in waiting
        )
        for slot in SLOTS
        if slot.kind == number
    ]


_KIND = "/console/alerts/kinds/<int(max=9999):kind>"
ROUTES = (
    Route("GET", "/console/alerts", alerts, StaffRole.VIEWER),
    Route("GET", _KIND, alert_kind, StaffRole.VIEWER),
    Route("POST", f"{_KIND}/switch", switch_alert, StaffRole.OPERATOR, "알림 켜고 끄기", {"reason": "이유"}),
)
