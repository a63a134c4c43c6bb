"""inbox."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add groups, sentences, the turns that brought them, how far turns are gathered, and labels."""
    op.create_table(
        "inbox_group",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("centre", sa.LargeBinary(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("sentences", sa.Integer(), nullable=False),
        sa.Column("reasons", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox_group")),
    )
    op.create_index(op.f("ix_inbox_group_times_inbox_group_id"), "inbox_group", ["times", "id"])
    op.create_table(
        "inbox_sentence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key_hash", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "waiting",
                "conflict",
                "taught",
                "ignored",
                name="sentencestate",
                native_enum=False,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("reasons", sa.Integer(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("guesses", sa.JSON(), nullable=False),
        sa.Column("marks", sa.JSON(), nullable=False),
        sa.Column("chosen", sa.JSON(), nullable=False),
        sa.Column("training_id", sa.Integer(), nullable=True),
        sa.Column("golden_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["group_id"], ["inbox_group.id"], name=op.f("fk_inbox_sentence_group_id_inbox_group")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox_sentence")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_inbox_sentence_key_hash")),
    )
    op.create_index(
        op.f("ix_inbox_sentence_group_id_inbox_sentence_state_inbox_sentence_times"),
        "inbox_sentence",
        ["group_id", "state", "times"],
    )
    op.create_index(
        op.f("ix_inbox_sentence_state_inbox_sentence_last_at"), "inbox_sentence", ["state", "last_at"]
    )
    op.create_index(op.f("ix_inbox_sentence_last_at"), "inbox_sentence", ["last_at"])
    op.create_table(
        "inbox_turn",
        sa.Column("turn_id", sa.Integer(), nullable=False),
        sa.Column("sentence_id", sa.Integer(), nullable=False),
        sa.Column("reasons", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sentence_id"],
            ["inbox_sentence.id"],
            name=op.f("fk_inbox_turn_sentence_id_inbox_sentence"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["turn_id"],
            ["conversation_turn.id"],
            name=op.f("fk_inbox_turn_turn_id_conversation_turn"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("turn_id", name=op.f("pk_inbox_turn")),
    )
    op.create_index(op.f("ix_inbox_turn_sentence_id"), "inbox_turn", ["sentence_id"])
    op.create_table(
        "inbox_mark",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("turn_id", sa.Integer(), nullable=False),
        sa.Column("quiet_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("space", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox_mark")),
    )
    op.execute("INSERT INTO inbox_mark (id, turn_id, quiet_id, version, space) VALUES (1, 0, 0, 0, '')")
    op.create_table(
        "label",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sentence_id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("batch", sa.String(), nullable=False),
        sa.Column("intent", sa.String(), nullable=False),
        sa.Column("topic", sa.String(), nullable=True),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("marks", sa.JSON(), nullable=False),
        sa.Column("golden", sa.Boolean(), nullable=False),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["sentence_id"],
            ["inbox_sentence.id"],
            name=op.f("fk_label_sentence_id_inbox_sentence"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_label_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label")),
    )
    for name, columns in (
        ("sentence_id", ["sentence_id"]),
        ("staff_id_label_at", ["staff_id", "at"]),
        ("batch", ["batch"]),
        ("ended_by", ["ended_by"]),
    ):
        op.create_index(op.f(f"ix_label_{name}"), "label", columns)


def downgrade() -> None:
    """Take it away again."""
    for table in ("label", "inbox_mark", "inbox_turn", "inbox_sentence", "inbox_group"):
        op.drop_table(table)
