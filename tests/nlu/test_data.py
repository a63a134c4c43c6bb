"""The authored sentences: complete, in every style, each once, and none both learned and nearly asked in the exam."""

from __future__ import annotations

import re
import subprocess
from collections import Counter, defaultdict
from pathlib import Path

import yaml

from tests.nlu.conftest import RASA_PYTHON
from tests.nlu.sentences import Sentence, blocks, near_twins, normalised, sentences
from tests.nlu_server import NLU_DATA

DOMAIN = yaml.safe_load((NLU_DATA / "domain.yml").read_text(encoding="utf-8"))
TRAINING = sentences(NLU_DATA / "data")
HOLDOUT = sentences(NLU_DATA / "holdout")
STYLES = {"polite", "casual", "typo", "abbreviation", "no_spaces", "mixed_english", "long"}
SOURCES = {"authored", "console"}
AT_LEAST, AT_LEAST_OF_A_TOPIC, AT_LEAST_OF_A_STYLE = 120, 12, 12
# Above these two sentences differ by an ending, a mark or a name; below they begin to want different things.
NEAR_JACCARD, NEAR_EDITS = 0.65, 0.9


def test_the_domain_has_the_intents_and_entities_of_the_specification(reference: Path) -> None:
    text = (reference.parent / "intents.md").read_text(encoding="utf-8")
    intents, entities = text.split("## Entities")
    assert DOMAIN["intents"] == re.findall(r"^\| `(\w+)` \|", intents, re.MULTILINE)
    named = [
        re.findall(r"`(\w+)`", row.split("|")[1]) for row in entities.splitlines() if row.startswith("| `")
    ]
    assert sorted(DOMAIN["entities"]) == sorted(name for names in named for name in names)


def test_every_intent_of_the_domain_is_trained_and_examined_and_no_other() -> None:
    assert {s.intent for s in TRAINING} == set(DOMAIN["intents"])
    assert {s.intent for s in HOLDOUT} == set(DOMAIN["intents"])


def test_every_intent_has_enough_sentences() -> None:
    learned, asked = Counter(s.intent for s in TRAINING), Counter(s.intent for s in HOLDOUT)
    assert {i: n for i, n in learned.items() if n < AT_LEAST} == {}
    assert {i: n for i, n in asked.items() if n < 8} == {}


def test_every_intent_is_written_in_every_style() -> None:
    written = Counter((s.intent, s.style) for s in TRAINING)
    few = {(i, style): written[i, style] for i in DOMAIN["intents"] for style in sorted(STYLES)}
    assert {pair: n for pair, n in few.items() if n < AT_LEAST_OF_A_STYLE} == {}


def test_every_block_says_its_style_and_where_it_comes_from_and_nothing_unknown() -> None:
    told = [(file, block.get("metadata", {})) for file, block in blocks(NLU_DATA / "data")]
    assert [(file, about) for file, about in told if about.get("style") not in STYLES] == []
    assert [(file, about) for file, about in told if about.get("source") not in SOURCES] == []
    assert {key for _, about in told for key in about} <= {"topic", "style", "source"}


def test_a_file_has_one_block_for_a_topic_style_and_source_and_the_file_of_an_intent_nothing_else() -> None:
    found = blocks(NLU_DATA / "data")
    kinds = Counter((file, block["intent"], *sorted(block["metadata"].items())) for file, block in found)
    assert [kind for kind, n in kinds.items() if n > 1] == []
    of_an_intent = {f"{intent}.yml" for intent in DOMAIN["intents"]}
    strangers = [
        (file, b["intent"]) for file, b in found if file in of_an_intent and file != f"{b['intent']}.yml"
    ]
    assert strangers == []


def test_a_sentence_without_spaces_has_none_and_a_long_one_is_long() -> None:
    spaced = [s.text for s in TRAINING if s.style == "no_spaces" and " " in s.text]
    short = [s.text for s in TRAINING if s.style == "long" and len(s.text) <= 40]
    korean = [s.text for s in TRAINING if s.style == "mixed_english" and not re.search("[A-Za-z]", s.text)]
    assert (spaced, short, korean) == ([], [], [])


