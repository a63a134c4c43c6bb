"""What is meant by a message: the parse, and the two ways to one.

Rasa's traps are handled here and in ``nlu_server``: text that begins with ``/`` would become an intent unseen, every
failure is a plain 500, and the first parse after a start takes seconds.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from bot.data import declined, plain
from bot.safety import NOTHING, Safety
from bot.turn import Deadline

if TYPE_CHECKING:
    from bot.shadow import Shadow
    from bot.slots import Slots

MAX_LENGTH = 500
"""Longest text that is parsed; nobody says what they want after 500 characters."""


class NLUUnavailable(Exception):
    """No NLU server answered in time: use buttons and exact words."""


@dataclass(frozen=True, slots=True)
class Entity:
    """Words in the message that name a thing. ``start`` and ``end`` count characters of the parsed text."""

    name: str
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Meaning:
    """One possible intent with its confidence, 0 to 1."""

    intent: str
    confidence: float


@dataclass(frozen=True, slots=True)
class ParsedMessage:
    """What was understood.

    ``source`` says who understood it: nlu, cache, button, choice, menu, safety, question, fragment, or clarified
    (the person, when asked which of two meanings it was). ``confidence`` is the share of such readings that are right.
    """

    intent: str
    confidence: float
    source: str
    topic: str | None = None
    entities: tuple[Entity, ...] = ()
    ranking: tuple[Meaning, ...] = ()
    text: str = ""
    """What was parsed, empty when nothing had to be; the places of entities count its characters."""
    safety: Safety = NOTHING
    novelty: float | None = None
    """How little the words are like anything learned, 0 to 1; None where the model does not tell."""
    normalized: str = ""
    """What was parsed after spelling and spaces were put right, empty where the model does not tell."""
    model: str = ""
    """Name of the model that parsed, empty where none had to."""

    def words(self, entity: str) -> tuple[str, ...]:
        """Return the words found for an entity, in order; what is ruled out (도서관 말고) is left out."""
        text = plain(self.text)
        return tuple(e.text for e in self.entities if e.name == entity and not declined(text, e.end))


def certain(intent: str, source: str) -> ParsedMessage:
    """Return a message whose meaning needs no understanding: a button, a menu word."""
    return ParsedMessage(intent, 1.0, source)


class Understanding(Protocol):
    """Turns words into meaning."""

    def parse(self, text: str, deadline: Deadline) -> ParsedMessage:
        """Return what ``text`` means.

        Raises:
            NLUUnavailable: there is no answer before the deadline.
        """

    def ready(self) -> bool:
        """Tell whether a parse would be answered now."""


class RasaUnderstanding:
    """The live slot's model, or the other slot's where no server of the live one answers."""

    def __init__(self, slots: Slots, shadow: Shadow | None = None) -> None:
        self._slots = slots
        self._shadow = shadow

    def parse(self, text: str, deadline: Deadline) -> ParsedMessage:
        """Return what ``text`` means; see ``Understanding.parse``."""
        text = presentable(text)
        if not text:
            return certain("clarify_needed", "blank")
        live, *others = self._slots.in_order()
        with suppress(NLUUnavailable):
            parsed = self._slots.parse_with(live, text, deadline)
            if self._shadow is not None:
                self._shadow.offer(parsed, deadline)
            return parsed
        if not others:
            raise NLUUnavailable
        return self._slots.parse_with(others[0], text, deadline)

    def ready(self) -> bool:
        """Tell whether a parse would be answered: by the live slot, or by the other one in its place."""
        return any(self._slots.answers(slot) for slot in self._slots.in_order())


class SlotUnderstanding:
    """One slot's model, whether it is live or not: to try a candidate. Nothing steps in for it."""

    def __init__(self, slots: Slots, slot: str) -> None:
        self._slots = slots
        self._slot = slot

    def parse(self, text: str, deadline: Deadline) -> ParsedMessage:
        """Return what ``text`` means; see ``Understanding.parse``."""
        text = presentable(text)
        return (
            self._slots.parse_with(self._slot, text, deadline) if text else certain("clarify_needed", "blank")
        )

    def ready(self) -> bool:
        """Tell whether the slot answers."""
        return self._slots.answers(self._slot)


def presentable(text: str) -> str:
    """Return text as Rasa may safely get it, empty when nothing is left.

    A leading slash would be taken for an intent, so it becomes its full-width twin. Control characters become
    spaces; blanks around are taken off as Rasa would, because it answers 500 to nothing but blanks.
    """
    clean = "".join(" " if unicodedata.category(c) in {"Cc", "Cs"} else c for c in text[:MAX_LENGTH]).strip()
    return "／" + clean[1:] if clean.startswith("/") else clean


_KEPT = ("intent", "topic", "text", "safety", "novelty", "normalized")


def kept_answer(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return of Rasa's answer what is worth keeping."""
    kept = {name: answer.get(name) for name in _KEPT}
    entities = [{k: e[k] for k in ("entity", "start", "end", "value")} for e in answer.get("entities", ())]
    return {**kept, "entities": entities, "intent_ranking": list(answer.get("intent_ranking", ()))[:5]}


def parsed_message(answer: Mapping[str, Any], source: str, model: str = "") -> ParsedMessage:
    """Return a parse as Rasa answers it (``POST /model/parse``), with the parsed ``text`` in it."""
    intent = answer["intent"]
    topic = answer.get("topic") or {}
    return ParsedMessage(
        intent=intent["name"] or "clarify_needed",
        confidence=float(intent["confidence"]),
        source=source,
        topic=topic.get("name"),
        entities=tuple(
            Entity(e["entity"], str(e["value"]), int(e["start"]), int(e["end"]))
            for e in answer.get("entities", ())
        ),
        ranking=tuple(
            Meaning(r["name"], float(r["confidence"])) for r in list(answer.get("intent_ranking", ()))[:5]
        ),
        text=str(answer.get("text") or ""),
        safety=_safety(answer.get("safety")),
        novelty=_number(answer.get("novelty")),
        normalized=_text(answer.get("normalized")),
        model=model,
    )


def _safety(told: object) -> Safety:
    if not isinstance(told, Mapping):
        return NOTHING
    return Safety(_text(told.get("level")) or None, _text(told.get("kind")) or None, _text(told.get("why")))


def _number(told: object) -> float | None:
    return float(told) if isinstance(told, int | float) and not isinstance(told, bool) else None


def _text(told: object) -> str:
    return told if isinstance(told, str) else ""
