"""``flask nlu``: train, measure, promote, roll back."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import click
from flask.cli import AppGroup
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy.exc import SQLAlchemyError

from bot.nlu_server import ENDING
from bot.promotion import Promoter
from bot.settings import ROOT
from commands import parts
from commands.nlu_sentences import export_sentences, import_sentences
from models import nlu_jobs, nlu_switches
from models.nlu_jobs import JobKind, JobState, Wish
from models.nlu_switches import SwitchStep
from models.nlu_traffic import Traffic
from models.staff import StaffRefused
from models.training_files import FOLDER, FilesRefused, import_folder
from models.training_sentences import FROM_FILES
from quality import report as evaluation
from quality.readings import HOLDOUT, NotMeasured, read_sentences
from training.lessons import Lessons, School

_BAR = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
_STAGES = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())

nlu = AppGroup("nlu", help="언어 모델을 훈련하고 바꿔요.")
nlu.add_command(import_sentences)
nlu.add_command(export_sentences)


@nlu.command("train")
def train() -> None:
    """nlu_data와 콘솔의 문장으로 새 모델을 훈련하고 바로 써요. 되돌리려면 flask nlu rollback."""
    with in_words():
        _take_files()
        number = _claimed_training()
    lessons = Lessons(School(parts.database(), parts.clock(), parts.models(), parts.promoter()))
    _watch(lessons, number)
    with parts.database().session() as db:
        job = nlu_jobs.job(db, number)
    if job is None or job.state is not JobState.DONE or job.model is None:
        words = [job.words, job.told] if job else []
        raise click.ClickException("\n".join(filter(None, words)))
    _promote(job.model.name)


def _take_files() -> None:
    """Teach what the files have that the store has not; what staff have changed stays as they want it."""
    try:
        with parts.database().session() as db:
            taken = import_folder(db, FOLDER, FROM_FILES, parts.clock().now())
            db.commit()
    except FilesRefused as refused:
        raise click.ClickException(f"{refused}\n위에 나온 곳을 고치고 다시 해 주세요.") from refused
    for conflict in taken.conflicts:
        click.echo(conflict)


def _claimed_training() -> int:
    """Return the number of a training that is ours before any worker hears of it."""
    now = parts.clock().now()
    with parts.database().session() as db:
        job = nlu_jobs.ask(db, Wish(JobKind.TRAIN), now)
        nlu_jobs.claim(db, job.id, now)
        db.commit()
        return job.id


def _watch(lessons: Lessons, number: int) -> None:
    """Train, with a bar on the terminal; Ctrl+C ends the training, too."""
    lesson = Thread(target=lambda: lessons.do(number, exam=False))
    lesson.start()
    with Progress(*_STAGES, console=Console(stderr=True)) as progress:
        task = progress.add_task("", total=1.0)
        try:
            while lesson.is_alive():
                lesson.join(0.5)
                with parts.database().session() as db:
                    if job := nlu_jobs.job(db, number):
                        progress.update(task, completed=job.fraction, description=job.stage)
        finally:
            lessons.close()
            lesson.join()


@nlu.command("validate")
def validate() -> None:
    """훈련 문장과 낱말 목록에서 틀린 곳을 파일과 줄로 알려 줘요."""
    if subprocess.run([sys.executable, ROOT / "nlu_data/validate.py"], check=False).returncode:
        raise click.ClickException("위에 나온 곳을 고치고 다시 해 주세요.")
    click.echo("틀린 곳이 없어요.")


@nlu.command("evaluate")
@click.argument("model", required=False)
@click.option("--against", metavar="MODEL", help="나란히 견줄 모델이에요.")
@click.option(
    "--sentences",
    type=click.Path(exists=True, path_type=Path),
    default=HOLDOUT,
    help="잴 문장이 든 파일이나 폴더예요. 적지 않으면 nlu_data/holdout이에요.",
)
@click.option("--json", "as_json", is_flag=True, help="그림 대신 JSON으로 보여 줘요.")
def evaluate(model: str | None, against: str | None, sentences: Path, as_json: bool) -> None:
    """훈련에 쓰지 않은 문장으로 모델을 재요. 이름을 적지 않으면 지금 쓰는 모델이에요."""
    one = _measured(model, sentences)
    other = _measured(against, sentences) if against else None
    if as_json:
        click.echo(json.dumps(evaluation.as_json(one, other), ensure_ascii=False))
        return
    Console().print(evaluation.table(one, other))
    page = parts.settings().instance_dir / "evaluations" / f"{one.name}.html"
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(evaluation.render(one, other, parts.clock().now()), encoding="utf-8")
    click.echo(f"그림으로 보기: {page}")


def _measured(model: str | None, sentences: Path) -> evaluation.Measured:
    """Return a model's figures, with a bar on the terminal while they are taken."""
    with in_words():
        name = model or parts.promoter().traffic().live_model or parts.models().linked_live()
        if not name:
            raise StaffRefused("쓰는 모델이 없어요. flask nlu train으로 먼저 훈련해 주세요.")
        path = parts.models().find(name)
    name = name.removesuffix(ENDING)
    with Progress(*_BAR, console=Console(stderr=True)) as progress:
        task = progress.add_task(name, total=None)
        try:
            readings = read_sentences(
                path, sentences, lambda done, total: progress.update(task, completed=done, total=total)
            )
        except NotMeasured as error:
            raise click.ClickException(f"{name} 모델을 재지 못했어요.\n{error}") from error
    return evaluation.measured(name, readings)


