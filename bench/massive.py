"""The language against MASSIVE: our own pipeline learns another data set's sentences and is measured as others are.

``python -m bench massive [FOLDER] [--config nlu_data/config.yml] [--json]``. The folder holds MASSIVE's files, one JSON
object a line with ``intent``, ``utt`` and ``annot_utt`` (``[date : 금요일] 에 깨워줘``): ``*train*.jsonl`` is learned by
``nlu_data/train.sh``, ``*dev*.jsonl`` and ``*test*.jsonl`` are parsed by ``nlu_data/parse.sh``. What staff add of words
(``lookups/``, ``data/lookups_*.yml``) is part of the pipeline and goes along; none of our sentences does.

Slots are measured as MASSIVE does (``eval_preds`` in https://github.com/alexa/massive): words of the same slot that
stand side by side are one slot; a slot is right when its type and its first and last word are right; F1 is micro, over
all slots of all sentences, as seqeval counts. Ours are stretches of characters, so one that ends within a word is wrong.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from bot.settings import ROOT
from quality.readings import Reading, read_sentences

NLU_DATA = ROOT / "nlu_data"
FOLDER = ROOT.parent / "shared/data/massive_ko"
_SLOT = re.compile(r"\[\s*(\w+)\s*:\s*([^\]]*?)\s*\]")
_BRACKETS = re.compile(r"[\[\](){}\\]")
_BAR = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
Span = tuple[str, int, int]
"""Slot, and the characters it begins at and ends before."""


class NoSentences(Exception):
    """The folder is not one of MASSIVE's; the text says what is missing."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One line of MASSIVE."""

    text: str
    intent: str
    slots: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Score:
    """How well one file was understood; shares from 0 to 1."""

    sentences: int
    intent_accuracy: float
    slot_precision: float
    slot_recall: float
    slot_f1: float


@dataclass(frozen=True, slots=True)
class Result:
    """Everything measured. ``scores`` by the file's name."""

    learned: int
    train_seconds: float
    scores: dict[str, Score]
    parse_p50_ms: float
    parse_p99_ms: float


def main(arguments: Sequence[str]) -> None:
    """Measure what the command line asks for and print it."""
    parser = argparse.ArgumentParser(prog="python -m bench massive", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER, help="of MASSIVE's files")
    parser.add_argument("--config", type=Path, default=NLU_DATA / "config.yml", help="the pipeline")
    parser.add_argument("--json", action="store_true", help="figures for a program instead of a person")
    asked = parser.parse_args(arguments)
    try:
        result = measure(asked.folder, asked.config, Console(stderr=True, highlight=False))
    except NoSentences as missing:
        sys.exit(str(missing))
    if asked.json:
        print(json.dumps(as_json(result)))
    else:
        Console(highlight=False).print(table(result))


def measure(folder: Path, config: Path, console: Console) -> Result:
    """Train on the folder's sentences and parse the others.

    Raises:
        NoSentences: there is nothing to learn or nothing to parse in the folder.
    """
    training, exams = find(folder)
    with tempfile.TemporaryDirectory() as scratch, Progress(*_BAR, console=console) as progress:
        project = make_project(Path(scratch), training, config)
        began = time.perf_counter()
        model = train(project, progress)
        seconds = time.perf_counter() - began
        readings = {name: parse(model, exam, project, progress, name) for name, exam in exams.items()}
    times = sorted(reading.ms for read in readings.values() for reading in read.values())
    scores = {name: score(exams[name], read) for name, read in readings.items()}
    return Result(len(training), seconds, scores, _at(times, 0.5), _at(times, 0.99))


def _at(times: Sequence[float], share: float) -> float:
    return times[min(len(times) - 1, int(len(times) * share))]


# --- reading MASSIVE


def find(folder: Path) -> tuple[list[Sentence], dict[str, list[Sentence]]]:
    """Return the sentences to learn, and those to parse by the name of their file.

    Raises:
        NoSentences: one of the two is not there.
    """
    training = [each for path in sorted(folder.glob("*train*.jsonl")) for each in read(path)]
    exams = [path for part in ("dev", "test") for path in sorted(folder.glob(f"*{part}*.jsonl"))]
    if not training or not exams:
        raise NoSentences(
            f"No MASSIVE sentences in {folder}: it should hold *train*.jsonl and *dev*.jsonl or *test*.jsonl, "
            "one locale of the archive https://github.com/alexa/massive links to"
        )
    return training, {path.stem: read(path) for path in exams}


