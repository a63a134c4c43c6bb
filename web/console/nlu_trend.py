"""How well each day went: drawn by day, with the days on which another model began to answer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from models.quality_days import QualityDay, quality_days
from models.staff import StaffRole
from web.console.door import Route, Visit
from web.console.nlu_shown import tabs

PERIODS = (30, 90, 180)
WIDTH, HEIGHT, LEFT, BOTTOM = 720, 200, 44, 26
"""Units of a drawing; what is left of the first day and below the lowest value."""


@dataclass(frozen=True, slots=True)
class Day:
    """All models of one day together. ``models`` are named with how many sentences each read."""

    day: date
    turns: int
    answered: float
    misunderstood: float
    confidence: float
    p50: int
    p99: int
    helpful: int
    unhelpful: int
    models: tuple[tuple[str, int], ...]

    @property
    def model(self) -> str:
        """The model that read most."""
        return max(self.models, key=lambda each: each[1])[0]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a drawing: its name, its colour, dots at (x, y) with what they mean, and the way through them."""

    name: str
    colour: str
    dots: tuple[tuple[float, float, str], ...]

    @property
    def way(self) -> str:
        """The points as SVG writes them."""
        return " ".join(f"{x:.1f},{y:.1f}" for x, y, _ in self.dots)


@dataclass(frozen=True, slots=True)
class Drawing:
    """A drawing with its scale: (y, words) at the left, (x, words) below, and where another model began."""

    title: str
    lines: tuple[Line, ...]
    heights: tuple[tuple[float, str], ...]
    days: tuple[tuple[float, str], ...]
    changes: tuple[tuple[float, str], ...]


def nlu_trend(visit: Visit) -> ResponseReturnValue:
    """Draw the days of a period."""
    typed = request.args.get("days", "")
    period = int(typed) if typed in map(str, PERIODS) else PERIODS[0]
    until = visit.now.date() - timedelta(days=1)
    since = until - timedelta(days=period - 1)
    days = by_day(quality_days(visit.db, since, until))
    return render_template(
        "console/nlu_trend.html",
        tabs=tabs(),
        days=days[::-1],
        drawings=drawings(days, since, period) if len(days) > 1 else [],
        periods=[
            {
                "label": f"{each}일",
                "url": url_for("console.nlu_trend", days=each),
                "current": each == period,
            }
            for each in PERIODS
        ],
        width=WIDTH,
        height=HEIGHT,
        left=LEFT,
        bottom=HEIGHT - BOTTOM,
    )


def by_day(rows: Sequence[QualityDay]) -> list[Day]:
    """Return days, the models of each put together, the oldest first."""
    days: dict[date, list[QualityDay]] = defaultdict(list)
    for row in rows:
        days[row.day].append(row)
    return [_day(day, models) for day, models in sorted(days.items())]


def _day(day: date, models: Sequence[QualityDay]) -> Day:
    turns = sum(row.turns for row in models)
    return Day(
        day=day,
        turns=turns,
        answered=sum(row.answered for row in models) / turns,
        misunderstood=sum(row.misunderstood for row in models) / turns,
        confidence=sum(row.confidence * row.turns for row in models) / turns,
        p50=max(row.p50 for row in models),
        p99=max(row.p99 for row in models),
        helpful=sum(row.helpful for row in models),
        unhelpful=sum(row.unhelpful for row in models),
        models=tuple((row.model, row.turns) for row in models),
    )


def drawings(days: Sequence[Day], since: date, period: int) -> list[Drawing]:
    """Return what is drawn of at least one day."""
    sheet = _Sheet(days, since, period)
    slowest = max(day.p99 for day in days)
    return [
        sheet.draw(
            "알아들은 비율과 확신",
            1.0,
            _percent,
            (
                ("알아들은 비율", "#0b50d0", lambda day: day.answered),
                ("모델의 확신", "#8a5a00", lambda day: day.confidence),
            ),
        ),
        sheet.draw(
            "한 번 답하는 데 걸린 시간",
            float(slowest),
            _milliseconds,
            (
                ("보통", "#0b50d0", lambda day: float(day.p50)),
                ("느린 1%", "#c02b2b", lambda day: float(day.p99)),
            ),
        ),
    ]


def _percent(value: float) -> str:
    return f"{value:.0%}"


def _milliseconds(value: float) -> str:
    return f"{value:.0f}ms"


_Series = tuple[str, str, Callable[[Day], float]]


@dataclass(frozen=True, slots=True)
class _Sheet:
    """Days on paper: where each stands."""

    known: Sequence[Day]
    since: date
    period: int

    def draw(
        self, title: str, most: float, words: Callable[[float], str], series: Sequence[_Series]
    ) -> Drawing:
        """Return a drawing from 0 to ``most``."""
        scale = max(most, 1e-9)
        return Drawing(
            title,
            tuple(self._line(each, scale, words) for each in series),
            tuple((_y(share), words(scale * share)) for share in (0, 0.25, 0.5, 0.75, 1)),
            tuple((self._x(day), f"{day:%-m.%-d}") for day in self._marked()),
            tuple(self._changes()),
        )

    def _line(self, series: _Series, scale: float, words: Callable[[float], str]) -> Line:
        name, colour, value = series
        dots = (
            (self._x(day.day), _y(value(day) / scale), f"{day.day:%-m월 %-d일} {name} {words(value(day))}")
            for day in self.known
        )
        return Line(name, colour, tuple(dots))

    def _x(self, day: date) -> float:
        return LEFT + (WIDTH - LEFT - 16) * (day - self.since).days / max(self.period - 1, 1)

    def _marked(self) -> list[date]:
        step = max(self.period // 6, 1)
        return [self.since + timedelta(days=n) for n in range(0, self.period, step)]

    def _changes(self) -> list[tuple[float, str]]:
        """Return the days on which another model read most than the day before."""
        pairs = zip(self.known, self.known[1:], strict=False)
        return [(self._x(new.day), new.model) for old, new in pairs if new.model != old.model]


def _y(share: float) -> float:
    return 10 + (HEIGHT - BOTTOM - 10) * (1 - share)


ROUTES = (Route("GET", "/console/models/trend", nlu_trend, StaffRole.VIEWER),)
