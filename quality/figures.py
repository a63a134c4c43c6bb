"""Figures of a model over sentences: how often it is right, how well it knows when it is not, how long it takes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from statistics import quantiles
from typing import Any

from bot.values import values_of
from models.clock import SEOUL
from quality.readings import Reading

EXAM_MOMENT = datetime(2026, 11, 23, 10, 0, tzinfo=SEOUL)
"""When the sentences of ``holdout/`` are said: a Monday morning. Values such as dates are written as of then."""
BINS = 10
OUT_OF_SCOPE, CRISIS = "out_of_scope", "crisis_support"
MOST_CONFUSIONS = 20


@dataclass(frozen=True, slots=True)
class Scores:
    """How well one intent or entity is found, shares from 0 to 1. ``n``: how many there are, ``got``: how many were said."""

    n: int
    got: int
    recall: float
    precision: float
    f1: float


@dataclass(frozen=True, slots=True)
class Bin:
    """Sentences of one range of confidence: how sure the model was on average, how often it was right."""

    n: int
    confidence: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class Figures:
    """All figures; shares are from 0 to 1, None where there is nothing to tell from."""

    sentences: int
    accuracy: float
    macro_f1: float
    topic_accuracy: float | None
    """Intent and topic, of sentences that have a topic."""
    out_of_scope_recall: float | None
    rejected: float | None
    """Share of the sentences within scope that are called out of scope."""
    crisis_recall: float | None
    value_accuracy: float | None
    """Values read exactly, of those annotated with one."""
    calibration_error: float
    """Expected calibration error over ten ranges of confidence."""
    milliseconds: dict[str, float]
    """p50, p95, p99, longest."""
    intents: dict[str, Scores]
    entities: dict[str, Scores]
    values: dict[str, float]
    styles: dict[str, float]
    """Accuracy by how sentences are written."""
    bins: tuple[Bin, ...]
    confusions: tuple[tuple[str, str, int], ...]
    """What was taken for what, how often; the most frequent first."""

    def as_json(self) -> dict[str, Any]:
        """Return everything in plain types."""
        return asdict(self)


def measure(readings: Sequence[Reading], now: datetime = EXAM_MOMENT) -> Figures:
    """Return the figures of at least one reading; ``now`` is when the sentences are said."""
    intents = _scores([r.intent for r in readings], [r.got.intent for r in readings])
    bins = _bins(readings)
    values = _values(readings, now)
    return Figures(
        sentences=len(readings),
        accuracy=_share(readings, _right),
        macro_f1=sum(s.f1 for s in intents.values() if s.n) / sum(1 for s in intents.values() if s.n),
        topic_accuracy=_share_or_none([r for r in readings if r.topic], lambda r: r.topic_is_right),
        out_of_scope_recall=_share_or_none([r for r in readings if r.intent == OUT_OF_SCOPE], _right),
        rejected=_share_or_none(
            [r for r in readings if r.intent != OUT_OF_SCOPE], lambda r: r.got.intent == OUT_OF_SCOPE
        ),
        crisis_recall=_share_or_none([r for r in readings if r.intent == CRISIS], _helps),
        value_accuracy=sum(right for right, _ in values.values()) / n
        if (n := sum(n for _, n in values.values()))
        else None,
        calibration_error=sum(b.n * abs(b.confidence - b.accuracy) for b in bins) / len(readings),
        milliseconds=_milliseconds(readings),
        intents=intents,
        entities=_entities(readings),
        values={entity: right / n for entity, (right, n) in sorted(values.items())},
        styles=_styles(readings),
        bins=bins,
        confusions=_confusions(readings),
    )


def _right(reading: Reading) -> bool:
    return reading.is_right


def _helps(reading: Reading) -> bool:
    safety = reading.got.safety
    return reading.is_right or (safety.level, safety.kind) == ("alarm", "crisis")


def _share(readings: Sequence[Reading], holds: Callable[[Reading], bool]) -> float:
    return sum(map(holds, readings)) / len(readings)


def _share_or_none(readings: Sequence[Reading], holds: Callable[[Reading], bool]) -> float | None:
    return _share(readings, holds) if readings else None


def _scores(wanted: Sequence[str], got: Sequence[str]) -> dict[str, Scores]:
    right = Counter(w for w, g in zip(wanted, got, strict=True) if w == g)
    return _table(Counter(wanted), Counter(got), right)


def _table(wanted: Counter[str], got: Counter[str], right: Counter[str]) -> dict[str, Scores]:
    return {
        name: Scores(
            n=wanted[name],
            got=got[name],
            recall=right[name] / wanted[name] if wanted[name] else 0.0,
            precision=right[name] / got[name] if got[name] else 0.0,
            f1=2 * right[name] / (wanted[name] + got[name]),
        )
        for name in sorted(wanted | got)
    }


def _entities(readings: Iterable[Reading]) -> dict[str, Scores]:
    """Count entities whose kind, start and end are all right; ``all`` is the micro average."""
    wanted, got, right = Counter[str](), Counter[str](), Counter[str]()
    for reading in readings:
        said = {(e.entity, e.start, e.end) for e in reading.entities}
        found = {(e.name, e.start, e.end) for e in reading.got.entities}
        for counter, spans in ((wanted, said), (got, found), (right, said & found)):
            counter.update(name for name, _, _ in spans)
            counter["all"] += len(spans)
    return _table(wanted, got, right)


def _values(readings: Iterable[Reading], now: datetime) -> dict[str, tuple[int, int]]:
    """Return for each entity how many annotated values were read exactly, of how many.

    A code may be annotated by its name: ``서울 마포구``, ``환경·생태계보호``.
    """
    right, n = Counter[str](), Counter[str]()
    for reading in readings:
        said = [(e.entity, e.value) for e in reading.entities if e.value is not None]
        if not said:
            continue
        found = [(v.entity, {str(v.value), v.name}) for v in values_of(reading.got, now)]
        for entity, value in said:
            n[entity] += 1
            match = next((each for each in found if each[0] == entity and value in each[1]), None)
            if match:
                found.remove(match)
                right[entity] += 1
    return {entity: (right[entity], n[entity]) for entity in n}


def _styles(readings: Sequence[Reading]) -> dict[str, float]:
    styles = sorted({r.style for r in readings if r.style})
    return {style: _share([r for r in readings if r.style == style], _right) for style in styles}


def _bins(readings: Sequence[Reading]) -> tuple[Bin, ...]:
    places: list[list[Reading]] = [[] for _ in range(BINS)]
    for reading in readings:
        places[min(int(reading.got.confidence * BINS), BINS - 1)].append(reading)
    return tuple(
        Bin(len(place), sum(r.got.confidence for r in place) / len(place), _share(place, _right))
        if place
        else Bin(0, (at + 0.5) / BINS, 0.0)
        for at, place in enumerate(places)
    )


def _confusions(readings: Iterable[Reading]) -> tuple[tuple[str, str, int], ...]:
    pairs = Counter((r.intent, r.got.intent) for r in readings if not r.is_right)
    return tuple((wanted, got, n) for (wanted, got), n in pairs.most_common(MOST_CONFUSIONS))


def _milliseconds(readings: Sequence[Reading]) -> dict[str, float]:
    times = [r.ms for r in readings]
    cuts = quantiles(times, n=100, method="inclusive") if len(times) > 1 else times * 99
    return {"p50": cuts[49], "p95": cuts[94], "p99": cuts[98], "longest": max(times)}
