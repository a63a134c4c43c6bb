"""Readings made up for tests."""

from __future__ import annotations

from bot.safety import Safety
from bot.understanding import Entity, ParsedMessage
from quality.readings import Annotation, Reading


def reading(
    text: str,
    intent: str,
    got: str | None = None,
    *,
    confidence: float = 0.9,
    topic: str | None = None,
    got_topic: str | None = None,
    entities: tuple[Annotation, ...] = (),
    found: tuple[Entity, ...] = (),
    safety: Safety | None = None,
    style: str | None = None,
    ms: float = 3.0,
) -> Reading:
    """Return a sentence; right unless ``got`` says otherwise."""
    understood = ParsedMessage(
        got or intent,
        confidence,
        "nlu",
        topic=got_topic,
        entities=found,
        text=text,
        safety=safety or Safety(),
    )
    return Reading(text, intent, topic, style, entities, understood, ms)
