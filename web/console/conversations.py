"""Conversations: looked for by what happened in them, read as bubbles with what was understood beside each."""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from flask import Response, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from alerts.kinds import KINDS
from bot import transcript
from models.audit import Did
from models.base import LARGEST_ID
from models.clock import SEOUL
from models.conversations import (
    MISUNDERSTOOD,
    OUTCOME_GROUPS,
    OUTCOMES,
    PAGE,
    Dialog,
    Page,
    Wanted,
    turns,
)
from models.conversations import dialog as dialog_at
from models.masking import mask, without_name
from models.members import ConversationTurn
from models.notices import CHAT_CARD
from models.staff import StaffRole
from web.console.door import Route, Visit
from web.console.reason import personal
from web.console.words import INTENTS, SOURCES, alert_name, intent_name, outcome_name

MOST_EXPORTED = 10_000
"""Rows of one file; more are taken in several, by date."""
LONGEST_TEXT = 100
FILTERS = (
    "since",
    "until",
    "intent",
    "topic",
    "outcome",
    "how",
    "least",
    "most",
    "alert",
    "rating",
    "model",
    "account",
    "text",
)
"""Names under which an address says what is wanted; other pages link here with them."""
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
_MINUTE = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::\d\d)?)?", re.ASCII)
_COLUMNS = (
    "번호",
    "언제",
    "말",
    "누름",
    "뜻",
    "주제",
    "확신",
    "누가 알아들음",
    "어떻게 끝남",
    "알림",
    "의견",
    "모델",
    "걸린 시간(ms)",
)
RATINGS = {1: "도움됐어요 👍", -1: "도움이 안 됐어요 👎"}


@dataclass(frozen=True, slots=True)
class ShownTurn:
    """A turn as it is read: its words and the answer as KakaoTalk draws it, None where none was kept."""

    turn: ConversationTurn
    words: str
    response: dict[str, Any] | None
    silent: bool
    facts: list[tuple[str, str]]
    ranking: list[tuple[str, int]]


# --- looking for turns


def conversations(visit: Visit) -> ResponseReturnValue:
    """Show turns, the newest first."""
    wanted, errors = read_wanted(request.args)
    before = request.args.get("before", "")
    page = Page([]) if errors else turns(visit.db, wanted, before)
    kept = _kept(request.args)
    return render_template(
        "console/conversations.html",
        page=page,
        errors=errors,
        typed=request.args,
        filtered=bool(kept),
        chosen=_chosen(kept),
        kept=kept,
        first_url=url_for("console.conversations", **kept) if before else None,
        older_url=url_for("console.conversations", **kept, before=page.older) if page.older else None,
        shortcuts=_shortcuts(kept),
        may_export=visit.staff.role.covers(StaffRole.TRAINER),
        most=MOST_EXPORTED,
        misunderstood=MISUNDERSTOOD,
        intent_name=intent_name,
        outcome_name=outcome_name,
        alert_name=alert_name,
        ratings=RATINGS,
        choices=_choices(),
    )


def export_conversations(visit: Visit) -> ResponseReturnValue:
    """Hand out the wanted turns as a table for spreadsheets, masked as they are shown."""
    wanted, errors = read_wanted(request.args)
    if errors:
        abort(400)
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(_COLUMNS)
    count = 0
    for turn in _all(visit, wanted):
        writer.writerow([defused(value) for value in _row(turn)])
        count += 1
    visit.note(Did.EXPORTED, "conversations", detail=f"{count}줄")
    visit.commit()
    name = f"boram-conversations-{visit.now:%Y%m%d-%H%M}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response("\ufeff" + table.getvalue(), mimetype="text/csv", headers=headers)


