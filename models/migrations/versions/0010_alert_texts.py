"""alert texts."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_CHANNEL = sa.Enum("card", "sms", "alimtalk", name="textchannel", native_enum=False, length=24)
_STATE = sa.Enum(
    "waiting", "approved", "rejected", "withdrawn", name="textstate", native_enum=False, length=24
)


def upgrade() -> None:
    """Add texts that staff wrote, kinds they switched off, and who let a message of staff go."""
    op.create_table(
        "alert_text",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Integer(), nullable=False),
        sa.Column("scene", sa.String(), nullable=False),
        sa.Column("channel", _CHANNEL, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("state", _STATE, nullable=False),
        sa.Column("in_use", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["decided_by_id"], ["staff.id"], name="fk_alert_text_decided_by_id"),
        sa.ForeignKeyConstraint(["made_by_id"], ["staff.id"], name="fk_alert_text_made_by_id"),
        sa.PrimaryKeyConstraint("id", name="pk_alert_text"),
    )
    op.create_index(
        "uq_alert_text_version", "alert_text", ["kind", "scene", "channel", "version"], unique=True
    )
    op.create_index(
        "uq_alert_text_in_use",
        "alert_text",
        ["kind", "scene", "channel"],
        unique=True,
        sqlite_where=sa.text("in_use"),
        postgresql_where=sa.text("in_use"),
    )
    op.create_table(
        "alert_switch",
        sa.Column("kind", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("on", sa.Boolean(), nullable=False),
        sa.Column("changed_by_id", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["changed_by_id"], ["staff.id"], name="fk_alert_switch_changed_by_id"),
        sa.PrimaryKeyConstraint("kind", name="pk_alert_switch"),
    )
    with op.batch_alter_table("staff_send") as batch_op:
        batch_op.add_column(sa.Column("asked_by", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("approved_by", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Take it away again. What waits or rests is a draft once more."""
    op.execute("UPDATE staff_send SET state = 'draft' WHERE state IN ('waiting', 'paused')")
    with op.batch_alter_table("staff_send") as batch_op:
        batch_op.drop_column("approved_at")
        batch_op.drop_column("approved_by")
        batch_op.drop_column("asked_by")
    op.drop_table("alert_switch")
    op.drop_table("alert_text")
