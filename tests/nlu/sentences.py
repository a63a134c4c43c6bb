"""The sentences of nlu_data as the tests look at them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import yaml

ANNOTATION = re.compile(r"\[([^\]]*)\](?:\((\w+)\)|\{\"entity\": \"(\w+)\"[^}]*\})")


@dataclass(frozen=True)
class Sentence:
    """One authored sentence; spans are ``(entity, start, end)`` in ``text``; style and source as its block says."""

    text: str
    intent: str
    topic: str | None
    spans: tuple[tuple[str, int, int], ...]
    file: str
    style: str | None = None
    source: str | None = None


@dataclass(frozen=True)
class Twins:
    """Two sentences that are nearly the same, and how nearly (0 to 1)."""

    learned: str
    asked: str
    likeness: float


def sentences(folder: Path) -> list[Sentence]:
    """Return every sentence of the YAML files of a folder."""
    return [sentence for path in sorted(folder.glob("*.yml")) for sentence in _of_file(path)]


def blocks(folder: Path) -> list[tuple[str, dict[str, Any]]]:
    """Return ``(file name, block)`` of every block of sentences in the YAML files of a folder."""
    return [
        (path.name, block)
        for path in sorted(folder.glob("*.yml"))
        for block in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]
        if "intent" in block
    ]


def _of_file(path: Path) -> Iterator[Sentence]:
    for block in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
        if "intent" in block:
            for line in block["examples"].splitlines():
                yield _sentence(line.removeprefix("- "), block, path.name)


def _sentence(written: str, block: dict[str, Any], file: str) -> Sentence:
    text, spans, position = "", [], 0
    for match in ANNOTATION.finditer(written):
        text += written[position : match.start()]
        spans.append((match[2] or match[3], len(text), len(text) + len(match[1])))
        text += match[1]
        position = match.end()
    about = block.get("metadata", {})
    return Sentence(
        text + written[position:],
        block["intent"],
        about.get("topic"),
        tuple(spans),
        file,
        about.get("style"),
        about.get("source"),
    )


def normalised(text: str) -> str:
    """Return the text without what makes no difference to a reader: case, spaces, closing marks."""
    return re.sub(r"[\s?!.,~]", "", text.lower()) or text


def trigrams(text: str) -> frozenset[str]:
    """Return the runs of three letters of the normalised text, its edges marked."""
    padded = f" {normalised(text)} "
    return frozenset(padded[i : i + 3] for i in range(max(1, len(padded) - 2)))


def near_twins(learned: list[Sentence], asked: list[Sentence], jaccard: float, edits: float) -> list[Twins]:
    """Return the pairs that share at least ``jaccard`` of their trigrams or are alike by ``edits`` in their letters.

    The edit likeness is ``difflib``'s ratio; it is looked at only where a third of the trigrams is shared, and not at
    all where ``edits`` is more than 1.
    """
    grams = [trigrams(sentence.text) for sentence in learned]
    having: defaultdict[str, list[int]] = defaultdict(list)
    for number, own in enumerate(grams):
        for gram in own:
            having[gram].append(number)
    return [
        Twins(learned[number].text, exam.text, round(likeness, 2))
        for exam in asked
        for number, likeness in _alike(exam.text, learned, grams, having, jaccard, edits)
    ]


def _alike(
    text: str,
    learned: list[Sentence],
    grams: list[frozenset[str]],
    having: dict[str, list[int]],
    jaccard: float,
    edits: float,
) -> Iterator[tuple[int, float]]:
    own = trigrams(text)
    for number in sorted({n for gram in own for n in having.get(gram, ())}):
        shared = len(own & grams[number]) / len(own | grams[number])
        if shared >= jaccard:
            yield number, shared
        elif edits <= 1 and shared >= 1 / 3:
            ratio = SequenceMatcher(None, normalised(learned[number].text), normalised(text), False).ratio()
            if ratio >= edits:
                yield number, ratio
