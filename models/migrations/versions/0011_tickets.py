"""tickets."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_DID = sa.Enum(
    "claimed",
    "released",
    "noted",
    "answered",
    "closed",
    "reopened",
    name="ticketdid",
    native_enum=False,
    length=24,
)


def upgrade() -> None:
    """Add who of the staff takes care of a ticket, and what they did about it."""
    with op.batch_alter_table("ticket") as batch_op:
        batch_op.add_column(sa.Column("added_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("claimed_by_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_foreign_key("fk_ticket_claimed_by_id", "staff", ["claimed_by_id"], ["id"])
        batch_op.create_index("ix_ticket_closed_at", ["closed_at"])
    op.create_table(
        "ticket_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("did", _DID, nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_ticket_step_staff_id"),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name="fk_ticket_step_ticket_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_ticket_step"),
    )
    op.create_index("ix_ticket_step_ticket_id", "ticket_step", ["ticket_id"])


def downgrade() -> None:
    """Take it away again."""
    op.drop_table("ticket_step")
    with op.batch_alter_table("ticket") as batch_op:
        batch_op.drop_index("ix_ticket_closed_at")
        batch_op.drop_constraint("fk_ticket_claimed_by_id", type_="foreignkey")
        batch_op.drop_column("closed_at")
        batch_op.drop_column("claimed_at")
        batch_op.drop_column("claimed_by_id")
        batch_op.drop_column("added_at")
