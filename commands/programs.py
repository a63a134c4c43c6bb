"""``flask programs`` and ``flask seed``: real programmes in, and the demo world."""

from __future__ import annotations

from contextlib import closing
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import NoReturn

import click
from flask.cli import AppGroup, with_appcontext
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from commands import parts
from models.codes import Region, region_by_names
from models.importing import dovol, live, volunteer1365
from models.importing.call_book import CallBook, DailyLimitReached
from models.importing.envelope import OpenApiError
from models.importing.files import paths_in, read_files
from models.importing.openapi import OpenApi, OpenApiUnavailable
from models.importing.rows import read_rows
from models.importing.run import run
from models.importing.store import Report
from models.seed import seed_demo, seed_large
from models.seed.large import LargeWorldInUse

SOME_BAD, STOPPED_FOR_TODAY = 1, 3
"""Exit codes: some rows could not be read; the API's daily limit is reached, go on tomorrow."""
BAD_SHOWN = 50
SEEDED = {"members": "회원", "sessions": "회차"}

programs = AppGroup("programs", help="봉사 프로그램을 들여와요.")


@programs.command("import")
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--live", "source", type=click.Choice(["dovol", "1365"]), help="파일 대신 오픈API에서 바로 받아요."
)
@click.option("--region", "sido", default="", help="시도. 예: 서울특별시 (--live에 필요)")
@click.option("--sigungu", default="", help="시군구. 예: 마포구")
@click.option("--name", default="", help="프로그램 이름에 들어 있는 말")
@click.option(
    "--since", type=click.DateTime(["%Y-%m-%d"]), help="이 날짜보다 먼저 끝난 활동은 새로 들이지 않아요."
)
@click.option("--calls-per-day", default=1000, show_default=True, help="하루 호출 한도(기능마다)")
@click.option("--base-url", default="", help="오픈API 주소. 비우면 설정값을 써요.")
def import_programs(
    paths: tuple[Path, ...],
    source: str | None,
    sido: str,
    sigungu: str,
    name: str,
    since: datetime | None,
    calls_per_day: int,
    base_url: str,
) -> None:
    """파일(들)이나 폴더, 또는 오픈API에서 봉사 프로그램을 들여와요.

    다시 들여와도 바뀐 것만 고쳐요. 끝나는 코드: 0 모두 들어옴, 1 읽지 못한 줄이 있음, 3 하루 한도에 닿음.
    """
    if bool(paths) == bool(source):
        raise click.UsageError(
            "파일이나 폴더를 적거나, --live dovol 또는 --live 1365 가운데 하나를 골라 주세요."
        )
    oldest = since.date() if since else None
    report = Report()
    if source is None:
        _import_files(report, paths, oldest)
        _finish(report)
    region = region_by_names(sido, sigungu)
    if region is None:
        raise click.UsageError(
            f"'{sido} {sigungu}'을 찾지 못했어요. --region 서울특별시처럼 시도 이름을 적어 주세요."
        )
    try:
        _import_live(
            report, source, region, name, oldest or parts.clock().now().date(), calls_per_day, base_url
        )
    except DailyLimitReached:
        click.echo(
            "오늘 호출 한도를 다 썼어요. 내일 같은 명령을 다시 실행하면 멈춘 곳부터 이어서 해요.", err=True
        )
        _finish(report, STOPPED_FOR_TODAY)
    except (OpenApiError, OpenApiUnavailable) as error:
        _print(report)
        raise click.ClickException(
            f"{error}. 여기까지는 저장했어요. 같은 명령으로 이어서 할 수 있어요."
        ) from error
    _finish(report)


