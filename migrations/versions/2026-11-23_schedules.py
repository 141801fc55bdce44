"""Schedules and their runs."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_23_schedules"
down_revision = "2026_11_23_webhooks"
branch_labels = None
depends_on = None

KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
TIME = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")


def upgrade() -> None:
    _create_schedules()
    _create_runs()


def downgrade() -> None:
    for table in ("schedule_runs", "schedule_plans", "schedules"):
        op.drop_table(table)


def _create_schedules() -> None:
    op.create_table(
        "schedules",
        sa.Column("id", KEY, nullable=False),
        sa.Column("tenant", KEY, nullable=False),
        sa.Column("name", KEY, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("cron", sa.Text()),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("every_s", sa.Double()),
        sa.Column("start_at", TIME),
        sa.Column("end_at", TIME),
        sa.Column("jitter_s", sa.Double(), nullable=False),
        sa.Column("missed", sa.Text(), nullable=False),
        sa.Column("overlap", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("decided_until", TIME, nullable=False),
        sa.Column("next_at", TIME),
        sa.Column("missed_count", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("last_due_at", TIME),
        sa.Column("claimed_until", TIME),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("schedules_by_name", "schedules", ["tenant", "name"], unique=True)
    where = sa.text("state = 'active'")
    op.create_index("schedules_due", "schedules", ["next_at"], postgresql_where=where, sqlite_where=where)
    op.create_table(
        "schedule_plans",
        sa.Column("schedule_id", KEY, nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("schedule_id"),
    )


def _create_runs() -> None:
    op.create_table(
        "schedule_runs",
        sa.Column("schedule_id", KEY, nullable=False),
        sa.Column("due_at", TIME, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("decided_at", TIME, nullable=False),
        sa.Column("is_triggered", sa.Boolean(), nullable=False),
        sa.Column("batch_id", KEY),
        sa.Column("eval_run_id", KEY),
        sa.Column("reason", sa.Text()),
        sa.PrimaryKeyConstraint("schedule_id", "due_at"),
    )
    where = sa.text("state = 'queued'")
    op.create_index(
        "schedule_runs_queued",
        "schedule_runs",
        ["schedule_id", "due_at"],
        postgresql_where=where,
        sqlite_where=where,
    )
    op.create_index("schedule_runs_by_time", "schedule_runs", ["decided_at"])
