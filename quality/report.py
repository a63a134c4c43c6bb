"""The evaluation as one page with pictures, for people who train: everything inside, nothing fetched."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from rich.table import Table

from quality.comparison import Comparison, compare
from quality.figures import Figures, measure
from quality.readings import Reading
from quality.targets import TARGETS, Target

STYLES = {
    "polite": "존댓말",
    "casual": "반말",
    "typo": "오타",
    "abbreviation": "줄임말",
    "no_spaces": "붙여쓰기",
    "mixed_english": "영어 섞기",
    "long": "긴 글",
}
_PAGES = Environment(
    loader=PackageLoader("quality"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True, slots=True)
class Measured:
    """A model with what it made of the sentences."""

    name: str
    readings: Sequence[Reading]
    figures: Figures


@dataclass(frozen=True, slots=True)
class Cell:
    """Sentences of intent number ``row`` taken for intent number ``column``: how many, and what share of the row."""

    row: int
    column: int
    n: int
    share: float


def measured(name: str, readings: Sequence[Reading]) -> Measured:
    """Return a model's readings with their figures."""
    return Measured(name, readings, measure(readings))


def as_json(model: Measured, other: Measured | None) -> dict[str, Any]:
    """Return all figures in plain types, with the sentences that changed where two models are compared."""
    told: dict[str, Any] = {"model": model.name, "figures": model.figures.as_json()}
    told["wrong"] = [_told(r) for r in model.readings if not r.topic_is_right]
    if other is None:
        return told
    found = compare(other.readings, model.readings)
    changed = {
        name: [{"before": _told(c.before), "after": _told(c.after)} for c in getattr(found, name)]
        for name in ("mended", "broken", "otherwise_wrong")
    }
    return told | {"against": {"model": other.name, "figures": other.figures.as_json()}, "changed": changed}


def table(model: Measured, other: Measured | None) -> Table:
    """Return the figures that have a target, for a terminal."""
    rows = Table("", model.name, "목표", *([other.name] if other else []))
    for target in TARGETS:
        value = target.value(model.figures)
        mark = "" if value is None else " ✓" if target.is_met(value) else " ✗"
        bound = f"{shown(target, target.bound)} {'이상' if target.at_least else '이하'}"
        beside = [shown(target, target.value(other.figures))] if other else []
        rows.add_row(target.title, shown(target, value) + mark, bound, *beside)
    return rows


def shown(target: Target, value: float | None) -> str:
    """Return a figure as people read it."""
    if value is None:
        return "–"
    return {"share": f"{value:.1%}", "ms": f"{value:.1f}ms", "number": f"{value:.3f}"}[target.unit]


def _told(reading: Reading) -> dict[str, Any]:
    return {
        "text": reading.text,
        "wanted": reading.topic or reading.intent,
        "got": reading.got.topic or reading.got.intent,
        "confidence": round(reading.got.confidence, 3),
    }


def render(model: Measured, other: Measured | None, at: datetime) -> str:
    """Return the page (HTML) about a model, beside the ``other`` one it is compared with."""
    intents = sorted({r.intent for r in model.readings} | {r.got.intent for r in model.readings})
    comparison: Comparison | None = compare(other.readings, model.readings) if other else None
    return _PAGES.get_template("evaluation.html").render(
        model=model,
        other=other,
        comparison=comparison,
        at=at,
        targets=TARGETS,
        styles=STYLES,
        shown=shown,
        intents=intents,
        cells=cells(model.readings, intents),
        wrong=[r for r in model.readings if not r.topic_is_right],
    )


def cells(readings: Sequence[Reading], intents: Sequence[str]) -> list[Cell]:
    """Return the confusion matrix without its empty cells."""
    place = {intent: at for at, intent in enumerate(intents)}
    rows = Counter(r.intent for r in readings)
    pairs = Counter((r.intent, r.got.intent) for r in readings)
    return [Cell(place[said], place[got], n, n / rows[said]) for (said, got), n in sorted(pairs.items())]
