"""Every page judged by Lighthouse, as on a phone: performance, accessibility, best practices."""

from __future__ import annotations

import json
import os
import subprocess
from datetime import timedelta
from typing import Any

from dotenv import dotenv_values
from rich.console import Console
from rich.progress import track
from rich.table import Table
from sqlalchemy import select
from sqlalchemy.orm import Session

from bench.stack import ROOT, Stack
from models.applications import Application, ApplicationState
from models.base import use_keys
from models.certificates import Certificate
from models.clock import SystemClock
from models.database import Database
from models.hours import ServiceRecord
from models.login_links import issue
from models.members import ChannelAccount
from models.rules import Rules
from models.talents import TalentOffer
from models.tokens import digest, new_token
from models.web_sessions import WebSession, open_session

LIGHTHOUSE = ROOT / "bench/lighthouse"
CHROMIUM = "/usr/bin/chromium"
CATEGORIES = ("performance", "accessibility", "best-practices")
PERSON = "persona-42h"


def measure(stack: Stack, console: Console) -> None:
    """Print the table of pages, the worst audits named."""
    subprocess.run(["npm", "ci", "--silent", "--no-audit", "--no-fund"], cwd=LIGHTHOUSE, check=True)  # noqa: S607 - npm is where the machine has it
    use_keys(dotenv_values(stack.instance / ".env")["DATA_KEY"] or "")
    database = Database(f"sqlite:///{stack.instance / 'boram.sqlite3'}")
    with database.session() as db:
        cookie, paths = _session(db), _paths(db)
        db.commit()
    database.close()
    table = Table("page", *CATEGORIES, "kB", "below its best", title="Lighthouse, mobile")
    for path in track(paths, "judging pages", console=console):
        report = _judge(f"{stack.web}{path}", cookie)
        table.add_row(path.split("?")[0][:36], *_scores(report), _kilobytes(report), _faults(report))
    console.print(table)


def _session(db: Session) -> str:
    """Return the cookie of somebody who is logged in and has proved once more who it is."""
    now = SystemClock().now()
    account = db.scalars(select(ChannelAccount).where(ChannelAccount.user_key == PERSON)).one()
    rules = Rules()
    token = open_session(db, account, browser=new_token(), device="", rules=rules, now=now)
    db.flush()
    session = db.scalars(select(WebSession).where(WebSession.token_hash == digest(token))).one()
    session.seen_at = session.stepped_up_at = now + timedelta(
        minutes=rules.step_up_min
    )  # judging takes a while
    return f"__Host-boram={token}"


def _paths(db: Session) -> list[str]:
    account = db.scalars(select(ChannelAccount).where(ChannelAccount.user_key == PERSON)).one()
    link = issue(db, account, "home", "", rules=Rules(link_ttl_min=60), now=SystemClock().now())

    def first(kind: Any, *more: Any) -> Any:
        return db.scalars(select(kind).where(kind.member_id == account.member_id, *more)).first()

    attended = first(Application, Application.state == ApplicationState.ATTENDED)
    session_id = attended.session_id
    return [
        f"/l/{link}",
        "/programmes",
        f"/programmes/{session_id}",
        "/verify",
        "/privacy",
        "/link",
        "/me",
        "/me/applications",
        f"/me/applications/{attended.id}",
        "/me/hours",
        f"/me/hours/{first(ServiceRecord).id}",
        "/me/certificates",
        f"/me/certificates/{first(Certificate).id}",
        "/me/certificates/new",
        "/me/consent-1365",
        "/me/profile",
        "/me/talents",
        f"/me/talents/{first(TalentOffer).id}",
        "/me/alerts",
        "/me/devices",
        "/me/privacy",
        "/me/guardian",
        "/me/check",
        "/me/not-me",
    ]


def _judge(url: str, cookie: str) -> dict[str, Any]:
    done = subprocess.run(
        [
            LIGHTHOUSE / "node_modules/.bin/lighthouse",
            url,
            "--quiet",
            "--output=json",
            "--chrome-flags=--headless=new --no-sandbox",
            f"--only-categories={','.join(CATEGORIES)}",
            f"--extra-headers={json.dumps({'Cookie': cookie})}",
        ],
        env={**os.environ, "CHROME_PATH": CHROMIUM},
        capture_output=True,
        text=True,
        check=True,
        timeout=180,
    )
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def _scores(report: dict[str, Any]) -> list[str]:
    return [f"{100 * (report['categories'][name]['score'] or 0):.0f}" for name in CATEGORIES]


def _kilobytes(report: dict[str, Any]) -> str:
    return f"{report['audits']['total-byte-weight'].get('numericValue', 0) / 1000:.0f}"


def _faults(report: dict[str, Any]) -> str:
    """Return the weighted audits that did not pass."""
    counted = {
        each["id"]
        for name in CATEGORIES
        for each in report["categories"][name]["auditRefs"]
        if each["weight"]
    }
    return ", ".join(
        name
        for name in sorted(counted)
        if (report["audits"][name].get("score") or 0) < 0.9
        and report["audits"][name]["scoreDisplayMode"] in ("binary", "numeric", "metricSavings")
    )
