"""``flask nlu import`` and ``flask nlu export``: training sentences between the files and the store."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import with_appcontext

from commands import parts
from models.training_files import FOLDER, FilesRefused, Imported, export_folder, import_folder
from models.training_sentences import FROM_FILES, sentence_count

SHOWN = 50
_folder = click.argument(
    "folder", type=click.Path(file_okay=False, path_type=Path), default=FOLDER, required=False
)


@click.command("import")
@_folder
@with_appcontext
def import_sentences(folder: Path) -> None:
    """nlu_data/data(또는 FOLDER)의 훈련 문장을 들여와요. 콘솔에서 고친 문장은 그대로 둬요."""
    if not folder.is_dir():
        raise click.ClickException(f"폴더가 없어요: {folder}")
    with parts.database().session() as db:
        try:
            done = import_folder(db, folder, FROM_FILES, parts.clock().now())
        except FilesRefused as refused:
            raise click.ClickException(f"들여오지 않았어요.\n{_lines(refused)}") from None
        db.commit()
    click.echo(_words(done))
    for conflict in done.conflicts:
        click.echo(f"  {conflict}", err=True)


@click.command("export")
@_folder
@with_appcontext
def export_sentences(folder: Path) -> None:
    """훈련 문장을 nlu_data/data(또는 FOLDER)에 Rasa YAML로 써요. 고친 줄만 바뀌어요."""
    with parts.database().session() as db:
        if not sentence_count(db):
            raise click.ClickException("쓸 문장이 없어요. flask nlu import로 먼저 들여와 주세요.")
        try:
            changed = export_folder(db, folder)
        except FilesRefused as refused:
            raise click.ClickException(f"쓰지 않았어요.\n{_lines(refused)}") from None
        db.commit()
    for name in changed:
        click.echo(f"  {folder / name}")
    click.echo(f"바뀐 파일이 {len(changed)}개예요." if changed else "바뀐 것이 없어요.")


def _words(done: Imported) -> str:
    counts = {
        "새로 들어옴": done.added,
        "고침": done.changed,
        "빠짐": done.removed,
        "양쪽에서 달라 그대로 둠": len(done.conflicts),
    }
    told = ", ".join(f"{name} {count}개" for name, count in counts.items() if count)
    return f"문장 {done.total:,}개: {told or '바뀐 것이 없어요'}."


def _lines(refused: FilesRefused) -> str:
    shown = [str(problem) for problem in refused.problems[:SHOWN]]
    more = len(refused.problems) - len(shown)
    return "\n".join([*shown, *([f"… {more}곳 더 있어요."] if more else [])])
