"""``flask nlu``: train, measure, promote, roll back. The live model is a link in ``instance/models``."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import click
import requests
from flask.cli import AppGroup
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bot.settings import ROOT
from commands import parts
from commands.nlu_sentences import export_sentences, import_sentences
from quality import report as evaluation
from quality.readings import HOLDOUT, NotMeasured, read_sentences

LIVE, PREVIOUS = "live.tar.gz", "previous.tar.gz"
_LOAD_SECONDS = 60
_BAR = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())

nlu = AppGroup("nlu", help="언어 모델을 훈련하고 바꿔요.")
nlu.add_command(import_sentences)
nlu.add_command(export_sentences)


@nlu.command("train")
def train() -> None:
    """nlu_data로 새 모델을 훈련하고 바로 써요. 되돌리려면 flask nlu rollback."""
    now: datetime = parts.clock().now()
    model = _models() / f"{now:%Y%m%d-%H%M%S}.tar.gz"
    _run("train.sh", model)
    _make_live(model)


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
    path = _named(model) if model else _models() / LIVE
    if not path.exists():
        raise click.ClickException("쓰는 모델이 없어요. flask nlu train으로 먼저 훈련해 주세요.")
    name = path.resolve().name.removesuffix(".tar.gz")
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
    """훈련해 둔 모델을 쓰기 시작해요."""
    _make_live(_named(model))


@nlu.command("rollback")
def rollback() -> None:
    """바로 앞에 쓰던 모델로 되돌려요."""
    previous = _models() / PREVIOUS
    if not previous.exists():
        raise click.ClickException("되돌릴 모델이 없어요. flask nlu status로 훈련해 둔 모델을 볼 수 있어요.")
    _make_live(previous.resolve())


@nlu.command("status")
def status() -> None:
    """훈련해 둔 모델과 지금 쓰는 모델을 보여 줘요."""
    live = (_models() / LIVE).resolve()
    for path in sorted(_models().glob("*.tar.gz")):
        if path.name not in {LIVE, PREVIOUS}:
            click.echo(f"{'→' if path == live else ' '} {path.name}  {path.stat().st_size / 1e6:.1f} MB")
    for url in parts.settings().nlu_urls:
        click.echo(f"{url}: {_loaded(url)}")


def _run(script: str, model: Path) -> None:
    if subprocess.run([ROOT / "nlu_data" / script, model], check=False).returncode:
        raise click.ClickException("끝까지 하지 못했어요. 위에 나온 파일과 줄을 고치고 다시 해 주세요.")


def _named(model: str) -> Path:
    path = _models() / (model if model.endswith(".tar.gz") else f"{model}.tar.gz")
    if not path.exists():
        raise click.ClickException(f"{path.name} 모델이 없어요. flask nlu status로 이름을 볼 수 있어요.")
    return path.resolve()


def _make_live(model: Path) -> None:
    """Point the link at ``model`` and have running servers load it."""
    live = _models() / LIVE
    if live.exists() and not live.is_symlink():  # put there by hand: give it a name to come back to
        live.rename(_models() / "first.tar.gz")
        _link(LIVE, _models() / "first.tar.gz")
    if live.exists() and live.resolve() != model:
        _link(PREVIOUS, live.resolve())
    _link(LIVE, model)
    click.echo(f"이제 {model.name} 모델을 써요.")
    for url in parts.settings().nlu_urls:
        click.echo(f"{url}: {_load(url, model)}")


def _link(name: str, target: Path) -> None:
    """Replace a link in one step: whoever starts now finds the old model or the new one, never none."""
    new = _models() / f".{name}.new"
    new.unlink(missing_ok=True)
    new.symlink_to(target.name)
    new.replace(_models() / name)


def _load(url: str, model: Path) -> str:
    token = {"token": parts.settings().nlu_token}
    try:
        response = requests.put(
            f"{url}/model", params=token, json={"model_file": str(model)}, timeout=_LOAD_SECONDS
        )
    except requests.RequestException:
        return "켜져 있지 않아요. 다음에 켤 때 이 모델을 읽어요."
    return "이 모델을 읽었어요." if response.ok else f"이 모델을 읽지 못했어요(HTTP {response.status_code})."


def _loaded(url: str) -> str:
    try:
        status = requests.get(f"{url}/status", params={"token": parts.settings().nlu_token}, timeout=5).json()
    except requests.RequestException:
        return "켜져 있지 않아요."
    return str(Path(status.get("model_file", "")).name)


def _models() -> Path:
    folder = parts.settings().instance_dir / "models"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
