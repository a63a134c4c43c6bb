"""Two models side by side over the same sentences: what became right, what became wrong, what is wrong either way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from quality.readings import Reading


@dataclass(frozen=True, slots=True)
class Change:
    """One sentence that the two understand differently."""

    before: Reading
    after: Reading


@dataclass(frozen=True, slots=True)
class Comparison:
    """The sentences that changed, by what that means."""

    mended: tuple[Change, ...]
    broken: tuple[Change, ...]
    otherwise_wrong: tuple[Change, ...]
    """Wrong before and after, in another way."""


def compare(before: Sequence[Reading], after: Sequence[Reading]) -> Comparison:
    """Return what changed; topic counts as well as intent. Both have read the same sentences."""
    other = {reading.text: reading for reading in after}
    pairs = [Change(reading, other[reading.text]) for reading in before if reading.text in other]
    changed = [pair for pair in pairs if _meaning(pair.before) != _meaning(pair.after)]
    return Comparison(
        mended=tuple(each for each in changed if each.after.topic_is_right),
        broken=tuple(each for each in changed if each.before.topic_is_right),
        otherwise_wrong=tuple(
            each for each in changed if not (each.before.topic_is_right or each.after.topic_is_right)
        ),
    )


def _meaning(reading: Reading) -> tuple[str, str | None]:
    return reading.got.intent, reading.got.topic