def defused(value: object) -> object:
    """Return a value for a cell of a table; what a spreadsheet would take for a formula becomes plain text."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def read_wanted(args: Mapping[str, str]) -> tuple[Wanted, dict[str, str]]:
    """Return which turns are wanted, and field → advice for what cannot be read."""
    errors = dict[str, str]()
    since = _moment(args, "since", errors)
    until = _moment(args, "until", errors, end=True)
    if since and until and until <= since:
        errors["until"] = "'언제부터'보다 뒤로 적어 주세요."
    least, most = _share(args, "least", errors), _share(args, "most", errors)
    text = unicodedata.normalize("NFC", args.get("text", "")).strip()
    if len(text) > LONGEST_TEXT or not text.isprintable():
        errors["text"] = f"{LONGEST_TEXT}자까지 적어 주세요."
    alert = args.get("alert", "")
    wanted = Wanted(
        since=since,
        until=until,
        intent=_printable(args.get("intent", "")),
        topic=_printable(args.get("topic", "")),
        outcome=_printable(args.get("outcome", "")),
        pressed={"typed": False, "pressed": True}.get(args.get("how", "")),
        spoken=args.get("how") == "spoken",
        least=least,
        most=most,
        alert=_number(alert),
        any_alert=alert == "any",
        rating={"up": 1, "down": -1}.get(args.get("rating", "")),
        model=_printable(args.get("model", "")),
        account_id=_number(args.get("account", "")),
        text=text,
    )
    return wanted, errors


def _kept(args: Mapping[str, str]) -> dict[str, Any]:
    """Return the filters that are set, for links that keep them."""
    return {name: args[name] for name in FILTERS if args.get(name)}


def _printable(typed: str) -> str:
    typed = typed.strip()
    return typed if typed.isprintable() else ""  # PostgreSQL takes no NUL


def _number(typed: str) -> int | None:
    found = int(typed) if re.fullmatch(r"\d{1,10}", typed, re.ASCII) else None
    return found if found is not None and found <= LARGEST_ID else None


def _share(args: Mapping[str, str], name: str, errors: dict[str, str]) -> float | None:
    typed = args.get(name, "").strip().removesuffix("%").strip()
    if not typed:
        return None
    if not re.fullmatch(r"\d{1,3}(\.\d{1,2})?", typed, re.ASCII) or float(typed) > 100:
        errors[name] = "0부터 100까지 숫자로 적어 주세요."
        return None
    return float(typed) / 100


def _moment(
    args: Mapping[str, str], name: str, errors: dict[str, str], *, end: bool = False
) -> datetime | None:
    """Return the minute or day that is typed; as an end it is the moment after it."""
    typed = args.get(name, "").strip()
    if not typed:
        return None
    found = _MINUTE.fullmatch(typed)
    try:
        if found is None:
            raise ValueError  # noqa: TRY301 - told below like a day that no month has
        moment = datetime.fromisoformat(f"{found[1]}T{found[2] or '00:00'}").replace(tzinfo=SEOUL)
        span = timedelta(0) if not end else timedelta(minutes=1) if found[2] else timedelta(days=1)
        return moment + span
    except (ValueError, OverflowError):
        errors[name] = "2026-11-23 10:30처럼 적어 주세요."
        return None


def _shortcuts(kept: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the filters that are chosen most, as links that keep the span of time."""
    span = {name: value for name, value in kept.items() if name in ("since", "until")}
    chosen = {name: value for name, value in kept.items() if name not in span}
    offered: tuple[tuple[str, dict[str, Any]], ...] = (
        ("모두", {}),
        ("잘 못 알아들은 것", {"outcome": "misunderstood"}),
        ("도움이 안 됐다는 답", {"rating": "down"}),
        ("도움됐다는 답", {"rating": "up"}),
        ("모델이 답하지 않은 것", {"outcome": "nlu_down"}),
        ("알림 카드", {"alert": "any"}),
    )
    return [
        {"label": label, "url": url_for("console.conversations", **span, **names), "current": names == chosen}
        for label, names in offered
    ]


def _choices() -> dict[str, list[tuple[str, str]]]:
    outcomes = [*((name, words) for name, (words, _) in OUTCOME_GROUPS.items()), *OUTCOMES.items()]
    alerts = [(str(kind), alert_name(kind)) for kind in (*KINDS, CHAT_CARD)]
    return {
        "intents": [("", "모두"), *INTENTS.items()],
        "outcomes": [("", "모두"), *outcomes],
        "alerts": [("", "모두"), ("any", "알림 카드를 보여 준 것 모두"), *alerts],
        "ratings": [("", "모두"), ("up", RATINGS[1]), ("down", RATINGS[-1])],
        "hows": [
            ("", "모두"),
            ("typed", "적은 말"),
            ("pressed", "누른 버튼과 가져간 카드"),
            ("spoken", "적은 말과 누른 버튼"),
        ],
    }


def _chosen(kept: Mapping[str, Any]) -> list[str]:
    """Return the filters that are set, in words."""
    choices = _choices()
    lists = {
        "intent": "intents",
        "outcome": "outcomes",
        "rating": "ratings",
        "alert": "alerts",
        "how": "hows",
    }
    words = {
        "since": "{}부터",
        "until": "{}까지",
        "least": "확신 {}%부터",
        "most": "확신 {}%까지",
        "account": "채팅 {}번",
        "text": "'{}'",
    }
    found = []
    for name, value in kept.items():
        told = dict(choices[lists[name]]).get(value, value) if name in lists else value.replace("T", " ")
        found.append(words.get(name, "{}").format(told))
    return found


