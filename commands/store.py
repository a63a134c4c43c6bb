"""``flask db``: the store's tables."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from commands import parts
from models import migrate

db = AppGroup("db", help="저장소의 표를 관리해요.")


@db.command("upgrade")
def upgrade() -> None:
    """아직 하지 않은 마이그레이션을 모두 실행해요."""
    migrate.upgrade(parts.database().engine)
    click.echo("저장소가 최신이에요.")


@db.command("revision")
@click.argument("number")
@click.argument("message")
def revision(number: str, message: str) -> None:
    """표가 바뀐 만큼 새 마이그레이션 파일을 써요. 예: flask db revision 0002 "alerts"."""
    migrate.new_revision(parts.database().engine, number, message)