@click.command("seed")
@click.option("--members", type=click.IntRange(min=0), help="큰 세계: 만들 회원 수")
@click.option("--sessions", type=click.IntRange(min=0), help="큰 세계: 만들 회차 수")
@with_appcontext
def seed(members: int | None, sessions: int | None) -> None:
    """데모 세계를 만들어요. --members나 --sessions를 적으면 그만큼 큰 세계를 만들어요.

    두 번 해도 달라지지 않아요. 큰 세계를 만들다 멈추면 다음번에 이어 붙이지 않고, 만들던 것을 지우고 다시 만들어요.
    """
    if parts.settings().app_env == "production":
        raise click.ClickException(
            "데모 인물의 비밀번호는 누구나 알아서, 운영 환경(APP_ENV=production)에는 만들지 않아요."
        )
    if members is None and sessions is None:
        click.echo(seed_demo(parts.database(), parts.clock().now()).words)
        return
    wanted = {"members": members or 0, "sessions": sessions or 0}
    with _progress() as progress:
        tasks = {name: progress.add_task(SEEDED[name], total=count) for name, count in wanted.items()}
        try:
            done = seed_large(
                parts.database(),
                parts.clock().now(),
                **wanted,
                watch=lambda name, rows: progress.advance(tasks[name], rows),
            )
        except LargeWorldInUse as error:
            raise click.ClickException(str(error)) from error
    click.echo(done)


def _import_files(report: Report, paths: tuple[Path, ...], since: date | None) -> None:
    now, files = parts.clock().now(), read_files(paths_in(paths))
    for each in files.other:
        report.count(each)
    joined = list(volunteer1365.merge(files.volunteer1365))
    with _progress() as progress:
        for rows, reader in ((files.dovol, dovol.read), (joined, volunteer1365.read)):
            task = progress.add_task("프로그램 줄", total=len(rows), visible=bool(rows))
            report.add(
                run(
                    parts.database(),
                    read_rows(rows, reader, now.date()),
                    now,
                    since=since,
                    advance=partial(progress.advance, task),
                )
            )


def _import_live(
    report: Report, source: str, region: Region, name: str, since: date, calls_per_day: int, base_url: str
) -> None:
    settings = parts.settings()
    if not settings.openapi_service_key:
        raise click.ClickException(
            "OPENAPI_SERVICE_KEY가 없어요. data.go.kr에서 받은 인증키를 설정해 주세요."
        )
    address = base_url or (settings.openapi_dovol_url if source == "dovol" else settings.openapi_1365_url)
    book = CallBook(settings.instance_dir / "openapi.json", calls_per_day)
    pages = live.import_dovol if source == "dovol" else live.import_1365
    with (
        closing(OpenApi(address, settings.openapi_service_key, book, parts.clock())) as api,
        _progress() as progress,
    ):
        task = progress.add_task(region.name, total=None)
        for part in pages(
            api,
            parts.database(),
            parts.clock(),
            region=region,
            name=name,
            since=since,
            page_done=_watch(progress, task),
        ):
            report.add(part)


def _watch(progress: Progress, task: TaskID) -> live.PageDone:
    """Return what draws a live import: rows done of the rows there are."""

    def page_done(rows: int, total: int) -> None:
        progress.update(task, total=total, advance=rows)

    return page_done


def _finish(report: Report, code: int = 0) -> NoReturn:
    _print(report)
    raise SystemExit(code or (SOME_BAD if report.bad else 0))


def _print(report: Report) -> None:
    click.echo(
        f"회차 {report.new:,}개 새로 들어옴 · {report.changed:,}개 바뀜 · {report.unchanged:,}개 그대로 · "
        f"{report.withdrawn:,}개 거둠"
    )
    for why, count in report.skipped.most_common():
        click.echo(f"건너뜀 {count:,}줄: {why}")
    for bad in report.bad[:BAD_SHOWN]:
        click.echo(f"읽지 못함: {bad.number}: {bad.why}", err=True)
    if len(report.bad) > BAD_SHOWN:
        click.echo(f"읽지 못한 줄이 {len(report.bad) - BAD_SHOWN:,}개 더 있어요.", err=True)


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )
