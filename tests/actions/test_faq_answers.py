"""The FAQ file: complete, short, warm, and honest about what nobody has confirmed."""

from __future__ import annotations

import re
from string import Formatter
from typing import Any, TypeAlias

import pytest
import yaml

from actions import ACTIONS
from actions.faq import FAQ_FILE, SOURCES
from bot.links import PAGES
from bot.menu import MENU_WORDS
from bot.topics import (
    ADMISSION_PROMISE,
    FIGURES,
    HONEST,
    OFFICIALESE,
    PROMISED_TIME,
    WRITTEN_FIGURE,
    Topic,
    advice,
    sentences,
)
from models.rules import Rules

Entry: TypeAlias = dict[str, Any]

FAQ: list[Entry] = yaml.safe_load(FAQ_FILE.read_text(encoding="utf-8"))

# Every topic of an intent, so that one renamed or lost by accident is noticed.
TOPICS = {
    "faq_signup": "how_to_join guardian_consent leave age_limit privacy",
    "login_problem": "find_id reset_password phone_not_mine duplicate_account dormant",
    "change_profile": "how_to_change",
    "find_program": "how_to_search cost transport_meals",
    "apply_program": "how_to_apply full with_friends primary_school members_only by_parent",
    "application_status": "is_it_approved approval_time why_rejected called_off",
    "cancel_application": "deadline late_or_ill change_session",
    "no_show": "effect",
    "check_hours": "by_parent",
    "hours_missing": "not_shown wrong",
    "faq_hours_rule": "daily_limit minutes travel_lunch blood_donation how_many_needed plan_needed",
    "faq_online_overseas": "online overseas translation",
    "faq_college_admission": "college",
    "certificate_issue": "how_to_print types verify activity_plan english fee",
    "consent_1365": "how_to_consent withdraw",
    "neis_transfer": "how_long sent_but_missing change_after_sending last_year vms double_counting",
    "faq_club": "start_club school_record",
    "talent_sharing": "what_is_it",
    "faq_leader_host": "become_host sessions_and_attendance regional_center",
    "faq_insurance_safety": "insurance accident unfair_treatment photo supervision",
    "notification_settings": "on_off parent_copy",
}
PHONES = {"1388", "112", "119", "1833-4435", "052-227-0620"}
BUTTON_VALUES = {"action": set(ACTIONS), "page": set(PAGES), "phone": PHONES}
RULES = {name: figure.say(Rules()) for name, figure in FIGURES.items()}
FIELDS = list(Topic.model_fields)

each_entry = pytest.mark.parametrize("entry", FAQ, ids=[entry["topic"] for entry in FAQ])


def filled(entry: Entry) -> str:
    return str(entry["answer"]).strip().format(**RULES)


def test_all_68_topics_are_there_once() -> None:
    expected = {f"{intent}/{name}" for intent, names in TOPICS.items() for name in names.split()}
    found = [entry["topic"] for entry in FAQ]
    assert len(expected) == len(found) == 68
    assert set(found) == expected


def test_numbers_run_from_1_to_68_in_order() -> None:
    assert [entry["number"] for entry in FAQ] == list(range(1, 69))


def test_no_two_topics_ask_or_answer_the_same() -> None:
    for field in ("question", "short", "answer"):
        assert len({entry[field] for entry in FAQ}) == len(FAQ)


@each_entry
def test_an_entry_has_exactly_its_fields(entry: Entry) -> None:
    assert list(entry) == FIELDS
    assert isinstance(entry["verified"], bool)


@each_entry
def test_a_question_fits_a_list_title(entry: Entry) -> None:
    assert 5 <= len(entry["question"]) <= 36
    assert entry["question"].endswith("요?")


@each_entry
def test_the_short_form_fits_a_chip_and_is_no_word_of_the_menu(entry: Entry) -> None:
    assert 1 <= len(entry["short"]) <= 14
    assert "".join(entry["short"].split()) not in MENU_WORDS


