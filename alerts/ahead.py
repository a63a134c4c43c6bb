"""Reads what messages are about for a whole batch, so that writers find it in the session: a query a table, not a row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload
from sqlalchemy.orm.interfaces import ORMOption

from models.applications import Application
from models.base import Base
from models.certificates import Certificate
from models.outbox import Alert
from models.profiles import ProfileChange
from models.programs import Program, ProgramSession

_PROGRAM = selectinload(Application.session).selectinload(ProgramSession.program)
_TABLES: Mapping[str, tuple[type[Base], Sequence[ORMOption]]] = {
    "application": (
        Application,
        (
            _PROGRAM.selectinload(Program.host),
            _PROGRAM.selectinload(Program.club),
            selectinload(Application.history),
        ),
    ),
    "certificate": (Certificate, ()),
    "profile_change": (ProfileChange, ()),
}
"""Table, as ``Alert.object`` names it → what is read, with what hangs on it. Others are read one by one."""


@contextmanager
def read_ahead(db: Session, alerts: Sequence[Alert]) -> Iterator[list[Base]]:
    """Hold in the session, for the length of the block, what the messages are about."""
    wanted: defaultdict[str, set[int]] = defaultdict(set)
    for alert in alerts:
        table, _, number = alert.object.partition(":")
        if table in _TABLES and number.isdecimal():  # what is broken its writer will find, and stops no other
            wanted[table].add(int(number))
    held = [row for table, ids in wanted.items() for row in _read(db, table, ids)]
    yield held  # a session forgets what nobody holds


def _read(db: Session, table: str, ids: set[int]) -> Sequence[Base]:
    model, options = _TABLES[table]
    return db.scalars(select(model).where(model.__table__.c.id.in_(ids)).options(*options)).all()
