"""The rows of jobs, on both stores: one to a lane, and none for ever."""

from __future__ import annotations

import threading
from datetime import datetime

import pytest

from models import nlu_jobs
from models.database import Database
from models.nlu_jobs import (
    ABANDONED,
    LESSON,
    JobKind,
    JobState,
    Wish,
    ask,
    beat,
    claim,
    close_abandoned,
    end,
    stop,
)
from models.staff import StaffRefused


def test_a_lane_holds_one_job_and_the_other_lane_is_free(database: Database, now: datetime) -> None:
    with database.session() as db:
        first = ask(db, Wish(JobKind.TRAIN), now)
        assert db.info["queued"] == {LESSON: [first.id]}
        db.commit()
        for kind in (JobKind.TRAIN, JobKind.EVALUATE):
            with pytest.raises(StaffRefused) as refused:
                ask(db, Wish(kind), now)
            assert "'새 모델 훈련' 일을 하고 있어요" in refused.value.words
        ask(db, Wish(JobKind.ROLLBACK), now)
        db.commit()
        assert end(db, first.id, JobState.DONE, now)
        ask(db, Wish(JobKind.TRAIN), now)
        db.commit()


def test_of_two_who_ask_at_once_one_is_told_that_the_other_was_first(
    database: Database, now: datetime
) -> None:
    outcomes = list[str]()
    together = threading.Barrier(2)

    def promote() -> None:
        with database.session() as db:
            nlu_jobs.open_job(db, JobKind.PROMOTE)
            db.rollback()
            together.wait()
            try:
                ask(db, Wish(JobKind.PROMOTE), now)
                db.commit()
                outcomes.append("asked")
            except StaffRefused as refused:
                outcomes.append(refused.words)

    people = [threading.Thread(target=promote) for _ in range(2)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert sorted(words == "asked" for words in outcomes) == [False, True]


def test_a_job_whose_worker_died_is_closed_and_its_lane_is_free(database: Database, now: datetime) -> None:
    with database.session() as db:
        job = ask(db, Wish(JobKind.TRAIN), now)
        assert claim(db, job.id, now)
        assert not claim(db, job.id, now)
        assert beat(db, job.id, now + ABANDONED, "뜻을 배우고 있어요", 0.5)
        assert close_abandoned(db, now + ABANDONED * 2) == []
        (closed,) = close_abandoned(db, now + ABANDONED * 3)
        db.commit()
        found = nlu_jobs.job(db, closed.id)
        assert found is not None
        assert (found.state, found.lane) == (JobState.FAILED, None)
        assert "다시 시작해 주세요" in found.words
        assert not beat(db, job.id, now, "", 0.6)
        assert not end(db, job.id, JobState.DONE, now)


def test_a_job_that_waits_is_stopped_at_once_and_one_that_switches_never(
    database: Database, now: datetime
) -> None:
    with database.session() as db:
        training, switch = (ask(db, Wish(kind), now) for kind in (JobKind.TRAIN, JobKind.PROMOTE))
        stop(db, training.id, now)
        db.commit()
        found = nlu_jobs.job(db, training.id)
        assert found is not None
        assert found.state is JobState.CANCELLED
        with pytest.raises(StaffRefused):
            stop(db, training.id, now)
        with pytest.raises(StaffRefused):
            stop(db, switch.id, now)
