"""The exam: what a model makes of sentences it has never seen, and of those that must always be understood."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from models.golden_sentences import GoldenSentence
from models.training_marks import key_of
from quality.kept import Kept, keep
from quality.readings import read_sentences
from training.heart import Part
from training.project import write_exam
from training.tool import NICE


def examine(model: Path, project: Path, golden: Sequence[GoldenSentence], part: Part) -> Kept:
    """Return what a model made of the exam.

    Raises:
        NotMeasured: the model cannot be read.
        Stopped: the job is to stop.
    """
    name = model.name.removesuffix(".tar.gz")

    def watch(done: int, total: int) -> None:
        part.stage(f"시험을 보고 있어요: {name}", done / max(total, 1))

    part.stage(f"시험지를 나눠 주고 있어요: {name}", 0.0)
    with tempfile.TemporaryDirectory(prefix="boram-exam-") as folder:
        write_exam(project, Path(folder), golden)
        readings = read_sentences(model, Path(folder), watch, before=NICE)
    keys = {each.key for each in golden}
    asked = [each for each in readings if key_of(each.text) not in keys]
    return keep(name, asked, [each for each in readings if key_of(each.text) in keys])
