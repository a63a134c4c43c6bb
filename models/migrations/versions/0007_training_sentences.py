"""training sentences."""

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what the topic stores."""


def downgrade() -> None:
    """Take it away again."""
