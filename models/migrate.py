"""Bringing a store's tables up to date, on SQLite and PostgreSQL."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine


def _config(engine: Engine) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["engine"] = engine
    return config


def upgrade(engine: Engine) -> None:
    """Run the migrations that are missing."""
    command.upgrade(_config(engine), "head")


def new_revision(engine: Engine, number: str, message: str) -> None:
    """Write ``versions/<number>_<message>.py`` with what the tables have and the store has not."""
    command.revision(_config(engine), message, rev_id=number, autogenerate=True)


def is_current(engine: Engine) -> bool:
    """Tell whether no migration is missing."""
    head = ScriptDirectory.from_config(_config(engine)).get_current_head()
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() == head
