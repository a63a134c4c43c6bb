"""tickets."""

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what the topic stores."""


def downgrade() -> None:
    """Take it away again."""
