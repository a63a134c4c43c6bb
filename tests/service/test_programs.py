"""Real programmes in, and found by asking for them in Korean."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bench.stack import ROOT, Stack
from models.clock import SEOUL
from tests.service.kakao import Kakao

DAYS = ("aplyPsbltyBgngYmd", "aplyPsbltyEndYmd", "actvBgngYmd", "actvEndYmd")
Row = dict[str, Any]


@pytest.fixture(scope="module")
def rows(stack: Stack, reference: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Row]:
    """Import the recorded rows of DOVOL as staff do, moved in time so that the last ones are three weeks ahead."""
    [path] = (reference / "openapi_youth").glob("dovol_svc003_rows_*.json")
    recorded = json.loads(path.read_text(encoding="utf-8"))
    found: list[Row] = recorded["body"]["items"]["item"]
    last = max(_day(row["actvBgngYmd"]) for row in found)
    move = datetime.now(SEOUL).date() + timedelta(21) - last
    for row in found:
        row |= {name: f"{_day(row[name]) + move:%Y%m%d}" for name in DAYS}
    moved = tmp_path_factory.mktemp("rows") / "rows.json"
    moved.write_text(json.dumps(recorded, ensure_ascii=False), encoding="utf-8")
    done = subprocess.run(
        [Path(sys.executable).with_name("flask"), "--app", "app", "programs", "import", moved],
        cwd=ROOT,
        env={**os.environ, "INSTANCE_DIR": str(stack.instance)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return found


def test_real_programmes_are_found_by_asking_for_them(kakao: Kakao, rows: list[Row]) -> None:
    last = max(rows, key=lambda row: str(row["actvBgngYmd"]))
    day = _day(last["actvBgngYmd"])
    reply = kakao.say(
        "persona-leader", f"{last['actvSggNm']}에서 {day.month}월 {day.day}일에 하는 봉사 찾아줘"
    )
    assert last["prgrmNm"] in reply.text


def _day(text: str) -> date:
    return datetime.strptime(text, "%Y%m%d").replace(tzinfo=SEOUL).date()
