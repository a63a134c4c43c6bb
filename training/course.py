"""From the sentences in the store to a model in the folder."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Collection
from pathlib import Path

from bot.settings import ROOT
from models.database import Database
from training.heart import Part
from training.project import write_project
from training.tool import ToolFailed, run_tool

SCRIPT = ROOT / "nlu_data/train.sh"
ROOM = 400_000_000
"""Bytes that must be free: a model while it is made takes a few times what it takes in the end."""
STAGES: dict[str, tuple[str, float]] = {
    "Normalizer": ("오타를 바로잡는 법을 배우고 있어요", 0.15),
    "KiwiTokenizer": ("문장을 낱말로 나누고 있어요", 0.2),
    "SurfaceFeaturizer": ("낱말과 글자를 세고 있어요", 0.3),
    "EntityExtractor": ("날짜와 지역 같은 낱말을 배우고 있어요", 0.35),
    "KernelIntentClassifier": ("뜻을 배우고 있어요", 0.5),
    "SafetyDetector": ("위험한 말을 알아보는 법을 챙기고 있어요", 0.9),
    "TopicClassifier": ("자주 묻는 질문의 주제를 배우고 있어요", 0.92),
}
"""What the script says it is at → what people read, and how far the training is then."""
_MARK = "nlu:   "
_NO_ROOM = "No space left on device"


class NotTrained(Exception):
    """There is no model; ``words`` say why and what to do, the text is what the tools said last."""

    def __init__(self, words: str, told: str = "") -> None:
        self.words = words
        super().__init__(told)


def train(
    database: Database, project: Path, model: Path, golden: Collection[str], part: Part, room: int = ROOM
) -> None:
    """Train a model on the sentences in the store; the file is there in the end, or nothing is.

    Raises:
        NotTrained: it did not work out.
        Stopped: the job is to stop.
    """
    _clear_away(model.parent)
    if shutil.disk_usage(model.parent).free < room:
        raise NotTrained(NO_ROOM_WORDS)
    with tempfile.TemporaryDirectory(prefix="boram-training-") as folder:
        part.stage("훈련 문장을 모으고 있어요", 0.02)
        with database.session() as db:
            write_project(db, project, Path(folder), golden)
            db.rollback()
        part.stage("훈련을 준비하고 있어요", 0.05)
        try:
            run_tool([str(SCRIPT), str(model), folder], part, lambda line: _tell(line, part))
        except ToolFailed as failed:
            raise _not_trained(str(failed)) from failed


NO_ROOM_WORDS = "저장할 자리가 모자라요. 쓰지 않는 모델을 지우고 다시 훈련해 주세요."


def _tell(line: str, part: Part) -> None:
    words, fraction = STAGES.get(line.removeprefix(_MARK), ("", 0.0))
    if words and line.startswith(_MARK):
        part.stage(words, fraction)


def _not_trained(told: str) -> NotTrained:
    if _NO_ROOM in told:
        return NotTrained(NO_ROOM_WORDS, told)
    if "고칠 곳이" in told:
        return NotTrained("훈련 문장에 고칠 곳이 있어요. 아래에 나온 문장을 고치고 다시 훈련해 주세요.", told)
    return NotTrained(
        "훈련이 끝까지 가지 못했어요. 한 번 더 해 보고, 또 그러면 개발자에게 알려 주세요.", told
    )


def _clear_away(folder: Path) -> None:
    """Take away what trainings left behind that were killed: only one runs at a time, and it is this one."""
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob(".training.*"):
        shutil.rmtree(left, ignore_errors=True)