def read(path: Path) -> list[Sentence]:
    """Return the sentences of one file."""
    return [_sentence(json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines() if line]


def _sentence(row: dict[str, Any]) -> Sentence:
    text, slots, position = "", [], 0
    annotated: str = row["annot_utt"]
    for match in _SLOT.finditer(annotated):
        text += annotated[position : match.start()]
        slots.append((match[1], len(text), len(text) + len(match[2])))
        text += match[2]
        position = match.end()
    return Sentence(text + annotated[position:], row["intent"], tuple(slots))


# --- training and parsing with Rasa


def make_project(scratch: Path, training: Iterable[Sentence], config: Path) -> Path:
    """Make a Rasa project like ours with other sentences, and return its folder."""
    project = scratch / "nlu_data"
    ours = shutil.ignore_patterns("data", "holdout", "__pycache__", ".rasa")
    shutil.copytree(NLU_DATA, project, ignore=ours)
    (scratch / ".venv-nlu").symlink_to(ROOT / ".venv-nlu")
    shutil.copyfile(config, project / "config.yml")
    # Our rules for sentences (styles, sources, a file for each intent) are not theirs.
    (project / "validate.py").write_text("")
    (project / "data").mkdir()
    for lookup in NLU_DATA.glob("data/lookups_*.yml"):
        shutil.copy(lookup, project / "data")
    sentences = list(training)
    write_sentences(project / "data/massive.yml", sentences)
    write_domain(project / "domain.yml", sentences)
    return project


def write_sentences(path: Path, sentences: Iterable[Sentence]) -> None:
    """Write Rasa's training format; a sentence that is there twice is written once."""
    examples: dict[str, dict[str, None]] = {}
    for sentence in sentences:
        examples.setdefault(sentence.intent, {})[f"- {annotated(sentence)}\n"] = None
    blocks = [{"intent": intent, "examples": "".join(lines)} for intent, lines in examples.items()]
    _write_yaml(path, {"version": "3.1", "nlu": blocks})


def annotated(sentence: Sentence) -> str:
    """Return the sentence with its slots marked as Rasa reads them.

    Raises:
        NoSentences: the sentence has brackets of its own, which Rasa would take for marks.
    """
    if _BRACKETS.search(sentence.text):
        raise NoSentences(f"A sentence with brackets cannot be written for Rasa: {sentence.text}")
    text, position = "", 0
    for slot, start, end in sentence.slots:
        text += f"{sentence.text[position:start]}[{sentence.text[start:end]}]({slot})"
        position = end
    return text + sentence.text[position:]


def write_domain(path: Path, sentences: Sequence[Sentence]) -> None:
    """Write which intents and slots there are."""
    intents = sorted({sentence.intent for sentence in sentences})
    slots = sorted({slot for sentence in sentences for slot, *_ in sentence.slots})
    _write_yaml(path, {"version": "3.1", "intents": intents, "entities": slots})


def _write_yaml(path: Path, content: dict[str, Any]) -> None:
    path.write_text(yaml.safe_dump(content, allow_unicode=True, width=10_000), encoding="utf-8")


def train(project: Path, progress: Progress) -> Path:
    """Train as ``nlu_data/train.sh`` does, a step of the bar for each component of the pipeline.

    Raises:
        subprocess.CalledProcessError: it failed, and said why on standard error.
    """
    model = project / "model.tar.gz"
    pipeline = yaml.safe_load((project / "config.yml").read_text(encoding="utf-8"))["pipeline"]
    task = progress.add_task("training", total=len(pipeline))
    command = [str(project / "train.sh"), str(model)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout or ():
            if line.startswith("nlu:   "):
                progress.update(task, description=line.removeprefix("nlu:").strip(), advance=1)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    progress.update(task, description="trained", completed=len(pipeline))
    return model


def parse(
    model: Path, exam: Sequence[Sentence], project: Path, progress: Progress, name: str
) -> dict[str, Reading]:
    """Return what the model makes of each text, on one core. Rasa reads a text that is there twice only once."""
    path = project / f"{name}.yml"
    write_sentences(path, {sentence.text: sentence for sentence in exam}.values())
    task = progress.add_task(name, total=None)
    with _one_core():
        found = read_sentences(
            model, path, watch=lambda done, of: progress.update(task, completed=done, total=of)
        )
    return {reading.text: reading for reading in found}


@contextmanager
def _one_core() -> Iterator[None]:
    """Let what is started here run on one core only."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


# --- measuring


def score(exam: Sequence[Sentence], read: dict[str, Reading]) -> Score:
    """Compare every sentence with what was read in it."""
    intents = wanted = got = right = 0
    for sentence in exam:
        reading = read[sentence.text]
        slots = joined(sentence.text, sentence.slots)
        found = joined(sentence.text, ((e.name, e.start, e.end) for e in reading.got.entities))
        intents += reading.got.intent == sentence.intent
        wanted, got, right = wanted + len(slots), got + len(found), right + len(slots & found)
    return Score(
        sentences=len(exam),
        intent_accuracy=intents / len(exam),
        slot_precision=right / got if got else 0.0,
        slot_recall=right / wanted if wanted else 0.0,
        slot_f1=2 * right / (wanted + got) if wanted + got else 1.0,
    )


def joined(text: str, slots: Iterable[Span]) -> set[Span]:
    """Return the slots with neighbours of the same kind made one: MASSIVE's words have no mark between them."""
    found: list[Span] = []
    for slot, start, end in sorted(slots, key=lambda span: span[1]):
        if found and found[-1][0] == slot and not text[found[-1][2] : start].strip():
            found[-1] = (slot, found[-1][1], end)
        else:
            found.append((slot, start, end))
    return set(found)


def as_json(result: Result) -> dict[str, Any]:
    """Return the figures for a program; shares from 0 to 1."""
    return {
        "learned": result.learned,
        "train_seconds": round(result.train_seconds, 1),
        "parse_ms": {"p50": result.parse_p50_ms, "p99": result.parse_p99_ms},
        "scores": {
            name: {field: getattr(each, field) for field in Score.__slots__}
            for name, each in result.scores.items()
        },
    }


def table(result: Result) -> Table:
    """Lay the figures out for a person."""
    title = (
        f"MASSIVE: {result.learned:,} sentences learned in {result.train_seconds:.0f} s; one parse "
        f"{result.parse_p50_ms:.1f} ms (p99 {result.parse_p99_ms:.1f}) on one core"
    )
    shown = Table("file", "sentences", "intent %", "slot F1", "precision", "recall", title=title)
    for name, each in result.scores.items():
        shares = (each.intent_accuracy, each.slot_f1, each.slot_precision, each.slot_recall)
        shown.add_row(name, f"{each.sentences:,}", *(f"{100 * share:.1f}" for share in shares))
    return shown
