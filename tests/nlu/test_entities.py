"""The entity extractor: what it looks at, and what it learns, saves and finds inside the Rasa environment."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.nlu.conftest import RASA_PYTHON
from tests.nlu_server import NLU_DATA

LEARN_AND_FIND = """
import json, sys, tempfile
from pathlib import Path
from components.entity_extractor import EntityExtractor
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.nlu.tokenizers.tokenizer import Token
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

def message(row, intent):
    tokens = [Token(t, s, e, data={"pos": p}, lemma=l) for t, s, e, l, p in row["tokens"]]
    entities = [{"entity": n, "start": s, "end": e, "value": row["text"][s:e]} for n, s, e in row["entities"]]
    return Message({"text": row["text"], "intent": intent, "entities": entities, "text_tokens": tokens})

def answer(asked):
    data = TrainingData([message(row, "any") for row in asked["learn"]], lookup_tables=asked.get("tables", []))
    config = {**EntityExtractor.get_default_config(), "rare": 1}
    with tempfile.TemporaryDirectory() as folder:
        storage, resource = LocalModelStorage(Path(folder)), Resource("entities")
        trained = EntityExtractor.create(config, storage, resource, None)
        trained.train(data)
        loaded = EntityExtractor.load(config, storage, resource, None)
        saved = sorted(path.name for path in Path(folder).rglob("*") if path.is_file())
    found = []
    for extractor in (trained, loaded):
        asks = [message({**row, "entities": []}, {"name": "any"}) for row in asked["find"]]
        found.append([m.get("entities") for m in extractor.process(asks)])
    return {"saved": saved, "same": found[0] == found[1], "found": found[1]}

