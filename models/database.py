"""The store: one engine, short transactions, on SQLite and PostgreSQL alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, make_url, text
from sqlalchemy.orm import Session, sessionmaker

LOCK_WAIT_SECONDS = 1.5
"""Longest wait for a lock or a connection. A chat turn has 3.5 s in all, so a wait ends well before."""


_QUEUED = "queued"

Committed = Callable[[Mapping[str, list[int]]], None]
"""Told after a commit what was queued in it: topic → ids of rows. Must not raise."""


def queue_after_commit(db: Session, topic: str, ids: Iterable[int]) -> None:
    """Remember rows somebody has to be told about once the transaction is committed, and not before."""
    db.info.setdefault(_QUEUED, {}).setdefault(topic, []).extend(ids)


class Database:
    """Opens sessions. The caller commits; leaving without a commit rolls back."""

    def __init__(
        self,
        url: str,
        *,
        pool_size: int = 16,
        lock_wait: float = LOCK_WAIT_SECONDS,
        committed: Committed | None = None,
    ) -> None:
        self.engine = _engine(url, pool_size, lock_wait)
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)
        event.listen(self._sessions, "after_commit", lambda db: _tell(db, committed))
        event.listen(self._sessions, "after_rollback", lambda db: db.info.pop(_QUEUED, None))

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Yield a session; roll back what was not committed."""
        with self._sessions() as session:
            yield session

    def ping(self) -> None:
        """Raise what the driver raises when the store does not answer."""
        with self.engine.connect() as connection:
            connection.execute(text("SELECT 1"))

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


class Fleeting(Database):
    """Sessions over a store that keep nothing: what one commits it sees itself until it ends, and nobody else ever.

    Who waits for a row that one has changed waits until it ends, so sessions must be short.
    """

    def __init__(self, database: Database) -> None:
        self.engine = database.engine

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Yield a session whose commits, with what was queued in them, are taken back at the end."""
        with self.engine.connect() as connection:
            if connection.dialect.name == "sqlite":  # its driver begins nothing before a savepoint
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            else:
                connection.begin()
            with Session(
                connection, join_transaction_mode="create_savepoint", expire_on_commit=False
            ) as session:
                yield session
            connection.rollback()


def _tell(db: Session, committed: Committed | None) -> None:
    queued = db.info.pop(_QUEUED, None)
    if queued and committed is not None:
        committed(queued)


def _engine(url: str, pool_size: int, lock_wait: float) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite_engine(url, pool_size, parsed.database, lock_wait)
    return create_engine(
        parsed.set(drivername="postgresql+psycopg"),
        pool_size=pool_size,
        pool_timeout=lock_wait,
        pool_pre_ping=True,
        hide_parameters=True,  # an error in a log must not tell what was stored
        connect_args={
            "connect_timeout": 2,
            "options": f"-c lock_timeout={int(lock_wait * 1000)} -c timezone=UTC",
        },
    )


def _sqlite_engine(url: str, pool_size: int, path: str | None, lock_wait: float) -> Engine:
    if path and path != ":memory:":
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url,
        pool_size=pool_size,
        pool_timeout=lock_wait,
        hide_parameters=True,  # an error in a log must not tell what was stored
        connect_args={"timeout": lock_wait},
    )
    event.listen(engine, "connect", _set_pragmas)
    return engine


def _set_pragmas(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")  # readers never wait for the writer
    cursor.execute(
        "PRAGMA synchronous=NORMAL"
    )  # safe with WAL; loses nothing but the last moment on power loss
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA cache_size=-65536")
    cursor.execute("PRAGMA mmap_size=1073741824")
    cursor.close()
