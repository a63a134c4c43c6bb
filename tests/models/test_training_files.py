"""Training sentences go between the files of the project and the store, and neither side loses anything."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.database import Database
from models.staff import StaffRefused
from models.training_files import (
    FOLDER,
    FilesRefused,
    Imported,
    TrainingFile,
    export_folder,
    import_folder,
    import_if_empty,
    sentences,
)
from models.training_marks import plain
from models.training_sentences import (
    Change,
    TrainingSentence,
    add_sentence,
    change_sentence,
    find_same,
    history,
)
from models.training_yaml import read_bytes

TRAINER = "staff:7"
GREETING = """\
version: "3.1"
# How people say hello.
nlu:
- intent: greeting
  metadata:
    style: polite
    source: authored
  examples: |
    - 안녕하세요 보람님
    - 반갑습니다  여러분
    - 처음 뵙겠습니다

# Short ones.
- intent: greeting
  metadata:
    source: authored
    style: casual
  examples: |
    - 하이루 방가
"""
NO_SHOW = """\
version: "3.1"
nlu:
- intent: no_show
  metadata:
    topic: no_show/effect
    style: polite
    source: authored
  examples: |
    - [어제](date) 못 갔는데 벌점 있나요
    - 불참하면 다음에 신청 못 하나요
"""
WORDS = 'version: "3.1"\nnlu:\n- lookup: region\n  examples: |\n    - 서울\n'


@pytest.fixture
def db(database: Database) -> Iterator[Session]:
    with database.session() as session:
        yield session


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a small folder of files as a developer keeps them."""
    folder = tmp_path / "data"
    folder.mkdir()
    for name, text in (("greeting", GREETING), ("no_show", NO_SHOW), ("lookups_entities", WORDS)):
        (folder / f"{name}.yml").write_text(text, "utf-8")
    return folder


@pytest.fixture
def take(db: Session, folder: Path, now: datetime) -> Callable[[], Imported]:
    """Return how the folder is imported."""

    def come() -> Imported:
        done = import_folder(db, folder, "import", now)
        db.commit()
        return done

    return come


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def change(folder: Path, name: str, old: str, new: str) -> None:
    """Edit a file as a developer does."""
    path = folder / f"{name}.yml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def the(db: Session, text: str) -> TrainingSentence:
    found = find_same(db, text)
    assert found is not None
    return found


def teach(db: Session, marked: str, intent: str, now: datetime, **more: Any) -> TrainingSentence:
    meaning = {"topic": None, "style": "casual", "source": "console", **more}
    return add_sentence(db, marked=marked, intent=intent, by=TRAINER, now=now, **meaning)


def edit(db: Session, text: str, now: datetime, **new: Any) -> TrainingSentence:
    row = the(db, text)
    assert change_sentence(db, row, replace(row.state, **new), Change.EDITED, TRAINER, now)
    return row


def active(db: Session) -> set[tuple[str, str, str | None]]:
    query = select(TrainingSentence.marked, TrainingSentence.intent, TrainingSentence.topic)
    return {(row[0], row[1], row[2]) for row in db.execute(query.where(TrainingSentence.active))}


def written(folder: Path) -> set[tuple[str, str, str | None]]:
    papers = [read_bytes(path.name, path.read_bytes()) for path in folder.glob("*.yml")]
    assert [paper.problems for paper in papers if paper.problems] == []
    found = [each for paper in papers for each in sentences(paper)]
    return {(each.marked, each.heading.intent, each.heading.topic) for each in found}


def test_the_projects_own_files_come_back_byte_for_byte(db: Session, tmp_path: Path, now: datetime) -> None:
    done = import_if_empty(db, now)
    assert done is not None
    count = db.scalar(select(func.count()).select_from(TrainingSentence))
    assert done.added == done.total == count
    assert done.total > 9000
    assert import_if_empty(db, now) is None
    assert export_folder(db, FOLDER) == []
    export_folder(db, tmp_path / "out")
    assert contents(tmp_path / "out") == contents(FOLDER)


def test_comments_order_odd_spaces_and_lists_of_words_stay(
    db: Session, folder: Path, take: Callable[[], Imported]
) -> None:
    assert take() == Imported(total=6, added=6)
    before = contents(folder)
    assert export_folder(db, folder) == []
    assert contents(folder) == before


def test_only_the_lines_staff_have_touched_change(
    db: Session, folder: Path, take: Callable[[], Imported], now: datetime
) -> None:
    take()
    edit(db, "처음 뵙겠습니다", now, marked="처음 뵙겠습니다 선생님")
    edit(db, "안녕하세요 보람님", now, style="casual")
    edit(db, "불참하면 다음에 신청 못 하나요", now, active=False)
    teach(db, "[서울](region) 사는데 안녕", "greeting", now)
    assert export_folder(db, folder) == ["greeting.yml", "no_show.yml"]
    assert (folder / "greeting.yml").read_text("utf-8") == GREETING.replace(
        "    - 안녕하세요 보람님\n", ""
    ).replace("뵙겠습니다", "뵙겠습니다 선생님").replace(
        "    - 하이루 방가\n", "    - 하이루 방가\n    - 안녕하세요 보람님\n"
    ) + (
        "- intent: greeting\n  metadata:\n    style: casual\n    source: console\n  examples: |\n"
        "    - [서울](region) 사는데 안녕\n"
    )
    assert (folder / "no_show.yml").read_text("utf-8") == NO_SHOW.replace(
        "    - 불참하면 다음에 신청 못 하나요\n", ""
    )


