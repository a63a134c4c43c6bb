"""``flask alerts``: how the alerts are doing, sending dead letters anew, looking at one, telling people something."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup
from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text
from sqlalchemy import select
from sqlalchemy.orm import Session

from alerts.kinds import KINDS
from alerts.status import Figures, figures
from alerts.templates import as_registered
from alerts.texts import handed_in
from commands import parts
from commands.alert_preview import preview_json, preview_png
from commands.staff_sends import send
from models.alert_settings import ALERT_NAMES
from models.base import LARGEST_ID
from models.clock import SEOUL
from models.members import Member
from models.notices import CHAT_CARD
from models.outbox import FAILED, Alert
from models.redrives import counted, dead_letters
from models.redrives import redrive as send_anew
from models.rules import load_rules
from models.timeline import STATE_NAMES, Step, timeline_of
from models.timeline import timeline as steps_of

ASKED_FROM = 100
"""More dead letters than this are sent anew only after a question."""
NUMBER = click.IntRange(1, LARGEST_ID)
MOMENT = click.DateTime(["%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"])

alerts = AppGroup("alerts", help="알림이 잘 나가는지 보고, 다시 보내고, 급한 소식을 보내요.")
alerts.add_command(send)


@alerts.command("status")
@click.option("--once", is_flag=True, help="한 번만 보여 주고 끝나요.")
@click.option("--json", "as_json", is_flag=True, help="한 번만, JSON으로 보여 줘요.")
@click.option(
    "--every", type=click.FloatRange(min=0.5), default=2.0, show_default=True, help="몇 초마다 새로 볼지"
)
def status(once: bool, as_json: bool, every: float) -> None:
    """오늘 알림이 어떻게 나가고 있는지 보여 줘요. Ctrl+C로 끝나요."""
    if as_json:
        click.echo(json.dumps(_as_json(_figures()), ensure_ascii=False))
    elif once:
        Console().print(_drawn(_figures()))
    else:
        with suppress(KeyboardInterrupt), Live(_drawn(_figures()), auto_refresh=False) as live:
            while True:
                time.sleep(every)
                live.update(_drawn(_figures()), refresh=True)


@alerts.command("sweep")
def sweep() -> None:
    """지금 보낼 것을 찾아 이 자리에서 보내요. 작업자가 10초마다 스스로 하는 일이에요."""
    click.echo(f"{parts.sweeper().sweep():,}건을 처리했어요.")


@alerts.command("redrive")
@click.option("--kind", type=click.IntRange(CHAT_CARD, max(KINDS)), help="알림 번호. 0은 챗봇 카드")
@click.option("--reason", default="", help="실패한 까닭에 들어 있는 말")
@click.option("--since", type=MOMENT, help="이때부터 보내려던 것만. 예: '2026-11-23 09:00'")
@click.option("--alert", "alert_id", type=NUMBER, help="알림 하나의 번호")
@click.option("--dry-run", is_flag=True, help="몇 건인지 보기만 해요.")
@click.option("--yes", is_flag=True, help="묻지 않고 보내요.")
def redrive(
    kind: int | None, reason: str, since: datetime | None, alert_id: int | None, dry_run: bool, yes: bool
) -> None:
    """보내지 못한 알림을 다시 보내요. 처음 것은 그대로 두고 새로 하나를 써요."""
    with parts.database().session() as db:
        after = since.replace(tzinfo=SEOUL) if since else None
        found = dead_letters(db, kind=kind, reason=reason, since=after, alert_id=alert_id)
        if not found:
            _nothing_to_redrive(db, alert_id)
            return
        _print_dead_letters(db, found)
    if dry_run:
        click.echo(f"모두 {len(found):,}건이에요. 보내지는 않았어요. --dry-run을 빼면 보내요.")
        return
    if len(found) > ASKED_FROM and not yes:
        click.confirm(f"{len(found):,}건을 다시 보낼까요?", abort=True)
    with parts.database().session() as db:
        written = send_anew(db, found, parts.clock().now())
        db.commit()
    click.echo(f"{len(written):,}건을 다시 보내요. flask alerts status로 지켜볼 수 있어요.")


@alerts.command("preview")
@click.argument("kind", type=click.IntRange(min(KINDS), max(KINDS)))
@click.option("--png", type=click.Path(dir_okay=False, path_type=Path), help="말풍선 그림을 이 파일에 써요.")
def preview(kind: int, png: Path | None) -> None:
    """알림 하나를 지어낸 내용으로 보여 줘요: JSON은 표준 출력에, 글과 길이는 표준 오류에 써요."""
    shown = preview_json(kind)
    click.echo(json.dumps(shown, ensure_ascii=False, indent=2))
    if shown["alimtalk"]:
        click.echo(f"\n알림톡 {shown['alimtalk']['characters']}자\n{shown['alimtalk']['text']}", err=True)
    click.echo(f"\n{shown['sms']['type']} {shown['sms']['bytes']}바이트\n{shown['sms']['text']}", err=True)
    if png is not None:
        try:
            png.write_bytes(preview_png(kind))
        except OSError as error:
            raise click.ClickException(
                f"{png}에 쓸 수 없어요({error.strerror}). 다른 곳을 적어 주세요."
            ) from error
        click.echo(f"\n그림을 {png}에 썼어요.", err=True)


@alerts.command("templates")
@click.option("--scheme", type=click.Choice(["https", "http"]), default="https", show_default=True)
def templates(scheme: str) -> None:
    """제공자에게 승인받을 알림톡 문구를 JSON으로 보여 줘요. 콘솔에서 쓴 문구도 들어 있어요."""
    with parts.database().session() as db:
        registered = as_registered(scheme, handed_in(db))
    click.echo(json.dumps(registered, ensure_ascii=False, indent=2))


@alerts.command("timeline")
@click.argument("alert_id", type=NUMBER, required=False)
@click.option("--member", "dovol_id", help="이 사람의 알림을 새것부터 모두")
@click.option("--limit", type=click.IntRange(1, 500), default=20, show_default=True, help="몇 건까지")
@click.option("--before", type=NUMBER, help="이 번호보다 앞선 것만(다음 쪽)")
def timeline(alert_id: int | None, dovol_id: str | None, limit: int, before: int | None) -> None:
    """알림 하나, 또는 한 사람의 알림이 어떤 길을 갔는지 차례로 보여 줘요."""
    if (alert_id is None) is (dovol_id is None):
        raise click.UsageError("알림 번호를 적거나, --member 뒤에 두볼 아이디를 적어 주세요.")
    with parts.database().session() as db:
        if alert_id is not None:
            alert = _alert(db, alert_id)
            _print_story(alert, steps_of(db, alert))
            return
        member = db.scalars(select(Member).where(Member.dovol_id == dovol_id)).first()
        if member is None:
            raise click.ClickException(f"두볼 아이디 {dovol_id}인 회원이 없어요. 아이디를 다시 봐 주세요.")
        stories = timeline_of(db, member, limit, before)
        for story in stories:
            _print_story(story.alert, story.steps)
    if len(stories) == limit:
        click.echo(f"더 있으면: --before {stories[-1].alert.id}")
    if not stories:
        click.echo("이 사람에게 보내려던 알림이 없어요.")


# --- figures


def _figures() -> Figures:
    with parts.database().session() as db:
        return figures(db, load_rules(db), parts.clock().now())


def _as_json(found: Figures) -> dict[str, Any]:
    return {
        "at": parts.clock().now().isoformat(),
        "states": {state.value: count for state, count in found.states.items()},
        "owed": found.owed,
        "done": found.done,
        "due": found.due,
        "oldest_due_seconds": found.oldest_due_seconds,
        "providers": {
            name: {"handed": each.handed, "failed": each.failed} for name, each in found.providers.items()
        },
        "timed": found.timed,
        "prompt": found.prompt,
        "won_this_month": found.won,
    }


def _drawn(found: Figures) -> Group:
    return Group(
        _bar(found), _states(found), _providers(found), Text(_waiting(found)), Text(_promptness(found))
    )


def _bar(found: Figures) -> Table:
    line = Table.grid(padding=(0, 1))
    bar = ProgressBar(total=max(found.owed, 1), completed=found.done, width=40)
    line.add_row("오늘", bar, f"{found.done:,} / {found.owed:,}건 끝남")
    return line


def _states(found: Figures) -> Table:
    table = Table(title="오늘 쓴 알림", title_justify="left")
    table.add_column("상태")
    table.add_column("건", justify="right")
    for state, count in found.states.items():
        table.add_row(STATE_NAMES[state], f"{count:,}", style="bold red" if count and state in FAILED else "")
    return table


def _providers(found: Figures) -> Table:
    table = Table(title="지난 한 시간", title_justify="left")
    table.add_column("제공자")
    table.add_column("넘김", justify="right")
    table.add_column("실패", justify="right")
    for name, each in found.providers.items():
        table.add_row(name or "(아직 없음)", f"{each.handed:,}", f"{each.failed:,}")
    return table


def _waiting(found: Figures) -> str:
    oldest = f", 가장 오래 기다린 것은 {found.oldest_due_seconds:,.0f}초" if found.due else ""
    return f"지금 보낼 것 {found.due:,}건{oldest}"


def _promptness(found: Figures) -> str:
    share = f"{found.prompt / found.timed:.1%} ({found.prompt:,} / {found.timed:,}건)" if found.timed else "–"
    return f"10초 안에 넘긴 비율 {share} · 이번 달 비용 {found.won:,}원"


# --- dead letters


def _nothing_to_redrive(db: Session, alert_id: int | None) -> None:
    """Say so; of one message by its number also why not.

    Raises:
        click.ClickException: that message did not fail, or was sent anew before.
    """
    if alert_id is None:
        click.echo("다시 보낼 알림이 없어요.")
        return
    alert = _alert(db, alert_id)
    if alert.state in FAILED:
        raise click.ClickException(
            f"알림 {alert_id}번은 이미 다시 보냈어요. flask alerts timeline {alert_id}로 볼 수 있어요."
        )
    raise click.ClickException(
        f"알림 {alert_id}번은 실패한 알림이 아니에요(지금: {STATE_NAMES[alert.state]}). 실패한 것만 다시 보내요."
    )


def _print_dead_letters(db: Session, ids: Sequence[int]) -> None:
    table = Table(title="보내지 못한 알림", title_justify="left")
    for name in ("알림", "상태", "까닭"):
        table.add_column(name)
    table.add_column("건", justify="right")
    for (kind, state, reason), count in sorted(counted(db, ids).items(), key=lambda each: -each[1]):
        table.add_row(_name(kind), STATE_NAMES[state], reason, f"{count:,}")
    Console().print(table)


def _name(kind: int) -> str:
    return f"{kind} {ALERT_NAMES[kind]}" if kind in ALERT_NAMES else "챗봇 카드"


# --- one message


def _alert(db: Session, alert_id: int) -> Alert:
    alert = db.get(Alert, alert_id)
    if alert is None:
        raise click.ClickException(
            f"알림 {alert_id}번이 없어요. flask alerts timeline --member <두볼 아이디>로 찾을 수 있어요."
        )
    return alert


def _print_story(alert: Alert, steps: Sequence[Step]) -> None:
    table = Table(title=f"알림 {alert.id}번 · {_name(alert.kind)} · {alert.recipient}", title_justify="left")
    for name in ("언제", "무엇", "이야기"):
        table.add_column(name, no_wrap=name != "이야기")
    for step in steps:
        table.add_row(f"{step.at:%m-%d %H:%M:%S}", step.code, step.words)
    Console().print(table)
