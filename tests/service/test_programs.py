"""Real programmes in, and found by asking for them in Korean."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.stack import ROOT, Stack
from tests.service.kakao import Kakao


@pytest.fixture(scope="module", autouse=True)
def imported(stack: Stack, reference: Path) -> None:
    """Import the rows of DOVOL as staff do."""
    done = subprocess.run(
        [
            Path(sys.executable).with_name("flask"),
            "--app",
            "app",
            "programs",
            "import",
            reference / "openapi_youth",
        ],
        cwd=ROOT,
        env={**os.environ, "INSTANCE_DIR": str(stack.instance)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("words", "title"),
    [
        ("광진구에서 12월에 하는 봉사 찾아줘", "2026 해봄위크(광진진로박람회) 교육봉사"),
        ("김해 12월 19일 봉사 있어?", "2026년 책 읽어주세요"),
    ],
)
def test_a_real_programme_is_found_by_asking_for_it(kakao: Kakao, words: str, title: str) -> None:
    assert title in kakao.say("persona-leader", words).text
