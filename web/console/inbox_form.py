"""What the inbox's forms send: which sentences somebody saw, what they mean, which of their words are marked."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from werkzeug.datastructures import MultiDict

from models.base import LARGEST_ID
from models.inbox_labels import Seen
from models.staff import StaffRefused
from models.training_marks import tidied
from web.console.meanings import read_meaning

MARK_ROWS = 4
"""Rows for marked words in a form; there are always two free ones."""
_SEEN = re.compile(r"(\d{1,10})\.(\d{1,10})", re.ASCII)
_OTHER = "other"

Row = tuple[str, str, str]
"""Marked words, their kind, and where they begin, as a form shows them."""


def read_seen(sent: Sequence[str]) -> list[Seen]:
    """Return the sentences a form is about, each as number.version.

    Raises:
        StaffRefused: there is none.
    """
    found = [(int(match[1]), int(match[2])) for each in sent if (match := _SEEN.fullmatch(each))]
    seen = [Seen(number, version) for number, version in found if max(number, version) <= LARGEST_ID]
    if not seen:
        raise StaffRefused("문장을 하나 이상 골라 주세요.")
    return seen


def chosen_meaning(form: Mapping[str, Any]) -> tuple[str, str | None]:
    """Return the intent and the topic of a form: one that was offered, or one of the whole list.

    Raises:
        StaffRefused: there is none, or there are two.
    """
    offered, listed = str(form.get("meaning", "")), str(form.get(_OTHER, ""))
    offered = "" if offered == _OTHER else offered
    if offered and listed and offered != listed:
        raise StaffRefused("뜻을 두 가지 골랐어요. 하나만 남겨 주세요.")
    if not (offered or listed):
        raise StaffRefused("뜻을 골라 주세요. 가르칠 것이 없는 문장이면 '무시하기'를 눌러 주세요.")
    return read_meaning(offered or listed)


def rows_of(form: MultiDict[str, str]) -> list[Row]:
    """Return the rows of marked words as they were typed, with free ones below."""
    names = ("mark_words", "mark_kind", "mark_start")
    words, kinds, starts = (form.getlist(name)[:20] for name in names)
    found = list(zip(words, kinds, starts, strict=False))
    return found if len(found) >= MARK_ROWS else [*found, *[("", "", "")] * (MARK_ROWS - len(found))]


def read_marks(form: MultiDict[str, str], text: str) -> list[tuple[int, int, str]]:
    """Return where words are marked in a text. Words that stand there several times: the first free ones.

    Raises:
        StaffRefused: words are not in the text, or have no kind.
    """
    text, found = tidied(text), list[tuple[int, int, str]]()
    for words, kind, start in ((tidied(words), kind, start) for words, kind, start in rows_of(form)):
        if not words:
            continue
        if not kind:
            raise StaffRefused(f"표시한 말 '{words}'의 종류를 골라 주세요.")
        place = _place(text, words, start, found)
        if place < 0:
            raise StaffRefused(f"'{words}'라는 말은 문장에 없어요. 문장에 있는 그대로 적어 주세요.")
        found.append((place, place + len(words), kind))
    return sorted(found)


def _place(text: str, words: str, start: str, taken: Sequence[tuple[int, int, str]]) -> int:
    """Return where words begin: where the form says, else the first place that is not marked yet; -1 for nowhere."""
    if start.isdecimal() and start.isascii() and text.startswith(words, int(start[:4])):
        return int(start[:4])
    place = text.find(words)
    while place >= 0 and any(begin < place + len(words) and place < end for begin, end, _ in taken):
        place = text.find(words, place + 1)
    return place
