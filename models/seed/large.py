"""A large invented world to measure with: hundreds of thousands of members, a million sessions.

Rows are drawn one after the other and written in parts, so memory stays the same whatever the size. A run that was
interrupted leaves fewer rows than asked for; the next one removes them and begins anew, so nothing is there twice.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any, TypeAlias

from sqlalchemy import Connection, Engine, Select, delete, exists, func, insert, select, text

from models.applications import Application
from models.base import Base
from models.codes import SIDOS, Region
from models.database import Database
from models.hosts import HostInstitution
from models.members import Level, Member, Role
from models.programs import Program, ProgramSession, SessionState
from models.search import squeeze
from models.seed.world import OPENS_BEFORE, SEED, catalogue, levels_of, times_of

SOURCE = "seed-large"
MEMBER_PREFIX = "large-"
ROWS_AT_ONCE = 10_000
HOSTS_OF_A_PLACE = 4
MOST_SESSIONS = 9
"""Sessions of a programme: 1 to 9, so about 200,000 programmes for a million."""
PAST_SHARE, PAST_DAYS, AHEAD_DAYS = 0.65, 900, 120
WEEKEND_SHARE, TIMED_SHARE, FULL_SHARE = 0.6, 0.5, 0.15
HOST_KINDS = ("청소년문화의집", "도서관", "자원봉사센터", "종합사회복지관")
POPULATION = {
    "6110000": 93,
    "6260000": 33,
    "6270000": 24,
    "6280000": 30,
    "6290000": 14,
    "6300000": 14,
    "6310000": 11,
    "5690000": 4,
    "6410000": 137,
    "6530000": 15,
    "6430000": 16,
    "6440000": 21,
    "6540000": 17,
    "6460000": 18,
    "6470000": 25,
    "6480000": 32,
    "6500000": 7,
}
"""Inhabitants of each 시도 in hundreds of thousands, rounded: how much of the world is there."""

Row: TypeAlias = dict[str, Any]
Watch: TypeAlias = Callable[[str, int], None]
"""Called with what was written (``members``, ``sessions``) and how many rows."""


class LargeWorldInUse(Exception):
    """Someone applied for sessions of the large world that is there, so it cannot be replaced."""


@dataclass(frozen=True, slots=True)
class Host:
    """An institution of the large world."""

    id: int
    name: str
    region: Region


def seed_large(database: Database, now: datetime, *, members: int, sessions: int, watch: Watch) -> str:
    """Make the store hold so many invented members and sessions; return in Korean what was done.

    Nothing changes where they are there already. What an interrupted run or another size left is removed first.

    Raises:
        LargeWorldInUse: that cannot be removed.
    """
    with database.engine.connect() as connection:
        if _counts(connection) == (members, sessions):
            return f"큰 세계가 이미 있어요(회원 {members:,}명, 회차 {sessions:,}개). 바꾼 것이 없어요."
        removed = _remove(connection)
        _write_members(connection, now, members, watch)
        _write_sessions(connection, now.date(), sessions, watch)
        connection.commit()
    _settle(database.engine)
    again = "남아 있던 큰 세계를 지우고 " if removed else ""
    return f"{again}회원 {members:,}명, 회차 {sessions:,}개를 만들었어요."


def _settle(engine: Engine) -> None:
    """Tell the planner what there is; on PostgreSQL also what an index alone can answer, as autovacuum would."""
    statement = "VACUUM ANALYZE" if engine.dialect.name == "postgresql" else "ANALYZE"
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(statement))


def _counts(connection: Connection) -> tuple[int, int]:
    people = select(func.count()).select_from(Member).where(Member.dovol_id.startswith(MEMBER_PREFIX))
    sessions = select(func.count()).select_from(ProgramSession).where(ProgramSession.source == SOURCE)
    return connection.scalar(people) or 0, connection.scalar(sessions) or 0


def _remove(connection: Connection) -> bool:
    if connection.scalar(select(exists().where(_applied_for()))):
        raise LargeWorldInUse(
            "큰 세계의 회차에 신청한 사람이 있어요. 새 데이터베이스(DATABASE_URL)에서 다시 해 주세요."
        )
    removed = False
    for table, wanted in (
        (ProgramSession, ProgramSession.source == SOURCE),
        (Program, Program.source == SOURCE),
        (HostInstitution, HostInstitution.source == SOURCE),
        (Member, Member.dovol_id.startswith(MEMBER_PREFIX)),
    ):
        some: Select[int] = select(table.id).where(wanted).limit(ROWS_AT_ONCE)
        while connection.execute(delete(table).where(table.id.in_(some.scalar_subquery()))).rowcount:
            connection.commit()
            removed = True
    connection.commit()
    return removed


def _applied_for() -> Any:
    mine = select(ProgramSession.id).where(ProgramSession.source == SOURCE)
    return Application.session_id.in_(mine)


def _write_members(connection: Connection, now: datetime, count: int, watch: Watch) -> None:
    rows = _members(now, count)
    while part := list(islice(rows, ROWS_AT_ONCE)):
        connection.execute(insert(Member), part)
        connection.commit()
        watch("members", len(part))


def _write_sessions(connection: Connection, today: date, count: int, watch: Watch) -> None:
    hosts = _write_hosts(connection)
    first = _reserve(connection, Program, count), _reserve(connection, ProgramSession, count)
    programs: list[Row] = []
    sessions: list[Row] = []
    for program, its_sessions in _programs(hosts, today, count, *first):
        programs.append(program)
        sessions += its_sessions
        if len(sessions) >= ROWS_AT_ONCE:
            _write_part(connection, programs, sessions, watch)
            programs, sessions = [], []
    if sessions:
        _write_part(connection, programs, sessions, watch)


def _write_part(connection: Connection, programs: list[Row], sessions: list[Row], watch: Watch) -> None:
    connection.execute(insert(Program), programs)
    connection.execute(insert(ProgramSession), sessions)
    connection.commit()
    watch("sessions", len(sessions))


def _reserve(connection: Connection, table: type[Base], count: int) -> int:
    """Return the first of ``count`` free ids; PostgreSQL's own numbering goes on after them."""
    name = table.__tablename__
    first: int = (connection.scalar(select(func.max(table.__table__.c.id))) or 0) + 1
    if connection.dialect.name == "postgresql":
        sequence = func.pg_get_serial_sequence(name, "id")
        connection.execute(
            select(func.setval(sequence, func.greatest(func.nextval(sequence), first + count)))
        )
        connection.commit()
    return first


