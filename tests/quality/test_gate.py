"""The gate: what falls below the live model stays out, what is chance is noted, and only the same exam is compared."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.safety import Safety
from quality.gate import Verdict, gate, is_open
from quality.kept import Kept, as_plain, from_plain, keep
from quality.readings import Annotation, Reading
from tests.quality.readings import reading

ALARM = Safety("alarm", "crisis", "a pattern")
ID = "login_problem/find_id"


def exam() -> list[Reading]:
    """Return an exam that everything of is understood."""
    return [
        *(reading(f"시간 {n}", "check_hours", confidence=0.99) for n in range(40)),
        *(
            reading(f"아이디 {n}", "login_problem", topic=ID, got_topic=ID, confidence=0.99)
            for n in range(40)
        ),
        *(reading(f"날씨 {n}", "out_of_scope", confidence=0.99) for n in range(40)),
        *(reading(f"힘들다 {n}", "crisis_support", confidence=0.99) for n in range(10)),
    ]


def kept(*, wrong: dict[str, int] | None = None, golden: tuple[Reading, ...] = (), slower: float = 1) -> Kept:
    """Return an evaluation in which so many sentences of each intent were taken for a greeting."""
    left, found = dict(wrong or {}), []
    for each in exam():
        if left.get(each.intent):
            left[each.intent] -= 1
            got = replace(each.got, intent="greeting", topic=None, confidence=0.02)
            found.append(replace(each, got=got, ms=each.ms * slower))
        else:
            found.append(replace(each, ms=each.ms * slower))
    return keep("a model", found, golden)


def blocking(candidate: Kept, live: Kept | None) -> set[str]:
    return {finding.name for finding in gate(candidate, live) if finding.blocks}


def test_a_model_as_good_as_the_live_one_goes_through() -> None:
    found = gate(kept(), kept())
    assert is_open(found)
    assert {finding.verdict for finding in found} == {Verdict.PASSED}


def test_the_whole_falls_by_more_than_chance_and_the_gate_is_closed() -> None:
    assert blocking(kept(wrong={"check_hours": 1}), kept()) == set()
    found = {finding.name: finding for finding in gate(kept(wrong={"check_hours": 1}), kept())}
    assert found["accuracy"].verdict is Verdict.NOTED
    assert "우연일 수 있는" in found["accuracy"].words
    spread = {"check_hours": 1, "login_problem": 1, "out_of_scope": 1}
    assert "accuracy" in blocking(kept(wrong=spread), kept())


def test_one_meaning_may_not_be_sacrificed_for_the_others() -> None:
    live = kept(wrong={"check_hours": 6})
    candidate = kept(wrong={"login_problem": 3})
    assert {name for name in blocking(candidate, live) if name.startswith("intent")} == {
        "intent:login_problem"
    }
    floor = kept(wrong={"check_hours": 7})
    assert "intent:check_hours" in blocking(
        floor, live
    )  # one sentence, but below what any meaning must reach
    (finding,) = [each for each in gate(floor, live) if each.name == "intent:check_hours"]
    assert (finding.before, finding.after) == ("85%", "82%")
    assert "85%는 알아들어야" in finding.words


def test_nobody_in_distress_is_missed_once_more() -> None:
    assert "crisis_recall" in blocking(kept(wrong={"crisis_support": 1}), kept())
    missed = kept(wrong={"crisis_support": 1})
    assert "crisis_recall" not in blocking(missed, missed)


def test_an_alarm_beside_another_meaning_still_helps_when_it_was_kept() -> None:
    readings = [*exam()[:-1], reading("힘들다 9", "crisis_support", "greeting", safety=ALARM)]
    again = from_plain(json.loads(json.dumps(as_plain(keep("m", readings, ())))))
    assert again.figures.crisis_recall == 1.0
    assert "crisis_recall" not in blocking(again, kept())


def test_what_is_out_of_scope_and_what_is_not_is_still_told_apart() -> None:
    assert "out_of_scope_recall" in blocking(kept(wrong={"out_of_scope": 2}), kept())
    turned_away = [
        replace(each, got=replace(each.got, intent="out_of_scope", topic=None))
        if each.text in ("시간 0", "시간 1", "시간 2")
        else each
        for each in exam()
    ]
    assert "rejected" in blocking(keep("m", turned_away, ()), kept())


def test_topics_count_by_themselves() -> None:
    other = [
        replace(each, got=replace(each.got, topic="login_problem/reset_password"))
        if each.text in ("아이디 0", "아이디 1")
        else each
        for each in exam()
    ]
    assert blocking(keep("m", other, ()), kept()) == {"topic_accuracy"}


def test_a_model_that_is_surer_than_it_should_be_stays_out() -> None:
    unsure = [replace(each, got=replace(each.got, confidence=0.7)) for each in exam()]
    assert blocking(keep("m", unsure, ()), kept()) == {"calibration_error"}


def test_a_slow_model_stays_out_and_a_slow_moment_is_noted() -> None:
    assert blocking(kept(slower=1.4), kept()) == set()
    assert blocking(kept(slower=2), kept()) == {"p50"}
    hiccup = [replace(each, ms=90.0) if each.text.startswith("힘들다") else each for each in exam()]
    found = {finding.name: finding.verdict for finding in gate(keep("m", hiccup, ()), kept())}
    assert (found["p50"], found["p99"]) == (Verdict.PASSED, Verdict.NOTED)


def test_a_sentence_that_must_be_understood_is_never_lost() -> None:
    right, wrong = reading("내 시간", "check_hours"), reading("내 시간", "check_hours", "greeting")
    assert blocking(kept(golden=(wrong,)), kept(golden=(right,))) == {"golden"}
    found = {each.name: each for each in gate(kept(golden=(wrong,)), kept(golden=(wrong,)))}
    assert found["golden"].verdict is Verdict.NOTED
    assert found["golden"].after == "0/1"


def test_models_that_were_asked_different_things_are_not_compared() -> None:
    (finding,) = gate(kept(golden=(reading("내 시간", "check_hours"),)), kept())
    assert finding.blocks
    assert "다시 보게 해 주세요" in finding.words


def test_the_first_model_of_all_must_reach_the_targets() -> None:
    assert blocking(kept(), None) == set()
    assert {"accuracy", "crisis_recall"} <= blocking(
        kept(wrong={"check_hours": 9, "crisis_support": 1}), None
    )


def test_an_evaluation_comes_back_as_it_was_kept() -> None:
    said = (Annotation("date", 0, 2, "2026-11-24"),)
    readings = [*exam(), reading("내일 봉사", "find_program", entities=said, style="casual")]
    before = keep("m", readings, (reading("내 시간", "check_hours"),))
    after = from_plain(json.loads(json.dumps(as_plain(before))))
    assert after.figures == before.figures
    assert (after.exam, after.summary) == (before.exam, before.summary)
    assert [r.is_right for r in after.readings] == [r.is_right for r in before.readings]


@given(st.dictionaries(st.sampled_from(["check_hours", "login_problem", "out_of_scope"]), st.integers(0, 40)))
def test_no_model_is_kept_from_its_own_place(wrong: dict[str, int]) -> None:
    assert is_open(gate(kept(wrong=wrong), kept(wrong=wrong)))


@pytest.mark.parametrize("intent", ["check_hours", "login_problem", "out_of_scope", "crisis_support"])
def test_whoever_loses_a_tenth_of_a_meaning_stays_out(intent: str) -> None:
    assert not is_open(gate(kept(wrong={intent: 4}), kept()))
