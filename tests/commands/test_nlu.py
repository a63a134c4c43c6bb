"""``flask nlu``: which model answers from which slot, and coming back to the one before."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner

from app import close_app, create_app
from bot.model_folder import ModelFolder
from bot.nlu_server import LoadedModel
from bot.promotion import Promoter, stand_up
from bot.settings import ROOT, Settings
from commands import parts
from models import nlu_switches
from models.clock import SetClock, SystemClock
from models.nlu_switches import SwitchKind, SwitchState, Wanted
from tests.nlu_double import NluDouble, nlu_doubles, write_model


@pytest.fixture
def servers() -> Iterator[list[NluDouble]]:
    """Run both slots' servers with model a."""
    with nlu_doubles(2) as servers:
        for server in servers:
            server.model = LoadedModel("a", "number of a")
        yield servers


@pytest.fixture
def models(tmp_path: Path) -> ModelFolder:
    models = ModelFolder(tmp_path / "models")
    for name in ("a", "b"):
        write_model(models.folder, name)
    models.link_live("a")
    return models


@pytest.fixture
def app(
    tmp_path: Path, sqlite_address: str, servers: list[NluDouble], models: ModelFolder
) -> Iterator[Flask]:
    settings = Settings(
        app_env="test",
        instance_dir=tmp_path,
        database_url=sqlite_address,
        nlu_url=servers[0].url,
        nlu_url_b=servers[1].url,
        skill_key="k" * 16,
        nlu_token="t" * 16,
        data_key="d" * 16,
        signing_key="s" * 16,
    )
    app = create_app(settings)
    with app.app_context():
        stand_up(parts.database(), models, ("a", "b"), parts.clock().now())
    yield app
    close_app(app)


@pytest.fixture
def runner(app: Flask) -> FlaskCliRunner:
    return app.test_cli_runner()


def test_a_promoted_model_is_loaded_beside_the_live_one_and_answers(
    runner: FlaskCliRunner, models: ModelFolder, servers: list[NluDouble]
) -> None:
    result = runner.invoke(args=["nlu", "promote", "b"])
    assert result.exit_code == 0, result.output
    assert result.output.splitlines()[-1] == "이제 b 모델을 써요."
    assert (servers[0].loads, servers[1].loads) == ([], ["b"])
    assert models.linked_live() == "b"


def test_rolling_back_returns_to_the_model_before_and_forth_again(
    runner: FlaskCliRunner, models: ModelFolder
) -> None:
    runner.invoke(args=["nlu", "promote", "b.tar.gz"])
    for expected in ("a", "b"):
        result = runner.invoke(args=["nlu", "rollback"])
        assert result.output.splitlines()[-1] == f"다시 {expected} 모델을 써요."
        assert models.linked_live() == expected


def test_without_a_model_before_there_is_nothing_to_return_to(runner: FlaskCliRunner) -> None:
    result = runner.invoke(args=["nlu", "rollback"])
    assert result.exit_code == 1
    assert "되돌릴 모델이 없어요" in result.output


def test_an_unknown_model_is_named_with_the_next_step(runner: FlaskCliRunner) -> None:
    result = runner.invoke(args=["nlu", "promote", "zzz"])
    assert result.exit_code == 1
    assert "zzz.tar.gz 모델이 없어요. flask nlu status" in result.output


def test_status_shows_what_is_there_what_answers_and_where_the_way_back_leads(
    runner: FlaskCliRunner, servers: list[NluDouble]
) -> None:
    runner.invoke(args=["nlu", "promote", "b"])
    servers[0].stop()
    assert runner.invoke(args=["nlu", "status"]).output.splitlines() == [
        "  a  0.0 MB",
        "→ b  0.0 MB",
        "b 자리(대답하는 중): b 모델",
        f"  {servers[1].url}: b",
        "a 자리(쉬는 중): a 모델",
        f"  {servers[0].url}: 켜져 있지 않아요.",
        "되돌리면 a 모델이에요(바로 바뀌어요).",
    ]


def test_status_tells_of_a_change_that_is_under_way(app: Flask, runner: FlaskCliRunner) -> None:
    with app.app_context(), parts.database().session() as db:
        nlu_switches.begin(db, Wanted(SwitchKind.PROMOTE, "b", "a", "b"), parts.clock().now())
    assert "b 모델로 바꾸고 있어요: 준비하고 있어요." in runner.invoke(args=["nlu", "status"]).output
    assert "하고 있어요" in runner.invoke(args=["nlu", "promote", "b"]).output


def test_a_promotion_that_is_killed_leaves_the_old_model_and_the_next_one_works(
    app: Flask, models: ModelFolder, servers: list[NluDouble]
) -> None:
    servers[1].load_seconds = 1.0
    with app.app_context():
        settings, store, slots = parts.settings(), parts.database(), parts.slots()
    killed = promoting("b", settings)
    while not servers[1].loads:
        assert killed.poll() is None, "it ended before it loaded"
        time.sleep(0.01)
    killed.kill()
    killed.wait()
    later = SetClock(SystemClock().now() + nlu_switches.LIFELESS + timedelta(seconds=1))
    promoter = Promoter(slots, store, later, models, settle=0)
    assert (promoter.traffic().live_model, models.linked("b")) == ("a", "a")
    promoter.promote("b")
    assert promoter.traffic().live_model == "b"
    with store.session() as db:
        states = [each.state for each in nlu_switches.last_changes(db)]
    assert states == [SwitchState.DONE, SwitchState.ABANDONED]


def promoting(name: str, settings: Settings) -> subprocess.Popen[bytes]:
    """Run ``flask nlu promote`` in a process of its own."""
    told = ("instance_dir", "database_url", "nlu_url", "nlu_url_b", "nlu_token", "skill_key", "data_key")
    environment = {each.upper(): str(getattr(settings, each)) for each in (*told, "signing_key")}
    command = [sys.executable, "-m", "flask", "--app", "app", "nlu", "promote", name]
    return subprocess.Popen(command, env=os.environ | environment, cwd=ROOT, stdout=subprocess.DEVNULL)


def test_a_store_that_was_never_made_is_told_with_the_next_step(tmp_path: Path) -> None:
    settings = Settings(
        app_env="test",
        instance_dir=tmp_path,
        skill_key="k" * 16,
        nlu_token="t" * 16,
        data_key="d" * 16,
        signing_key="s" * 16,
    )
    app = create_app(settings)
    for command in (["train"], ["promote", "a"], ["rollback"], ["status"]):
        result = app.test_cli_runner().invoke(args=["nlu", *command])
        assert (result.exit_code, "flask db upgrade" in result.output) == (1, True), result.output
    close_app(app)
