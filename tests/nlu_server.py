"""A real Rasa server for tests, with a model trained from the nlu_data of this very checkout."""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import requests

ROOT = Path(__file__).resolve().parents[1]
NLU_DATA = ROOT / "nlu_data"
MODELS = ROOT / "instance/test-models"
WHAT_MAKES_A_MODEL = (
    "config.yml",
    "domain.yml",
    "requirements*.txt",
    "train.*",
    "env.sh",
    "components/**/*.py",
    "data/*.yml",
    "lookups/*",
)
START_SECONDS = 120


def fingerprint() -> str:
    """Return 12 hexadecimal digits that change whenever a file changes that the model is made from."""
    digest = hashlib.sha256()
    for pattern in WHAT_MAKES_A_MODEL:
        for path in sorted(NLU_DATA.glob(pattern)):
            place = path.relative_to(NLU_DATA)
            digest.update(f"{place}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def ensure_model(folder: Path = MODELS) -> Path:
    """Return the model of the present nlu_data, trained into ``folder`` (about a minute) unless it is there.

    Test processes that ask at the same time wait for the one that trains.
    """
    folder.mkdir(parents=True, exist_ok=True)
    model = folder / f"{fingerprint()}.tar.gz"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not model.exists():
            subprocess.run([NLU_DATA / "train.sh", model], check=True)
    return model


class NluServer:
    """The server as ``make run`` starts it, on a free port; a context manager, warm when it is entered."""

    def __init__(self, model: Path, log: Path) -> None:
        self.model = model
        self.token = secrets.token_urlsafe(16)
        self.log = log
        self._port = _free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Process id of the running server."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start it and wait for its first parse.

        Raises:
            RuntimeError: it ended, or did not answer in time; the message ends with its log.
        """
        environment = {**os.environ, "NLU_TOKEN": self.token}
        with self.log.open("w") as output:
            self._process = subprocess.Popen(
                [NLU_DATA / "serve.sh", self.model, str(self._port)],
                env=environment,
                stdout=output,
                stderr=output,
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"the NLU server did not start:\n{self.log.read_text()[-3000:]}")
            time.sleep(0.2)

    def stop(self) -> None:
        """End it and wait until it is gone."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(30)

    def post(self, body: object, token: str | None = None) -> requests.Response:
        """Send a body to ``/model/parse``, with the right token unless another is given."""
        return requests.post(
            f"{self.url}/model/parse", params={"token": token or self.token}, json=body, timeout=30
        )

    def parse(self, text: str) -> dict[str, Any]:
        """Return Rasa's parse of a text."""
        response = self.post({"text": text})
        response.raise_for_status()
        parsed: dict[str, Any] = response.json()
        return parsed

    def status(self) -> dict[str, Any]:
        """Return what ``/status`` says of the loaded model."""
        response = requests.get(f"{self.url}/status", params={"token": self.token}, timeout=30)
        response.raise_for_status()
        status: dict[str, Any] = response.json()
        return status

    def _answers(self) -> bool:
        try:
            return self.post({"text": "안녕"}).ok
        except requests.RequestException:
            return False

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
