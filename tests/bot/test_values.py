"""What people write to values: the table beside this file, marks of the NLU, places, anything at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.understanding import Entity, ParsedMessage
from bot.values import Value, values_of

SEOUL = ZoneInfo("Asia/Seoul")
TABLE = Path(__file__).with_name("values.txt")


@dataclass(frozen=True)
class Case:
    """One line of the table: in a message of ``intent`` at ``now``, what ``entity`` means."""

    entity: str
    now: datetime
    intent: str
    text: str
    expected: tuple[str, ...]


def cases() -> Iterator[Case]:
    entity, now, intent = "", datetime.now(SEOUL), ""
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if line.startswith("@"):
            entity, moment, intent = line[1:].split()
            now = datetime.fromisoformat(moment).replace(tzinfo=SEOUL)
        elif line and not line.startswith("#"):
            text, _, expected = line.partition(" => ")
            yield Case(entity, now, intent, text, () if expected == "-" else tuple(expected.split(" & ")))


def shown(value: Value) -> str:
    return value.name if value.entity == "region" and value.name else str(value.value)


def parsed(text: str, intent: str = "find_program", *marked: Entity) -> ParsedMessage:
    return ParsedMessage(intent, 0.9, "nlu", entities=marked, text=text)


@pytest.mark.parametrize("case", list(cases()), ids=lambda case: f"{case.entity}: {case.text}")
def test_what_people_write_becomes_the_value_they_mean(case: Case) -> None:
    values = values_of(parsed(case.text, case.intent), case.now)
    assert tuple(shown(v) for v in values if v.entity == case.entity) == case.expected
