"""Evaluations, their runs and samples."""

revision = "2026_11_23_evaluations"
down_revision = "2026_11_23_schedules"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
