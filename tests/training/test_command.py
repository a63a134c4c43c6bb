"""``flask nlu train`` beside the console: one lane for both."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from app import close_app, create_app
from bot.settings import Settings
from models.database import Database
from models.nlu_jobs import JobKind, Wish, ask
from models.training_sentences import sentence_count


def test_the_files_are_merged_and_a_training_in_the_console_is_waited_for(
    tmp_path: Path, sqlite_address: str, redis_url: str, now: datetime
) -> None:
    database = Database(sqlite_address)
    settings = Settings(
        app_env="test",
        instance_dir=tmp_path,
        database_url=sqlite_address,
        redis_url=redis_url,
        skill_key="k" * 16,
        nlu_token="t" * 16,
        data_key="a key for tests only, of enough length",
        signing_key="s" * 16,
    )
    app = create_app(settings)
    with database.session() as db:
        ask(db, Wish(JobKind.EVALUATE), now)
        db.commit()
    ran = app.test_cli_runner().invoke(args=["nlu", "train"])
    assert ran.exit_code == 1
    assert "'시험' 일을 하고 있어요" in ran.output
    with database.session() as db:
        assert sentence_count(db) > 5000
    assert not (tmp_path / "models").exists() or not list((tmp_path / "models").glob("*.tar.gz"))
    close_app(app)
    database.close()
