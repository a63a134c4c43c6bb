"""An evaluation in plain types, to be kept in the store, and back: two models are compared long after they were measured."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.safety import NOTHING, Safety
from bot.understanding import ParsedMessage
from quality.figures import Bin, Figures, Scores, measure
from quality.readings import Reading
from quality.targets import TARGETS

_ALARM = Safety("alarm", "crisis", "")
"""What is kept of an alarm: that there was one."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A model's evaluation: figures and readings of the exam, and readings of the golden sentences."""

    name: str
    figures: Figures
    readings: tuple[Reading, ...]
    golden: tuple[Reading, ...]

    @property
    def exam(self) -> str:
        """Return a digest of the sentences and what they mean: only what was asked the same can be compared."""
        asked = sorted((r.text, r.intent, r.topic or "") for r in (*self.readings, *self.golden))
        return hashlib.sha256(json.dumps(asked, ensure_ascii=False).encode()).hexdigest()[:16]

    @property
    def golden_right(self) -> int:
        """Return how many golden sentences were understood."""
        return sum(reading.topic_is_right for reading in self.golden)

    @property
    def summary(self) -> dict[str, Any]:
        """Return the few figures that a list of models shows."""
        figures = {target.name: target.value(self.figures) for target in TARGETS}
        return figures | {"golden": len(self.golden), "golden_right": self.golden_right}


def keep(name: str, readings: Sequence[Reading], golden: Sequence[Reading]) -> Kept:
    """Return the evaluation of what a model made of the exam (one sentence at least) and of the golden sentences."""
    return Kept(name, measure(readings), tuple(readings), tuple(golden))


def as_plain(kept: Kept) -> dict[str, Any]:
    """Return an evaluation in plain types."""
    return {
        "name": kept.name,
        "figures": kept.figures.as_json(),
        "readings": [_row(reading) for reading in kept.readings],
        "golden": [_row(reading) for reading in kept.golden],
    }


def from_plain(plain: Mapping[str, Any]) -> Kept:
    """Return what ``as_plain`` was given, without the words marked in each sentence: of these only figures are kept."""
    return Kept(
        plain["name"],
        _figures(plain["figures"]),
        tuple(_reading(row) for row in plain["readings"]),
        tuple(_reading(row) for row in plain["golden"]),
    )


def _row(reading: Reading) -> list[Any]:
    got = reading.got
    alarm = (got.safety.level, got.safety.kind) == (_ALARM.level, _ALARM.kind)
    said = [reading.text, reading.intent, reading.topic, reading.style]
    return [*said, got.intent, got.topic, round(got.confidence, 4), reading.ms, alarm]


def _reading(row: Sequence[Any]) -> Reading:
    text, intent, topic, style, got, got_topic, confidence, ms, alarm = row
    safety = _ALARM if alarm else NOTHING
    understood = ParsedMessage(got, confidence, "nlu", topic=got_topic, text=text, safety=safety)
    return Reading(text, intent, topic, style, (), understood, ms)


def _figures(plain: Mapping[str, Any]) -> Figures:
    whole = {
        "intents": {name: Scores(**scores) for name, scores in plain["intents"].items()},
        "entities": {name: Scores(**scores) for name, scores in plain["entities"].items()},
        "bins": tuple(Bin(**each) for each in plain["bins"]),
        "confusions": tuple((wanted, got, n) for wanted, got, n in plain["confusions"]),
    }
    return Figures(**{**plain, **whole})