@each_entry
def test_an_answer_is_two_to_five_sentences_and_short(entry: Entry) -> None:
    assert len(filled(entry)) <= 350
    assert 2 <= len(sentences(filled(entry))) <= 5


@each_entry
def test_title_and_answer_fit_one_text_card(entry: Entry) -> None:
    assert len(entry["question"]) + len(filled(entry)) <= 400  # KakaoTalk's limit for title and description


@each_entry
def test_every_sentence_is_spoken_softly(entry: Entry) -> None:
    assert [s for s in sentences(filled(entry)) if not re.search(r"요[.!?]$", s)] == []
    assert OFFICIALESE.search(entry["question"] + filled(entry)) is None


@each_entry
def test_placeholders_are_rules_we_know_and_stand_bare(entry: Entry) -> None:
    fields = [part[1:] for part in Formatter().parse(entry["answer"]) if part[1] is not None]
    assert all(name in RULES and (spec, conversion) == ("", None) for name, spec, conversion in fields)
    assert "{" not in entry["question"]


@each_entry
def test_rule_numbers_are_never_written_by_hand(entry: Entry) -> None:
    assert WRITTEN_FIGURE.search(entry["answer"]) is None


@each_entry
def test_an_answer_follows_the_advice_that_staff_get(entry: Entry) -> None:
    assert advice(Topic.model_validate(entry), Rules()) == []


@each_entry
def test_an_answer_never_promises_a_value_for_admission(entry: Entry) -> None:
    assert ADMISSION_PROMISE.search(entry["answer"]) is None


@each_entry
def test_buttons_are_few_short_and_lead_somewhere_known(entry: Entry) -> None:
    buttons = entry["buttons"]
    assert len(buttons) <= 3
    assert len({button["label"] for button in buttons}) == len(buttons)
    for button in buttons:
        kind, value = next((key, button[key]) for key in button if key != "label")
        assert set(button) == {"label", kind}
        assert 1 <= len(button["label"]) <= 14
        assert value in BUTTON_VALUES[kind]


@each_entry
def test_related_topics_exist(entry: Entry) -> None:
    related = entry["see_also"]
    assert len(related) == len(set(related)) <= 3
    assert entry["topic"] not in related
    assert set(related) <= {other["topic"] for other in FAQ}


@each_entry
def test_sources_are_known_and_a_verified_answer_has_one(entry: Entry) -> None:
    assert set(entry["source"]) <= set(SOURCES)
    assert entry["source"] or not entry["verified"]


@pytest.mark.parametrize("entry", [e for e in FAQ if not e["verified"]], ids=lambda e: str(e["topic"]))
def test_an_unverified_answer_says_so_and_promises_no_time(entry: Entry) -> None:
    assert HONEST.search(entry["answer"])
    assert PROMISED_TIME.search(entry["answer"]) is None


@pytest.mark.parametrize("entry", [e for e in FAQ if 63 <= e["number"] <= 66], ids=lambda e: str(e["topic"]))
def test_a_parent_is_spoken_to_politely_and_always_finds_a_person(entry: Entry) -> None:
    assert re.search(r"시[는면고]|계신|말씀", entry["answer"])
    assert {"label": "상담원 연결", "action": "human_agent"} in entry["buttons"]


def test_unfair_treatment_names_host_then_centre_then_the_youth_line() -> None:
    entry = next(e for e in FAQ if e["topic"] == "faq_insurance_safety/unfair_treatment")
    places = [entry["answer"].index(word) for word in ("봉사 기관", "청소년활동진흥센터", "1388")]
    assert places == sorted(places)
    assert entry["buttons"][0]["phone"] == "1388"


def test_an_answer_about_an_injury_offers_119_first() -> None:
    entry = next(e for e in FAQ if e["topic"] == "faq_insurance_safety/accident")
    assert entry["buttons"][0]["phone"] == "119"
    assert "119" in sentences(entry["answer"])[0]


def test_every_source_is_used_and_reads_well() -> None:
    assert {key for entry in FAQ for key in entry["source"]} == set(SOURCES)
    assert all(5 <= len(words) <= 80 for words in SOURCES.values())
