"""faq topics."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "faq_topic",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("shows_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("shows_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("follows_file", sa.Boolean(), nullable=False),
        sa.Column("file_content", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["changed_by"], ["staff.id"], name=op.f("fk_faq_topic_changed_by")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_faq_topic")),
        sa.UniqueConstraint("number", name=op.f("uq_faq_topic_number")),
    )
    op.create_table(
        "faq_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("did", sa.String(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["made_by"], ["staff.id"], name=op.f("fk_faq_version_made_by")),
        sa.ForeignKeyConstraint(["topic"], ["faq_topic.name"], name=op.f("fk_faq_version_topic")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_faq_version")),
        sa.UniqueConstraint("topic", "number", name=op.f("uq_faq_version_topic_number")),
    )


def downgrade() -> None:
    op.drop_table("faq_version")
    op.drop_table("faq_topic")
