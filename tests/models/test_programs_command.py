"""The commands as staff run them, on a small application around a real store."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import func, select

import commands
from bot.settings import Settings
from models.clock import SetClock
from models.database import Database
from models.importing import live
from models.programs import ProgramSession
from models.seed.samples import SAMPLES
from tests.models.public_api import as_json, gateway_error, serve_public_api
from tests.models.rows import dovol_row


@pytest.fixture
def app(sqlite_address: str, tmp_path: Path, clock: SetClock) -> Iterator[Flask]:
    application = Flask(__name__)
    settings = Settings(
        app_env="test",
        instance_dir=tmp_path,
        openapi_service_key="a+b",
        skill_key="k" * 20,
        nlu_token="n" * 20,
        data_key="d" * 20,
        signing_key="s" * 20,
    )
    database = Database(sqlite_address)
    application.extensions.update(database=database, clock=clock, settings=settings)
    commands.register(application)
    yield application
    database.close()


def flask(app: Flask, *words: str) -> Result:
    return app.test_cli_runner().invoke(args=list(words))


def stored(app: Flask) -> int:
    database: Database = app.extensions["database"]
    with database.session() as db:
        return db.scalar(select(func.count()).select_from(ProgramSession)) or 0


def test_a_folder_goes_in_and_again_changes_nothing(app: Flask) -> None:
    first, again = (
        flask(app, "programs", "import", str(SAMPLES)),
        flask(app, "programs", "import", str(SAMPLES)),
    )
    assert (first.exit_code, again.exit_code) == (0, 0)
    assert "30개 새로 들어옴" in first.output
    assert "0개 새로 들어옴 · 0개 바뀜 · 30개 그대로" in again.output
    assert "청소년이 참여할 수 없는 활동" in first.output


def test_bad_rows_are_named_and_the_exit_code_tells(app: Flask, tmp_path: Path) -> None:
    rows = [dovol_row(), dovol_row(prgrmNo="PPG-2", rcrtNope=-1), {"weather": "good"}]
    path = tmp_path / "rows.json"
    path.write_bytes(as_json(rows, 1, 10, 3))
    result = flask(app, "programs", "import", str(path))
    assert result.exit_code == 1
    assert "rows.json 2번째 줄 (PPG-2): 모집 인원(rcrtNope)" in result.output
    assert "rows.json 3번째 줄: 두볼(DOVOL)이나 1365 프로그램 자료가 아니에요" in result.output
    assert stored(app) == 1


def test_a_broken_file_is_named_and_the_others_go_in(app: Flask, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.json").write_text("{broken")
    (tmp_path / "in" / "b.json").write_bytes(as_json([dovol_row()], 1, 10, 1))
    (tmp_path / "in" / "c.json").write_text(json.dumps({"codes": 1}))
    (tmp_path / "in" / "notes.txt").write_text("not read")
    result = flask(app, "programs", "import", str(tmp_path / "in"))
    assert result.exit_code == 1
    assert "a.json: JSON을 읽을 수 없어요" in result.output
    assert "오픈API 응답이 아닌 파일" in result.output
    assert stored(app) == 1


def test_a_live_import_goes_in_and_stops_politely_at_the_daily_limit(app: Flask) -> None:
    with serve_public_api() as api:
        api.rows[live.DOVOL_OPERATION] = [
            dovol_row(prgrmNo=f"P-{n}", prgrmNm=f"활동 {n}") for n in range(1500)
        ]
        words = (
            "programs",
            "import",
            "--live",
            "dovol",
            "--region",
            "서울",
            "--base-url",
            api.url,
            "--calls-per-day",
            "1",
        )
        stopped = flask(app, *words)
        assert (stopped.exit_code, stored(app)) == (3, 1000)
        assert "멈춘 곳부터" in stopped.output
        words = (*words[:-1], "5")
        assert flask(app, *words).exit_code == 0
        assert stored(app) == 1500


def test_a_refused_key_says_what_to_do(app: Flask) -> None:
    with serve_public_api() as api:
        api.failures = [(200, gateway_error("30", "SERVICE_KEY_IS_NOT_REGISTERED_ERROR"))]
        result = flask(
            app, "programs", "import", "--live", "1365", "--region", "서울특별시", "--base-url", api.url
        )
    assert result.exit_code == 1
    assert "OPENAPI_SERVICE_KEY를 확인해 주세요" in result.output


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "--live dovol"),
        (("--live", "dovol"), "--region"),
        (("--live", "dovol", "--region", "달나라"), "달나라"),
        (("--live", "dovol", "--region", "서울", str(SAMPLES)), "하나를 골라"),
        (("/no/such/file.json",), "does not exist"),
    ],
)
def test_wrong_use_is_answered_with_the_right_one(app: Flask, words: tuple[str, ...], told: str) -> None:
    result = flask(app, "programs", "import", *words)
    assert result.exit_code == 2
    assert told in result.output


def test_seed_says_what_it_did_and_the_second_time_that_nothing_changed(app: Flask) -> None:
    first, again = flask(app, "seed"), flask(app, "seed")
    assert "데모 세계를 만들었어요" in first.output
    assert "바꾼 것이 없어요" in again.output
    count = stored(app)
    flask(app, "seed")
    assert stored(app) == count


def test_a_large_seed_is_made_once(app: Flask) -> None:
    first = flask(app, "seed", "--members", "20", "--sessions", "300")
    again = flask(app, "seed", "--members", "20", "--sessions", "300")
    assert "회원 20명, 회차 300개를 만들었어요" in first.output
    assert "바꾼 것이 없어요" in again.output
    assert stored(app) == 300


def test_upgrade_says_that_all_is_done(app: Flask) -> None:
    assert "최신" in flask(app, "db", "upgrade").output
