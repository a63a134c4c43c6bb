"""What the language tests share: one real server, and tokens from inside the Rasa environment."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from tests.nlu_server import NLU_DATA, ROOT, NluServer, ensure_model

RASA_PYTHON = ROOT / ".venv-nlu/bin/python"


@pytest.fixture(scope="package")
def nlu_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NluServer]:
    """Return a warm Rasa server with the model of the present nlu_data."""
    with NluServer(ensure_model(), tmp_path_factory.mktemp("nlu") / "server.log") as server:
        yield server


def tokens_of(texts: list[str]) -> list[list[list[Any]]]:
    """Return ``[written, start, end, lemma, part of speech]`` of every token of every text (one line each)."""
    ran = subprocess.run(
        [RASA_PYTHON, NLU_DATA / "show_tokens.py", "-"],
        input="\n".join(texts),
        env={**os.environ, "PYTHONPATH": str(NLU_DATA), "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        check=True,
        text=True,
    )
    return [json.loads(line) for line in ran.stdout.splitlines()]
