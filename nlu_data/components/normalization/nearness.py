"""Words one key apart, on the keys they are typed with: 봉사시갼 and 봉사시간.

The index holds every word under its keys and under its keys with each one left out, so that two words one edit apart
meet in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from components.hangul import keys_of
from components.keyboards import is_slip

Index = Mapping[str, tuple[str, ...]]


def similar(part: str, index: Index) -> set[str]:
    """Words of the index that are one key away from the part: another key, one missing, one too many, two swapped."""
    keys = keys_of(part)
    if len(keys) < 4:
        return set()
    found = {word for variant in _variants(keys) for word in index.get(variant, ())}
    return {word for word in found if _one_edit(keys, keys_of(word))}


def index_of(words: Iterable[str]) -> Index:
    """Index words of at least five keys; shorter ones are one key from too much."""
    index: dict[str, list[str]] = {}
    for word in sorted(words):
        if len(keys_of(word)) >= 5:
            for variant in _variants(keys_of(word)):
                index.setdefault(variant, []).append(word)
    return {variant: tuple(found) for variant, found in index.items()}


def _variants(keys: str) -> set[str]:
    return {keys, *(keys[:i] + keys[i + 1 :] for i in range(len(keys)))}


def _one_edit(a: str, b: str) -> bool:
    if a == b:
        return True
    head = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    if a[head + 1 :] == b[head + 1 :] or a[head + 1 :] == b[head:] or a[head:] == b[head + 1 :]:
        return True
    return a[head : head + 2] == b[head : head + 2][::-1] and a[head + 2 :] == b[head + 2 :]


def cost(part: str, meant: str) -> float:
    """Return nats: nothing for a slip of the finger, more for an edit no keyboard explains."""
    a, b = keys_of(part), keys_of(meant)
    if len(a) != len(b):
        return 2.0
    wrong = [(x, y) for x, y in zip(a, b, strict=True) if x != y]
    return 0.0 if len(wrong) != 1 or is_slip(*wrong[0]) else 4.0
