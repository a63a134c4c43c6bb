"""The scripts of nlu_data when something is missing or broken."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.nlu_server import NLU_DATA, ROOT

pytestmark = pytest.mark.timeout(600)


def run(*command: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command and return what it said."""
    return subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a copy of nlu_data that may be broken, beside the same Rasa environment."""
    (tmp_path / ".venv-nlu").symlink_to(ROOT / ".venv-nlu")
    (tmp_path / ".venv").symlink_to(ROOT / ".venv")
    return Path(shutil.copytree(NLU_DATA, tmp_path / "nlu_data"))


@pytest.mark.parametrize("script", ["serve.sh", "parse.sh"])
def test_a_missing_model_is_named_with_the_command_that_makes_it(tmp_path: Path, script: str) -> None:
    missing = tmp_path / "none.tar.gz"
    ran = run(NLU_DATA / script, missing, "5999", NLU_TOKEN="t")
    assert ran.returncode == 1
    assert f"nlu_data/train.sh {missing}" in ran.stderr


def test_a_model_that_is_no_model_is_named_with_the_command_that_makes_it(tmp_path: Path) -> None:
    broken = tmp_path / "broken.tar.gz"
    broken.write_bytes(b"not an archive")
    ran = run(NLU_DATA / "serve.sh", broken, "5999", NLU_TOKEN="t")
    assert ran.returncode == 1
    assert f"No readable model at {broken}: run nlu_data/train.sh" in ran.stderr


def test_the_server_does_not_start_without_a_token(tmp_path: Path) -> None:
    ran = run(NLU_DATA / "serve.sh", tmp_path / "any.tar.gz", "5999", NLU_TOKEN="")
    assert ran.returncode == 1
    assert "NLU_TOKEN" in ran.stderr


def test_without_the_rasa_environment_the_next_step_is_said(copy: Path) -> None:
    (copy.parent / ".venv-nlu").unlink()
    ran = run(copy / "train.sh", copy / "model.tar.gz")
    assert ran.returncode == 1
    assert "run nlu_data/install.sh" in ran.stderr


def test_an_environment_that_is_there_is_not_made_again(copy: Path) -> None:
    before = (ROOT / ".venv-nlu/.installed").stat().st_mtime_ns
    ran = run(copy / "install.sh")
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
    assert (ROOT / ".venv-nlu/.installed").stat().st_mtime_ns == before


def test_a_training_that_fails_says_why_and_leaves_the_old_model_alone(copy: Path, tmp_path: Path) -> None:
    (copy / "config.yml").write_text("recipe: default.v1\nlanguage: ko\npipeline:\n- name: NoSuchComponent\n")
    model = tmp_path / "models/live.tar.gz"
    model.parent.mkdir()
    model.write_bytes(b"the old model")
    ran = run(copy / "train.sh", model)
    assert ran.returncode == 1
    assert "NoSuchComponent" in ran.stderr
    assert model.read_bytes() == b"the old model"
    assert [path.name for path in model.parent.iterdir()] == ["live.tar.gz"]
