"""A bare Celery task: the floor under any task on this machine."""

from __future__ import annotations

import time

import redis
from celery import Celery

from alerts.queue import create_celery
from bot.settings import load_settings

NOOP_TASK = "boram.bench.noop"
DONE = "boram:bench:noop"
"""List in Redis or Valkey: seconds between queueing and doing, one for each task done."""


def create_noop() -> Celery:
    """Return a Celery application with one task, wired like the worker's."""
    settings = load_settings()
    celery, store = create_celery(settings.redis), redis.Redis.from_url(settings.redis)

    def noop(queued: float) -> None:
        store.rpush(DONE, time.time() - queued)

    celery.task(name=NOOP_TASK)(noop)
    celery.conf.update(worker_pool="threads", worker_concurrency=settings.worker_threads)
    return celery


celery = create_noop()
