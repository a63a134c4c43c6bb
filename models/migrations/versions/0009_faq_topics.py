"""faq topics."""

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what the topic stores."""


def downgrade() -> None:
    """Take it away again."""
