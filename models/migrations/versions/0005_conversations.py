"""conversations."""

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what the topic stores."""


def downgrade() -> None:
    """Take it away again."""
