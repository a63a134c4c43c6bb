"""conversations."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

PARTIAL = {"alert": ["alert_kind", "at"], "rating": ["rating", "at"], "original": ["at"]}
"""Indexes over the few turns that have something: last word of the name → columns; the name's column is not empty."""
FILLED = {"alert": "alert_kind", "rating": "rating", "original": "original"}
COUNTED = ["at", "intent", "outcome", "pressed", "rating"]
MEANT = ["intent", "at", "outcome", "pressed", "rating"]
"""Indexes that hold all that the figures of a week are counted from: for one moment to another, and intent by intent."""
OUTCOME = "ix_conversation_turn_outcome_conversation_turn_at"
COLUMNS = ("alert_kind", "rating", "original", "reply", "understood", "model")


def upgrade() -> None:
    """Add what was answered, what was understood of it, and what finds turns among a million."""
    with op.batch_alter_table("conversation_turn", schema=None) as batch_op:
        batch_op.add_column(sa.Column("model", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("alert_kind", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("rating", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("original", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("reply", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("understood", sa.JSON(), nullable=True))
    op.drop_index("ix_conversation_turn_at", "conversation_turn")
    op.create_index("ix_conversation_turn_figures", "conversation_turn", COUNTED)
    op.create_index("ix_conversation_turn_meant", "conversation_turn", MEANT)
    op.create_index(OUTCOME, "conversation_turn", ["outcome", "at"])
    for name, columns in PARTIAL.items():
        filled = sa.text(f"{FILLED[name]} IS NOT NULL")
        op.create_index(
            f"ix_conversation_turn_{name}",
            "conversation_turn",
            columns,
            sqlite_where=filled,
            postgresql_where=filled,
        )


def downgrade() -> None:
    """Take it away again."""
    op.drop_index("ix_conversation_turn_figures", "conversation_turn")
    op.create_index("ix_conversation_turn_at", "conversation_turn", ["at"])
    op.drop_index("ix_conversation_turn_meant", "conversation_turn")
    op.drop_index(OUTCOME, "conversation_turn")
    for name in PARTIAL:
        op.drop_index(f"ix_conversation_turn_{name}", "conversation_turn")
    with op.batch_alter_table("conversation_turn", schema=None) as batch_op:
        for column in COLUMNS:
            batch_op.drop_column(column)
