"""training sentences."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

CHANGES = (
    "edited",
    "deactivated",
    "reactivated",
    "restored",
    "file_edited",
    "file_removed",
    "file_returned",
    "file_differs",
)


def upgrade() -> None:
    """Add what the topic stores."""
    op.create_table(
        "training_sentence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("marked", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("intent", sa.String(), nullable=False),
        sa.Column("topic", sa.String(), nullable=True),
        sa.Column("style", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("comment", sa.String(), nullable=False),
        sa.Column("file", sa.String(), nullable=False),
        sa.Column("base_key", sa.String(), nullable=True),
        sa.Column("base", sa.String(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("compared", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_sentence")),
        sa.UniqueConstraint("key", name=op.f("uq_training_sentence_key")),
        sa.UniqueConstraint("base_key", name=op.f("uq_training_sentence_base_key")),
    )
    op.create_table(
        "training_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sentence_id", sa.Integer(), nullable=False),
        sa.Column("did", sa.Enum(*CHANGES, name="change", native_enum=False, length=24), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("was", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sentence_id"], ["training_sentence.id"], name=op.f("fk_training_change_sentence_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_change")),
    )
    op.create_table(
        "training_file",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("exported", sa.String(), nullable=True),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_training_file")),
    )
    op.create_table(
        "training_pair",
        sa.Column("one_id", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=False),
        sa.Column("likeness", sa.Integer(), nullable=False),
        sa.Column("settled_by", sa.String(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["one_id"], ["training_sentence.id"], name=op.f("fk_training_pair_one_id")),
        sa.ForeignKeyConstraint(
            ["other_id"], ["training_sentence.id"], name=op.f("fk_training_pair_other_id")
        ),
        sa.PrimaryKeyConstraint("one_id", "other_id", name=op.f("pk_training_pair")),
    )
    op.create_table(
        "training_upload",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_training_upload_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_upload")),
    )
    op.create_index(op.f("ix_training_upload_staff_id"), "training_upload", ["staff_id"])
    op.create_index(op.f("ix_training_pair_other_id"), "training_pair", ["other_id"])
    op.create_index(op.f("ix_training_sentence_intent"), "training_sentence", ["intent"])
    op.create_index(op.f("ix_training_sentence_topic"), "training_sentence", ["topic"])
    op.create_index(op.f("ix_training_sentence_changed_at"), "training_sentence", ["changed_at"])
    op.create_index(op.f("ix_training_change_sentence_id"), "training_change", ["sentence_id"])


def downgrade() -> None:
    """Take it away again."""
    op.drop_table("training_upload")
    op.drop_table("training_pair")
    op.drop_table("training_file")
    op.drop_table("training_change")
    op.drop_table("training_sentence")
