"""Distress is heard whatever else works: recall first. Jokes get a question, topics their answer."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.replies import Call, Card
from bot.safety import GENTLE, HELP, HELP_LINES, NOTHING, Safety, in_distress, judge
from tests.bot.safety_sentences import ABUSE, ALARM, ATTACK, CHECK, INSULT_WITH_A_WISH, NEITHER
from tests.nlu.sentences import normalised, sentences
from tests.nlu_server import NLU_DATA

CRIES = [line for group in ALARM.values() for line in group.strip().splitlines()]


def decided(words: str) -> tuple[str | None, str | None]:
    verdict = judge(words)
    return verdict.level, verdict.kind


@pytest.mark.parametrize("words", CRIES)
def test_a_cry_for_help_is_an_alarm(words: str) -> None:
    assert decided(words) == ("alarm", "crisis")
    assert in_distress(words)


@pytest.mark.parametrize("words", CHECK)
def test_a_figure_of_speech_or_a_low_mood_gets_a_gentle_question(words: str) -> None:
    assert decided(words) == ("check", "crisis")
    assert not in_distress(words)


@pytest.mark.parametrize("words", NEITHER)
def test_ordinary_words_and_topics_that_name_danger_get_their_ordinary_answer(words: str) -> None:
    assert judge(words) == NOTHING


@pytest.mark.parametrize("words", ATTACK)
def test_an_attack_is_recognised(words: str) -> None:
    assert decided(words) == ("alarm", "attack")


@pytest.mark.parametrize("words", ABUSE)
def test_an_insult_is_recognised(words: str) -> None:
    assert decided(words) == ("alarm", "abuse")


@pytest.mark.parametrize("words", INSULT_WITH_A_WISH)
def test_an_insult_with_a_wish_is_noted_but_is_no_reason_to_refuse(words: str) -> None:
    assert decided(words) == ("check", "abuse")


def test_six_hundred_cries_written_without_a_look_at_the_rules_are_heard() -> None:
    cries = Path(__file__).with_name("cries.txt").read_text(encoding="utf-8").splitlines()
    assert len(cries) >= 600
    assert [cry for cry in cries if not in_distress(cry)] == []


def test_what_only_sounds_like_a_cry_seldom_raises_an_alarm_or_a_question() -> None:
    lines = Path(__file__).with_name("safety_harmless.txt").read_text(encoding="utf-8").splitlines()
    told = [decided(words) for words in lines]
    assert len(lines) >= 100
    assert told.count(("alarm", "crisis")) <= len(lines) * 0.02
    assert told.count(("check", "crisis")) <= len(lines) * 0.06


def test_there_are_enough_sentences_and_no_cry_is_among_the_trained_ones() -> None:
    assert len(CRIES) >= 120
    assert len(CHECK) >= 60
    assert len(NEITHER) >= 120
    learned = {normalised(s.text) for s in sentences(NLU_DATA / "data")}
    assert [cry for cry in CRIES if normalised(cry) in learned] == []


@pytest.mark.parametrize("laugh", ["ㅋㅋ", "ㅋㅋㅋㅋㅋㅋ", "ㅎㅎ", "😂", "lol"])
def test_laughter_never_lowers_a_method(laugh: str) -> None:
    assert in_distress(f"어제 손목 그었어 {laugh}")
    assert in_distress(f"{laugh} 시험 망해서 옥상 올라왔어")


@pytest.mark.parametrize(
    "words",
    [
        "자살",
        "자 살",
        "자@살",
        "자1살",
        "자.살",
        "ㅈㅏ살",
        "ㅈㅏㅅㅏㄹ",
        "자\u200b살",
        "\u110c\u1161\u1109\u1161\u11af",
    ],
)
def test_one_word_however_it_is_hidden(words: str) -> None:
    assert in_distress(words)


def test_the_name_of_the_rule_says_why() -> None:
    assert judge("죽고 싶어") == Safety("alarm", "crisis", "wish_to_die")
    assert judge("배고파 죽겠다") == NOTHING


@pytest.mark.parametrize("before", ["저기요 ", "안녕하세요. ", "봉사 말고 다른 얘기인데요, "])
def test_a_cry_is_heard_behind_other_words(before: str) -> None:
    assert [cry for cry in CRIES if not in_distress(before + cry)] == []


@given(st.text(max_size=300))
def test_any_text_gets_a_verdict(words: str) -> None:
    assert judge(words).level in {None, "alarm", "check"}


@pytest.mark.parametrize("words", ["", " ", "\x00", "\ud800", "ㅋ" * 10_000, "죽 " * 5_000, "가" * 10_000])
def test_wild_text_gets_a_verdict_too(words: str) -> None:
    assert judge(words).kind in {None, "crisis"}


def test_the_help_card_has_three_numbers_and_two_ways_to_write() -> None:
    assert [b.target for b in HELP_LINES] == [Call("1388"), Call("112"), Call("119")]
    assert "#1388" in HELP.text
    assert "청소년상담1388" in HELP.text
    assert "109도 24시간" in HELP.text


def test_the_gentle_card_offers_a_talk_and_no_police() -> None:
    assert [b.target for b in GENTLE.buttons] == [Call("1388"), Call("109")]
    assert "#1388" in GENTLE.text


@pytest.mark.parametrize("card", [HELP, GENTLE])
def test_the_cards_fit_into_what_kakaotalk_shows(card: Card) -> None:
    assert len(card.title) <= 50
    assert len(card.title) + len(card.text) <= 400
    assert len(card.buttons) <= 3
    assert all(len(button.label) <= 14 for button in card.buttons)
