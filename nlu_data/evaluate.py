"""Measure a model on sentences it never saw: ``evaluate.py MODEL.tar.gz [SENTENCES] [--json]``.

Counts are over whole sentences; an entity is right when type, start and end are all right; a topic is right when the
intent is right and the topic (or its absence) too.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
from collections import Counter
from dataclasses import dataclass
from typing import Any

import structlog
from rasa.core.agent import Agent
from rasa.shared.nlu.training_data.loading import load_data
from rasa.shared.nlu.training_data.message import Message

Span = tuple[str, int, int]


@dataclass(frozen=True)
class Reading:
    """One sentence: what it means and what the model made of it."""

    text: str
    intent: str
    topic: str | None
    entities: frozenset[Span]
    got_intent: str
    got_topic: str | None
    got_entities: frozenset[Span]
    confidence: float

    @property
    def intent_is_right(self) -> bool:
        """The top-level intent was understood."""
        return self.intent == self.got_intent

    @property
    def topic_is_right(self) -> bool:
        """Intent and topic were understood."""
        return self.intent_is_right and self.topic == self.got_topic


def read_all(model: str, sentences: str) -> list[Reading]:
    """Parse every sentence under the path with the model."""
    agent = Agent.load(model)

    async def parse_all() -> list[Reading]:
        return [
            _reading(e, await agent.parse_message(e.get("text"))) for e in load_data(sentences).nlu_examples
        ]

    return asyncio.run(parse_all())


def _reading(example: Message, parsed: dict[str, Any]) -> Reading:
    metadata = (example.get("metadata") or {}).get("intent") or {}
    topic = parsed.get("topic")
    return Reading(
        text=example.get("text"),
        intent=example.get("intent"),
        topic=metadata.get("topic"),
        entities=_spans(example.get("entities", [])),
        got_intent=parsed["intent"]["name"],
        got_topic=topic["name"] if topic else None,
        got_entities=_spans(parsed["entities"]),
        confidence=parsed["intent"]["confidence"],
    )


def _spans(entities: list[dict[str, Any]]) -> frozenset[Span]:
    return frozenset((e["entity"], e["start"], e["end"]) for e in entities)


def measure(readings: list[Reading]) -> dict[str, Any]:
    """Figures of one model: shares from 0 to 1, counts, and the sentences it got wrong."""
    right = [r for r in readings if r.intent_is_right]
    return {
        "sentences": len(readings),
        "intent_accuracy": len(right) / len(readings),
        "topic_accuracy": _share(r.topic_is_right for r in readings if r.topic),
        "intent_and_topic_accuracy": _share(r.topic_is_right for r in readings),
        "intents": _intents(readings),
        "entities": _entities(readings),
        "wrong": [_wrong(r) for r in readings if not r.topic_is_right],
    }


def _share(values: Any) -> float:
    found = list(values)
    return sum(found) / len(found) if found else 1.0


def _intents(readings: list[Reading]) -> dict[str, dict[str, float]]:
    wanted = Counter(r.intent for r in readings)
    got = Counter(r.got_intent for r in readings)
    right = Counter(r.intent for r in readings if r.intent_is_right)
    return {name: _scores(wanted[name], got[name], right[name]) for name in sorted(wanted)}


def _entities(readings: list[Reading]) -> dict[str, dict[str, float]]:
    wanted = Counter(span[0] for r in readings for span in r.entities)
    got = Counter(span[0] for r in readings for span in r.got_entities)
    right = Counter(span[0] for r in readings for span in r.entities & r.got_entities)
    table = {name: _scores(wanted[name], got[name], right[name]) for name in sorted(wanted | got)}
    return {**table, "all": _scores(wanted.total(), got.total(), right.total())}


def _scores(wanted: int, got: int, right: int) -> dict[str, float]:
    return {
        "wanted": wanted,
        "recall": right / wanted if wanted else 0.0,
        "precision": right / got if got else 0.0,
        "f1": 2 * right / (wanted + got),
    }


def _wrong(reading: Reading) -> dict[str, Any]:
    return {
        "text": reading.text,
        "wanted": reading.topic or reading.intent,
        "got": reading.got_topic or reading.got_intent,
        "confidence": round(reading.confidence, 2),
    }


def table(figures: dict[str, Any]) -> str:
    """Lay the figures out for a terminal."""
    lines = [f"{'':26}{'n':>5}{'recall':>9}{'precision':>11}{'f1':>7}"]
    for part in ("intents", "entities"):
        lines += [_row(name, scores) for name, scores in figures[part].items()] + [""]
    lines += [f"  {w['wanted']} -> {w['got']} ({w['confidence']})  {w['text']}" for w in figures["wrong"]]
    return "\n".join([*lines, "", _summary(figures)])


def _summary(figures: dict[str, Any]) -> str:
    shares = {
        "intent": figures["intent_accuracy"],
        "topic": figures["topic_accuracy"],
        "both": figures["intent_and_topic_accuracy"],
        "entity F1": figures["entities"]["all"]["f1"],
    }
    return "   ".join([f"sentences {figures['sentences']}", *(f"{k} {v:.1%}" for k, v in shares.items())])


def _row(name: str, s: dict[str, float]) -> str:
    return f"{name:26}{s['wanted']:>5}{s['recall']:>9.2f}{s['precision']:>11.2f}{s['f1']:>7.2f}"


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("model")
    arguments.add_argument("sentences", nargs="?", default="holdout")
    arguments.add_argument("--json", action="store_true", help="figures for a program instead of a person")
    chosen = arguments.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    result = measure(read_all(chosen.model, chosen.sentences))
    print(json.dumps(result, ensure_ascii=False) if chosen.json else table(result))  # noqa: T201 - its purpose
