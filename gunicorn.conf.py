"""How gunicorn runs the web process; figures come from the settings."""

import os
from pathlib import Path

from flask import Flask
from gunicorn.arbiter import Arbiter
from gunicorn.workers.gthread import ThreadWorker
from prometheus_client.multiprocess import mark_process_dead

from app import close_app
from bot.settings import load_settings

_settings = load_settings()

bind = f"{_settings.host}:{_settings.port}"
workers = _settings.web_workers
worker_class = "gthread"
threads = _settings.web_threads
timeout = 30
graceful_timeout = 10
keepalive = 30
accesslog = None
loglevel = _settings.log_level.lower()
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - gunicorn's own advice: heartbeats in memory


def child_exit(_server: Arbiter, worker: ThreadWorker) -> None:
    """Keep the figures of a process that ended, without counting it as running."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]  # the library says no types here


def worker_exit(_server: Arbiter, worker: ThreadWorker) -> None:
    """Post the answers still owed before the process ends."""
    app = worker.wsgi
    if isinstance(app, Flask):
        close_app(app)
