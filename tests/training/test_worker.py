"""The real worker for lessons: told of a job by the queue, and by the sweep where the queue was away."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from alerts.queue import SHORT_PATIENCE, Queue, create_celery
from bot.memory import Memory
from bot.settings import ROOT
from models import nlu_jobs
from models.database import Database
from models.nlu_jobs import JobKind, JobState, Wish, ask
from tests.simulator.skill_server import wait_until

KEY = "a key for tests only, of enough length"


@pytest.fixture
def worker(tmp_path: Path, sqlite_address: str, redis_url: str, memory: Memory) -> Iterator[Path]:
    """Start the worker as ``supervisord.conf`` does; return what it says."""
    settings = {
        "APP_ENV": "test",
        "INSTANCE_DIR": str(tmp_path),
        "DATABASE_URL": sqlite_address,
        "REDIS_URL": redis_url,
        "SKILL_KEY": "k" * 16,
        "NLU_TOKEN": "t" * 16,
        "DATA_KEY": KEY,
        "SIGNING_KEY": "s" * 16,
        "NLU_URL": "http://127.0.0.1:1",
        "NLU_URL_B": "http://127.0.0.1:1",
    }
    log = tmp_path / "worker.log"
    words = ["--queues", "lessons", "--concurrency", "3", "--without-gossip", "--without-mingle"]
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", "worker", "worker", *words, "--loglevel", "info"],
            cwd=ROOT,
            env={**os.environ, **settings},
            stdout=output,
            stderr=output,
        )
    wait_until(lambda: " ready." in log.read_text(), seconds=90)
    yield log
    process.terminate()
    process.wait(30)


def ended(database: Database, number: int) -> Callable[[], bool]:
    def look() -> bool:
        with database.session() as db:
            job = nlu_jobs.job(db, number)
        return job is not None and job.state is JobState.FAILED and "되돌릴 모델이 없어요" in job.words

    return look


@pytest.mark.timeout(240)
def test_a_job_is_done_by_the_worker_for_lessons_and_nothing_else_is(
    worker: Path, sqlite_address: str, redis_url: str, now: datetime
) -> None:
    queue = Queue(create_celery(redis_url, SHORT_PATIENCE), redis_url)
    told, untold = Database(sqlite_address, committed=queue), Database(sqlite_address)
    with told.session() as db:
        number = ask(db, Wish(JobKind.ROLLBACK), now).id
        db.commit()
    wait_until(ended(told, number), seconds=60)

    with untold.session() as db:  # as when the queue is away
        number = ask(db, Wish(JobKind.ROLLBACK), now).id
        db.commit()
    celery = create_celery(redis_url)
    celery.send_task("boram.lessons", queue="lessons")  # as the schedule does
    celery.send_task("boram.sweep")
    wait_until(ended(untold, number), seconds=60)
    said = worker.read_text()
    assert "boram.lesson[" in said
    assert "boram.sweep[" not in said
    celery.close()
    queue.close()
    told.close()
    untold.close()
