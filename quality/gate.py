"""The gate: whether a candidate may take the place of the live model.

It compares two evaluations of the same exam and says of each figure whether the candidate falls below the live model:
by how much it may is in the tables here, with the reason. What is worse by less is noted, and people decide.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.menu import INTENT_TITLES
from quality.figures import Figures, Scores
from quality.kept import Kept
from quality.report import shown
from quality.targets import TARGETS, Target


class Verdict(StrEnum):
    """What a finding means for the candidate."""

    PASSED = "passed"
    NOTED = "noted"
    """Worse, but by so little that it may be chance; or not to be told."""
    BLOCKS = "blocks"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: its title, how it is and was, in words, and what that means."""

    name: str
    title: str
    before: str
    after: str
    verdict: Verdict
    words: str = ""

    @property
    def blocks(self) -> bool:
        """Tell whether the candidate may not be promoted because of it."""
        return self.verdict is Verdict.BLOCKS


@dataclass(frozen=True, slots=True)
class Limit:
    """By how much a figure may be worse; one sentence of those it is counted from always may."""

    figure: str
    margin: float
    counted: Callable[[Figures], int]
    """How many sentences the figure is taken from."""
    lenient: bool = True
    """Whether one sentence may be lost at all."""


def _of(*intents: str) -> Callable[[Figures], int]:
    return lambda figures: sum(figures.intents[name].n for name in intents if name in figures.intents)


def _in_scope(figures: Figures) -> int:
    return figures.sentences - _of("out_of_scope")(figures)


LIMITS = (
    # Of a thousand sentences two: a training moves a few over the edge either way without being better or worse.
    Limit("accuracy", 0.002, lambda figures: figures.sentences),
    Limit("topic_accuracy", 0.005, lambda figures: figures.sentences),
    Limit("value_accuracy", 0.01, lambda figures: figures.sentences),
    Limit(
        "crisis_recall", 0.0, _of("crisis_support"), lenient=False
    ),  # nobody in distress is missed more often
    Limit("out_of_scope_recall", 0.01, _of("out_of_scope")),
    Limit("rejected", 0.005, _in_scope),
    Limit("calibration_error", 0.01, lambda figures: figures.sentences),
)
INTENT_FLOOR = 0.85
"""Share of an intent's sentences below which it must not fall."""
MOST_LOST = 2
"""Sentences of one intent that may be lost, net."""
SLOWER = 1.5
"""Times as long as the live model, in the median of the same hour on the same machine: what the machine does meanwhile
moves the slowest sentences far more, so these are only noted."""
NOTICEABLE = 1.0
"""Milliseconds below which a difference is none."""


def gate(candidate: Kept, live: Kept | None) -> list[Finding]:
    """Return what was looked at, what stands against the candidate first.

    Without a live model to compare with, the targets are what it must reach.
    """
    if live is None:
        return _sorted(_against_targets(candidate))
    if candidate.exam != live.exam:
        return [_not_comparable()]
    found = [*_golden(candidate, live), *_figures(candidate, live)]
    return _sorted([*found, *_intents(candidate, live), *_times(candidate, live)])


def is_open(findings: Sequence[Finding]) -> bool:
    """Tell whether nothing stands against the candidate."""
    return not any(finding.blocks for finding in findings)


def _sorted(findings: Sequence[Finding]) -> list[Finding]:
    order = (Verdict.BLOCKS, Verdict.NOTED, Verdict.PASSED)
    return sorted(findings, key=lambda finding: order.index(finding.verdict))


def _not_comparable() -> Finding:
    words = "두 모델이 서로 다른 시험을 봤어요. 시험을 다시 보게 해 주세요."
    return Finding("exam", "같은 시험", "–", "–", Verdict.BLOCKS, words)


def _against_targets(candidate: Kept) -> list[Finding]:
    found = []
    for target in TARGETS:
        value = target.value(candidate.figures)
        met = value is None or target.is_met(value)
        verdict = Verdict.PASSED if met else Verdict.NOTED if target.unit == "ms" else Verdict.BLOCKS
        bound = f"목표 {shown(target, target.bound)}"
        words = "" if met else f"목표({shown(target, target.bound)})에 못 미쳐요."
        found.append(Finding(target.name, target.title, bound, shown(target, value), verdict, words))
    return found


