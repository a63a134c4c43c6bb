"""The composition root of the worker and its schedule: ``celery -A worker worker``, ``celery -A worker beat``."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from celery import Celery
from celery.schedules import crontab
from celery.signals import worker_shutdown, worker_shutting_down

from alerts.delivery import Delivery
from alerts.queue import (
    DELIVER_TASK,
    DRAIN_TASK,
    DRAINS,
    LESSON_TASK,
    LESSONS,
    PLAN_TASK,
    Queue,
    create_celery,
)
from alerts.setup import create_delivery
from alerts.sweeping import Sweeper
from bot.memory import Memory
from bot.model_folder import ModelFolder
from bot.promotion import Promoter
from bot.settings import Settings, load_settings
from bot.slots import Slots, create_slots
from models.base import use_keys
from models.clock import Clock, SystemClock
from models.database import Database
from models.inbox_gathering import gather
from models.quality_days import count_days
from models.retention import purge
from models.rules import load_rules
from quality.meaning import Meaning
from training.lessons import Lessons, School

SWEEP_SECONDS = 5.0
DRAIN_SECONDS = 10.0
"""How long one task works off a backlog before others get its thread."""
GATHER_SECONDS = 0.2
"""How long events gather before they are planned: then a busy moment costs a few large transactions, not many small."""
LESSONS_SECONDS = 10.0
INBOX_SECONDS = 10.0
LOCK_WAIT = 15.0
"""Nobody waits for a worker as for a chat turn, so it may wait longer for the store."""


def create_worker() -> Celery:
    """Return the Celery application with all tasks and their schedule, wired from the settings."""
    settings = load_settings()
    logging.basicConfig(level=settings.log_level, format="%(levelname)s %(name)s: %(message)s")
    use_keys(settings.data_key)
    celery = create_celery(settings.redis)
    queue = Queue(celery, settings.redis)
    threads = settings.worker_threads
    database = Database(settings.database, pool_size=threads * 2, lock_wait=LOCK_WAIT, committed=queue)
    clock = SystemClock()
    delivery = create_delivery(settings, database, clock)
    _add_tasks(celery, queue, delivery, Sweeper(database, delivery, clock))

    def clean() -> None:
        with database.session() as db:
            purge(db, load_rules(db), clock.now())

    _add(celery, "boram.purge", clean)
    slots = create_slots(settings, database, Memory(settings.redis))
    _add_lessons(celery, queue, _lessons(settings, database, clock, slots))

    def count() -> None:
        with database.session() as db:
            count_days(db, clock.now())

    _add(celery, "boram.quality", count)
    meaning = Meaning()

    def fill_inbox() -> None:
        with database.session() as db:
            gather(db, load_rules(db), clock.now(), meaning)

    _add(celery, "boram.inbox", fill_inbox)
    celery.conf.update(worker_pool="threads", worker_concurrency=threads, beat_schedule=SCHEDULE)
    celery.conf.beat_schedule_filename = str(settings.instance_dir / "celerybeat-schedule")

    @worker_shutdown.connect(weak=False)  # type: ignore[untyped-decorator]  # Celery has no types
    def close(**_signal: object) -> None:
        delivery.close()
        slots.close()
        queue.close()
        database.close()

    return celery


SCHEDULE = {
    "sweep": {"task": "boram.sweep", "schedule": SWEEP_SECONDS, "options": {"expires": SWEEP_SECONDS}},
    "remind": {"task": "boram.remind", "schedule": 60.0, "options": {"expires": 60}},
    "recommend": {"task": "boram.recommend", "schedule": 300.0, "options": {"expires": 300}},
    "purge": {"task": "boram.purge", "schedule": crontab(hour="4", minute="0")},
    "lessons": {
        "task": "boram.lessons",
        "schedule": LESSONS_SECONDS,
        "options": {"expires": LESSONS_SECONDS, "queue": LESSONS},
    },
    "inbox": {
        "task": "boram.inbox",
        "schedule": INBOX_SECONDS,
        "options": {"expires": INBOX_SECONDS, "queue": LESSONS},
    },
    "quality": {
        "task": "boram.quality",
        "schedule": crontab(hour="0", minute="20"),
        "options": {"queue": LESSONS},
    },
}


def _add_tasks(celery: Celery, queue: Queue, delivery: Delivery, sweeper: Sweeper) -> None:
    def plan() -> None:
        time.sleep(GATHER_SECONDS)
        queue.planning()
        sweeper.plan()

    def drain() -> None:
        until = time.monotonic() + DRAIN_SECONDS
        while time.monotonic() < until and delivery.deliver():
            pass

    def sweep() -> None:
        plan()
        sweeper.start_sends()
        if sweeper.due():
            for _ in range(DRAINS):
                queue.drain()

    _add(celery, PLAN_TASK, plan)
    _add(celery, DELIVER_TASK, delivery.deliver)
    _add(celery, DRAIN_TASK, drain)
    _add(celery, "boram.sweep", sweep)
    _add(celery, "boram.remind", sweeper.remind)
    _add(celery, "boram.recommend", sweeper.recommend)


def _lessons(settings: Settings, database: Database, clock: Clock, slots: Slots) -> Lessons:
    folder = ModelFolder(settings.instance_dir / "models")
    return Lessons(School(database, clock, folder, Promoter(slots, database, clock, folder)))


def _add_lessons(celery: Celery, queue: Queue, lessons: Lessons) -> None:
    """Add the work on language models; a worker that has to end soon does not wait for it."""

    def sweep() -> None:
        for number in lessons.sweep():
            queue.teach(number)

    _add(celery, LESSON_TASK, lessons.run)
    _add(celery, "boram.lessons", sweep)

    @worker_shutting_down.connect(weak=False)  # type: ignore[untyped-decorator]  # Celery has no types
    def stop(**_signal: object) -> None:
        lessons.close()


def _add(celery: Celery, name: str, function: Callable[..., object]) -> None:
    """Add a task whose result nobody wants. Methods look to Celery's check of arguments as if they lacked ``self``."""
    celery.task(name=name, typing=False)(function)


celery = create_worker()
