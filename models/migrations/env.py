"""Alembic's environment: migrates the store the application was given, or makes a new revision from the tables."""

from typing import Literal

from alembic import context

from models.tables import Base

PLAIN = {"Instant": "sa.DateTime(timezone=True)", "Encrypted": "sa.Text()", "EncryptedDate": "sa.Text()"}


def plain_type(kind: str, item: object, _context: object) -> str | Literal[False]:
    """Write our own column types as what the store holds, so that a migration never imports the application."""
    return PLAIN.get(type(item).__name__, False) if kind == "type" else False


engine = context.config.attributes["engine"]
with engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,  # SQLite cannot alter a column in place
        compare_type=True,
        render_item=plain_type,
    )
    with context.begin_transaction():
        context.run_migrations()