@nlu.command("promote")
@click.argument("model")
def promote(model: str) -> None:
    """훈련해 둔 모델을 쓰기 시작해요. 그동안에도 대화는 끊기지 않아요."""
    _promote(model)


@nlu.command("rollback")
def rollback() -> None:
    """바로 앞에 쓰던 모델로 되돌려요."""
    with in_words():
        name = parts.promoter().rollback(watch=_say_step)
    click.echo(f"다시 {name} 모델을 써요.")


@nlu.command("status")
def status() -> None:
    """훈련해 둔 모델과, 두 자리가 쓰는 모델을 보여 줘요."""
    promoter, slots = parts.promoter(), parts.slots()
    with in_words():
        now = promoter.traffic()
    for name in parts.models().names():
        size = parts.models().path(name).stat().st_size / 1e6
        click.echo(f"{'→' if name == now.live_model else ' '} {name}  {size:.1f} MB")
    for slot in slots.in_order():
        role = "대답하는 중" if slot == now.live else "쉬는 중"
        click.echo(f"{slot} 자리({role}): {now.models.get(slot) or '아직 모르는'} 모델")
        for server in slots.states(slot):
            click.echo(f"  {server.url}: {server.model.name if server.model else '켜져 있지 않아요.'}")
    _say_more(promoter, now)


def _say_more(promoter: Promoter, now: Traffic) -> None:
    if now.candidate:
        click.echo(f"{now.candidate} 모델이 {now.shadow_share}%를 함께 읽고 있어요.")
    if before := promoter.model_before(now):
        speed = "바로" if promoter.at_once(now) else "모델을 다시 읽고 나서"
        click.echo(f"되돌리면 {before} 모델이에요({speed} 바뀌어요).")
    with parts.database().session() as db:
        row = nlu_switches.under_way(db, parts.clock().now())
    if row is not None:
        step = nlu_switches.SWITCH_STEPS[row.step]
        click.echo(f"{row.began_at:%H:%M}부터 {row.model_to} 모델로 바꾸고 있어요: {step}.")


@contextmanager
def in_words() -> Iterator[None]:
    """Tell what cannot be done as an error of the command."""
    try:
        yield
    except StaffRefused as refused:
        raise click.ClickException(refused.words) from None
    except SQLAlchemyError:
        raise click.ClickException("저장소가 준비되지 않았어요. flask db upgrade를 먼저 해 주세요.") from None


def _promote(model: str) -> None:
    with in_words():
        parts.promoter().promote(model, watch=_say_step)
    click.echo(f"이제 {model.removesuffix(ENDING)} 모델을 써요.")


def _say_step(step: SwitchStep) -> None:
    if step is not SwitchStep.FLIPPED:
        click.echo(f"{nlu_switches.SWITCH_STEPS[step]}.")
