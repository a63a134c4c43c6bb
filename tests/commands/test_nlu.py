"""``flask nlu``: which model is live, and coming back to the one before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner

from app import close_app, create_app
from bot.settings import Settings
from tests.http_server import TestServer, http_server


@pytest.fixture
def nlu_server() -> Iterator[TestServer]:
    with http_server() as server:
        server.answer("/model", b"", status=204)
        server.answer("/status", {"model_file": "/models/b.tar.gz", "model_id": "1"})
        yield server


@pytest.fixture
def app(tmp_path: Path, nlu_server: TestServer) -> Iterator[Flask]:
    settings = Settings(
        app_env="test",
        instance_dir=tmp_path,
        nlu_url=nlu_server.url,
        skill_key="k" * 16,
        nlu_token="t" * 16,
        data_key="d" * 16,
        signing_key="s" * 16,
    )
    app = create_app(settings)
    yield app
    close_app(app)


@pytest.fixture
def runner(app: Flask) -> FlaskCliRunner:
    return app.test_cli_runner()


@pytest.fixture
def models(tmp_path: Path) -> Path:
    folder = tmp_path / "models"
    folder.mkdir()
    for name in ("a", "b"):
        (folder / f"{name}.tar.gz").write_bytes(name.encode())
    return folder


def live(models: Path) -> str:
    return (models / "live.tar.gz").read_text()


def test_a_promoted_model_is_live_and_running_servers_load_it(
    runner: FlaskCliRunner, models: Path, nlu_server: TestServer
) -> None:
    result = runner.invoke(args=["nlu", "promote", "a"])
    assert result.exit_code == 0
    assert live(models) == "a"
    assert nlu_server.asked("/model") == [{"model_file": str(models / "a.tar.gz")}]


def test_rolling_back_returns_to_the_model_before_and_forth_again(
    runner: FlaskCliRunner, models: Path
) -> None:
    for name in ("a", "b"):
        runner.invoke(args=["nlu", "promote", name])
    assert live(models) == "b"
    runner.invoke(args=["nlu", "rollback"])
    assert live(models) == "a"
    runner.invoke(args=["nlu", "rollback"])
    assert live(models) == "b"


def test_a_model_put_there_by_hand_is_not_lost(runner: FlaskCliRunner, models: Path) -> None:
    (models / "live.tar.gz").write_bytes(b"by hand")
    runner.invoke(args=["nlu", "promote", "a"])
    runner.invoke(args=["nlu", "rollback"])
    assert live(models) == "by hand"


def test_without_a_model_before_there_is_nothing_to_return_to(runner: FlaskCliRunner, models: Path) -> None:
    result = runner.invoke(args=["nlu", "rollback"])
    assert result.exit_code == 1
    assert "되돌릴 모델이 없어요" in result.output


def test_an_unknown_model_is_named_with_the_next_step(runner: FlaskCliRunner, models: Path) -> None:
    result = runner.invoke(args=["nlu", "promote", "zzz"])
    assert result.exit_code == 1
    assert "zzz.tar.gz 모델이 없어요. flask nlu status" in result.output


def test_status_shows_what_is_there_what_is_live_and_what_runs(runner: FlaskCliRunner, models: Path) -> None:
    runner.invoke(args=["nlu", "promote", "a"])
    lines = runner.invoke(args=["nlu", "status"]).output.splitlines()
    assert lines[0].startswith("→ a.tar.gz")
    assert lines[1].startswith("  b.tar.gz")
    assert lines[2].endswith("b.tar.gz")