def _all(visit: Visit, wanted: Wanted) -> Iterator[ConversationTurn]:
    """Yield the wanted turns, the newest first, as many as one file holds."""
    before, left = "", MOST_EXPORTED
    while left > 0:
        page = turns(visit.db, wanted, before, min(left, 20 * PAGE))
        yield from page.rows
        left -= len(page.rows)
        before = page.older
        if not before:
            return


def _row(turn: ConversationTurn) -> tuple[object, ...]:
    return (
        turn.id,
        f"{turn.at:%Y-%m-%d %H:%M:%S}",
        turn.words,
        "누름" if turn.pressed else "",
        intent_name(turn.intent),
        turn.topic or "",
        f"{turn.confidence:.2f}",
        SOURCES.get(turn.source, turn.source),
        outcome_name(turn.outcome),
        "" if turn.alert_kind is None else alert_name(turn.alert_kind),
        RATINGS.get(turn.rating or 0, ""),
        turn.model,
        turn.milliseconds,
    )


# --- reading one dialog


def dialog(visit: Visit, number: int) -> ResponseReturnValue:
    """Show the dialog a turn is part of, personal data masked."""
    turn = visit.db.get(ConversationTurn, number) or abort(404)
    found = dialog_at(visit.db, turn.account_id, turn.at) or abort(404)
    name = found.account.member.name if found.account.member else ""
    hide = partial(_masked, name=name)
    shown = [_shown(visit, each, each.words, hide) for each in found.turns]
    return _dialog_page(visit, found, shown, number)


def dialog_as_written(visit: Visit, account: int, number: int) -> ResponseReturnValue:
    """Show a dialog with the words as they were written and the answers as they were given."""
    turn = visit.db.get(ConversationTurn, number)
    if turn is None or turn.account_id != account:
        abort(404)
    found = dialog_at(visit.db, account, turn.at, originals=True) or abort(404)
    shown = [_shown(visit, each, each.original or each.words, str) for each in found.turns]
    return _dialog_page(visit, found, shown, number, masked=False)


def _dialog_page(
    visit: Visit, found: Dialog, shown: list[ShownTurn], number: int, *, masked: bool = True
) -> str:
    return render_template(
        "console/dialog.html",
        dialog=found,
        shown=shown,
        number=number,
        masked=masked,
        may_unmask=visit.staff.role.covers(StaffRole.OPERATOR),
        misunderstood=MISUNDERSTOOD,
        intent_name=intent_name,
        outcome_name=outcome_name,
        ratings=RATINGS,
    )


def _masked(words: str, name: str) -> str:
    return without_name(mask(words), name)


def _shown(visit: Visit, turn: ConversationTurn, words: str, hide: Any) -> ShownTurn:
    kept: transcript.Kept | None = json.loads(turn.reply) if turn.reply else None
    drawn = visit.tools.draw(transcript.drawable(transcript.with_words(kept, hide))) if kept else None
    known = turn.understood or {}
    ranking = [(intent_name(intent), round(share * 100)) for intent, share in known.get("ranking", ())]
    return ShownTurn(turn, words, drawn, kept == [], _facts(turn, known), ranking)


def _facts(turn: ConversationTurn, known: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what is told beside a turn, without what is missing."""
    topic, read, strange = turn.topic or "", known.get("normalized", ""), known.get("novelty")
    safety = known.get("safety") or ()
    rows = (
        ("주제", topic),
        ("찾아낸 것", ", ".join(f"{text} ({entity})" for entity, text in known.get("entities", ()))),
        ("고쳐 읽은 말", read if read != turn.words else ""),
        ("낯선 정도", f"{strange:.0%}" if strange is not None else ""),
        ("안전 규칙", " · ".join(filter(None, safety))),
        ("누가 읽음", SOURCES.get(turn.source, turn.source)),
        ("알림", "" if turn.alert_kind is None else alert_name(turn.alert_kind)),
        ("모델", turn.model),
        ("걸린 시간", f"{turn.milliseconds / 1000:.2f}초"),
    )
    return [(label, value) for label, value in rows if value]


_NUMBER = "<int(max=2147483647):number>"
ROUTES = (
    Route("GET", "/console/conversations", conversations, StaffRole.VIEWER),
    Route("GET", "/console/conversations/export", export_conversations, StaffRole.TRAINER),
    Route("GET", f"/console/conversations/{_NUMBER}", dialog, StaffRole.VIEWER),
    *personal(
        f"/console/conversations/<int(max=2147483647):account>/{_NUMBER}/as-written",
        dialog_as_written,
        StaffRole.OPERATOR,
        "가리기 전의 대화",
        "account:{account}",
    ),
)
