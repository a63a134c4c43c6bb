"""The sentences of nlu_data as the tests look at them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

ANNOTATION = re.compile(r"\[([^\]]*)\]\(([^)]*)\)")


@dataclass(frozen=True)
class Sentence:
    """One authored sentence; spans are ``(entity, start, end)`` in ``text``."""

    text: str
    intent: str
    topic: str | None
    spans: tuple[tuple[str, int, int], ...]
    file: str


def sentences(folder: Path) -> list[Sentence]:
    """Return every sentence of the YAML files of a folder."""
    return [sentence for path in sorted(folder.glob("*.yml")) for sentence in _of_file(path)]


def _of_file(path: Path) -> Iterator[Sentence]:
    for block in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
        if "intent" in block:
            topic = block.get("metadata", {}).get("topic")
            for line in block["examples"].splitlines():
                yield _sentence(line.removeprefix("- "), block["intent"], topic, path.name)


def _sentence(written: str, intent: str, topic: str | None, file: str) -> Sentence:
    text, spans, position = "", [], 0
    for match in ANNOTATION.finditer(written):
        text += written[position : match.start()]
        spans.append((match[2], len(text), len(text) + len(match[1])))
        text += match[1]
        position = match.end()
    return Sentence(text + written[position:], intent, topic, tuple(spans), file)


def normalised(text: str) -> str:
    """Return the text without what makes no difference to a reader: case, spaces, closing marks."""
    return re.sub(r"[\s?!.,~]", "", text.lower()) or text
