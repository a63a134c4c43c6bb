"""``flask audit``: whether the log of what staff saw and changed is whole."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from commands import parts
from models.audit import verify

audit = AppGroup("audit", help="직원이 보고 바꾼 기록을 확인해요.")


@audit.command("verify")
def verify_chain() -> None:
    """기록이 빠지거나 바뀌지 않았는지 처음부터 끝까지 확인해요."""
    with parts.database().session() as db:
        verdict = verify(db)
    if verdict.broken is not None:
        raise click.ClickException(
            f"{verdict.broken}번 기록이 맞지 않아요. 그 앞의 {verdict.rows:,}건은 맞아요."
        )
    click.echo(f"기록 {verdict.rows:,}건이 모두 맞아요.")
    click.echo(f"끝 값(다른 곳에 적어 두면 나중에 견줄 수 있어요): {verdict.head}")
