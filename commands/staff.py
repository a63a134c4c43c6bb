"""``flask staff``: accounts of the staff console, made and closed where no admin is signed in yet."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask.cli import AppGroup
from rich.console import Console
from rich.table import Table
from sqlalchemy.orm import Session

from commands import parts
from models.audit import Did, Note, append
from models.staff import (
    LINK_LIFE,
    ROLES,
    Staff,
    StaffRefused,
    StaffRole,
    all_staff,
    create_staff,
    disable,
    enable,
    find_staff,
    issue_link,
)
from models.staff_factors import start_anew
from models.staff_sessions import end_sessions

staff = AppGroup("staff", help="직원 콘솔의 계정을 관리해요.")


@contextmanager
def _store() -> Iterator[Session]:
    """Open the store; what cannot be done is told as an error of the command."""
    with parts.database().session() as db:
        try:
            yield db
        except StaffRefused as refused:
            raise click.ClickException(refused.words) from None


@staff.command("create")
@click.argument("email")
@click.option("--name", required=True, help="이름")
@click.option("--role", type=click.Choice([each.value for each in StaffRole]), required=True, help="역할")
def create(email: str, name: str, role: str) -> None:
    """계정을 만들고, 비밀번호를 정할 링크를 보여 줘요."""
    with _store() as db:
        made = create_staff(db, email, name, StaffRole(role), parts.clock().now())
        token = issue_link(db, made, parts.clock().now())
        _note(db, Did.STAFF_CREATED, made, made.role)
        db.commit()
    _print_link(token)


@staff.command("list")
def list_staff() -> None:
    """계정을 모두 보여 줘요."""
    table = Table()
    for heading in ("번호", "이름", "이메일", "역할", "상태"):
        table.add_column(heading)
    with _store() as db:
        for each in all_staff(db):
            table.add_row(str(each.id), each.name, each.email, ROLES[each.role].name, _state(each))
    if not table.row_count:
        click.echo("아직 계정이 없어요. flask staff create --help를 봐 주세요.")
        return
    Console().print(table)


@staff.command("reset")
@click.argument("email")
def reset(email: str) -> None:
    """비밀번호와 두 번째 확인을 지우고, 새로 시작할 링크를 보여 줘요. 닫힌 계정은 다시 열려요."""
    with _store() as db:
        found, now = _found(db, email), parts.clock().now()
        token = start_anew(db, found, now)
        end_sessions(db, found, now)
        if not found.is_open:
            enable(found)
            _note(db, Did.STAFF_ENABLED, found)
        _note(db, Did.STAFF_RESET, found)
        db.commit()
    _print_link(token)


@staff.command("disable")
@click.argument("email")
def disable_staff(email: str) -> None:
    """계정을 닫아요. 열려 있던 화면도 바로 닫혀요."""
    with _store() as db:
        found, now = _found(db, email), parts.clock().now()
        disable(found, None, now)
        end_sessions(db, found, now)
        _note(db, Did.STAFF_DISABLED, found)
        db.commit()
    click.echo("계정을 닫았어요.")


def _found(db: Session, email: str) -> Staff:
    found = find_staff(db, email)
    if found is None:
        raise StaffRefused("이 이메일로 만든 계정이 없어요. flask staff list로 찾아봐 주세요.")
    return found


def _note(db: Session, did: Did, about: Staff, detail: str = "") -> None:
    append(db, Note(did, about=f"staff:{about.id}", detail=detail), parts.clock().now())


def _state(each: Staff) -> str:
    if not each.is_open:
        return "닫힘"
    return "쓰는 중" if each.totp_confirmed_at else "아직 시작하지 않음"


def _print_link(token: str) -> None:
    hours = int(LINK_LIFE.total_seconds()) // 3600
    click.echo(f"이 링크를 본인에게만 전해 주세요. {hours}시간 안에 한 번 쓸 수 있어요.")
    click.echo(f"{parts.settings().address}/console/welcome/{token}")