def test_an_intent_gets_its_file_and_a_block_that_lost_its_last_sentence_goes(
    db: Session, folder: Path, take: Callable[[], Imported], now: datetime
) -> None:
    take()
    edit(db, "하이루 방가", now, intent="thanks_bye")
    for text in ("[어제](date) 못 갔는데 벌점 있나요", "불참하면 다음에 신청 못 하나요"):
        edit(db, text, now, active=False)
    assert export_folder(db, folder) == ["greeting.yml", "thanks_bye.yml"]
    assert (folder / "greeting.yml").read_text("utf-8").endswith("    - 처음 뵙겠습니다\n\n# Short ones.\n")
    assert "  examples: |\n    - 하이루 방가\n" in (folder / "thanks_bye.yml").read_text("utf-8")
    assert not (folder / "no_show.yml").exists()
    assert written(folder) == active(db)


def test_what_staff_have_left_alone_follows_the_files(
    db: Session, folder: Path, take: Callable[[], Imported]
) -> None:
    take()
    change(folder, "no_show", "[어제](date)", '[어제]{"entity": "date", "value": "2026-11-22"}')
    change(folder, "greeting", "    - 하이루 방가\n", "    - 방가방가 모두들\n")
    assert take() == Imported(total=6, added=1, changed=1, removed=1)
    row = the(db, "어제 못 갔는데 벌점 있나요")
    assert row.marked.startswith("[어제]{")
    assert [past.did for past in history(db, row)] == [Change.FILE_EDITED]
    assert history(db, row)[0].state.marked.startswith("[어제](date)")
    assert not the(db, "하이루 방가").active
    assert export_folder(db, folder) == []
    change(folder, "greeting", "    - 방가방가 모두들\n", "    - 하이루 방가\n")
    assert take() == Imported(total=6, added=1, removed=1)
    assert [past.did for past in history(db, the(db, "하이루 방가"))] == [
        Change.FILE_RETURNED,
        Change.FILE_REMOVED,
    ]


def test_what_staff_have_changed_stays_and_what_the_files_wanted_is_told_and_kept(
    db: Session, folder: Path, take: Callable[[], Imported], now: datetime
) -> None:
    take()
    edit(db, "안녕하세요 보람님", now, intent="thanks_bye")
    edit(db, "하이루 방가", now, active=False)
    edit(db, "처음 뵙겠습니다", now, marked="[처음](ordinal) 뵙겠습니다")
    assert take().conflicts == []  # the files have nothing new
    change(folder, "greeting", "안녕하세요 보람님", "안녕하세요, 보람님!")
    change(folder, "greeting", "하이루 방가", "하이루 방가!!")
    change(folder, "greeting", "    - 처음 뵙겠습니다\n", "")
    done = take()
    assert len(done.conflicts) == 3
    assert the(db, "안녕하세요 보람님").intent == "thanks_bye"
    assert not the(db, "하이루 방가").active
    assert the(db, "처음 뵙겠습니다").marked == "[처음](ordinal) 뵙겠습니다"
    last = history(db, the(db, "안녕하세요 보람님"))[0]
    assert (last.did, last.state.marked) == (Change.FILE_DIFFERS, "안녕하세요, 보람님!")
    assert take().conflicts == []  # told once
    assert export_folder(db, folder) == ["greeting.yml", "thanks_bye.yml"]
    assert written(folder) == active(db)


def test_what_staff_wrote_comes_back_with_the_files_in_peace(
    db: Session, folder: Path, take: Callable[[], Imported], now: datetime
) -> None:
    take()
    row = edit(db, "하이루 방가", now, marked="하이루 방가!", style="polite")
    teach(db, "굿모닝 에브리원", "greeting", now)
    export_folder(db, folder)
    edit(db, "하이루 방가", now, style="typo")  # meanwhile staff went on, and the files know an older wish
    assert take() == Imported(total=7)
    assert (row.style, the(db, "굿모닝 에브리원").base is not None) == ("typo", True)
    export_folder(db, folder)
    assert take() == Imported(total=7)
    assert written(folder) == active(db)


def test_a_file_somebody_changed_since_the_import_is_not_written_over(
    db: Session, folder: Path, take: Callable[[], Imported], now: datetime
) -> None:
    take()
    teach(db, "굿모닝 에브리원", "greeting", now)
    change(folder, "no_show", "벌점 있나요", "벌점이 있나요")
    before = contents(folder)
    with pytest.raises(FilesRefused, match="flask nlu import"):
        export_folder(db, folder)
    assert contents(folder) == before
    take()
    assert export_folder(db, folder) == ["greeting.yml"]


