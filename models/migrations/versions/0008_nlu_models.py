"""language models, their slots, jobs, and how well each day went."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what the topic stores."""
    _add_slots()
    _add_models()
    _add_jobs()
    _add_quality()


def downgrade() -> None:
    """Take it away again."""
    _drop_slots()
    for table in ("quality_day", "golden_sentence", "nlu_job", "nlu_model"):
        op.drop_table(table)


def _add_models() -> None:
    op.create_table(
        "nlu_model",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("sentences", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("there", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("exam", sa.String(), nullable=False),
        sa.Column("evaluated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("figures", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("report", sa.JSON(none_as_null=True), nullable=True),
        sa.ForeignKeyConstraint(["made_by"], ["staff.id"], name=op.f("fk_nlu_model_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nlu_model")),
        sa.UniqueConstraint("name", name=op.f("uq_nlu_model_name")),
    )
    op.create_index(op.f("ix_nlu_model_made_at"), "nlu_model", ["made_at"])


def _add_jobs() -> None:
    op.create_table(
        "nlu_job",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("lane", sa.String(), nullable=True),
        sa.Column("model_id", sa.Integer(), nullable=True),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("override", sa.Boolean(), nullable=False),
        sa.Column("share", sa.Integer(), nullable=True),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("fraction", sa.Float(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("stop", sa.Boolean(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("beat_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["model_id"], ["nlu_model.id"], name=op.f("fk_nlu_job_model_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_nlu_job_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nlu_job")),
        sa.UniqueConstraint("lane", name=op.f("uq_nlu_job_lane")),
    )
    op.create_index(op.f("ix_nlu_job_asked_at"), "nlu_job", ["asked_at"])
    op.create_index(op.f("ix_nlu_job_model_id"), "nlu_job", ["model_id"])


def _add_quality() -> None:
    op.create_table(
        "golden_sentence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("intent", sa.String(), nullable=False),
        sa.Column("topic", sa.String(), nullable=True),
        sa.Column("added_by", sa.Integer(), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["added_by"], ["staff.id"], name=op.f("fk_golden_sentence_added_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_golden_sentence")),
        sa.UniqueConstraint("key", name=op.f("uq_golden_sentence_key")),
    )
    op.create_table(
        "quality_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("turns", sa.Integer(), nullable=False),
        sa.Column("answered", sa.Integer(), nullable=False),
        sa.Column("misunderstood", sa.Integer(), nullable=False),
        sa.Column("helpful", sa.Integer(), nullable=False),
        sa.Column("unhelpful", sa.Integer(), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("p50", sa.Integer(), nullable=False),
        sa.Column("p99", sa.Integer(), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("day", "model", name=op.f("pk_quality_day")),
    )


def _add_slots() -> None:
    slots = op.create_table(
        "nlu_slot",
        sa.Column("slot", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("model_id", sa.String(), nullable=False),
        sa.Column("loading", sa.Boolean(), nullable=False),
        sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("slot", name=op.f("pk_nlu_slot")),
    )
    traffic = op.create_table(
        "nlu_traffic",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("live", sa.String(), nullable=False),
        sa.Column("candidate", sa.String(), nullable=False),
        sa.Column("shadow_share", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nlu_traffic")),
    )
    op.create_table(
        "nlu_switch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("open", sa.Integer(), nullable=True),
        sa.Column("kind", _one_of("switchkind", "promote", "rollback", "shadow"), nullable=False),
        sa.Column("state", _one_of("switchstate", "running", "done", "failed", "abandoned"), nullable=False),
        sa.Column("step", _one_of("switchstep", "begun", "loading", "warming", "flipped"), nullable=False),
        sa.Column("slot", sa.String(), nullable=False),
        sa.Column("model_from", sa.String(), nullable=False),
        sa.Column("model_to", sa.String(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("beat_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_nlu_switch_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nlu_switch")),
        sa.UniqueConstraint("open", name=op.f("uq_nlu_switch_open")),
    )
    _add_shadow()
    nothing = {"model": "", "model_id": "", "loading": False, "loaded_at": None}
    op.bulk_insert(slots, [{"slot": slot, **nothing} for slot in "ab"])
    first = {"id": 1, "live": "a", "candidate": "", "shadow_share": 0, "version": 0, "changed_at": None}
    op.bulk_insert(traffic, [first])


def _add_shadow() -> None:
    op.create_table(
        "shadow_run",
        sa.Column("live_model", sa.String(), nullable=False),
        sa.Column("candidate_model", sa.String(), nullable=False),
        sa.Column("compared", sa.Integer(), nullable=False),
        sa.Column("differed", sa.Integer(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("live_model", "candidate_model", name=op.f("pk_shadow_run")),
    )
    op.create_table(
        "shadow_reading",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("live_model", sa.String(), nullable=False),
        sa.Column("candidate_model", sa.String(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("live_intent", sa.String(), nullable=False),
        sa.Column("live_topic", sa.String(), nullable=True),
        sa.Column("live_confidence", sa.Double(), nullable=False),
        sa.Column("live_safety", sa.String(), nullable=True),
        sa.Column("candidate_intent", sa.String(), nullable=False),
        sa.Column("candidate_topic", sa.String(), nullable=True),
        sa.Column("candidate_confidence", sa.Double(), nullable=False),
        sa.Column("candidate_safety", sa.String(), nullable=True),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shadow_reading")),
        sa.UniqueConstraint("key", name=op.f("uq_shadow_reading_key")),
    )
    with op.batch_alter_table("shadow_reading", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_shadow_reading_at"), ["at"], unique=False)
        batch_op.create_index(
            "ix_shadow_reading_pair", ["candidate_model", "live_model", "times"], unique=False
        )


def _one_of(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, length=24)


def _drop_slots() -> None:
    for table in ("shadow_reading", "shadow_run", "nlu_switch", "nlu_traffic", "nlu_slot"):
        op.drop_table(table)