def _write_hosts(connection: Connection) -> list[list[Host]]:
    """Write some institutions for every place; return them by 시도, in the order of ``SIDOS``."""
    first = _reserve(connection, HostInstitution, 10_000)
    by_sido: list[list[Host]] = []
    for sido in SIDOS:
        places = [each.region for each in sido.sigungu] or [sido.region]
        named = [(place, kind) for place in places for kind in HOST_KINDS[:HOSTS_OF_A_PLACE]]
        by_sido.append(
            [
                Host(first + n, f"{place.sigungu_name or '세종'} 누리{kind}", place)
                for n, (place, kind) in enumerate(named)
            ]
        )
        first += len(named)
    connection.execute(insert(HostInstitution), [_host_row(host) for hosts in by_sido for host in hosts])
    connection.commit()
    return by_sido


def _host_row(host: Host) -> Row:
    return {
        "id": host.id,
        "source": SOURCE,
        "name": host.name,
        "phone": f"02-000-{host.id % 10_000:04d}",
        "sido_code": host.region.sido_code,
        "sigungu_code": host.region.sigungu_code,
    }


def _programs(
    hosts: list[list[Host]], today: date, count: int, program_id: int, session_id: int
) -> Iterator[tuple[Row, list[Row]]]:
    """Draw programmes, each with its sessions, until there are ``count`` sessions."""
    chance = random.Random(SEED)  # noqa: S311 - the same world each time, no secret
    weights = [POPULATION[sido.region.sido_code] for sido in SIDOS]
    specs = catalogue()["programs"]
    while count:
        host, spec = chance.choice(chance.choices(hosts, weights)[0]), chance.choice(specs)
        days = _days(chance, today, min(chance.randint(1, MOST_SESSIONS), count))
        program = _program(chance, program_id, spec, host, max(days))
        common = _common(chance, program, spec, host)
        yield program, [_session(chance, session_id + n, common, day, today) for n, day in enumerate(days)]
        count, program_id, session_id = count - len(days), program_id + 1, session_id + len(days)