print(json.dumps({name: answer(asked) for name, asked in json.load(sys.stdin).items()}))
"""
Row = dict[str, Any]


def _pure() -> Any:
    """Import the half of the extractor that needs no Rasa."""
    path = NLU_DATA / "components/entity_features.py"
    spec = importlib.util.spec_from_file_location("entity_features", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


features = _pure()


def row(*parts: str) -> Row:
    """Make a sentence from ``written/part of speech[>entity]``; a part that begins with a space stands apart."""
    text, tokens, entities = "", [], []
    for part in parts:
        written, _, told = part.partition("/")
        tag, _, entity = told.partition(">")
        text += written
        start = len(text) - len(written.lstrip())
        tokens.append([written.lstrip(), start, len(text), written.lstrip(), tag])
        entities += [(entity, start, len(text))] if entity else []
    return {"text": text, "tokens": tokens, "entities": entities}


def spans(found: list[dict[str, Any]]) -> list[tuple[str, str, int, int]]:
    """Return entity, value and place."""
    return [(e["entity"], e["value"], e["start"], e["end"]) for e in found]


PLACES = ("수원", "강릉", "춘천", "목포", "여수", "포항")
DAYS = ("월요일", "화요일", "수요일", "목요일", "금요일", "토요일")
MORPHEMES = [
    row(f"{day}/NNG>date", "에/JKB", f" {place}/NNP>region", "에서/JKB", " 봉사/NNG", " 있/VA", "어요/EF")
    for day, place in zip(DAYS, PLACES, strict=True)
] + [row("봉사/NNG", " 시간/NNG", " 알려/VV", " 줘/VX")]
WORDS = [
    row(f"{day}/NNG>date", f" {place}에서/NNP>region", " 봉사/NNG", " 있어요/VA")
    for day, place in zip(DAYS, PLACES, strict=True)
]


THINGS = ("청소", "급식", "번역", "안내", "벽화", "연탄")
SIDE_BY_SIDE = [row(f"{a}/NNP>region", f" {b}/NNP>region", " 봉사/NNG") for a in PLACES for b in PLACES]
UNMARKED = [row(f"{thing}/NNP", " 봉사/NNG") for thing in THINGS]
MISSPELT = row("토욜/NNG", "에/JKB", " 수원/NNP", "에서/JKB", " 봉사/NNG", " 있/VA", "어요/EF")
MISSPELT["tokens"][0] = ["토요일", 0, 2, "토요일", "NNG"]
CASES: dict[str, dict[str, Any]] = {
    "morphemes": {
        "learn": MORPHEMES,
        "find": [
            row("토요일/NNG", "에/JKB", " 속초/NNP", "에서/JKB", " 봉사/NNG", " 있/VA", "어요/EF"),
            MISSPELT,
            {"text": "😀", "tokens": [], "entities": []},
        ],
    },
    "words": {
        "learn": WORDS,
        "find": [row("일요일/NNG", " 속초/NNP", "에서/JKB", " 봉사/NNG", " 있어요/VA")],
    },
    "side by side": {
        "learn": [*MORPHEMES, *SIDE_BY_SIDE],
        "find": [row("수원/NNP", " 강릉/NNP", " 봉사/NNG")],
    },
    "no entities": {"learn": [row("봉사/NNG", " 시간/NNG")], "find": [row("수원/NNP")]},
    "lookup": {
        "learn": [*(row(f"{place}/NNP>region", " 봉사/NNG") for place in PLACES), *UNMARKED],
        "find": [row("해남/NNP", " 봉사/NNG"), row("요가/NNP", " 봉사/NNG")],
        "tables": [{"name": "region", "elements": [*PLACES, "해남"]}],
    },
}
"""What an extractor learns, and what it is asked."""


@pytest.fixture(scope="module")
def answers() -> dict[str, Any]:
    """Return for each case what was saved, and what the trained and the loaded extractor find."""
    ran = subprocess.run(
        [RASA_PYTHON, "-c", LEARN_AND_FIND],
        input=json.dumps(CASES),
        env={**os.environ, "PYTHONPATH": str(NLU_DATA), "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    told: dict[str, Any] = json.loads(ran.stdout)
    return told


def test_the_words_are_found_without_their_particles(answers: dict[str, Any]) -> None:
    found = answers["morphemes"]["found"][0]
    assert spans(found) == [("date", "토요일", 0, 3), ("region", "속초", 5, 7)]
    assert [e["extractor"] for e in found] == ["EntityExtractor"] * 2
    assert all(0 < e["confidence_entity"] <= 1 for e in found)


def test_a_normalised_token_is_found_at_its_place_in_the_original(answers: dict[str, Any]) -> None:
    assert spans(answers["morphemes"]["found"][1]) == [("date", "토욜", 0, 2), ("region", "수원", 4, 6)]


def test_a_message_without_tokens_has_no_entities(answers: dict[str, Any]) -> None:
    assert answers["morphemes"]["found"][2] == []


@pytest.mark.parametrize("case", CASES)
def test_what_was_loaded_finds_what_was_trained(answers: dict[str, Any], case: str) -> None:
    assert answers[case]["same"]


def test_what_is_saved_is_weights_and_json(answers: dict[str, Any]) -> None:
    assert answers["morphemes"]["saved"] == ["entities.crfsuite", "entities.json"]


def test_whole_words_are_found_where_only_whole_words_are_marked(answers: dict[str, Any]) -> None:
    found = answers["words"]["found"][0]
    assert spans(found) == [("date", "일요일", 0, 3), ("region", "속초에서", 4, 8)]


def test_two_of_a_kind_side_by_side_stay_two(answers: dict[str, Any]) -> None:
    found = answers["side by side"]["found"][0]
    assert spans(found) == [("region", "수원", 0, 2), ("region", "강릉", 3, 5)]


def test_sentences_without_any_entity_teach_to_find_none(answers: dict[str, Any]) -> None:
    assert (answers["no entities"]["found"], answers["no entities"]["saved"]) == ([[]], ["entities.json"])


def test_a_name_of_a_lookup_counts_though_no_sentence_had_it(answers: dict[str, Any]) -> None:
    assert [spans(each) for each in answers["lookup"]["found"]] == [[("region", "해남", 0, 2)], []]


# --- what it looks at


def line(told: Row, by_word: bool = False) -> list[Any]:
    """Return the units of a sentence."""
    found = [features.Piece(t, lemma, tag, s, e) for t, s, e, lemma, tag in told["tokens"]]
    return list(features.units(told["text"], found, by_word))


def test_a_token_knows_the_word_it_is_part_of() -> None:
    units = line(row("강릉/NNP", "에서/JKB", " 봉사/NNG"))
    assert [(u.written, u.word, u.before, u.after) for u in units] == [
        ("강릉", "강릉에서", 0, 1),
        ("에서", "강릉에서", 1, 0),
        ("봉사", "봉사", 0, 0),
    ]


def test_a_word_is_its_stem_and_the_endings_after_it() -> None:
    units = line(row("강릉/NNP", "시/NNG", "에서/JKB", "는/JX", " 봉사/NNG"), by_word=True)
    assert [(u.written, u.stem, u.tail, u.start, u.end) for u in units] == [
        ("강릉시에서는", "강릉|시", "에서+는", 0, 6),
        ("봉사", "봉사", "", 7, 9),
    ]


def test_a_word_the_tokenizer_left_out_is_still_a_word() -> None:
    told = {**row("봉사/NNG"), "text": "봉사 \u200b😀"}
    assert [(u.written, u.start, u.end) for u in line(told, by_word=True)] == [
        ("봉사", 0, 2),
        ("\u200b😀", 3, 5),
    ]


def test_the_intent_is_looked_at_alone_and_with_the_words_around() -> None:
    units = line(row("강릉/NNP", "에서/JKB"))
    plain, told = features.features(units, [[], []]), features.features(units, [[], []], "find_program")
    assert [more[len(less) :] for less, more in zip(plain, told, strict=True)] == [
        [
            "intent=find_program",
            "intent stem=find_program 강릉",
            "intent tail=find_program ",
            "intent last tag=find_program NNP",
            "intent stem end=find_program 릉",
            "intent +1 stem=find_program 에서",
        ],
        [
            "intent=find_program",
            "intent stem=find_program 에서",
            "intent tail=find_program ",
            "intent last tag=find_program JKB",
            "intent stem end=find_program 서",
            "intent -1 stem=find_program 강릉",
        ],
    ]


@pytest.mark.parametrize(
    ("written", "shape"), [("12시", "99가"), ("2026-11", "9999-99"), ("ㅋㅋ", "ㄱ"), ("it봉사", "a가")]
)
def test_the_shape_of_a_word_is_its_kinds_of_letters(written: str, shape: str) -> None:
    assert features.shape(written) == shape


def test_the_longest_name_wins_and_spaces_in_it_do_not_matter() -> None:
    known = features.Lookups({"우리": ["person"], "우리동네": ["region"]}, [])
    assert known(line(row("우리/NP", " 동네/NNG", " 봉사/NNG"))) == [
        ["name B=region"],
        ["name I=region"],
        [],
    ]


def test_a_pattern_marks_every_token_it_touches() -> None:
    known = features.Lookups({}, [("date", r"\d월 \d일")])
    assert known(line(row("3/SN", "월/NNB", " 5/SN", "일/NNB", "에/JKB"))) == [
        *[["pattern=date", "pattern=0"]] * 4,
        [],
    ]


def test_words_are_the_units_only_if_marks_end_where_words_do() -> None:
    def by_word(rows: list[Row]) -> bool:
        return bool(features.whole_words([r["text"] for r in rows], [r["entities"] for r in rows]))

    assert (by_word(WORDS), by_word(MORPHEMES), by_word([row("봉사/NNG")])) == (True, False, False)


@given(
    st.lists(
        st.tuples(
            st.text("가나 12a", min_size=1, max_size=4), st.sampled_from(("O", "B-x", "I-x", "B-y", "I-y"))
        )
    )
)
def test_whatever_the_tags_the_entities_are_stretches_of_tokens_in_order(told: list[tuple[str, str]]) -> None:
    units = line(row(*(f"a{written.strip()}/NNG" for written, _ in told)))
    found = features.entities(units, [tag for _, tag in told])
    ends = [edge for (_, start, end), _ in found for edge in (start, end)]
    assert ends == sorted(ends)
    assert {i for _, part in found for i in part} == {i for i, (_, tag) in enumerate(told) if tag != "O"}


@given(st.lists(st.sampled_from(("O", "B-x", "I-x", "B-y")), max_size=8))
def test_tags_say_what_the_entities_they_make_say(told: list[str]) -> None:
    units = line(row(*(f" 봉사{i}/NNG" for i in range(len(told)))))
    made = [span for span, _ in features.entities(units, told)]
    again = features.tags(units, made)
    assert [span for span, _ in features.entities(units, again)] == made


def test_a_sentence_without_spaces_is_looked_at_in_little_pieces() -> None:
    units = line(row(*["봉사/NNG"] * 3000))
    assert max(len(unit.word) for unit in units) <= features.LONGEST_WORD
    assert sum(map(len, features.features(units, [[]] * 3000))) < 3000 * 100
