"""Answers go from the file into the store and back: what staff wrote is there afterwards, the rest is as it was."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from actions.faq import FAQ_FILE, TOPICS, load_topics
from app import close_app, create_app
from bot.settings import Settings
from models.clock import SetClock
from models.database import Database
from models.faq_topics import create, rewrite, topic
from models.staff import StaffRole, create_staff


@pytest.fixture
def app(tmp_path: Path, sqlite_address: str, redis_url: str, clock: SetClock) -> Iterator[Flask]:
    settings = Settings(
        app_env="test",
        instance_dir=tmp_path,
        database_url=sqlite_address,
        redis_url=redis_url,
        skill_key="k" * 16,
        nlu_token="t" * 16,
        data_key="a key for tests only, of enough length",
        signing_key="a key for tests",
    )
    app = create_app(settings, clock)
    yield app
    close_app(app)


@pytest.fixture
def db(app: Flask) -> Iterator[Session]:
    database: Database = app.extensions["database"]
    with database.session() as db:
        yield db


def run(app: Flask, *words: str) -> str:
    done = app.test_cli_runner().invoke(args=[*words])
    assert done.exit_code == 0, done.output
    return done.output


def test_bringing_the_store_up_to_date_brings_the_answers_along(app: Flask) -> None:
    assert "FAQ: 새 글 68, 바뀐 글 0, 빠진 글 0\n" in run(app, "db", "upgrade")
    assert run(app, "faq", "follow") == "FAQ: 새 글 0, 바뀐 글 0, 빠진 글 0\n"


def test_a_file_that_is_taken_over_and_written_again_is_the_same_to_the_byte(
    app: Flask, tmp_path: Path
) -> None:
    run(app, "faq", "follow")
    assert "글 0개를" in run(app, "faq", "export", str(tmp_path / "faq.yml"))
    assert (tmp_path / "faq.yml").read_bytes() == FAQ_FILE.read_bytes()


def test_what_staff_wrote_is_in_the_file_and_nothing_else_moved(
    app: Flask, db: Session, tmp_path: Path, now: datetime
) -> None:
    run(app, "faq", "follow")
    staff = create_staff(db, "kim@kywa.example", "김담당", StaffRole.TRAINER, now)
    row = topic(db, 3)
    assert row is not None
    answer = "'따옴표'와 # 표시: {age_min}살부터예요.\n\n빈 줄도 있어요: [괄호] - 줄표."
    buttons = [{"label": "119: 전화", "phone": "119"}]
    rewrite(db, row, 1, {**row.content, "answer": answer, "buttons": buttons}, "고침", staff, now)
    new = create(
        db,
        "faq_club",
        {**row.content, "question": "새 질문: 뭐예요?", "source": ["어느 안내: 3쪽"]},
        staff,
        now,
    )
    db.commit()
    path = tmp_path / "faq.yml"
    assert "글 2개를" in run(app, "faq", "export", str(path))
    found = load_topics(path)
    assert list(found) == [*TOPICS, new.name]
    assert found[row.name].answer == answer
    assert found[row.name].content == row.content
    assert found[new.name].content == new.content
    old, written = (text.read_text(encoding="utf-8") for text in (FAQ_FILE, path))
    before, after = "- topic: login_problem/reset_password\n", "- topic: faq_signup/guardian_consent\n"
    assert written.split(before)[0] == old.split(before)[0]
    assert (
        written.split(after)[1].split("\n# --- From the console")[0].rstrip() == old.split(after)[1].rstrip()
    )
