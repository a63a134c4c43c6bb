"""A whole service of the bench's own, on free ports, started as ``make run`` starts it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import requests
from dotenv import dotenv_values

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 180


@dataclass(frozen=True)
class Stack:
    """Addresses and secrets of a running service, and how long it took to be ready."""

    instance: Path
    web: str
    nlu: str
    nlu_b: str
    """Empty where there is one slot."""
    simulator: str
    skill_key: str
    nlu_token: str
    seconds_to_ready: float
    pid: int

    def memory(self) -> dict[str, float]:
        """Return the resident memory of each part, in MB, shared pages counted in part (PSS)."""
        found: dict[str, float] = {}
        for pid in descendants(self.pid):
            name = _part(pid)
            found[name] = found.get(name, 0.0) + _proportional_mb(pid)
        return found


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(
    instance: Path, *, model: Path | None = None, two_slots: bool = False, **settings: str
) -> Iterator[Stack]:
    """Run the service with its own instance folder; settings are environment variables.

    Without a ``model`` the one that is live here is used, and one is trained where there is none. A second language
    server costs time and memory, so it runs only where it is asked for; then it is waited for too.
    """
    ports = {name: str(free_port()) for name in ("PORT", "SIMULATOR_PORT", "NLU_PORT", "NLU_PORT_B")}
    environment = {
        **os.environ,
        "INSTANCE_DIR": str(instance),
        "PORT": ports["PORT"],
        "SIMULATOR_PORT": ports["SIMULATOR_PORT"],
        "NLU_URL": f"http://127.0.0.1:{ports['NLU_PORT']}",
        "NLU_URL_B": f"http://127.0.0.1:{ports['NLU_PORT_B']}" if two_slots else "",
        **settings,
    }
    _lend_model(instance, model or ROOT / "instance/models/live.tar.gz")
    began = time.monotonic()
    log = instance / "run.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, ROOT / "run.py"], env=environment, cwd=ROOT, stdout=output, stderr=output
        )
    web = f"http://127.0.0.1:{ports['PORT']}"
    simulator = f"http://127.0.0.1:{ports['SIMULATOR_PORT']}"
    try:
        wait(f"{web}/readyz", process, log)
        wait(f"{simulator}/healthz", process, log)
        seconds = time.monotonic() - began
        if environment["NLU_URL_B"]:
            wait(environment["NLU_URL_B"], process, log)
        secrets = dotenv_values(instance / ".env")
        yield Stack(
            instance,
            web,
            environment["NLU_URL"],
            environment["NLU_URL_B"],
            simulator,
            environment.get("SKILL_KEY") or str(secrets["SKILL_KEY"]),
            environment.get("NLU_TOKEN") or str(secrets["NLU_TOKEN"]),
            seconds,
            process.pid,
        )
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def _lend_model(instance: Path, model: Path) -> None:
    """Give an instance a model under its own name, unless it has one."""
    link = instance / "models/live.tar.gz"
    if model.exists() and not link.exists():
        link.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(model, link.parent / model.resolve().name)
        link.symlink_to(model.resolve().name)


def wait(url: str, process: subprocess.Popen[bytes], log: Path | None = None) -> None:
    """Return when ``url`` answers 200.

    Raises:
        RuntimeError: the process ended or the time is up; the message ends with the log's last lines.
    """
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(requests.RequestException):
            if requests.get(url, timeout=6).status_code == 200:
                return
        time.sleep(0.2)
    raise RuntimeError(f"{url} did not answer. {log.read_text()[-3000:] if log else ''}")


def descendants(pid: int) -> Iterator[int]:
    """Return a process and all that came of it."""
    yield pid
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            yield from descendants(int(child))


def _part(pid: int) -> str:
    command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    for word, name in (
        ("valkey", "valkey"),
        ("gunicorn", "web"),
        ("simulator", "simulator"),
        ("serve.py", "nlu"),
    ):
        if word in command:
            return name
    return "launcher"


def _proportional_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    return 0.0
