"""Jobs on language models: done once, watched, stopped, and told how they ended."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from models import nlu_jobs
from models.golden_pins import pin
from models.nlu_jobs import JobKind, JobState, NluJob, Wish, ask, stop, take_place
from models.nlu_models import ModelState, NluModel, discard, model_named, models, with_report
from models.nlu_switches import SwitchKind, SwitchState, Wanted, begin, last_changes
from models.nlu_traffic import traffic
from models.staff import Staff, StaffRefused, StaffRole, create_staff
from models.training_files import import_folder
from quality.judging import judge
from tests.simulator.skill_server import wait_until
from tests.training.school import TAUGHT, add_model
from training.lessons import Lessons, School

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def trainer(db: Session, now: datetime) -> Staff:
    staff = create_staff(db, "lee@kywa.example", "이가르", StaffRole.TRAINER, now)
    db.commit()
    return staff


@pytest.fixture
def wish(db: Session, now: datetime, trainer: Staff) -> Callable[..., int]:
    """Return how the trainer asks for a job: its number."""

    def ask_for(kind: JobKind, model: NluModel | None = None, **more: object) -> int:
        wanted = Wish(kind, trainer.id, model.id if model else None, **more)  # type: ignore[arg-type]  # as named
        job = ask(db, wanted, now)
        db.commit()
        return job.id

    return ask_for


def ended(db: Session, number: int) -> NluJob:
    job = nlu_jobs.job(db, number)
    assert job is not None
    db.rollback()
    return job


@pytest.fixture
def database_address(sqlite_address: str) -> str:
    """Return one store: what a lesson does with the tools is the same on both."""
    return sqlite_address


def test_a_model_is_trained_on_the_store_and_sits_the_exam_with_the_live_one(
    school: School, db: Session, now: datetime, wish: Callable[..., int], trainer: Staff
) -> None:
    import_folder(db, school.project / "data", "import", now)
    golden = TAUGHT["check_hours"][0]
    pin(db, text=golden, intent="check_hours", topic=None, by=trainer.id, now=now)
    db.commit()
    number = wish(JobKind.TRAIN)
    Lessons(school).run(number)

    job = ended(db, number)
    assert (job.state, job.told, job.fraction) == (JobState.DONE, "", 1.0)
    assert job.model is not None
    model = with_report(db, job.model.id)
    assert model is not None
    assert (model.state, model.sentences, model.made_by) == (ModelState.EVALUATED, 19, trainer.id)
    assert school.folder.path(model.name).stat().st_size == model.size
    judged = judge(db, model.id)
    assert judged.candidate is not None
    assert [reading.text for reading in judged.candidate.golden] == [golden]
    assert len(judged.candidate.readings) == 3
    assert not list(school.folder.folder.glob(".training.*"))


def test_a_training_that_is_stopped_leaves_nothing_behind_and_the_next_can_begin(
    school: School, db: Session, now: datetime, wish: Callable[..., int]
) -> None:
    import_folder(db, school.project / "data", "import", now)
    db.commit()
    number = wish(JobKind.TRAIN)
    with pytest.raises(StaffRefused, match="refused"):
        wish(JobKind.EVALUATE)
    db.rollback()
    lesson = threading.Thread(target=Lessons(school).run, args=(number,))
    lesson.start()
    wait_until(lambda: bool(list(school.folder.folder.glob(".training.*"))))
    stop(db, number, now)
    db.commit()
    lesson.join(30)
    assert not lesson.is_alive()
    assert ended(db, number).state is JobState.CANCELLED
    wait_until(lambda: not list(school.folder.folder.iterdir()))
    assert models(db) == []
    wish(JobKind.EVALUATE)


def test_a_worker_that_is_told_to_end_ends_its_training_with_the_next_step(
    school: School, db: Session, now: datetime, wish: Callable[..., int]
) -> None:
    import_folder(db, school.project / "data", "import", now)
    db.commit()
    number, lessons = wish(JobKind.TRAIN), Lessons(school)
    lesson = threading.Thread(target=lessons.run, args=(number,))
    lesson.start()
    wait_until(lambda: ended(db, number).stage == "훈련을 준비하고 있어요")
    lessons.close()
    lesson.join(30)
    job = ended(db, number)
    assert job.state is JobState.FAILED
    assert "다시 시작해 주세요" in job.words


def test_sentences_that_cannot_be_taught_are_named(
    school: School, db: Session, now: datetime, wish: Callable[..., int]
) -> None:
    import_folder(db, school.project / "data", "import", now)
    db.commit()
    (school.project / "domain.yml").write_text('version: "3.1"\nintents:\n- check_hours\nentities: []\n')
    number = wish(JobKind.TRAIN)
    Lessons(school).run(number)
    job = ended(db, number)
    assert job.state is JobState.FAILED
    assert "고칠 곳이 있어요" in job.words
    assert "domain.yml에 없는 의도예요: 'login_problem'" in job.told


def test_a_disk_without_room_is_told_before_anything_begins(
    school: School, db: Session, now: datetime, wish: Callable[..., int]
) -> None:
    import_folder(db, school.project / "data", "import", now)
    db.commit()
    number = wish(JobKind.TRAIN)
    Lessons(replace(school, room=10**18)).run(number)
    job = ended(db, number)
    assert job.state is JobState.FAILED
    assert "자리가 모자라요. 쓰지 않는 모델을 지우고" in job.words
    assert models(db) == []


def test_a_training_that_is_beaten_by_a_newer_one_stops_and_says_so(
    school: School, db: Session, now: datetime, wish: Callable[..., int]
) -> None:
    import_folder(db, school.project / "data", "import", now)
    db.commit()
    older = wish(JobKind.TRAIN)
    lesson = threading.Thread(target=Lessons(school).run, args=(older,))
    lesson.start()
    wait_until(lambda: bool(list(school.folder.folder.glob(".training.*"))))
    take_place(db, now)
    newer = wish(JobKind.TRAIN)
    lesson.join(30)
    assert not lesson.is_alive()
    job = ended(db, older)
    assert job.state is JobState.OUTDATED
    assert "다시 훈련을 시작" in job.words
    assert ended(db, newer).state is JobState.WAITING
    assert models(db) == []


def test_a_model_whose_file_is_gone_cannot_sit_an_exam_or_answer(
    school: School, db: Session, now: datetime, wish: Callable[..., int]
) -> None:
    model = add_model(db, school.folder, "20261101-1", now)
    db.commit()
    school.folder.path(model.name).unlink()
    for kind in (JobKind.EVALUATE, JobKind.PROMOTE):
        number = wish(kind, model)
        Lessons(school).run(number)
        job = ended(db, number)
        assert job.state is JobState.FAILED
        assert "20261101-1" in job.words


def test_a_model_nobody_can_read_is_told_to_have_failed(
    school: School, db: Session, now: datetime, wish: Callable[..., int]
) -> None:
    school.folder.path("broken").write_bytes(b"no archive")
    Lessons(school).sweep()
    model = model_named(db, "broken")
    assert model is not None
    number = wish(JobKind.EVALUATE, model)
    Lessons(school).run(number)
    job = ended(db, number)
    assert (job.state, "시험을 못 봤어요" in job.words) == (JobState.FAILED, True)
    assert job.told
    db.expire_all()
    assert model.state is ModelState.FAILED


def test_a_model_that_falls_below_the_live_one_stays_out_unless_an_admin_says_why(
    school: School, db: Session, now: datetime, wish: Callable[..., int], trainer: Staff
) -> None:
    add_model(db, school.folder, "present", now, live=True)
    worse = add_model(db, school.folder, "worse", now, wrong=5)
    db.commit()
    number = wish(JobKind.PROMOTE, worse)
    Lessons(school).run(number)
    job = ended(db, number)
    assert job.state is JobState.FAILED
    assert "관문을 지나지 못했어요" in job.words
    assert "5문장을 더 놓쳐요" in job.words
    assert traffic(db).live_model == "present"

    number = wish(JobKind.PROMOTE, worse, override=True, reason="새 학기 전에 꼭 필요해요")
    Lessons(school).run(number)
    assert "역할이 그사이 바뀌어서" in ended(db, number).words
    trainer.role = StaffRole.ADMIN
    db.merge(trainer)
    db.commit()
    number = wish(JobKind.PROMOTE, worse, override=True, reason="새 학기 전에 꼭 필요해요")
    Lessons(school).run(number)
    assert ended(db, number).state is JobState.DONE
    db.rollback()
    assert traffic(db).live_model == "worse"
    assert last_changes(db)[0].reason == "새 학기 전에 꼭 필요해요"


def test_a_better_model_answers_reads_along_and_goes_back(
    school: School, db: Session, now: datetime, wish: Callable[..., int]
) -> None:
    live = add_model(db, school.folder, "present", now, wrong=2, live=True)
    better = add_model(db, school.folder, "better", now)
    db.commit()
    lessons = Lessons(school)
    number = wish(JobKind.PROMOTE, better)
    lessons.run(number)
    assert ended(db, number).words == "이제 better 모델이 대답해요."
    number = wish(JobKind.ROLLBACK, reason="말투가 어색해요")
    lessons.run(number)
    assert ended(db, number).words == "앞에 쓰던 present 모델로 되돌렸어요."
    assert traffic(db).live_model == live.name
    number = wish(JobKind.SHADOW, better, share=20)
    lessons.run(number)
    assert ended(db, number).words == "better 모델이 대화의 20%를 함께 읽어요."
    db.rollback()
    assert (traffic(db).candidate, traffic(db).shadow_share) == ("better", 20)


def test_the_gate_looks_again_when_it_is_the_turn_of_a_model(
    school: School, db: Session, now: datetime, wish: Callable[..., int]
) -> None:
    add_model(db, school.folder, "present", now, wrong=9, live=True)
    fair = add_model(db, school.folder, "fair", now, wrong=5)
    db.commit()
    assert judge(db, fair.id).is_open
    number = wish(JobKind.PROMOTE, fair)
    add_model(db, school.folder, "newest", now, live=True)  # somebody was faster
    db.commit()
    Lessons(school).run(number)
    assert "관문을 지나지 못했어요" in ended(db, number).words


def test_who_has_lost_the_role_meanwhile_changes_nothing(
    school: School, db: Session, now: datetime, wish: Callable[..., int], trainer: Staff
) -> None:
    add_model(db, school.folder, "present", now, wrong=2, live=True)
    better = add_model(db, school.folder, "better", now)
    number = wish(JobKind.PROMOTE, better)
    trainer.role = StaffRole.VIEWER
    db.merge(trainer)
    db.commit()
    Lessons(school).run(number)
    assert "역할이 그사이 바뀌어서" in ended(db, number).words
    assert traffic(db).live_model == "present"


def test_the_registry_follows_the_folder(school: School, db: Session, now: datetime) -> None:
    kept, gone = (add_model(db, school.folder, name, now) for name in ("kept", "gone"))
    unwanted = add_model(db, school.folder, "unwanted", now)
    discard(unwanted)
    db.commit()
    school.folder.path("gone").unlink()
    school.folder.path("by-hand").write_bytes(b"put there by hand")
    Lessons(school).sweep()
    db.expire_all()
    assert (kept.there, gone.there, unwanted.there) == (True, False, False)
    assert not school.folder.has("unwanted")
    found = model_named(db, "by-hand")
    assert found is not None
    assert (found.state, found.made_by, found.size) == (ModelState.TRAINED, None, 17)
    assert "unwanted" not in [each.name for each in models(db)]


def test_a_change_whose_worker_died_is_closed_by_the_next_look(
    school: School, db: Session, now: datetime
) -> None:
    begin(db, Wanted(SwitchKind.PROMOTE, "b", "present", "better"), now - timedelta(minutes=1))
    Lessons(school).sweep()
    db.expire_all()
    assert [change.state for change in last_changes(db)] == [SwitchState.ABANDONED]


def test_a_job_that_was_begun_is_not_begun_twice(
    school: School, db: Session, now: datetime, wish: Callable[..., int]
) -> None:
    number = wish(JobKind.ROLLBACK)
    assert nlu_jobs.claim(db, number, now)
    db.commit()
    Lessons(school).run(number)
    assert ended(db, number).state is JobState.RUNNING
