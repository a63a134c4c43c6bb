"""How sure is sure enough: what is asked about, and what is acted on."""

from __future__ import annotations

import pytest

from bot.certainty import bar, close_meanings, is_wish
from bot.understanding import Meaning, ParsedMessage


def ranked(**confidences: float) -> ParsedMessage:
    ranking = tuple(Meaning(intent, confidence) for intent, confidence in confidences.items())
    return ParsedMessage(ranking[0].intent, ranking[0].confidence, "nlu", ranking=ranking)


@pytest.mark.parametrize(
    ("parsed", "close"),
    [
        (ranked(apply_program=0.42, application_status=0.29), ["apply_program", "application_status"]),
        (
            ranked(cancel_application=0.5, application_status=0.45),
            ["cancel_application", "application_status"],
        ),
        (ranked(cancel_application=0.6, application_status=0.4), []),
        (ranked(find_program=0.45, recommend_program=0.4), []),
        (ranked(check_hours=0.4, hours_missing=0.38), []),
        (ranked(check_hours=0.4, out_of_scope=0.38), []),
        (ranked(check_hours=0.2, find_program=0.1), []),
        (ranked(check_hours=0.4, crisis_support=0.38), []),
        (ranked(check_hours=0.4), []),
        (ParsedMessage("check_hours", 0.4, "nlu"), []),
    ],
)
def test_two_close_meanings_are_asked_about_where_it_makes_a_difference(
    parsed: ParsedMessage, close: list[str]
) -> None:
    assert close_meanings(parsed) == close


def test_distress_is_heard_early_and_a_rebuke_comes_late() -> None:
    bars = [bar(intent, 0.45) for intent in ("crisis_support", "find_program", "security_attack", "abuse")]
    assert bars == sorted(bars)


@pytest.mark.parametrize(
    ("intent", "confidence", "expected"),
    [
        ("find_program", 0.6, True),
        ("find_program", 0.59, False),
        ("greeting", 1, False),
        ("crisis_support", 1, False),
    ],
)
def test_a_wish_is_something_the_assistant_can_do(intent: str, confidence: float, expected: bool) -> None:
    assert is_wish(ParsedMessage(intent, confidence, "nlu")) is expected
