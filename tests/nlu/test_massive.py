"""The bench against MASSIVE, on a few made-up sentences in its format: what it reads, and what it measures."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from rich.console import Console

from bench import massive
from bench.massive import NoSentences, Sentence
from bot.understanding import Entity, ParsedMessage
from quality.readings import Reading
from tests.nlu_server import NLU_DATA, ROOT

FOODS = ("김밥", "라면", "국수", "만두", "냉면", "우동", "떡국", "죽")
ROOMS = ("거실", "안방", "부엌", "서재", "현관", "욕실", "다락", "마당")
HOURS = ("한", "두", "세", "네", "다섯", "여섯", "일곱", "여덟")
TRAINING = [
    *(("cook", f"[food : {food}] 끓여 줘") for food in FOODS),
    *(("light", f"[place : {room}에] 불 켜") for room in ROOMS),
    *(("wake", f"[time : 오전 {hour} 시] 에 깨워줘") for hour in HOURS),
    *(
        ("joke", f"{word} 이야기 해봐")
        for word in ("웃긴", "재밌는", "신나는", "짧은", "긴", "새로운", "옛날", "무서운")
    ),
]
EXAM = [
    ("cook", "[food : 만두] 끓여 줘"),
    ("light", "[place : 서재에] 불 켜"),
    ("wake", "[time : 오전 두 시] 에 깨워줘"),
    ("wake", "[time : 오전 두 시] 에 깨워줘"),
]


def write(path: Path, rows: list[tuple[str, str]]) -> None:
    """Write sentences as MASSIVE does."""
    lines = [
        {"intent": intent, "annot_utt": marked, "utt": massive._SLOT.sub(r"\2", marked)}
        for intent, marked in rows
    ]
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path / "made_up_train.jsonl", TRAINING)
    write(tmp_path / "made_up_dev.jsonl", EXAM)
    return tmp_path


def reading(text: str, intent: str, *found: tuple[str, int, int]) -> Reading:
    """Return what a model might make of a text."""
    entities = tuple(Entity(slot, text[start:end], start, end) for slot, start, end in found)
    return Reading(text, intent, None, None, (), ParsedMessage(intent, 1.0, "nlu", entities=entities), 1.0)


def test_marks_are_read_with_their_places(tmp_path: Path) -> None:
    path = tmp_path / "train.jsonl"
    write(path, [("alarm_set", "[date : 금요일] [time : 오전 아홉 시] 에 깨워줘")])
    assert massive.read(path) == [
        Sentence("금요일 오전 아홉 시 에 깨워줘", "alarm_set", (("date", 0, 3), ("time", 4, 11)))
    ]


def test_a_folder_without_sentences_says_what_it_should_hold(tmp_path: Path) -> None:
    write(tmp_path / "ko_train.jsonl", TRAINING)
    with pytest.raises(NoSentences, match=r"No MASSIVE sentences in .*dev.*test.*alexa/massive"):
        massive.find(tmp_path)


def test_the_command_says_so_in_a_line_and_not_in_a_trace(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "bench", "massive", tmp_path / "nowhere"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 1
    assert ran.stderr.startswith(f"No MASSIVE sentences in {tmp_path / 'nowhere'}")


def test_dev_and_test_are_both_parsed_and_training_is_not(folder: Path) -> None:
    write(folder / "made_up_test.jsonl", EXAM[:1])
    training, exams = massive.find(folder)
    assert (len(training), {name: len(exam) for name, exam in exams.items()}) == (
        32,
        {"made_up_dev": 4, "made_up_test": 1},
    )


def test_the_project_has_their_sentences_and_none_of_ours(folder: Path, tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    project = massive.make_project(scratch, massive.find(folder)[0], NLU_DATA / "config.yml")
    written = yaml.safe_load((project / "data/massive.yml").read_text(encoding="utf-8"))["nlu"]
    assert {path.name for path in (project / "data").iterdir()} == {
        "massive.yml",
        *(path.name for path in NLU_DATA.glob("data/lookups_*.yml")),
    }
    assert [block["intent"] for block in written] == ["cook", "light", "wake", "joke"]
    assert written[2]["examples"].splitlines()[0] == "- [오전 한 시](time) 에 깨워줘"
    assert yaml.safe_load((project / "domain.yml").read_text(encoding="utf-8")) == {
        "version": "3.1",
        "intents": ["cook", "joke", "light", "wake"],
        "entities": ["food", "place", "time"],
    }


def test_a_sentence_that_rasa_would_misread_is_refused() -> None:
    with pytest.raises(NoSentences, match="brackets"):
        massive.annotated(Sentence("봉사 (수원)", "any", ()))


def test_a_slot_is_right_when_its_kind_and_its_words_are() -> None:
    exam = [
        Sentence("내일 두 시에 수원", "ask", (("date", 0, 2), ("time", 3, 7), ("place", 8, 10))),
        Sentence("모레", "ask", (("date", 0, 2),)),
    ]
    read = {
        # one right, one too short, one of the wrong kind
        exam[0].text: reading(exam[0].text, "ask", ("date", 0, 2), ("time", 3, 4), ("person", 8, 10)),
        exam[1].text: reading(exam[1].text, "tell"),
    }
    assert massive.score(exam, read) == massive.Score(2, 0.5, 1 / 3, 1 / 4, 2 / 7)


def test_neighbours_of_one_kind_are_one_slot_as_in_massive() -> None:
    exam = [Sentence("다음 주 금요일 밤", "ask", (("date", 0, 4), ("date", 5, 8), ("time", 9, 10)))]
    read = {exam[0].text: reading(exam[0].text, "ask", ("date", 0, 2), ("date", 3, 8), ("time", 9, 10))}
    assert massive.score(exam, read).slot_f1 == 1.0


@pytest.mark.timeout(900)  # it trains the whole pipeline
def test_our_pipeline_learns_another_data_set_and_is_measured_by_it(folder: Path) -> None:
    result = massive.measure(folder, NLU_DATA / "config.yml", Console(quiet=True))
    figures = massive.as_json(result)
    assert figures["learned"] == 32
    assert figures["scores"] == {
        "made_up_dev": {
            "sentences": 4,
            "intent_accuracy": 1.0,
            "slot_precision": 1.0,
            "slot_recall": 1.0,
            "slot_f1": 1.0,
        }
    }
    assert 0 < figures["parse_ms"]["p50"] <= figures["parse_ms"]["p99"]
    assert figures["train_seconds"] > 0
