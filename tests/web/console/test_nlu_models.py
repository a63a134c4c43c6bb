"""Pages about language models: trained, watched, compared, let in through the gate, rolled back, taken away."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from bot.model_folder import ModelFolder
from models import nlu_jobs
from models.audit import Did
from models.clock import SetClock
from models.golden_sentences import golden_sentences
from models.members import Member
from models.nlu_jobs import JobKind, JobState, NluJob, beat, claim, end, jobs, open_job
from models.nlu_models import ModelState, NluModel
from models.nlu_switches import SwitchKind, SwitchState, Wanted, begin, finish
from models.nlu_traffic import Compared, Read, keep_compared, mark_loaded, set_shadow, traffic
from models.quality_days import QualityDay, count_days
from models.staff import StaffRole
from models.training_sentences import add_sentence
from tests.quality.readings import reading
from tests.training.school import add_model
from tests.turns import make_turn
from tests.web.console.colleague import Colleague
from tests.web.visitor import account_of


@pytest.fixture
def folder(tmp_path: Path) -> ModelFolder:
    return ModelFolder(tmp_path / "models")


@pytest.fixture
def trainer(colleague: Callable[..., Colleague]) -> Colleague:
    return colleague(StaffRole.TRAINER, "이가르")


@pytest.fixture
def world(db: Session, folder: ModelFolder, now: datetime) -> dict[str, NluModel]:
    """Return a model that answers, a better one, a worse one and one whose file is gone."""
    found = {
        "present": add_model(db, folder, "present", now - timedelta(days=9), wrong=2, live=True),
        "worse": add_model(db, folder, "worse", now - timedelta(days=5), wrong=9),
        "gone": add_model(db, folder, "gone", now - timedelta(days=4)),
        "better": add_model(db, folder, "better", now - timedelta(days=1)),
    }
    found["gone"].there = False
    db.commit()
    return found


def page(model: NluModel, more: str = "") -> str:
    return f"/console/models/{model.id}{more}"


def newest(db: Session) -> NluJob:
    db.rollback()
    return jobs(db, 1)[0]


def test_the_list_names_every_model_and_which_one_answers(
    colleague: Callable[..., Colleague], world: dict[str, NluModel]
) -> None:
    viewer = colleague(StaffRole.VIEWER)
    viewer.get("/console/models")
    words = viewer.read()
    assert "지금 대답하는 모델 present" in words
    assert "gone 파일이 없어요" in words
    assert "훈련은 '가르치기' 역할이 할 수 있어요" in words
    assert "새 모델 훈련하기" not in words


def test_a_training_is_begun_once_watched_and_stopped(
    trainer: Colleague, db: Session, now: datetime, clock: SetClock
) -> None:
    assert trainer.post("/console/models/train", form_on="/console/models").status_code == 303
    trainer.follow()
    assert "곧 시작해요" in trainer.read()
    job = newest(db)
    assert (job.kind, job.staff_id) == (JobKind.TRAIN, trainer.id)
    assert trainer.post("/console/models/train", form_on="/console/models").status_code == 409
    assert "'새 모델 훈련' 일을 하고 있어요" in trainer.read()

    claim(db, job.id, now)
    beat(db, job.id, now, "뜻을 배우고 있어요", 0.5)
    db.commit()
    clock.advance(timedelta(seconds=75))
    told = trainer.get(f"/console/models/jobs/{job.id}/progress").json
    assert told == {"stage": "뜻을 배우고 있어요", "time": "1분 15초째", "percent": 50, "open": True}
    trainer.get("/console/models")
    assert "새 모델 훈련 1분 15초째 뜻을 배우고 있어요" in trainer.read()
    path = f"/console/models/jobs/{job.id}"
    assert trainer.post(f"{path}/stop", form_on=path).status_code == 303
    assert newest(db).stop
    end(
        db,
        job.id,
        JobState.FAILED,
        now,
        words="훈련 문장에 고칠 곳이 있어요.",
        told="data/x.yml:3: 문장이 두 번",
    )
    db.commit()
    trainer.get(path)
    assert "훈련 문장에 고칠 곳이 있어요." in trainer.read()
    assert "data/x.yml:3: 문장이 두 번" in trainer.read()
    assert "다시 훈련하기" in trainer.read()
    found = [row.detail for row in trainer.log() if row.did is Did.MODEL_TAUGHT]
    assert found == ["새 모델 훈련", "새 모델 훈련 멈춤"]


def test_a_training_takes_the_place_of_an_older_one_where_that_is_wanted(
    trainer: Colleague, db: Session
) -> None:
    trainer.post("/console/models/train", form_on="/console/models")
    older = newest(db)
    trainer.post("/console/models/train", {"instead": "1"}, form_on="/console/models")
    newer = newest(db)
    assert newer.id != older.id
    found = nlu_jobs.job(db, older.id)
    assert found is not None
    assert (found.state, newer.state) == (JobState.OUTDATED, JobState.WAITING)


def test_a_job_nobody_takes_says_why_nothing_happens(trainer: Colleague, clock: SetClock) -> None:
    trainer.post("/console/models/train", form_on="/console/models")
    clock.advance(timedelta(minutes=1))
    trainer.follow()
    assert "일꾼이 아직 가져가지 않았어요" in trainer.read()


def test_a_model_shows_its_exam_with_pictures_and_what_the_gate_says(
    trainer: Colleague, world: dict[str, NluModel]
) -> None:
    html = trainer.get(page(world["worse"])).text
    words = trainer.read()
    assert html.count("<svg viewBox") >= 2
    assert "관문이 막혀 있어요" in words
    assert "'내 봉사시간' 알아듣기 95% 78% 막혔어요" in words
    assert "그 뒤에 만든 모델이 있어요: better" in words
    assert "시간 3 내 봉사시간 인사 2%" in words
    trainer.get(page(world["better"]))
    assert "관문이 열려 있어요" in trainer.read()
    trainer.get(page(world["present"]))
    assert "관문" not in trainer.read()


def test_two_models_stand_side_by_side_with_the_sentences_that_changed(
    trainer: Colleague, world: dict[str, NluModel]
) -> None:
    html = trainer.get(page(world["worse"], "/compare")).text
    words = trainer.read()
    assert "7문장 새로 틀린 문장" in words
    assert "시간 2 내 봉사시간 내 봉사시간 99% 인사 2%" in words
    assert html.count('aria-label="혼동 행렬. 가장 많이 헷갈린 것은 내 봉사시간를 인사로') == 2
    trainer.get(page(world["better"], "/compare"))
    assert "2문장 새로 맞힌 문장" in trainer.read()
    assert trainer.get(page(world["present"], "/compare")).status_code == 409


def test_a_better_model_is_let_in_and_the_one_before_comes_back(
    trainer: Colleague, db: Session, world: dict[str, NluModel], now: datetime
) -> None:
    better = page(world["better"], "/promote")
    trainer.get(better)
    assert "네, 바꿀게요" in trainer.read()
    assert trainer.post(better).status_code == 303
    job = newest(db)
    assert (job.kind, job.model_id, job.override) == (JobKind.PROMOTE, world["better"].id, False)
    assert trainer.post(better).status_code == 409  # promoting while promoting
    assert "'모델 바꾸기' 일을 하고 있어요" in trainer.read()
    end(db, job.id, JobState.DONE, now, words="이제 better 모델이 대답해요.")
    row = begin(db, Wanted(SwitchKind.PROMOTE, "b", "present", "better"), now)
    finish(db, row.id, SwitchState.DONE, now)
    mark_loaded(db, "a", "better", "1", now)
    db.commit()

    trainer.get("/console/models/rollback")
    assert "지금 모델 better 되돌아갈 모델 present" in trainer.read()
    trainer.post("/console/models/rollback", {"reason": "말투가 어색해요"})
    job = newest(db)
    assert (job.kind, job.reason) == (JobKind.ROLLBACK, "말투가 어색해요")
    found = [(row.about, row.reason, row.detail) for row in trainer.log() if row.did is Did.MODEL_SWITCHED]
    assert found == [("model:better", "", "모델 바꾸기"), ("model:present", "말투가 어색해요", "되돌리기")]


def test_a_worse_model_stays_out_and_only_an_admin_may_say_otherwise_and_why(
    trainer: Colleague, admin: Colleague, db: Session, world: dict[str, NluModel]
) -> None:
    worse = page(world["worse"], "/promote")
    trainer.get(worse)
    assert "관리자에게 부탁해 주세요" in trainer.read()
    token = trainer.csrf("/console/models")
    assert trainer.post_raw(worse, {"csrf_token": token}).status_code == 422
    override = page(world["worse"], "/override")
    assert trainer.post_raw(override, {"csrf_token": token, "reason": "꼭 필요해요"}).status_code == 403
    assert open_job(db, JobKind.PROMOTE) is None

    assert admin.post(override, {"reason": ""}, form_on=worse).status_code == 422
    assert admin.post(override, {"reason": "새 학기에 꼭 필요해요"}, form_on=worse).status_code == 303
    job = newest(db)
    assert (job.override, job.reason) == (True, "새 학기에 꼭 필요해요")
    (row,) = [row for row in admin.log() if row.did is Did.GATE_OVERRIDDEN]
    assert (row.about, row.reason) == ("model:worse", "새 학기에 꼭 필요해요")


def test_a_model_without_a_file_is_good_for_nothing_but_reading_about(
    trainer: Colleague, world: dict[str, NluModel]
) -> None:
    trainer.get(page(world["gone"]))
    assert "파일이 없어요" in trainer.read()
    assert "이 모델로 바꾸기" not in trainer.read()
    token = trainer.csrf("/console/models")
    for what in ("promote", "evaluate", "shadow"):
        sent = trainer.post_raw(page(world["gone"], f"/{what}"), {"csrf_token": token, "share": "10"})
        assert sent.status_code == 409
        assert "파일이 없어졌어요" in trainer.read()


def test_a_model_that_was_never_measured_says_what_to_do(
    trainer: Colleague, db: Session, folder: ModelFolder, world: dict[str, NluModel], now: datetime
) -> None:
    fresh = add_model(db, folder, "fresh", now)
    fresh.report = fresh.figures = None
    fresh.state = ModelState.TRAINED
    db.commit()
    trainer.get(page(fresh))
    assert "이 모델이 아직 시험을 보지 않았어요. '다시 시험 보기'를 눌러 주세요." in trainer.read()
    assert trainer.get(page(fresh, "/compare")).status_code == 409
    assert trainer.post(page(fresh, "/evaluate"), form_on=page(fresh)).status_code == 303
    assert newest(db).kind is JobKind.EVALUATE


def test_a_candidate_reads_along_and_what_it_reads_otherwise_is_shown(
    trainer: Colleague, db: Session, world: dict[str, NluModel], now: datetime
) -> None:
    better = page(world["better"])
    assert trainer.post(f"{better}/shadow", {"share": "33"}, form_on=better).status_code == 409
    assert trainer.post(f"{better}/shadow", {"share": "20"}, form_on=better).status_code == 303
    job = newest(db)
    assert (job.kind, job.share) == (JobKind.SHADOW, 20)
    set_shadow(db, "better", 20, now)
    mine = Read("present", "greeting", None, 0.4, None)
    other = Read("better", "check_hours", None, 0.9, None)
    same = Read("better", "greeting", None, 0.9, None)
    words = "<b>봉시</b> 010-1234-5678"
    keep_compared(db, [Compared(words, mine, other), Compared("안녕", mine, same)], now)
    db.commit()
    html = trainer.get("/console/models/disagreements").text
    shown = trainer.read()
    assert "better 모델이 대화의 20% 를 함께 읽고 있어요" in shown
    assert "인사 40% 내 봉사시간 90%" in shown
    assert "50.0 %" in shown or "50.0%" in shown
    assert "&lt;b&gt;봉시" in html
    assert "1234" not in shown
    trainer.post("/console/models/shadow/end", form_on="/console/models/disagreements")
    db.rollback()
    assert traffic(db).shadow_share == 0


def test_a_model_nobody_uses_is_taken_away_and_one_in_use_is_not(
    trainer: Colleague, db: Session, world: dict[str, NluModel]
) -> None:
    assert trainer.get(page(world["present"], "/discard")).status_code == 409
    worse = page(world["worse"], "/discard")
    assert trainer.post(worse).status_code == 303
    trainer.follow()
    assert "worse 모델을 지웠어요" in trainer.read()
    assert trainer.get(page(world["worse"])).status_code == 404
    db.expire_all()
    assert world["worse"].state is ModelState.DISCARDED


def test_sentences_that_must_be_understood_are_chosen_and_taken_out(
    trainer: Colleague, db: Session, now: datetime
) -> None:
    path = "/console/models/golden"
    form = {"text": " 봉사 몇시간  했는지 ", "meaning": "check_hours"}
    for wrong in (
        {"text": ""},
        {"meaning": ""},
        {"text": "내 번호는 010-1234-5678"},
        {"text": "[공지] 내일 봉사"},
    ):
        assert trainer.post(path, form | wrong).status_code == 422
    add_sentence(
        db,
        marked="봉사 몇시간 했는지",
        intent="check_hours",
        topic=None,
        style="casual",
        source="console",
        by="staff:1",
        now=now,
    )
    db.commit()
    assert trainer.post(path, form).status_code == 303
    trainer.follow()
    assert "다음 훈련부터는 빼고 가르쳐요" in trainer.read()
    assert "봉사 몇시간 했는지 내 봉사시간 아직 안 물어봤어요" in trainer.read()
    assert trainer.post(path, form | {"text": "봉사 몇 시간 했는지?"}).status_code == 422
    assert "이미 있어요" in trainer.read()
    db.rollback()
    (row,) = golden_sentences(db)
    assert trainer.post(f"{path}/{row.id}/unpin", form_on=path).status_code == 303
    db.rollback()
    assert golden_sentences(db) == []


def test_each_day_is_counted_at_night_and_drawn(
    trainer: Colleague, db: Session, member: Member, now: datetime
) -> None:
    trainer.get("/console/models/trend")
    assert "아직 세어 둔 날이 없어요" in trainer.read()
    account = account_of(db, member)
    for n in range(4):
        make_turn(db, account, at=now - timedelta(days=1), model="new", milliseconds=10 * (n + 1), rating=1)
    make_turn(db, account, at=now - timedelta(days=1), model="new", outcome="not_understood", rating=-1)
    make_turn(db, account, at=now - timedelta(days=1), pressed=True, model="")
    make_turn(db, account, at=now - timedelta(days=2), model="old", confidence=0.5)
    make_turn(db, account, at=now, model="new")
    db.commit()
    counted = count_days(db, now)
    assert counted[-1] == date(2026, 11, 22)
    row = db.get_one(QualityDay, (date(2026, 11, 22), "new"))
    assert (row.turns, row.answered, row.misunderstood, row.helpful, row.unhelpful) == (5, 4, 1, 4, 1)
    assert (row.p50, row.p99) == (30, 40)
    assert count_days(db, now)[0] == date(2026, 11, 16)
    html = trainer.get("/console/models/trend?days=90").text
    assert html.count("<polyline") == 4
    assert "<title>new</title>" in html
    assert "11월 22일 5 80.0% 20.0% 4 1" in trainer.read()


def test_a_model_put_there_by_the_command_line_has_no_author(
    trainer: Colleague, db: Session, folder: ModelFolder, world: dict[str, NluModel], now: datetime
) -> None:
    golden = (reading("내 시간", "check_hours"), reading("몇 시간", "check_hours", "greeting"))
    add_model(db, folder, "hand", now, golden=golden)
    db.commit()
    trainer.get("/console/models")
    assert "hand 시험을 마침" in trainer.read()
    assert "명령줄" in trainer.read()
    assert "1/2" in trainer.read()