def test_every_topic_has_enough_sentences_and_lies_under_the_intent_it_names() -> None:
    topics = Counter(s.topic for s in TRAINING if s.topic)
    assert len(topics) == 68
    assert {topic: n for topic, n in topics.items() if n < AT_LEAST_OF_A_TOPIC} == {}
    assert {s.topic for s in HOLDOUT if s.topic} == set(topics)
    assert [s for s in [*TRAINING, *HOLDOUT] if s.topic and s.topic.split("/")[0] != s.intent] == []


def test_no_sentence_means_two_things() -> None:
    meanings: defaultdict[str, set[tuple[str, str | None]]] = defaultdict(set)
    for s in [*TRAINING, *HOLDOUT]:
        meanings[normalised(s.text)].add((s.intent, s.topic))
    assert {text: sorted(map(str, two)) for text, two in meanings.items() if len(two) > 1} == {}


def test_no_sentence_is_there_twice_even_with_other_spaces_and_marks() -> None:
    count = Counter(normalised(s.text) for s in [*TRAINING, *HOLDOUT])
    assert [text for text, n in count.items() if n > 1] == []


def test_no_sentence_of_the_exam_is_nearly_one_that_was_learned() -> None:
    assert near_twins(TRAINING, HOLDOUT, NEAR_JACCARD, NEAR_EDITS) == []


def test_no_two_sentences_are_one_sentence_with_a_word_changed() -> None:
    pairs = near_twins(TRAINING, TRAINING, 0.75, edits=1.1)
    assert [twins for twins in pairs if twins.learned != twins.asked] == []


def test_twins_are_found_by_their_letters_and_by_their_edits_and_strangers_are_not() -> None:
    learned = [_said("토요일 도서관 봉사 취소해주세요"), _said("나이스 전송 언제까지예요")]
    asked = [_said("토요일도서관 봉사 취소해 주세요!!"), _said("나이스로 언제 넘어가나요")]
    assert [(twin.learned, twin.likeness) for twin in near_twins(learned, asked, 0.65, 0.9)] == [
        ("토요일 도서관 봉사 취소해주세요", 1.0)
    ]
    assert near_twins(learned, [_said("토요일 박물관 봉사 취소해주세요")], 0.65, 0.85) != []
    assert near_twins(learned, [_said("토요일 박물관 봉사 취소해주세요")], 0.65, 0.9) == []


def _said(text: str) -> Sentence:
    return Sentence(text, "cancel_application", None, (), "cancel_application.yml")


def test_every_entity_in_a_sentence_is_in_the_domain_and_every_one_of_the_domain_is_trained() -> None:
    used = {span[0] for s in [*TRAINING, *HOLDOUT] for span in s.spans}
    assert used == set(DOMAIN["entities"])
    assert {span[0] for s in TRAINING for span in s.spans} == used


def test_what_is_marked_is_whole_words_and_every_bracket_is_closed() -> None:
    marked = [s.text[start:end] for s in TRAINING for _, start, end in s.spans]
    assert [words for words in marked if not words or words != words.strip()] == []
    assert [s.text for s in TRAINING if "](" in s.text] == []


def test_rasa_finds_nothing_to_complain_about_but_that_there_are_no_stories() -> None:
    ran = subprocess.run(
        [RASA_PYTHON, "-m", "rasa", "data", "validate"],
        cwd=NLU_DATA,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(NLU_DATA), "RASA_TELEMETRY_ENABLED": "false"},
        capture_output=True,
        text=True,
        check=False,
    )
    said = re.findall(r"UserWarning: (.*)|(?:WARNING|ERROR) +(.*)", ran.stdout + ran.stderr)
    complaints = ["".join(pair) for pair in said]
    assert ran.returncode == 0, ran.stderr
    assert complaints, "the validator no longer says what this test reads"
    # The conversation is the application's, so no intent is used in a story here.
    assert [c for c in complaints if not c.endswith("is not used in any story or rule.")] == []
