"""Sentences with what they mean and what a model made of them, read in the Rasa environment."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.settings import ROOT
from bot.understanding import ParsedMessage, parsed_message

SCRIPT = ROOT / "nlu_data/parse.sh"
HOLDOUT = ROOT / "nlu_data/holdout"
Watch = Callable[[int, int], None]
"""Told how many sentences of how many are done."""


class NotMeasured(Exception):
    """The Rasa environment could not parse the sentences; the text says why."""


@dataclass(frozen=True, slots=True)
class Annotation:
    """Words that somebody marked: where they stand, and their value where one was written."""

    entity: str
    start: int
    end: int
    value: str | None


@dataclass(frozen=True, slots=True)
class Reading:
    """One sentence. ``intent``, ``topic`` and ``entities`` are what it means, ``got`` is what the model made of it."""

    text: str
    intent: str
    topic: str | None
    style: str | None
    entities: tuple[Annotation, ...]
    got: ParsedMessage
    ms: float

    @property
    def is_right(self) -> bool:
        """The intent was understood."""
        return self.got.intent == self.intent

    @property
    def topic_is_right(self) -> bool:
        """Intent and topic (or that there is none) were understood."""
        return self.is_right and self.got.topic == self.topic


def read_sentences(
    model: Path,
    sentences: Path = HOLDOUT,
    watch: Watch = lambda *_: None,
    *,
    before: Sequence[str] = (),
) -> list[Reading]:
    """Parse every sentence of a Rasa YAML file or folder with a model; what ``watch`` raises ends it.

    ``before`` stands in front of the command: ``nice``, for one.

    Raises:
        NotMeasured: the model or a file cannot be read.
    """
    command = [*before, str(SCRIPT), str(model), str(sentences)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None  # noqa: S101 - it is piped
        assert process.stderr is not None  # noqa: S101 - it is piped
        lines = (json.loads(line) for line in process.stdout)
        total = next(lines, {"sentences": 0})["sentences"]
        readings: list[Reading] = []
        for line in lines:
            readings.append(_reading(line))
            watch(len(readings), total)
        told = process.stderr.read()
    if process.returncode or not readings:
        raise NotMeasured(told.strip() or f"{sentences}: no sentences")
    return readings


def _reading(line: Mapping[str, Any]) -> Reading:
    return Reading(
        text=line["text"],
        intent=line["intent"],
        topic=line["topic"],
        style=line["style"],
        entities=tuple(_annotation(line["text"], entity) for entity in line["entities"]),
        got=parsed_message({**line["parse"], "text": line["text"]}, "nlu"),
        ms=line["ms"],
    )


def _annotation(text: str, entity: Mapping[str, Any]) -> Annotation:
    start, end = int(entity["start"]), int(entity["end"])
    value = entity.get("value")
    return Annotation(entity["entity"], start, end, None if value in (None, text[start:end]) else str(value))