def _program(chance: random.Random, number: int, spec: Row, host: Host, last: date) -> Row:
    title = f"{spec['title']} {chance.randint(1, 30)}기"
    return {
        "id": number,
        "source": SOURCE,
        "source_key": str(number),
        "title": title,
        "content": spec["content"],
        "host_id": host.id,
        "field_code": spec["field"],
        "activity_type": "지역사회봉사활동",
        "content_type": spec.get("content_type", "노력봉사"),
        "levels": int(levels_of(spec.get("levels", ""))),
        "search_text": squeeze(f"{title} {host.name}"),
        "last_date": last,
    }


def _days(chance: random.Random, today: date, count: int) -> list[date]:
    """Return weekly days, two thirds of all in the past, more than half on weekends."""
    past = chance.random() < PAST_SHARE
    ahead = -chance.randint(7, PAST_DAYS) if past else chance.randint(1, AHEAD_DAYS)
    first = today + timedelta(days=ahead)
    if chance.random() < WEEKEND_SHARE:
        first += timedelta(days=chance.choice((5, 6)) - first.weekday())
    step = 7 if 0 < ahead <= AHEAD_DAYS / 2 else -7
    return [first + timedelta(days=step * n) for n in range(count)]


def _common(chance: random.Random, program: Row, spec: Row, host: Host) -> Row:
    """Return what all sessions of a programme share."""
    begins_at, ends_at = times_of(spec["time"]) if chance.random() < TIMED_SHARE else (None, None)
    return {
        "program_id": program["id"],
        "source": SOURCE,
        "begins_at": begins_at,
        "ends_at": ends_at,
        "place": host.name,
        "sido_code": host.region.sido_code,
        "sigungu_code": host.region.sigungu_code,
        "field_code": program["field_code"],
        "levels": program["levels"],
        "seats": spec["seats"],
        "credited_hours": spec["hours"],
        "notes": spec.get("notes", ""),
    }


def _session(chance: random.Random, number: int, common: Row, day: date, today: date) -> Row:
    seats = common["seats"]
    taken = seats if chance.random() < FULL_SHARE else int(seats * chance.random())
    return common | {
        "id": number,
        "source_no": str(number),
        "starts_on": day,
        "ends_on": day,
        "weekday": day.weekday(),
        "taken": taken,
        "taken_elsewhere": taken,
        "apply_from": day - timedelta(days=OPENS_BEFORE),
        "apply_until": day - timedelta(days=1),
        "state": SessionState.COMPLETED if day < today else SessionState.PLANNED,
    }


def _members(now: datetime, count: int) -> Iterator[Row]:
    chance = random.Random(SEED + 1)  # noqa: S311 - the same world each time, no secret
    weights = [POPULATION[sido.region.sido_code] for sido in SIDOS]
    places = [[each.region for each in sido.sigungu] or [sido.region] for sido in SIDOS]
    for number in range(1, count + 1):
        yield _member(chance, number, chance.choice(chance.choices(places, weights)[0]), now)


def _member(chance: random.Random, number: int, place: Region, now: datetime) -> Row:
    age = chance.randint(9, 23)
    level, grade = _school(age)
    guardian = f"보호자{number}" if age < 14 else None
    return {
        "dovol_id": f"{MEMBER_PREFIX}{number:07d}",
        "role": Role.YOUTH,
        "name": f"회원{number}",
        "phone": f"010-0000-{number % 10_000:04d}",
        "birth_date": now.date() - timedelta(days=365 * age + age // 4 + chance.randint(1, 364)),
        "school": "누리학교",
        "level": int(level),
        "grade": grade,
        "sido_code": place.sido_code,
        "sigungu_code": place.sigungu_code,
        "interests": [],
        "careers": [],
        "guardian_name": guardian,
        "guardian_phone": "010-0000-0000" if guardian else None,
        "created_at": now - timedelta(days=chance.randint(1, PAST_DAYS)),
    }


def _school(age: int) -> tuple[Level, int]:
    for level, first_age in ((Level.UNIVERSITY, 18), (Level.HIGH, 15), (Level.MIDDLE, 12)):
        if age >= first_age:
            return level, min(age - first_age + 1, 4)
    return Level.ELEMENTARY, age - 5
