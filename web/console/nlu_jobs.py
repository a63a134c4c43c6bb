"""Work on language models as it goes on: a live line where scripts run, a page to look at again where they do not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import abort, flash, jsonify, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from models.audit import Did
from models.nlu_jobs import JOB_KINDS, JOB_STATES, LANES, JobKind, JobState, NluJob, job, stop
from models.staff import StaffRole
from web.console.door import Route, Visit

_UNATTENDED = timedelta(seconds=30)
"""A job nobody has begun for so long waits for a worker that is not there."""
_STATE = {
    JobState.DONE: "success",
    JobState.FAILED: "danger",
    JobState.CANCELLED: "neutral",
    JobState.OUTDATED: "warning",
}


def nlu_job(visit: Visit, number: int) -> ResponseReturnValue:
    """Show one job: how far it is, or how it ended and what to do next."""
    found = job(visit.db, number) or abort(404)
    return render_template(
        "console/nlu_job.html",
        job=found,
        kind=JOB_KINDS[found.kind],
        state=_STATE.get(found.state, "info"),
        state_name=JOB_STATES[found.state],
        progress=progress_of(found, visit.now),
        took=_took(found),
        may_train=visit.staff.role.covers(StaffRole.TRAINER),
        may_stop=LANES[found.kind] == LANES[JobKind.TRAIN] and visit.staff.role.covers(StaffRole.TRAINER),
    )


def job_progress(visit: Visit, number: int) -> ResponseReturnValue:
    """Tell a script how far a job is."""
    found = job(visit.db, number) or abort(404)
    seen = progress_of(found, visit.now)
    return jsonify(stage=seen.stage, time=seen.time, percent=seen.percent, open=found.is_open)


def stop_job(visit: Visit, number: int) -> ResponseReturnValue:
    """Stop a job."""
    found = job(visit.db, number) or abort(404)
    stop(visit.db, number, visit.now)
    visit.note(Did.MODEL_TAUGHT, detail=f"{JOB_KINDS[found.kind]} 멈춤")
    visit.commit()
    flash("멈추라고 했어요. 몇 초 안에 멈춰요.", "info")
    return redirect(url_for("console.nlu_job", number=number), 303)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is: what is done now, for how long the whole has been going on, and the share (0 to 100)."""

    stage: str
    time: str
    percent: int


def progress_of(found: NluJob, now: datetime) -> Progress:
    """Return how far a job is, in words."""
    percent = int(found.fraction * 100)
    if not found.is_open:
        return Progress(JOB_STATES[found.state], "", percent)
    if found.started_at is not None:
        return Progress(found.stage or "시작했어요", f"{_length(now - found.started_at)}째", percent)
    if now - found.asked_at > _UNATTENDED:
        return Progress("일꾼이 아직 가져가지 않았어요. 서비스가 켜지는 중이거나 꺼져 있어요.", "", percent)
    return Progress("곧 시작해요", "", percent)


def _took(found: NluJob) -> str:
    if found.started_at is None or found.ended_at is None:
        return ""
    return _length(found.ended_at - found.started_at)


def _length(time: timedelta) -> str:
    minutes, seconds = divmod(max(int(time.total_seconds()), 0), 60)
    return f"{minutes}분 {seconds}초" if minutes else f"{seconds}초"


_ONE = "/console/models/jobs/<int(max=2147483647):number>"
ROUTES = (
    Route("GET", _ONE, nlu_job, StaffRole.VIEWER),
    Route("GET", f"{_ONE}/progress", job_progress, StaffRole.VIEWER),
    Route("POST", f"{_ONE}/stop", stop_job, StaffRole.TRAINER, "하던 일 멈추기"),
)
