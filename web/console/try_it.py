"""Try it: staff talk to 보람 and see how each message was understood, with the live model or another one.

Nothing of it lasts: no conversation is kept, nobody's data change and no alert goes out (``bot.trial``).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from bot.assistant import Answer
from bot.replies import Press
from bot.trial import NOBODY, Reading, Slot, Trial
from bot.understanding import Entity, ParsedMessage
from bot.values import values_of
from models.conversations import MISUNDERSTOOD
from models.staff import StaffRole
from web.console.door import Route, Visit
from web.console.words import ENTITIES, SOURCES, intent_name, outcome_name

LONGEST = 1000
"""Longest message, in characters."""
EXAMPLES = (
    "이번 주말에 천안에서 할 수 있는 봉사 찾아줘",
    "나 지금까지 몇 시간 했어?",
    "토요일 신청한 거 취소할래",
)
_LEVELS = {"alarm": "바로 도와요", "check": "조심스럽게 물어봐요"}
_KINDS = {"crisis": "위기", "abuse": "거친 말", "attack": "공격"}


def try_it(visit: Visit) -> ResponseReturnValue:
    """Show the try that is going on."""
    return _page(visit, visit.tools.trials.recall(visit.staff.id))


def say(visit: Visit) -> ResponseReturnValue:
    """Take a message, typed or by a button of the last answer, and show the answer."""
    trials, trial = visit.tools.trials, visit.tools.trials.recall(visit.staff.id)
    words, press = _said(visit)
    if not words:
        return _page(visit, trial, "보람에게 할 말을 적어 주세요."), 422
    slot = _slot(visit)
    answer = trials.answer(visit.staff.id, trial, slot, words, press, visit.now)
    readings = trials.readings(words) if press is None else []
    trial.exchanges.append(
        {
            "said": words,
            "response": visit.tools.draw(answer.reply),
            **_understood(answer, slot),
            "readings": [_read(reading, readings[0], visit.now) for reading in readings],
        }
    )
    trials.keep(visit.staff.id, trial)
    if len(trials.recall(visit.staff.id).exchanges) != len(trial.exchanges):
        return _page(
            visit, trial
        )  # nothing remembers at the moment, so nothing would be there after a redirect
    return redirect(url_for("console.try_it", slot=slot.name, _anchor="latest"), 303)


def try_anew(visit: Visit) -> ResponseReturnValue:
    """Begin a new try, as somebody."""
    persona = request.form.get("persona", NOBODY)
    known = persona in visit.tools.trials.personas()
    visit.tools.trials.keep(visit.staff.id, Trial(persona if known else NOBODY))
    return redirect(url_for("console.try_it"), 303)


def _page(visit: Visit, trial: Trial, error: str = "") -> str:
    trials = visit.tools.trials
    return render_template(
        "console/try_it.html",
        trial=trial,
        slots=[(slot.name, _slot_name(slot)) for slot in trials.slots()],
        slot=_slot(visit).name,
        personas=[(NOBODY, "처음 온 사람"), *trials.personas().items()] if trials.personas() else [],
        examples=EXAMPLES,
        longest=LONGEST,
        error=error,
    )


def _said(visit: Visit) -> tuple[str, Press | None]:
    """Return the words of the form and what the pressed button carried, if it was one."""
    pressed = _pressed(request.form.get("pressed", ""))
    told = (
        pressed.get("messageText")
        or pressed.get("label")
        or pressed.get("title")
        or request.form.get("words", "")
    )
    extra = pressed.get("extra")
    press = visit.tools.pressed(extra) if isinstance(extra, dict) else None
    return visit.tools.clean(str(told))[:LONGEST], press


def _pressed(text: str) -> dict[str, Any]:
    """Return the button a form holds; what is none of ours counts for nothing."""
    try:
        value = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _slot(visit: Visit) -> Slot:
    """Return the slot that is asked for, the live one when it is not there."""
    slots, wanted = visit.tools.trials.slots(), request.values.get("slot", "")
    return next((slot for slot in slots if slot.name == wanted), slots[0])


def _slot_name(slot: Slot) -> str:
    name = "지금 쓰는 모델" if slot.live else "다른 모델"
    return f"{name} ({slot.model})" if slot.model else name


def _understood(answer: Answer, slot: Slot) -> dict[str, Any]:
    """Return what the assistant made of a message, in the light of what was said before."""
    parsed = answer.parsed
    return {
        "model": _slot_name(slot),
        "meaning": intent_name(parsed.intent),
        "confidence": round(parsed.confidence * 100),
        "source": SOURCES.get(parsed.source, parsed.source),
        "outcome": outcome_name(answer.outcome),
        "missed": answer.outcome in MISUNDERSTOOD,
        "topic": answer.topic or parsed.topic or "",
        "milliseconds": dict(answer.milliseconds),
    }


def _read(reading: Reading, live: Reading, now: datetime) -> dict[str, Any]:
    """Return what a model makes of the words alone, as the page draws it, and whether the live one does the same."""
    told: dict[str, Any] = {"model": _slot_name(reading.slot), "milliseconds": reading.milliseconds}
    if (parsed := reading.parsed) is None:
        return told
    return told | {
        "same": live.parsed is not None and _gist(parsed) == _gist(live.parsed),
        "ranking": [(intent_name(each.intent), round(each.confidence * 100, 1)) for each in parsed.ranking],
        "pieces": list(_pieces(parsed)),
        "values": [
            (ENTITIES.get(value.entity, value.entity), value.text, str(value.name or value.value))
            for value in values_of(parsed, now)
        ],
        "facts": list(_facts(parsed)),
    }


def _gist(parsed: ParsedMessage) -> tuple[object, ...]:
    """Return what of a parse makes the answer another one."""
    return parsed.intent, parsed.topic, parsed.entities, parsed.safety


def _pieces(parsed: ParsedMessage) -> Iterator[tuple[str, str]]:
    """Return the sentence in pieces, each with the name of what was found there, empty for the rest."""
    at = 0
    for entity in sorted(parsed.entities, key=_place):
        if entity.start < at or entity.end <= entity.start:
            continue  # within one that is marked already
        yield parsed.text[at : entity.start], ""
        yield parsed.text[entity.start : entity.end], ENTITIES.get(entity.name, entity.name)
        at = entity.end
    yield parsed.text[at:], ""


def _place(entity: Entity) -> tuple[int, int]:
    return entity.start, -entity.end


def _facts(parsed: ParsedMessage) -> Iterator[tuple[str, str]]:
    safety = parsed.safety
    if parsed.topic:
        yield "주제", parsed.topic
    if parsed.normalized and parsed.normalized != parsed.text:
        yield "고쳐 읽은 말", parsed.normalized
    if parsed.novelty is not None:
        yield "낯선 정도", f"{parsed.novelty:.0%}"
    told = (_KINDS.get(safety.kind or "", ""), _LEVELS.get(safety.level or "", ""), safety.why or "")
    if safety.level:
        yield "안전 규칙", " · ".join(filter(None, told))


ROUTES = (
    Route("GET", "/console/try-it", try_it, StaffRole.VIEWER),
    Route("POST", "/console/try-it", say, StaffRole.VIEWER, "보람에게 말 걸기", {"words": "할 말"}),
    Route("POST", "/console/try-it/new", try_anew, StaffRole.VIEWER, "새로 해 보기"),
)
