"""What a model is made from and asked: sentences of the store, but never those it must always understand."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from models.golden_pins import pin
from models.golden_sentences import golden_keys, golden_sentences
from models.training_files import import_folder
from tests.nlu_server import NLU_DATA
from tests.training.school import TAUGHT
from training.project import write_exam, write_project


@pytest.fixture
def database_address(sqlite_address: str) -> str:
    """Return one store: files are written alike from both."""
    return sqlite_address


def sentences(folder: Path) -> list[str]:
    lines = (line.strip() for path in sorted(folder.glob("*.yml")) for line in path.read_text().splitlines())
    return [line[2:] for line in lines if line.startswith("- ") and not line.startswith("- intent")]


def test_golden_sentences_are_left_out_of_training_and_asked_in_the_exam(
    db: Session, language: Path, tmp_path: Path, now: datetime
) -> None:
    (language / "data/extra.yml").write_text(
        'version: "3.1"\nnlu:\n- intent: check_hours\n  metadata:\n    style: typo\n    source: authored\n'
        "  examples: |\n    - 봉사시깐 알려조\n",
        "utf-8",
    )
    import_folder(db, language / "data", "import", now)
    alone, topic = "봉사시깐 알려조", "login_problem/find_id"
    pin(db, text=alone, intent="check_hours", topic=None, by=None, now=now)
    pin(db, text=TAUGHT["login_problem"][4] + "?!", intent="login_problem", topic=topic, by=None, now=now)
    db.flush()
    project, exam = tmp_path / "project", tmp_path / "exam"
    for folder in (project, exam):
        folder.mkdir()
    write_project(db, language, project, golden_keys(db))
    taught = sentences(project / "data")
    assert alone not in taught
    assert TAUGHT["login_problem"][4] not in taught
    assert TAUGHT["check_hours"][6] in taught
    checked = subprocess.run(
        [sys.executable, NLU_DATA / "validate.py", project], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stderr

    write_exam(language, exam, golden_sentences(db))
    assert {alone, "봉사시간 얼마나 했지"} <= set(sentences(exam))
    assert f"topic: {topic}" in (exam / "golden.yml").read_text("utf-8")


def test_without_golden_sentences_the_exam_is_the_projects(
    db: Session, language: Path, tmp_path: Path
) -> None:
    (tmp_path / "exam").mkdir()
    write_exam(language, tmp_path / "exam", golden_sentences(db))
    assert sentences(tmp_path / "exam") == sentences(language / "holdout")
