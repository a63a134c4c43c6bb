"""The authored sentences: complete, each once, and none of them both learned and asked in the exam."""

from __future__ import annotations

import re
import subprocess
from collections import Counter
from pathlib import Path

import yaml

from tests.nlu.conftest import RASA_PYTHON
from tests.nlu.sentences import normalised, sentences
from tests.nlu_server import NLU_DATA

DOMAIN = yaml.safe_load((NLU_DATA / "domain.yml").read_text(encoding="utf-8"))
TRAINING = sentences(NLU_DATA / "data")
HOLDOUT = sentences(NLU_DATA / "holdout")
AT_LEAST = {"out_of_scope": 150, "crisis_support": 120}


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
    assert {i: n for i, n in learned.items() if n < AT_LEAST.get(i, 60)} == {}
    assert {i: n for i, n in asked.items() if n < 8} == {}


def test_every_topic_has_enough_sentences_and_lies_under_the_intent_it_names() -> None:
    topics = Counter(s.topic for s in TRAINING if s.topic)
    assert len(topics) == 68
    assert {topic: n for topic, n in topics.items() if n < 8} == {}
    assert {s.topic for s in HOLDOUT if s.topic} == set(topics)
    assert [s for s in [*TRAINING, *HOLDOUT] if s.topic and s.topic.split("/")[0] != s.intent] == []


def test_no_sentence_is_there_twice_even_with_other_spaces_and_marks() -> None:
    count = Counter(normalised(s.text) for s in [*TRAINING, *HOLDOUT])
    assert [text for text, n in count.items() if n > 1] == []


def test_every_entity_in_a_sentence_is_in_the_domain_and_every_one_of_the_domain_is_trained() -> None:
    used = {span[0] for s in [*TRAINING, *HOLDOUT] for span in s.spans}
    assert used == set(DOMAIN["entities"])
    assert {span[0] for s in TRAINING for span in s.spans} == used


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
