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
RASA_ENVIRONMENT = {
    **os.environ,
    "PYTHONPATH": str(NLU_DATA),
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "PYTHONIOENCODING": "utf-8",
}


@pytest.fixture(scope="package")
def nlu_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NluServer]:
    """Return a warm Rasa server with the model of the present nlu_data."""
    with NluServer(ensure_model(), tmp_path_factory.mktemp("nlu") / "server.log") as server:
        yield server


def readings_of(texts: list[str]) -> list[dict[str, Any]]:
    """Return the normalised text, the places of its characters and the tokens of every text (one line each)."""
    return _read("-", "\n".join(texts))


def tokens_of(texts: list[str]) -> list[list[list[Any]]]:
    """Return ``[text, start, end, lemma, part of speech]`` of every token of every text (one line each)."""
    return [reading["tokens"] for reading in readings_of(texts)]


def _read(how: str, texts: str) -> list[dict[str, Any]]:
    ran = subprocess.run(
        [RASA_PYTHON, NLU_DATA / "show_tokens.py", how],
        input=texts,
        env=RASA_ENVIRONMENT,
        capture_output=True,
        check=True,
        text=True,
    )
    return [json.loads(line) for line in ran.stdout.splitlines()]


class Reader:
    """``show_tokens.py`` that stays: asks about one text after the other, whatever is in it."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [RASA_PYTHON, NLU_DATA / "show_tokens.py", "--json"],
            env=RASA_ENVIRONMENT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def read(self, text: str) -> dict[str, Any]:
        """Return what ``readings_of`` returns, of one text."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(text) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def close(self) -> None:
        """End the process and its pipes."""
        self._process.communicate(timeout=30)


@pytest.fixture(scope="package")
def reader() -> Iterator[Reader]:
    """Return a process that normalises and cuts, in the Rasa environment."""
    reader = Reader()
    yield reader
    reader.close()
