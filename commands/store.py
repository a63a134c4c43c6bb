"""``flask db``: the store's tables."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from commands import parts
from commands.faq import follow_file
from models import migrate, retention
from models.clock import SystemClock
from models.rules import load_rules

db = AppGroup("db", help="저장소의 표를 관리해요.")


@db.command("upgrade")
def upgrade() -> None:
    """아직 하지 않은 마이그레이션을 모두 실행해요."""
    migrate.upgrade(parts.database().engine)
    click.echo("저장소가 최신이에요.")
    click.echo(follow_file())


@db.command("revision")
@click.argument("number")
@click.argument("message")
def revision(number: str, message: str) -> None:
    """표가 바뀐 만큼 새 마이그레이션 파일을 써요. 예: flask db revision 0002 "alerts"."""
    migrate.new_revision(parts.database().engine, number, message)


@db.command("purge")
def purge() -> None:
    """보관 기간이 지난 대화와 로그인 흔적을 지워요. 하루에 한 번 실행해 주세요."""
    with parts.database().session() as session:
        gone = retention.purge(session, load_rules(session), SystemClock().now())
    click.echo("지운 것: " + ", ".join(f"{table} {rows}" for table, rows in gone.items()))
