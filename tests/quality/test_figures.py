from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.safety import Safety
from bot.understanding import Entity
from quality.comparison import compare
from quality.figures import measure
from quality.readings import Annotation
from quality.targets import TARGETS
from tests.quality.readings import reading

ALARM = Safety("alarm", "crisis", "a pattern")


def test_accuracy_counts_sentences_and_macro_f1_counts_intents() -> None:
    figures = measure(
        [
            reading("시간", "check_hours"),
            reading("시간 몇", "check_hours"),
            reading("총 시간", "check_hours"),
            reading("취소", "cancel_application", "check_hours"),
        ]
    )
    assert figures.accuracy == 0.75
    assert figures.intents["check_hours"].recall == 1.0
    assert figures.intents["check_hours"].precision == 0.75
    assert figures.macro_f1 == pytest.approx((6 / 7 + 0) / 2)
    assert figures.confusions == (("cancel_application", "check_hours", 1),)


def test_a_topic_is_right_only_under_the_right_intent() -> None:
    id_topic = "login_problem/find_id"
    figures = measure(
        [
            reading("아이디", "login_problem", topic=id_topic, got_topic=id_topic),
            reading("아이디 뭐", "login_problem", topic=id_topic),
            reading("아이디?", "login_problem", "faq_signup", topic=id_topic, got_topic=id_topic),
            reading("로그인", "login_problem"),
        ]
    )
    assert figures.topic_accuracy == pytest.approx(1 / 3)


def test_what_was_turned_away_and_what_should_have_been_are_two_figures() -> None:
    figures = measure(
        [
            reading("날씨", "out_of_scope"),
            reading("게임", "out_of_scope", "find_program"),
            reading("봉사", "find_program", "out_of_scope"),
            reading("시간", "check_hours"),
        ]
    )
    assert (figures.out_of_scope_recall, figures.rejected) == (0.5, 0.5)


def test_an_alarm_beside_another_intent_is_help_too() -> None:
    figures = measure(
        [
            reading("살려줘", "crisis_support"),
            reading("취소하고 사라질래", "crisis_support", "cancel_application", safety=ALARM),
            reading("힘들다", "crisis_support", "greeting"),
        ]
    )
    assert figures.crisis_recall == pytest.approx(2 / 3)


def test_what_nothing_was_asked_of_has_no_figure() -> None:
    figures = measure([reading("시간", "check_hours")])
    assert figures.topic_accuracy is figures.out_of_scope_recall is figures.crisis_recall is None
    assert figures.value_accuracy is None


def test_calibration_error_is_how_far_confidence_is_from_truth() -> None:
    sure = [reading(f"문장 {n}", "greeting", None if n else "abuse", confidence=0.95) for n in range(10)]
    assert measure(sure).calibration_error == pytest.approx(0.05)


def test_entities_are_right_in_kind_and_place_and_values_as_of_the_day_of_the_exam() -> None:
    said = (Annotation("date", 0, 2, "2026-11-24"), Annotation("region", 3, 5, None))
    found = (Entity("date", "내일", 0, 2), Entity("region", "마포", 3, 6))
    figures = measure([reading("내일 마포 봉사", "find_program", entities=said, found=found)])
    assert (figures.entities["date"].f1, figures.entities["region"].f1) == (1.0, 0.0)
    assert figures.entities["all"].f1 == 0.5
    assert (figures.value_accuracy, figures.values) == (1.0, {"date": 1.0})


def test_the_same_value_counts_as_often_as_it_was_said() -> None:
    said = (Annotation("date", 0, 2, "2026-11-24"), Annotation("date", 3, 5, "2026-11-24"))
    found = (Entity("date", "내일", 0, 2),)
    figures = measure([reading("내일 글피", "find_program", entities=said, found=found)])
    assert figures.value_accuracy == 0.5


def test_two_models_differ_in_what_they_mended_broke_and_got_wrong_otherwise() -> None:
    before = [
        reading("하나", "check_hours"),
        reading("둘", "check_hours", "greeting"),
        reading("셋", "check_hours", "greeting"),
        reading("넷", "check_hours"),
    ]
    after = [
        reading("하나", "check_hours", "abuse"),
        reading("둘", "check_hours"),
        reading("셋", "check_hours", "abuse"),
        reading("넷", "check_hours", confidence=0.5),
    ]
    found = compare(before, after)
    texts = [[c.after.text for c in part] for part in (found.broken, found.mended, found.otherwise_wrong)]
    assert texts == [["하나"], ["둘"], ["셋"]]


def test_every_target_is_a_figure() -> None:
    figures = measure([reading("날씨", "out_of_scope", topic="a/b", got_topic="a/b")])
    for target in TARGETS:
        target.value(figures)
    slow = replace(figures, milliseconds={"p50": 11, "p95": 11, "p99": 41, "longest": 50})
    assert not any(t.is_met(v) for t in TARGETS if t.unit == "ms" and (v := t.value(slow)) is not None)


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from("abc"), st.floats(0, 1)), min_size=1, max_size=40
    )
)
@settings(deadline=None)
def test_shares_are_shares_and_bins_hold_every_sentence(rows: list[tuple[str, str, float]]) -> None:
    figures = measure([reading(str(n), a, b, confidence=c) for n, (a, b, c) in enumerate(rows)])
    assert 0 <= figures.accuracy <= 1
    assert 0 <= figures.macro_f1 <= 1
    assert 0 <= figures.calibration_error <= 1
    assert sum(b.n for b in figures.bins) == len(rows) == sum(s.n for s in figures.intents.values())