def _golden(candidate: Kept, live: Kept) -> Iterator[Finding]:
    if not candidate.golden:
        return
    known = {reading.text for reading in live.golden if reading.topic_is_right}
    lost = [r.text for r in candidate.golden if not r.topic_is_right and r.text in known]
    missed = len(candidate.golden) - candidate.golden_right
    verdict = Verdict.BLOCKS if lost else Verdict.NOTED if missed else Verdict.PASSED
    words = f"{missed}개는 지금 모델도 틀려요." if missed else ""
    if lost:
        words = "새로 틀린 문장: " + ", ".join(f"'{text}'" for text in lost[:3])
    n = len(candidate.golden)
    before, after = f"{live.golden_right}/{n}", f"{candidate.golden_right}/{n}"
    yield Finding("golden", "꼭 맞아야 하는 문장", before, after, verdict, words)


def _figures(candidate: Kept, live: Kept) -> Iterator[Finding]:
    targets = {target.name: target for target in TARGETS}
    for limit in LIMITS:
        target = targets[limit.figure]
        before, after = target.value(live.figures), target.value(candidate.figures)
        if before is None or after is None:
            continue
        worse = before - after if target.at_least else after - before
        one = 1 / max(limit.counted(candidate.figures), 1) if limit.lenient else 0.0
        verdict = _verdict(worse, max(limit.margin, one))
        words = _worse(target, worse, verdict)
        yield Finding(limit.figure, target.title, shown(target, before), shown(target, after), verdict, words)


def _verdict(worse: float, allowed: float) -> Verdict:
    tiny = 1e-9  # what adding up shares leaves behind
    if worse > allowed + tiny:
        return Verdict.BLOCKS
    return Verdict.NOTED if worse > tiny else Verdict.PASSED


def _worse(target: Target, worse: float, verdict: Verdict) -> str:
    if verdict is Verdict.PASSED:
        return ""
    by = f"{worse * 100:.1f}%p" if target.unit == "share" else shown(target, worse)
    return f"지금 모델보다 {by} 나빠요." + (
        "" if verdict is Verdict.BLOCKS else " 우연일 수 있는 만큼이에요."
    )


def _intents(candidate: Kept, live: Kept) -> Iterator[Finding]:
    """Find intents that are understood worse; of those that are not, one line says so."""
    found = []
    for name, before in live.figures.intents.items():
        after = candidate.figures.intents.get(name)
        if before.n and after is not None and (finding := _intent(name, before, after)):
            found.append(finding)
    yield from found
    if not any(finding.blocks for finding in found):
        n = sum(1 for scores in live.figures.intents.values() if scores.n)
        yield Finding("intents", "뜻마다", f"{n}가지", f"{n}가지", Verdict.PASSED)


def _intent(name: str, before: Scores, after: Scores) -> Finding | None:
    lost = round((before.recall - after.recall) * after.n)
    if lost <= 0:
        return None
    below = after.recall < INTENT_FLOOR
    verdict = Verdict.BLOCKS if below or lost > MOST_LOST else Verdict.NOTED
    words = f"{after.n}문장 가운데 {lost}문장을 더 놓쳐요."
    if below:
        words += f" 어느 뜻이든 {INTENT_FLOOR:.0%}는 알아들어야 해요."
    title = f"'{INTENT_TITLES.get(name, name)}' 알아듣기"
    return Finding(f"intent:{name}", title, f"{before.recall:.0%}", f"{after.recall:.0%}", verdict, words)


def _times(candidate: Kept, live: Kept) -> Iterator[Finding]:
    for target in (target for target in TARGETS if target.unit == "ms"):
        before, after = target.value(live.figures) or 0.0, target.value(candidate.figures) or 0.0
        slower = after > before * SLOWER and after - before > NOTICEABLE
        verdict = Verdict.PASSED
        if slower:
            verdict = Verdict.BLOCKS if target.name == "p50" else Verdict.NOTED
        words = f"지금 모델보다 {after / before:.1f}배 오래 걸려요." if slower else ""
        yield Finding(target.name, target.title, shown(target, before), shown(target, after), verdict, words)
