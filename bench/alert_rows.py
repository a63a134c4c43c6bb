"""Rows for measuring alerts: members with a friend's chat, and what they are told of. Written in bulk."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, time, timedelta
from itertools import islice
from typing import Any, TypeAlias

from sqlalchemy import Connection, column, func, insert, select, table, text
from sqlalchemy.orm import Session

from models.applications import Application, ApplicationState
from models.base import Encrypted, EncryptedDate
from models.database import Database
from models.hosts import HostInstitution
from models.members import ChannelAccount, Member, Role
from models.outbox import Alert, AlertState
from models.profiles import ProfileChange
from models.programs import Program, ProgramSession
from models.rules import RuleSetting
from models.tokens import new_code, new_token

Row: TypeAlias = dict[str, Any]
Watch: TypeAlias = Callable[[int], None]
"""Told how many rows more there are."""

ROWS_AT_ONCE = 5_000
SEATS = 40
"""People of one session."""
PROFILE, REMINDER = 1, 5
_NUMBERED = ("member", "channel_account", "profile_change", "alert", "application")
_SEALED = {"name": "회원", "phone": "01000000000", "birth_date": "2009-03-02"}


def open_all_hours(db: Session, now: datetime) -> None:
    """Set the rules so that alerts go at this hour, whichever it is: spans that end when they begin."""
    for name in ("quiet_from", "quiet_until", "d1_from", "d1_until"):
        db.add(RuleSetting(name=name, value="00:00:00", changed_at=now, changed_by="bench"))
    db.commit()


def add_members(database: Database, count: int, now: datetime, watch: Watch, *, friends: bool = True) -> None:
    """Write members 1 to ``count``, each with a linked chat, a friend's or not."""
    same = _sealed(database) | {
        "role": Role.YOUTH,
        "interests": [],
        "careers": [],
        "created_at": now,
        "lock_count": 0,
    }
    columns = [column(c.name) if _is_sealed(c.type) else column(c.name, c.type) for c in Member.__table__.c]
    sealed = table("member", *columns)  # sealing the same for each would take longer than all the rest
    with database.engine.begin() as connection:
        _insert(
            connection, sealed, (same | {"id": n, "dovol_id": f"bench-{n}"} for n in _up_to(count)), watch
        )
        _insert(connection, ChannelAccount.__table__, (_chat(n, now, friends) for n in _up_to(count)))
    tidy(database)


def owe_profile_alerts(database: Database, count: int, now: datetime, watch: Watch) -> None:
    """Owe each member the alert of one change of their profile, to be sent at once."""
    with database.engine.begin() as connection:
        _insert(connection, ProfileChange.__table__, (_change(n, now) for n in _up_to(count)))
        _insert(connection, Alert.__table__, (alert_row(n, now) for n in _up_to(count)), watch)
    tidy(database)


def approve_for_tomorrow(database: Database, count: int, now: datetime, watch: Watch) -> None:
    """Write an approved application for tomorrow for each member, ``SEATS`` of them a session."""
    with database.session() as db:
        sessions = [_session(n, now) for n in range(-(-count // SEATS))]
        db.add(Program(**_program(now), host=_host(), sessions=sessions))
        db.commit()
        ids = [session.id for session in sessions]
    rows = ({"member_id": n, "session_id": ids[(n - 1) // SEATS], **_approved(now)} for n in _up_to(count))
    with database.engine.begin() as connection:
        _insert(connection, Application.__table__, rows, watch)
    tidy(database)


def add_finished_alerts(database: Database, until: int, now: datetime, watch: Watch) -> None:
    """Fill the outbox with finished messages until it holds ``until`` rows."""
    with database.engine.begin() as connection:
        there = connection.scalar(select(func.count()).select_from(Alert)) or 0
        last = connection.scalar(select(func.max(Alert.id))) or 0
        numbers = range(last + 1, last + 1 + until - there)
        rows = (alert_row(n, now, member_id=1) | _finished(now) for n in numbers)
        _insert(connection, Alert.__table__, rows, watch)
    tidy(database)


def alert_row(number: int, now: datetime, *, member_id: int | None = None) -> Row:
    """Return a message that is due, about the change of a profile with its own number."""
    to = member_id or number
    return {
        "id": number,
        "key": new_token(),
        "code": new_code(),
        "kind": PROFILE,
        "recipient": f"member:{to}",
        "member_id": to,
        "object": f"profile_change:{number}",
        "version": 1,
        "round": 1,
        "at_once": True,
        "state": AlertState.CREATED,
        "attempts": 0,
        "due_at": now,
        "deadline": now + timedelta(days=1),
        "created_at": now,
        "finished_at": None,
    }


def tidy(database: Database) -> None:
    """Let the store count its rows, as it does by itself in the long run; and ids go on after those written."""
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
        if connection.dialect.name == "postgresql":
            for name in _NUMBERED:
                connection.execute(select(func.setval(f"{name}_id_seq", _last_id(name))))


def _last_id(name: str) -> Any:
    return select(func.coalesce(func.max(column("id")), 1)).select_from(table(name)).scalar_subquery()


def _insert(connection: Connection, into: Any, rows: Iterator[Row], watch: Watch = lambda _: None) -> None:
    while part := list(islice(rows, ROWS_AT_ONCE)):
        connection.execute(insert(into), part)
        watch(len(part))


def _up_to(count: int) -> range:
    return range(1, count + 1)


def _is_sealed(kind: object) -> bool:
    return isinstance(kind, Encrypted | EncryptedDate)


def _sealed(database: Database) -> Row:
    seal, dialect = Encrypted().process_bind_param, database.engine.dialect
    return {name: seal(value, dialect) for name, value in _SEALED.items()}


def _chat(number: int, now: datetime, is_friend: bool) -> Row:
    key = {"channel": "kakao", "bot_id": "bench", "user_key": f"bench-user-{number}"}
    return key | {"member_id": number, "is_friend": is_friend, "linked_at": now, "first_seen_at": now}


def _change(number: int, now: datetime) -> Row:
    return {"id": number, "member_id": number, "fields": ["school"], "at": now, "via": "web"}


def _finished(now: datetime) -> Row:
    return {"state": AlertState.DELIVERED, "finished_at": now}


def _host() -> HostInstitution:
    return HostInstitution(source="bench", name="누리청소년센터", phone="02-0000-0000")


def _program(now: datetime) -> Mapping[str, Any]:
    return {
        "source": "bench",
        "source_key": "bench",
        "title": "새 봉사",
        "field_code": "0800",
        "search_text": "새봉사",
        "last_date": now.date() + timedelta(days=1),
    }


def _session(number: int, now: datetime) -> ProgramSession:
    tomorrow = now.date() + timedelta(days=1)
    return ProgramSession(
        source="bench",
        source_no=str(number),
        starts_on=tomorrow,
        ends_on=tomorrow,
        weekday=tomorrow.weekday(),
        begins_at=time(10),
        ends_at=time(12),
        place="누리청소년센터 2층",
        field_code="0800",
        seats=SEATS,
        taken=SEATS,
        credited_hours=2,
        apply_from=now.date(),
        apply_until=tomorrow,
    )


def _approved(now: datetime) -> Row:
    return {"state": ApplicationState.APPROVED, "version": 2, "applied_at": now, "changed_at": now}
