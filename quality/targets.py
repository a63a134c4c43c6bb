"""What a model must reach before young people meet it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from quality.figures import Figures


@dataclass(frozen=True, slots=True)
class Target:
    """One figure with its bound. ``unit``: share (0 to 1), number or ms."""

    name: str
    title: str
    bound: float
    at_least: bool = True
    unit: Literal["share", "number", "ms"] = "share"

    def value(self, figures: Figures) -> float | None:
        """Return the figure, None where there is nothing to tell from."""
        if self.unit == "ms":
            return figures.milliseconds[self.name]
        value: float | None = getattr(figures, self.name)
        return value

    def is_met(self, value: float) -> bool:
        """Tell whether a figure is good enough."""
        return value >= self.bound if self.at_least else value <= self.bound


TARGETS = (
    Target("accuracy", "의도 정확도", 0.93),
    Target("topic_accuracy", "FAQ 주제 정확도", 0.88),
    Target("value_accuracy", "값까지 정확히", 0.92),
    Target("crisis_recall", "위기 신호 찾기", 1.0),
    Target("out_of_scope_recall", "범위 밖 찾기", 0.90),
    Target("rejected", "잘못 돌려보냄", 0.04, at_least=False),
    Target("calibration_error", "확신 오차(ECE)", 0.04, at_least=False, unit="number"),
    Target("p50", "보통 걸리는 시간", 10, at_least=False, unit="ms"),
    Target("p99", "느린 1%의 시간", 40, at_least=False, unit="ms"),
)
