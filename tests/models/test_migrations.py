"""Stores that are in use are brought up to date without losing a row, on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Column, Engine, MetaData, Table, inspect, select, text

import models
from models.database import Database
from models.migrate import is_current, upgrade

OLD = "0002"
"""Revision of the stores that are in use."""
GONE = {"notice", "alembic_version"}
"""Tables whose rows need not stay: cards that lived an hour, and the mark of the revision itself."""
VALUES: dict[type, Callable[[str], Any]] = {
    str: lambda name: f"old {name}",
    int: lambda _: 1,
    bool: lambda _: True,
    float: lambda _: 1.5,
    object: lambda name: [name],
    datetime: lambda _: datetime(2026, 9, 1, 3, 4, 5, tzinfo=UTC),
    date: lambda _: date(2026, 9, 1),
    time: lambda _: time(10, 30),
}
"""What stands in a column of each type; JSON columns hold any object."""


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """Return an empty store without any table, opened as the application opens it."""
    if request.param == "sqlite":
        database = Database(f"sqlite:///{tmp_path / 'old.sqlite3'}")
    else:
        database = Database(request.getfixturevalue("postgres_address"))
        with database.engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
    yield database
    database.close()


def config(engine: Engine) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(models.__file__).parent / "migrations"))
    config.attributes["engine"] = engine
    return config


def tables(engine: Engine) -> list[Table]:
    """Return the tables as they are in the store, those others hang on first."""
    metadata = MetaData()
    metadata.reflect(engine)
    return [table for table in metadata.sorted_tables if table.name not in GONE]


def value_of(column: Column[Any]) -> Any:
    if column.foreign_keys or (column.primary_key and column.type.python_type is int):
        return 1
    return VALUES[column.type.python_type](column.name)


def fill(engine: Engine) -> None:
    """Write one row into every table, each hanging on the first row of the others, with no column left empty."""
    with engine.begin() as connection:
        for table in tables(engine):
            row = {column.name: value_of(column) for column in table.columns}
            connection.execute(table.insert().values(row))


def rows(engine: Engine) -> dict[str, dict[str, Any]]:
    with engine.connect() as connection:
        return {
            table.name: dict(row)
            for table in tables(engine)
            if (row := connection.execute(select(table)).mappings().first())
        }


def test_a_store_in_use_keeps_every_row_of_every_table(store: Database) -> None:
    command.upgrade(config(store.engine), OLD)
    fill(store.engine)
    before = rows(store.engine)
    assert {"member", "application", "login_link", "program_session", "channel_account"} <= set(before)
    upgrade(store.engine)
    after = rows(store.engine)
    kept = {name: {column: after.get(name, {}).get(column) for column in row} for name, row in before.items()}
    assert kept == before
    assert is_current(store.engine)


def test_cards_that_waited_go_with_their_table(store: Database) -> None:
    command.upgrade(config(store.engine), OLD)
    assert "notice" in inspect(store.engine).get_table_names()
    upgrade(store.engine)
    assert "notice" not in inspect(store.engine).get_table_names()


def test_an_upgrade_that_is_run_again_changes_nothing(store: Database) -> None:
    for _ in range(2):
        upgrade(store.engine)
    assert is_current(store.engine)


def test_the_migrations_make_the_tables_that_the_code_knows(store: Database) -> None:
    upgrade(store.engine)
    command.check(config(store.engine))
