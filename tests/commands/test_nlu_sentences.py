"""``flask nlu import`` and ``flask nlu export``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner

from app import close_app, create_app
from bot.settings import Settings
from models.database import Database
from models.training_sentences import Change, change_sentence, find_same
from tests.models.test_training_files import GREETING, NO_SHOW


@pytest.fixture
def app(tmp_path: Path, sqlite_address: str) -> Iterator[Flask]:
    settings = Settings(
        app_env="test",
        instance_dir=tmp_path,
        database_url=sqlite_address,
        skill_key="k" * 16,
        nlu_token="t" * 16,
        data_key="a key for tests only, of enough length",
        signing_key="s" * 16,
    )
    app = create_app(settings)
    yield app
    close_app(app)


@pytest.fixture
def runner(app: Flask) -> FlaskCliRunner:
    return app.test_cli_runner()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "greeting.yml").write_text(GREETING, "utf-8")
    (folder / "no_show.yml").write_text(NO_SHOW, "utf-8")
    return folder


def test_sentences_come_in_are_changed_and_go_out_again(
    app: Flask, runner: FlaskCliRunner, folder: Path
) -> None:
    result = runner.invoke(args=["nlu", "import", str(folder)])
    assert (result.exit_code, result.output) == (0, "문장 6개: 새로 들어옴 6개.\n")
    database: Database = app.extensions["database"]
    with database.session() as db:
        row = find_same(db, "하이루 방가")
        assert row is not None
        state = row.state
        by, now = "staff:1", app.extensions["clock"].now()
        change_sentence(
            db,
            row,
            type(state)("하이루 반가", "greeting", None, "casual", "authored"),
            Change.EDITED,
            by,
            now,
        )
        db.commit()
    result = runner.invoke(args=["nlu", "export", str(folder)])
    words = folder / "lookups_entities.yml"  # training wants the lists of words beside the sentences
    assert result.output == f"  {folder / 'greeting.yml'}\n  {words}\n바뀐 파일이 2개예요.\n"
    assert (folder / "greeting.yml").read_text("utf-8") == GREETING.replace("하이루 방가", "하이루 반가")
    assert (folder / "no_show.yml").read_text("utf-8") == NO_SHOW
    assert runner.invoke(args=["nlu", "import", str(folder)]).output == "문장 6개: 바뀐 것이 없어요.\n"
    assert "바뀐 것이 없어요" in runner.invoke(args=["nlu", "export", str(folder)]).output


def test_mistakes_are_told_and_nothing_comes_in(runner: FlaskCliRunner, folder: Path) -> None:
    (folder / "no_show.yml").write_text(NO_SHOW.replace("(date)", "(dat)"), "utf-8")
    result = runner.invoke(args=["nlu", "import", str(folder)])
    assert result.exit_code == 1
    assert "no_show.yml:9: 모르는 표시 이름이에요: '[어제](dat)'. 혹시 'date'인가요?" in result.output
    result = runner.invoke(args=["nlu", "export", str(folder)])
    assert (result.exit_code, "먼저 들여와 주세요" in result.output) == (1, True)
    assert runner.invoke(args=["nlu", "import", str(folder / "nowhere")]).exit_code == 1


def test_a_file_that_changed_meanwhile_is_not_written_over(runner: FlaskCliRunner, folder: Path) -> None:
    runner.invoke(args=["nlu", "import", str(folder)])
    (folder / "no_show.yml").write_text(NO_SHOW.replace("벌점", "벌점이"), "utf-8")
    result = runner.invoke(args=["nlu", "export", str(folder)])
    assert result.exit_code == 1
    assert "no_show.yml:1: 마지막으로 들여온 뒤에 바뀐 파일이에요" in result.output
