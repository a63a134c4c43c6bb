"""The jobs of ``models.nlu_jobs``, done by whoever calls ``run``: a worker's thread, or the command line."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy.orm import Session

from bot.model_folder import ModelFolder
from bot.promotion import Promoter
from bot.settings import ROOT
from models import nlu_jobs, nlu_switches
from models.clock import Clock
from models.database import Database
from models.golden_sentences import GoldenSentence, golden_keys, golden_sentences
from models.nlu_jobs import JobKind, JobState, NluJob
from models.nlu_models import Made, ModelState, NluModel, keep_report, model_named, register
from models.nlu_switches import SWITCH_STEPS, SwitchStep
from models.nlu_traffic import traffic
from models.staff import StaffRefused, StaffRole
from models.training_files import FilesRefused, import_if_empty
from models.training_sentences import fingerprint, sentence_count
from quality.judging import judge
from quality.kept import as_plain
from quality.readings import NotMeasured
from training.course import ROOM, NotTrained, train
from training.exam import examine
from training.folder import look
from training.heart import Heart, Part, Stopped

log = logging.getLogger(__name__)

PROJECT = ROOT / "nlu_data"
TRAINED = 0.6
"""How far a training is when its model is made and has still to sit the exam."""
_STEPS = tuple(SwitchStep)
_AGAIN = "다시 해 보고, 또 그러면 개발자에게 알려 주세요."
_CUT_OFF = "서비스가 다시 켜지면서 중간에 멈췄어요. 쓰는 모델은 그대로예요. 다시 시작해 주세요."
_LESS_NOW = "부탁한 사람의 역할이 그사이 바뀌어서 하지 않았어요. 할 수 있는 사람이 다시 해 주세요."
_UNMEASURED = "{name} 모델이 시험을 못 봤어요. '다시 시험 보기'를 눌러 주세요."


class NotDone(Exception):
    """A job came to nothing: ``words`` say why and what to do, ``told`` is what the tools said."""

    def __init__(self, words: str, told: str = "") -> None:
        self.words, self.told = words, told
        super().__init__(words)


@dataclass(frozen=True, slots=True)
class School:
    """What lessons need: the store, the folder of models, the way to the running servers."""

    database: Database
    clock: Clock
    folder: ModelFolder
    promoter: Promoter
    project: Path = PROJECT
    room: int = ROOM
    """Bytes that must be free before a training."""


class Lessons:
    """Does jobs. Several may exist, in several processes: a job is done by one of them."""

    def __init__(self, school: School) -> None:
        self._school = school
        self._closing = threading.Event()
        self._work: dict[JobKind, Callable[[NluJob, Heart], str]] = {
            JobKind.TRAIN: self._train,
            JobKind.EVALUATE: self._evaluate,
            JobKind.PROMOTE: self._promote,
            JobKind.ROLLBACK: self._rollback,
            JobKind.SHADOW: self._shadow,
        }

    def run(self, number: int) -> None:
        """Do a job if nobody does it yet; how it ended stands in its row. Never raises for what went wrong."""
        with self._school.database.session() as db:
            mine = nlu_jobs.claim(db, number, self._school.clock.now())
            db.commit()
        if mine:
            self.do(number)

    def do(self, number: int, *, exam: bool = True) -> None:
        """Do a job that was claimed; without an ``exam`` a training ends when the model is made."""
        school = self._school
        with school.database.session() as db:
            job = nlu_jobs.job(db, number)
        if job is None:
            return
        with Heart(school.database, school.clock, number, self._closing) as heart:
            state, words, told = self._done(job, heart, exam=exam)
        with school.database.session() as db:
            nlu_jobs.end(db, number, state, school.clock.now(), words=words, told=told)
            db.commit()

    def sweep(self) -> list[int]:
        """Close what was left by workers that died, look into the folder; return jobs that wait for somebody."""
        school = self._school
        with school.database.session() as db:
            nlu_switches.close_lifeless(db, school.clock.now())
            for job in nlu_jobs.close_abandoned(db, school.clock.now()):
                log.error("lesson %d was abandoned", job.id)
            look(db, school.folder)
            db.commit()
            return nlu_jobs.waiting(db)

    def close(self) -> None:
        """Stop what is under way: the process is about to end."""
        self._closing.set()

    def _done(self, job: NluJob, heart: Heart, *, exam: bool) -> tuple[JobState, str, str]:
        """Do a job and return how it ended: state, words, what the tools said."""
        try:
            self._check_role(job)
            if job.kind is JobKind.TRAIN and not exam:
                return JobState.DONE, f"{self._make(job, heart.part(0.0, 1.0)).name} 모델을 훈련했어요.", ""
            return JobState.DONE, self._work[job.kind](job, heart), ""
        except Stopped:
            return self._stopped()
        except NotDone as failed:
            return JobState.FAILED, failed.words, failed.told
        except StaffRefused as refused:
            return JobState.FAILED, refused.words, ""
        except Exception:  # whatever it is, the lane must become free and somebody must be told
            log.exception("lesson %d failed", job.id)
            return JobState.FAILED, f"뜻밖의 일이 생겨 끝내지 못했어요. {_AGAIN}", ""

    def _stopped(self) -> tuple[JobState, str, str]:
        if self._closing.is_set():
            return JobState.FAILED, _CUT_OFF, ""
        return JobState.CANCELLED, "그만뒀어요. 쓰는 모델은 그대로예요.", ""

    def _check_role(self, job: NluJob) -> None:
        """Hold on when who asked may do this no more: roles are looked up when something is done, not when it is asked."""
        if job.staff is None:
            return
        wants = StaffRole.ADMIN if job.override else StaffRole.TRAINER
        if not job.staff.is_open or not job.staff.role.covers(wants):
            raise NotDone(_LESS_NOW)

    # --- training and the exam ---

    def _train(self, job: NluJob, heart: Heart) -> str:
        model = self._make(job, heart.part(0.0, TRAINED))
        self._examine(model.id, heart, TRAINED)
        return "훈련하고 시험까지 마쳤어요. 지금 모델과 견줘 보고 바꿀지 정해 주세요."

    def _make(self, job: NluJob, part: Part) -> NluModel:
        school = self._school
        part.stage("훈련 문장을 살피고 있어요", 0.01)
        with school.database.session() as db:
            golden = golden_keys(db)
            made = self._plan(db, job)
        path = school.folder.path(made.name)
        try:
            train(school.database, school.project, path, golden, part, school.room)
            part.check()  # stopped in the last moment: nobody would know of the model
        except NotTrained as failed:
            raise NotDone(failed.words, str(failed)) from failed
        except Stopped:
            path.unlink(missing_ok=True)
            raise
        with school.database.session() as db:
            model = register(db, _sized(made, path), school.clock.now())
            nlu_jobs.came_of(db, job.id, model)
            db.commit()
        return model

    def _plan(self, db: Session, job: NluJob) -> Made:
        """Return what the model is going to be made from; a store without sentences takes those of the project."""
        now = self._school.clock.now()
        try:
            import_if_empty(db, now)
        except FilesRefused as refused:
            raise NotDone("훈련 문장 파일에 고칠 곳이 있어요.", str(refused)) from refused
        db.commit()
        name, n = f"{now:%Y%m%d-%H%M%S}", 1
        while self._school.folder.has(name) or model_named(db, name) is not None:
            n += 1
            name = f"{now:%Y%m%d-%H%M%S}-{n}"
        return Made(name, job.staff_id, fingerprint(db), sentence_count(db))

    def _evaluate(self, job: NluJob, heart: Heart) -> str:
        if job.model is None:
            raise NotDone("시험을 볼 모델이 없어졌어요.")
        self._examine(job.model.id, heart, 0.0)
        return "시험을 마쳤어요. 지금 모델과 견줘 볼 수 있어요."

    def _examine(self, number: int, heart: Heart, begun: float) -> None:
        """Have a model sit the exam, then the live one: the same questions, in the same hour, on the same machine."""
        school = self._school
        with school.database.session() as db:
            name = db.get_one(NluModel, number).name
            live = traffic(db).live_model
            golden = golden_sentences(db)
        names = [name, *([live] if live != name and school.folder.has(live) else [])]
        step = (1 - begun) / len(names)
        for at, each in enumerate(names):
            self._sit(each, golden, heart.part(begun + step * at, begun + step * (at + 1)))

    def _sit(self, name: str, golden: Sequence[GoldenSentence], part: Part) -> None:
        school = self._school
        if not school.folder.has(name):
            raise NotDone(f"{name} 모델 파일이 없어졌어요. 다시 훈련해 주세요.")
        try:
            kept = examine(school.folder.path(name), school.project, golden, part)
        except NotMeasured as error:
            self._note_unmeasured(name)
            raise NotDone(_UNMEASURED.format(name=name), str(error)) from error
        with school.database.session() as db:
            model = register(db, _sized(Made(name, None), school.folder.path(name)), school.clock.now())
            keep_report(model, as_plain(kept), kept.summary, kept.exam, school.clock.now())
            db.commit()

    def _note_unmeasured(self, name: str) -> None:
        with self._school.database.session() as db:
            model = model_named(db, name)
            if model is not None and model.state is ModelState.TRAINED:
                model.state = ModelState.FAILED
            db.commit()

    # --- the running servers ---

    def _promote(self, job: NluJob, heart: Heart) -> str:
        """Let a model in through the gate, which looks once more: another model may be live since somebody looked."""
        if job.model is None:
            raise NotDone("바꿀 모델이 없어졌어요.")
        with self._school.database.session() as db:
            judged = judge(db, job.model.id)
        if not judged.is_open and not job.override:
            raise NotDone(f"관문을 지나지 못했어요. {judged.words}")
        name = job.model.name
        self._school.promoter.promote(name, by=job.staff_id, reason=job.reason, watch=_watch(heart))
        return f"이제 {name} 모델이 대답해요."

    def _rollback(self, job: NluJob, heart: Heart) -> str:
        name = self._school.promoter.rollback(by=job.staff_id, reason=job.reason, watch=_watch(heart))
        return f"앞에 쓰던 {name} 모델로 되돌렸어요."

    def _shadow(self, job: NluJob, heart: Heart) -> str:
        if job.model is None:
            raise NotDone("함께 읽을 모델이 없어졌어요.")
        name, share = job.model.name, job.share or 0
        self._school.promoter.shadow(name, share, by=job.staff_id, reason=job.reason, watch=_watch(heart))
        return f"{name} 모델이 대화의 {share}%를 함께 읽어요."


def _watch(heart: Heart) -> Callable[[SwitchStep], None]:
    """Show how far a change of the servers is; nothing stops it halfway."""

    def watch(step: SwitchStep) -> None:
        with suppress(Stopped):
            heart.stage(SWITCH_STEPS[step], (_STEPS.index(step) + 1) / len(_STEPS))

    return watch


def _sized(made: Made, path: Path) -> Made:
    return replace(made, size=path.stat().st_size)
