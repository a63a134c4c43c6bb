"""What became other between two wordings of an answer, word by word."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Literal

from bot.links import PAGES
from bot.menu import INTENT_TITLES

Kind = Literal["same", "gone", "new"]
_ALIKE = 0.5
_PIECES = re.compile(r"\n|[^\S\n]+|[^\s]+")


@dataclass(frozen=True, slots=True)
class Change:
    """One field that differs, in pieces that stayed, went or came."""

    label: str
    pieces: tuple[tuple[Kind, str], ...]


def changes(before: Mapping[str, Any], after: Mapping[str, Any], names: Mapping[str, str]) -> list[Change]:
    """Return the fields that differ; ``names`` has the questions of related topics."""
    old, new = _in_words(before, names), _in_words(after, names)
    return [
        Change(label, tuple(_pieces(old[label], new[label]))) for label in old if old[label] != new[label]
    ]


def _in_words(content: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, str]:
    return {
        "질문": content.get("question", ""),
        "짧은 말": content.get("short", ""),
        "답": content.get("answer", ""),
        "확인": "확인했어요" if content.get("verified") else "아직 확인 중이에요",
        "출처": "\n".join(content.get("source", ())),
        "출처와 맞춰 본 날": content.get("checked", ""),
        "버튼": "\n".join(
            f"{button['label']} → {_leads_to(button)}" for button in content.get("buttons", ())
        ),
        "비슷한 질문": "\n".join(names.get(name, name) for name in content.get("see_also", ())),
    }


def _leads_to(button: Mapping[str, str]) -> str:
    if page := button.get("page"):
        return PAGES[page].title if page in PAGES else page
    return button.get("phone") or INTENT_TITLES.get(button.get("action", ""), button.get("action", ""))


def _pieces(old: str, new: str) -> Iterator[tuple[Kind, str]]:
    before, after = _PIECES.findall(old), _PIECES.findall(new)
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    if matcher.ratio() < _ALIKE:  # word by word, two texts that have little in common cannot be read
        before, after = [old] if old else [], [new] if new else []
        matcher = SequenceMatcher(None, before, after)
    for what, a, b, c, d in matcher.get_opcodes():
        if what == "equal":
            yield "same", "".join(before[a:b])
            continue
        if a < b:
            yield "gone", "".join(before[a:b])
        if c < d:
            yield "new", "".join(after[c:d])
