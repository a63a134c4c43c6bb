"""What the pages about training sentences call things, and what differs between two states of a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy.orm import Session

from models.staff import all_staff
from models.training_marks import parts
from models.training_sentences import FROM_FILES, SOURCES, STYLES, State
from models.training_uploads import ENOUGH_FOR_A_TOPIC
from web.console.meanings import Meanings, value_of
from web.console.words import ENTITIES

STYLE_NAMES = dict(
    zip(
        STYLES,
        ("존댓말", "반말", "오타가 있는 말", "줄임말", "띄어 쓰지 않은 말", "영어가 섞인 말", "긴 말"),
        strict=True,
    )
)
SOURCE_NAMES = {"authored": "처음에 쓴 문장", "console": "콘솔에서 더한 문장"}
_WORKING = {True: "쓰는 중", False: "쉬는 중"}


def differences(one: State, other: State) -> Iterator[tuple[str, str, str]]:
    """Return what differs between two states, as its name and both values in words."""
    if one.marked != other.marked:
        yield "문장", one.marked, other.marked
    if (one.intent, one.topic) != (other.intent, other.topic):
        yield "뜻", value_of(one.intent, one.topic), value_of(other.intent, other.topic)
    if one.style != other.style:
        yield "말투", STYLE_NAMES.get(one.style, one.style), STYLE_NAMES.get(other.style, other.style)
    if one.source != other.source:
        yield "출처", SOURCE_NAMES.get(one.source, one.source), SOURCE_NAMES.get(other.source, other.source)
    if one.comment != other.comment:
        yield "메모", one.comment or "없음", other.comment or "없음"
    if one.active != other.active:
        yield "상태", _WORKING[one.active], _WORKING[other.active]


def staff_names(db: Session) -> dict[str, str]:
    """Return who makes and changes sentences, by what is stored of them."""
    return {FROM_FILES: "파일", **{f"staff:{each.id}": f"{each.name} 님" for each in all_staff(db)}}


def choices(db: Session) -> dict[str, Any]:
    """Return what all pages about sentences name things by."""
    known = Meanings.of(db)
    few = [
        (known.name(intent, topic), value_of(intent, topic), number)
        for (intent, topic), number in known.counts.items()
        if topic and number < ENOUGH_FOR_A_TOPIC
    ]
    return {
        "meanings": known,
        "few": few,
        "enough": ENOUGH_FOR_A_TOPIC,
        "styles": STYLE_NAMES,
        "sources": {source: SOURCE_NAMES[source] for source in SOURCES},
        "entities": ENTITIES,
        "names": staff_names(db),
        "parts": parts,
        "value_of": value_of,
    }
