"""The queue between those who write and the workers: Celery over Redis or Valkey.

A queued task is a nudge. What there is to do stands in the store, and the sweeper finds it when a nudge is lost: so
nobody waits for the broker, and nothing is kept of results.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

import redis
from celery import Celery
from kombu.exceptions import OperationalError

from bot.breaker import Breaker, BreakerOpen
from models.events import PLAN
from models.nlu_jobs import LESSON
from models.outbox import DELIVER

log = logging.getLogger(__name__)

PLAN_TASK, DELIVER_TASK, DRAIN_TASK = "boram.plan", "boram.deliver", "boram.drain"
LESSON_TASK, LESSONS = "boram.lesson", "lessons"
"""Work on language models has a queue and a process of its own: a training takes minutes, and alerts wait for nothing."""
AT_ONCE = 100
"""Most messages named in one nudge; more are a backlog, which drains beside what is urgent."""
DRAINS = 4
"""Workers' threads that work off a backlog."""
STALE = 60
"""Seconds after which a nudge is worth nothing: the sweeper has been there."""
PATIENCE = 2.0
"""Seconds that the broker has for a call; a worker's own call for work takes one."""
SHORT_PATIENCE = 0.5
"""Seconds where somebody waits for an answer meanwhile."""
_IMPATIENT = {
    "socket_connect_timeout": 0.5,
    "max_retries": 0,
    "interval_start": 0,
    "interval_step": 0,
    "interval_max": 0,
}
"""Publishing is tried once: somebody waits for an answer, and the sweeper does not mind."""
_PLANNING = "boram:planning"
_PLANNING_SECONDS = 5


def create_celery(redis_url: str, patience: float = PATIENCE) -> Celery:
    """Return a Celery application that speaks to the broker and knows no task; ``patience`` in seconds a call."""
    broker = redis_url.replace("unix://", "redis+socket://", 1)
    celery = Celery("boram", broker=broker, set_as_current=False)
    celery.conf.update(
        task_ignore_result=True,
        timezone="Asia/Seoul",
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options=_IMPATIENT | {"socket_timeout": patience},
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        worker_enable_remote_control=False,  # its queue is what a worker stumbles over when the broker goes away
    )
    return celery


class Queue:
    """Nudges the workers. Called with what was committed; never raises and never waits for long."""

    def __init__(self, celery: Celery, redis_url: str) -> None:
        self._celery = celery
        self._redis = redis.Redis.from_url(redis_url, socket_timeout=0.3, socket_connect_timeout=0.3)
        self._breaker = Breaker()

    def __call__(self, committed: Mapping[str, list[int]]) -> None:
        """Queue what was committed: topic → ids."""
        if committed.get(PLAN):
            self._nudge(self._plan)
        if ids := committed.get(DELIVER):
            self._nudge(lambda: self._deliver(ids))
        for number in committed.get(LESSON, ()):
            self.teach(number)

    def teach(self, number: int) -> None:
        """Have a job on language models done."""
        self._nudge(lambda: self._send(LESSON_TASK, number, queue=LESSONS))

    def drain(self) -> None:
        """Work off whatever is due, a hundred messages at a time."""
        self._nudge(lambda: self._send(DRAIN_TASK))

    def planning(self) -> None:
        """Say that events are being read: what is committed from now on needs a nudge of its own."""
        self._nudge(lambda: self._redis.delete(_PLANNING))

    def close(self) -> None:
        """Give the connections back."""
        self._redis.close()
        self._celery.close()

    def _plan(self) -> None:
        """One waiting nudge serves all events: it is queued only if none is."""
        if self._redis.set(_PLANNING, "", nx=True, ex=_PLANNING_SECONDS):
            self._send(PLAN_TASK)

    def _deliver(self, ids: Sequence[int]) -> None:
        if len(ids) <= AT_ONCE:
            self._send(DELIVER_TASK, list(ids))
        else:
            for _ in range(DRAINS):
                self._send(DRAIN_TASK)

    def _send(self, task: str, *args: object, queue: str | None = None) -> None:
        self._celery.send_task(task, args=args, queue=queue, expires=STALE, retry=False)

    def _nudge(self, call: object) -> None:
        try:
            self._breaker.call(call)  # type: ignore[arg-type]  # what it returns is of no use
        except BreakerOpen:
            pass
        except (OperationalError, redis.RedisError, OSError) as error:
            log.warning("no nudge for the workers (%s): the sweeper will find it", type(error).__name__)
