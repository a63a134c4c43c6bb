"""Training sentences come and go as files: the project's own, one that somebody uploads, a table to take away."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import closing

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from models.audit import Did
from models.staff import StaffRefused, StaffRole
from models.training_files import FOLDER, FilesRefused, as_yaml, import_folder
from models.training_pairs import compare_new
from models.training_sentences import FROM_FILES, TrainingSentence, rows
from models.training_uploads import LARGEST, TrainingUpload, find_upload, lesson, teach, upload
from web.console.conversations import defused
from web.console.door import Route, Visit
from web.console.training import read_wanted
from web.console.training_words import SOURCE_NAMES, STYLE_NAMES, choices, staff_names

SHOWN = 100
"""Problems and sentences of a file that a page lists; the rest is counted."""
_COLUMNS = (
    "번호", "문장", "표시한 문장", "의도", "주제", "말투", "출처", "상태",
    "만든 사람", "만든 때", "바꾼 사람", "바꾼 때", "메모",
)  # fmt: skip


def upload_sentences(visit: Visit) -> ResponseReturnValue:
    """Show where a file is chosen, and how it is written."""
    return _upload_page()


def send_sentences(visit: Visit) -> ResponseReturnValue:
    """Read a file; one without mistakes waits until its owner has seen what it would change."""
    file = request.files.get("file")
    if file is None or not file.filename:
        return _upload_page("파일을 골라 주세요."), 422
    with closing(file):
        content = file.stream.read(LARGEST + 1)
    try:
        row = upload(visit.db, file.filename, content, visit.staff, visit.now)
    except FilesRefused as refused:
        return _upload_page(problems=refused), 422
    except StaffRefused as refused:
        return _upload_page(refused.words), 422
    visit.commit()
    return redirect(url_for("console.uploaded_sentences", number=row.id), 303)


def uploaded_sentences(visit: Visit, number: int) -> ResponseReturnValue:
    """Show what an upload would change."""
    row = _upload(visit, number)
    return render_template(
        "console/training_upload.html",
        row=row,
        lesson=lesson(visit.db, row),
        shown=SHOWN,
        **choices(visit.db),
    )


def teach_upload(visit: Visit, number: int) -> ResponseReturnValue:
    """Teach what is new in an upload."""
    row = _upload(visit, number)
    taught = teach(visit.db, row, f"staff:{visit.staff.id}", visit.now)
    compare_new(visit.db)
    visit.note(Did.SENTENCES_UPLOADED, detail=f"{row.name}: {taught}문장")
    visit.commit()
    flash(f"{taught:,}문장을 더했어요. 모델을 다음에 훈련할 때부터 적용돼요.", "success")
    return redirect(url_for("console.training"), 303)


def drop_upload(visit: Visit, number: int) -> ResponseReturnValue:
    """Forget an upload."""
    visit.db.delete(_upload(visit, number))
    visit.commit()
    flash("올린 파일을 버렸어요. 바뀐 것은 없어요.", "info")
    return redirect(url_for("console.training"), 303)


def import_sentences(visit: Visit) -> ResponseReturnValue:
    """Take over what is new in the files of the project; what staff have changed stays."""
    try:
        done = import_folder(visit.db, FOLDER, FROM_FILES, visit.now)
    except FilesRefused as refused:
        visit.db.rollback()
        return _upload_page(problems=refused, from_project=True), 422
    words = f"새로 {done.added:,}개, 고친 것 {done.changed:,}개, 빠진 것 {done.removed:,}개"
    visit.note(Did.SENTENCES_UPLOADED, detail=f"프로젝트 파일: {words}")
    visit.commit()
    flash(f"파일의 문장을 들여왔어요. {words}예요.", "success")
    for conflict in done.conflicts[:10]:
        flash(conflict, "warning")
    return redirect(url_for("console.training"), 303)


def training_table(visit: Visit) -> ResponseReturnValue:
    """Hand over the wanted sentences as a table."""
    found, names = _wanted_rows(visit), staff_names(visit.db)
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(_COLUMNS)
    for row in found:
        writer.writerow([defused(cell) for cell in _cells(row, names)])
    return _file(visit, "\ufeff" + table.getvalue(), "csv", "text/csv", len(found))


def training_yaml(visit: Visit) -> ResponseReturnValue:
    """Hand over the wanted sentences as Rasa writes them."""
    found = _wanted_rows(visit)
    return _file(visit, as_yaml(found), "yml", "application/yaml", len(found))


def _wanted_rows(visit: Visit) -> list[TrainingSentence]:
    wanted, errors = read_wanted(request.args)
    if errors:
        abort(400)
    return sorted(rows(visit.db, wanted), key=lambda row: (row.intent, row.topic or "", row.style, row.id))


def _cells(row: TrainingSentence, names: dict[str, str]) -> Iterator[object]:
    yield from (row.id, row.text, row.marked, row.intent, row.topic or "")
    yield from (STYLE_NAMES.get(row.style, row.style), SOURCE_NAMES.get(row.source, row.source))
    yield "쓰는 중" if row.active else "쉬는 중"
    for who, when in ((row.made_by, row.made_at), (row.changed_by, row.changed_at)):
        yield from (names.get(who, who), f"{when:%Y-%m-%d %H:%M}")
    yield row.comment


def _file(visit: Visit, content: str, kind: str, mimetype: str, lines: int) -> Response:
    visit.note(Did.EXPORTED, "sentences", detail=f"{kind} {lines}문장")
    visit.commit()
    name = f"boram-sentences-{visit.now:%Y%m%d-%H%M}.{kind}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, content_type=f"{mimetype}; charset=utf-8", headers=headers)


def _upload(visit: Visit, number: int) -> TrainingUpload:
    return find_upload(visit.db, number, visit.staff) or abort(404)


def _upload_page(error: str = "", problems: FilesRefused | None = None, *, from_project: bool = False) -> str:
    found = problems.problems if problems else ()
    return render_template(
        "console/upload_sentences.html",
        error=error,
        problems=found[:SHOWN],
        more=max(0, len(found) - SHOWN),
        from_project=from_project,
        largest=LARGEST // 1024 // 1024,
    )


_NUMBER = "/console/training/uploads/<int(max=2147483647):number>"
ROUTES = (
    Route("GET", "/console/training/upload", upload_sentences, StaffRole.TRAINER),
    Route(
        "POST",
        "/console/training/upload",
        send_sentences,
        StaffRole.TRAINER,
        "훈련 문장 올리기",
        largest=LARGEST + 64 * 1024,
    ),
    Route("GET", _NUMBER, uploaded_sentences, StaffRole.TRAINER),
    Route("POST", _NUMBER, teach_upload, StaffRole.TRAINER, "올린 문장 더하기"),
    Route("POST", f"{_NUMBER}/drop", drop_upload, StaffRole.TRAINER, "올린 파일 버리기"),
    Route("POST", "/console/training/import", import_sentences, StaffRole.TRAINER, "파일의 문장 들여오기"),
    Route("GET", "/console/training/table.csv", training_table, StaffRole.TRAINER),
    Route("GET", "/console/training/sentences.yml", training_yaml, StaffRole.TRAINER),
)
