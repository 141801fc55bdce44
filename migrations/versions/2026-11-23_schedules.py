"""Schedules and their runs."""

revision = "2026_11_23_schedules"
down_revision = "2026_11_23_webhooks"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
