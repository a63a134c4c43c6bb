"""``flask alerts send``: telling the people of a session or a programme something, from draft to the last receipt."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import click
from flask.cli import AppGroup
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from sqlalchemy.orm import Session

from alerts.staff_sends import Estimate, estimate
from alerts.staff_sends import preview as preview_of
from bot.wording import moment
from commands import parts
from models import staff_sends
from models.applications import LIVE, ApplicationState
from models.base import LARGEST_ID
from models.clock import SEOUL
from models.rules import load_rules
from models.staff_sends import NotSendable, People, SendReason, SendState, StaffSend, staff_send
from models.timeline import CHANNEL_NAMES, STATE_NAMES

NUMBER = click.IntRange(1, LARGEST_ID)
REASONS = {SendReason.CALLED_OFF: "취소", SendReason.MOVED: "장소 바뀜", SendReason.NOTICE: "소식"}
STATES = {
    SendState.DRAFT: "초안",
    SendState.WAITING: "확인 기다림",
    SendState.SCHEDULED: "예약됨",
    SendState.SENDING: "보내는 중",
    SendState.PAUSED: "멈춤",
    SendState.DONE: "끝남",
    SendState.CANCELLED: "취소함",
}
_ENDED = (SendState.DONE, SendState.CANCELLED)
_by = click.option("--by", envvar="USER", required=True, help="누가 하는지. 비우면 로그인한 이름을 써요.")

send = AppGroup("send", help="회차나 프로그램의 신청자에게 급한 소식을 보내요.")


@contextmanager
def _store() -> Iterator[Session]:
    """Open the store; what cannot be done is told as an error of the command."""
    with parts.database().session() as db:
        try:
            yield db
        except NotSendable as error:
            raise click.ClickException(str(error)) from error


@send.command("compose")
@click.option("--session", "session_id", type=NUMBER, help="회차 번호")
@click.option("--program", "program_id", type=NUMBER, help="프로그램 번호(끝나지 않은 회차 모두)")
@click.option(
    "--reason", type=click.Choice([each.value for each in SendReason]), required=True, help="무슨 일인지"
)
@click.option("--text", required=True, help=f"보낼 말, {staff_sends.LONGEST_TEXT}자까지")
@click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice([each.value for each in ApplicationState]),
    default=[each.value for each in LIVE],
    help="받을 사람의 신청 상태. 여러 번 적을 수 있어요. 비우면 진행 중인 신청 모두",
)
@_by
def compose(
    session_id: int | None, program_id: int | None, reason: str, text: str, states: tuple[str, ...], by: str
) -> None:
    """초안을 써요. 아직 아무에게도 가지 않아요."""
    people = People(session_id, program_id, tuple(ApplicationState(each) for each in states))
    with _store() as db:
        draft = staff_sends.compose(
            db, people, reason=SendReason(reason), text=text, by=by, now=parts.clock().now()
        )
        db.commit()
        click.echo(f"{draft.id}번 초안을 썼어요: {draft.title}")
        click.echo(f"다음: flask alerts send preview {draft.id}")


@send.command("preview")
@click.argument("number", type=NUMBER)
def preview(number: int) -> None:
    """첫 번째 사람이 받을 카드와, 모두 몇 명이고 얼마인지 보여 줘요."""
    with _store() as db:
        draft, now = staff_send(db, number), parts.clock().now()
        shown = preview_of(db, draft, now)
        if shown is None:
            raise click.ClickException("받을 사람이 없어요. 회차와 신청 상태를 다시 봐 주세요.")
        click.echo(f"{shown.name} 님이 받을 카드\n\n[{shown.card.title}]\n{shown.card.text}\n")
        for label, value in shown.card.facts:
            click.echo(f"{label}: {value}")
        click.echo("")
        _print_estimate(estimate(db, draft, load_rules(db), now))
    click.echo(f"다음: flask alerts send schedule {number}")


@send.command("schedule")
@click.argument("number", type=NUMBER)
@click.option("--at", type=click.DateTime(["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"]), help="언제. 비우면 지금")
@click.option("--urgent", is_flag=True, help="조용한 시간에도 바로 보내요.")
@click.option("--yes", is_flag=True, help="묻지 않고 보내요.")
@click.option("--by", envvar="USER", help="누가 하는지. 비우면 로그인한 이름이나 쓴 사람이에요.")
def schedule(number: int, at: datetime | None, urgent: bool, yes: bool, by: str | None) -> None:
    """몇 명에게 얼마로 가는지 보여 주고, 그래도 되는지 물은 뒤에 보내거나 예약해요.

    받을 사람이 많으면 다른 사람이 approve로 확인해야 나가요.
    """
    when = at.replace(tzinfo=SEOUL) if at else None
    with _store() as db:
        draft = staff_send(db, number)
        _print_estimate(estimate(db, draft, load_rules(db), parts.clock().now(), at=when, urgent=urgent))
    if not yes:
        click.confirm(f"{moment(when)}에 보낼까요?" if when else "지금 보낼까요?", abort=True)
    with _store() as db:
        now = parts.clock().now()
        two_from = load_rules(db).staff_send_two_from
        wanted = staff_send(db, number)
        people = staff_sends.schedule(
            db, wanted, when, now, urgent=urgent, by=by or wanted.created_by, two_from=two_from
        )
        waits = wanted.state is SendState.WAITING
        db.commit()
    if waits:
        click.echo(f"{people:,}명이라 다른 사람이 확인해야 나가요.")
        click.echo(f"다음: 콘솔의 직원 소식, 또는 flask alerts send approve {number} --by 확인한 사람")
        return
    told = f"{moment(when)}에 보내기로 했어요" if when else "곧 보내기 시작해요"
    click.echo(f"{people:,}명에게 {told}.")
    click.echo(f"지켜보기: flask alerts send progress {number} · 거두기: flask alerts send cancel {number}")


@send.command("approve")
@click.argument("number", type=NUMBER)
@_by
def approve(number: int, by: str) -> None:
    """다른 사람이 쓴 소식을 확인하고 보내요. 내가 쓴 것은 확인할 수 없어요."""
    with _store() as db:
        staff_sends.approve(db, staff_send(db, number), by, parts.clock().now())
        db.commit()
    click.echo(f"{number}번 소식을 확인했어요. 이제 보내요.")


@send.command("pause")
@click.argument("number", type=NUMBER)
def pause(number: int) -> None:
    """보내던 소식을 잠시 멈춰요. 이미 넘긴 것은 멈출 수 없어요."""
    with _store() as db:
        staff_sends.pause(db, staff_send(db, number))
        db.commit()
    click.echo(f"{number}번 소식을 멈췄어요. 이어서 보내기: flask alerts send resume {number}")


@send.command("resume")
@click.argument("number", type=NUMBER)
def resume(number: int) -> None:
    """멈춘 소식을 이어서 보내요."""
    with _store() as db:
        staff_sends.go_on(db, staff_send(db, number))
        db.commit()
    click.echo(f"{number}번 소식을 이어서 보내요. 1분 안에 다시 나가요.")


@send.command("cancel")
@click.argument("number", type=NUMBER)
@_by
def cancel(number: int, by: str) -> None:
    """아직 나가지 않은 것을 모두 거둬요."""
    with _store() as db:
        wanted = staff_send(db, number)
        taken_back = staff_sends.cancel(db, wanted, by, parts.clock().now())
        gone = staff_sends.progress(db, wanted).owed - taken_back
        db.commit()
    click.echo(f"{number}번 소식을 취소했어요. 기다리던 {taken_back:,}건을 거뒀어요.")
    if gone > 0:
        click.echo(f"이미 보내기 시작한 {gone:,}건은 거둘 수 없을지도 몰라요.")


@send.command("progress")
@click.argument("number", type=NUMBER)
@click.option("--follow", is_flag=True, help="끝날 때까지 지켜봐요. Ctrl+C로 그만 볼 수 있어요.")
def progress(number: int, follow: bool) -> None:
    """얼마나 갔는지 보여 줘요."""
    bar = Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), console=Console())
    with bar:
        task = bar.add_task(f"{number}번", total=None)
        while True:
            with _store() as db:
                wanted = staff_send(db, number)
                told = staff_sends.progress(db, wanted)
            total = max(told.audience, told.owed)
            bar.update(
                task, description=f"{number}번 {STATES[wanted.state]}", total=total, completed=told.ended
            )
            if not follow or wanted.state in (*_ENDED, SendState.DRAFT):
                break
            time.sleep(1)
    for state, count in told.states.items():
        click.echo(f"{STATE_NAMES[state]}: {count:,}건")


@send.command("list")
@click.option("--limit", type=click.IntRange(1, 500), default=20, show_default=True, help="몇 건까지")
def list_sends(limit: int) -> None:
    """보냈거나 보낼 소식을 새것부터 보여 줘요."""
    table = Table()
    for name in ("번호", "상태", "무슨 일", "프로그램", "보낼 때", "명", "쓴 사람"):
        table.add_column(name)
    with _store() as db:
        for each in staff_sends.staff_sends(db, limit):
            table.add_row(*_row(each))
    if not table.row_count:
        click.echo("아직 쓴 소식이 없어요. flask alerts send compose --help를 봐 주세요.")
        return
    Console().print(table)


def _row(each: StaffSend) -> tuple[str, ...]:
    return (
        str(each.id),
        STATES[each.state],
        REASONS[each.reason],
        each.title,
        f"{each.send_at:%m-%d %H:%M}" if each.send_at else "–",
        "–" if each.audience is None else f"{each.audience:,}",
        each.created_by,
    )


def _print_estimate(found: Estimate) -> None:
    click.echo(f"받을 사람 {found.people:,}명")
    for way, count in found.ways.items():
        click.echo(f"  {CHANNEL_NAMES[way]} 먼저: {count:,}명")
    click.echo(f"  알림을 꺼 둠: {found.switched_off:,}명 · 닿을 길이 없음: {found.unreachable:,}명")
    click.echo(f"비용 약 {found.won:,}원(첫 번째 길로 모두 닿을 때, 부가세 빼고)")
    if found.held:
        click.echo(f"조용한 시간이라 {found.held:,}명은 그 시간이 끝나면 받아요.")
    if found.too_late:
        click.echo(
            f"그 가운데 {found.too_late:,}명은 활동이 시작된 뒤예요. 바로 보내려면 --urgent를 붙여 주세요."
        )
