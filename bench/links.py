"""Login links under pressure: two hundred redeems a second, half of them duplicates; the first page afterwards."""

from __future__ import annotations

import re
import secrets
from collections import Counter
from urllib.parse import quote

import requests
from dotenv import dotenv_values
from rich.console import Console
from rich.table import Table
from sqlalchemy import select
from sqlalchemy.orm import Session

from bench.load import Load, request, send
from bench.stack import Stack
from models.base import use_keys
from models.clock import SystemClock
from models.database import Database
from models.login_links import LoginLink, issue
from models.members import ChannelAccount
from models.rules import Rules
from models.web_sessions import open_session

REDEEMS_PER_SECOND = 200
SECONDS = 20
PAGES_PER_SECOND = 20
_FORM_COOKIE, _BROWSER_COOKIE, _SESSION_COOKIE = "__Host-boram-form", "__Host-boram-browser", "__Host-boram"


def measure(stack: Stack, console: Console) -> None:
    """Print the table of links.

    Raises:
        RuntimeError: a link was redeemed twice, or not at all.
    """
    use_keys(dotenv_values(stack.instance / ".env")["DATA_KEY"] or "")
    database = Database(f"sqlite:///{stack.instance / 'boram.sqlite3'}")
    with database.session() as db:
        tokens = _tokens(db, REDEEMS_PER_SECOND * SECONDS // 2)
        sessions = [_session(db) for _ in range(PAGES_PER_SECOND * SECONDS)]
        db.commit()
    table = Table("what", "sent", "answered/s", "p50 ms", "p95 ms", "p99 ms", "answers", title="login links")
    health = f"{stack.web}/healthz"
    bare = [request("GET", health, {})] * (REDEEMS_PER_SECOND * SECONDS)
    _row(table, "bare /healthz", send(health, bare, Load(), rate=REDEEMS_PER_SECOND))
    redeems = Load(frozenset({303, 410}))
    _row(
        table,
        "redeem, half of them duplicates",
        send(stack.web, _redeems(stack, tokens), redeems, rate=REDEEMS_PER_SECOND),
    )
    _check(database, redeems.statuses, len(tokens))
    for path in ("/me", "/me/applications", "/me/hours"):
        pages = [
            request("GET", f"{stack.web}{path}", {"Cookie": f"{_SESSION_COOKIE}={session}"})
            for session in sessions
        ]
        _row(table, f"page {path}", send(stack.web, pages, Load(), rate=PAGES_PER_SECOND))
    database.close()
    console.print(table)
    console.print(f"first page on the wire: {_wire(stack, sessions[0]) / 1000:.1f} kB with all it loads")


def _account(db: Session) -> ChannelAccount:
    return db.scalars(select(ChannelAccount).where(ChannelAccount.user_key == "persona-busy")).one()


def _tokens(db: Session, count: int) -> list[str]:
    account, now = _account(db), SystemClock().now()
    return [issue(db, account, "home", "", rules=Rules(), now=now) for _ in range(count)]


def _session(db: Session) -> str:
    browser, now = secrets.token_urlsafe(24), SystemClock().now()
    return open_session(db, _account(db), browser=browser, device="", rules=Rules(), now=now)


def _redeems(stack: Stack, tokens: list[str]) -> list[bytes]:
    """Return each link's redeem twice in a row, from two browsers."""
    shown = requests.get(f"{stack.web}/l/{tokens[0]}", timeout=5)
    csrf = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', shown.text)
    if csrf is None:
        raise RuntimeError("the page of a link shows no form")
    form = shown.cookies[_FORM_COOKIE]
    body = f"csrf_token={quote(csrf[1])}".encode()

    def redeem(token: str) -> bytes:
        cookies = f"{_FORM_COOKIE}={form}; {_BROWSER_COOKIE}={secrets.token_urlsafe(24)}"
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookies}
        return request("POST", f"{stack.web}/l/{token}", headers, body)

    return [redeem(token) for token in tokens for _ in range(2)]


def _check(database: Database, statuses: Counter[int], links: int) -> None:
    with database.session() as db:
        spent = len(db.scalars(select(LoginLink.id).where(LoginLink.spent_at.is_not(None))).all())
    if (statuses[303], statuses[410], spent) != (links, links, links):
        raise RuntimeError(f"{links} links: {statuses}, {spent} spent")


def _row(table: Table, name: str, load: Load) -> None:
    times = (f"{load.percentile(share):.1f}" for share in (0.5, 0.95, 0.99))
    answers = ", ".join(f"{count} x {status}" for status, count in sorted(load.statuses.items()))
    table.add_row(name, str(load.statuses.total()), f"{load.per_second:.0f}", *times, answers)


def _wire(stack: Stack, session: str) -> int:
    """Return the bytes of the first page and of every file it names, as they travel."""
    page = requests.get(f"{stack.web}/me", headers={"Cookie": f"{_SESSION_COOKIE}={session}"}, timeout=5)
    files = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', page.text))
    sizes = [int(page.headers["Content-Length"])]
    for path in files:
        answer = requests.get(f"{stack.web}{path}", headers={"Accept-Encoding": "gzip"}, timeout=5)
        sizes.append(int(answer.headers["Content-Length"]))
    return sum(sizes)
