"""What a model is made from and measured by, written into folders: sentences of the store beside the files of the project."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

from sqlalchemy.orm import Session

from models.golden_sentences import GoldenSentence
from models.training_files import export_folder

SHARED = ("config.yml", "domain.yml", "lookups", "holdout")
"""What is taken from the project as it is."""
GOLDEN = "golden.yml"
_HEAD = 'version: "3.1"\nnlu:\n'


def write_project(db: Session, project: Path, folder: Path, golden: Collection[str]) -> None:
    """Write a project to train on: the store's sentences but the golden ones, everything else from ``project``."""
    for name in SHARED:
        if (project / name).exists():
            (folder / name).symlink_to(project / name)
    export_folder(db, folder / "data", golden)


def write_exam(project: Path, folder: Path, golden: Iterable[GoldenSentence]) -> None:
    """Write the sentences that a model is asked: those of the project's holdout and the golden ones."""
    for path in sorted((project / "holdout").glob("*.yml")):
        (folder / path.name).symlink_to(path)
    blocks = [_block(each) for each in golden]
    if blocks:
        (folder / GOLDEN).write_text(_HEAD + "".join(blocks), "utf-8")


def _block(sentence: GoldenSentence) -> str:
    topic = f"  metadata:\n    topic: {sentence.topic}\n" if sentence.topic else ""
    return f"- intent: {sentence.intent}\n{topic}  examples: |\n    - {sentence.text}\n"