def test_mistakes_are_told_by_file_and_line_and_nothing_is_imported(
    db: Session, folder: Path, take: Callable[[], Imported]
) -> None:
    change(folder, "no_show", "intent: no_show", "intent: no_shwo")
    change(folder, "no_show", "(date)", "(dat)")
    change(folder, "greeting", "하이루 방가", "안녕하세요 보람님?")
    change(folder, "greeting", "style: casual", "stile: casual")
    (folder / "broken.yml").write_text("nlu:\n- intent: greeting\n examples: x\n", "utf-8")
    (folder / "latin.yml").write_bytes("nlu: 안녕".encode("euc-kr"))
    with pytest.raises(FilesRefused) as refused:
        take()
    told = [str(problem) for problem in refused.value.problems]
    assert [line.rsplit(": ", 1)[0].split(": ")[0] for line in told] == [
        "broken.yml:3",
        "greeting.yml:14",
        "greeting.yml:17",
        "greeting.yml:19",
        "latin.yml:1",
        "no_show.yml:3",
        "no_show.yml:9",
    ]
    assert "혹시 'no_show'인가요?" in told[5]
    assert db.scalar(select(func.count()).select_from(TrainingSentence)) == 0
    assert db.scalar(select(func.count()).select_from(TrainingFile)) == 0


def test_an_empty_folder_puts_no_sentence_to_rest(
    db: Session, folder: Path, take: Callable[[], Imported], now: datetime
) -> None:
    take()
    with pytest.raises(FilesRefused, match="하나도 없어요"):
        import_folder(db, folder / "nowhere", "import", now)
    (folder / "greeting.yml").unlink()
    (folder / "no_show.yml").unlink()
    with pytest.raises(FilesRefused, match="하나도 없어요"):
        take()
    assert len(active(db)) == 6


def test_a_sentence_of_the_exam_is_not_learned_by_heart(folder: Path, take: Callable[[], Imported]) -> None:
    exam = read_bytes("talk.yml", (FOLDER.parent / "holdout/talk.yml").read_bytes())
    sentence = plain(next(sentences(exam)).marked)
    change(folder, "greeting", "하이루 방가", f"{sentence}!")
    with pytest.raises(FilesRefused, match="시험 문장"):
        take()


def test_the_projects_own_check_is_content_with_what_is_exported(
    db: Session, tmp_path: Path, now: datetime
) -> None:
    import_if_empty(db, now)
    teach(db, "[다음주](date)에 뭐 하고 노는지 궁금한 봉사 찾아 줘라", "find_program", now)
    edit(db, the_first(db, "no_show"), now, intent="thanks_bye", topic=None)
    project = tmp_path / "nlu_data"
    project.mkdir()
    export_folder(db, project / "data")
    for name in ("domain.yml", "holdout", "lookups"):
        (project / name).symlink_to(FOLDER.parent / name)
    script = shutil.copy(FOLDER.parent / "validate.py", tmp_path)
    checked = subprocess.run(
        ["/usr/bin/env", "python3", script, project], capture_output=True, text=True, check=False
    )
    assert (checked.returncode, checked.stderr) == (0, "")


def the_first(db: Session, intent: str) -> str:
    query = select(TrainingSentence.text).where(TrainingSentence.intent == intent)
    return db.scalars(query.order_by(TrainingSentence.id)).first() or ""


TEXTS = st.lists(st.text("가나다라 [](){}#-:'\"&*!|>%@`ab?,.", min_size=1, max_size=12), max_size=4)


@given(data=st.data(), new=TEXTS)
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_staff_do_the_files_say_the_same_as_the_store(
    sqlite_address: str, tmp_path: Path, now: datetime, data: st.DataObject, new: list[str]
) -> None:
    """Random edits, then out, in again, and out again."""
    folder = tmp_path / "random"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    (folder / "greeting.yml").write_text(GREETING.replace("\n", data.draw(st.sampled_from(["\n", "\r\n"]))))
    (folder / "no_show.yml").write_text(NO_SHOW.rstrip("\n"))
    database = Database(sqlite_address)
    with database.session() as db:
        import_folder(db, folder, "import", now)
        for row in db.scalars(select(TrainingSentence)).all():
            state = replace(
                row.state,
                marked=row.marked + data.draw(st.sampled_from(["", "", " 네", "!"])),
                active=data.draw(st.booleans()),
                style=data.draw(st.sampled_from(["polite", "long"])),
                intent=data.draw(st.sampled_from([row.intent, "abuse"])),
                topic=None,
            )
            change_sentence(db, row, state, Change.EDITED, TRAINER, now)
        for text in ("언제나 남는 인사", *new):
            with suppress(StaffRefused):
                teach(db, text, "greeting", now)
        export_folder(db, folder)
        assert written(folder) == active(db)
        assert import_folder(db, folder, "import", now) == Imported(total=len(active(db)))
        assert export_folder(db, folder) == []
    database.close()
