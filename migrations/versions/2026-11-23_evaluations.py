"""Evaluations, their runs and samples."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_23_evaluations"
down_revision = "2026_11_23_schedules"
branch_labels = None
depends_on = None

KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
TIME = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")


def upgrade() -> None:
    _create_evaluations()
    _create_runs()
    _create_results()
    _create_openai_evals()


def downgrade() -> None:
    for table in (
        "openai_evals",
        "eval_answers",
        "eval_results",
        "eval_runs",
        "eval_datasets",
        "evaluations",
    ):
        op.drop_table(table)


def _create_evaluations() -> None:
    op.create_table(
        "evaluations",
        sa.Column("id", KEY, nullable=False),
        sa.Column("tenant", KEY, nullable=False),
        sa.Column("name", KEY, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("hash", KEY, nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("evaluations_by_version", "evaluations", ["tenant", "name", "version"], unique=True)
    op.create_table(
        "eval_datasets",
        sa.Column("tenant", KEY, nullable=False),
        sa.Column("hash", KEY, nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "hash"),
    )


def _create_runs() -> None:
    op.create_table(
        "eval_runs",
        sa.Column("id", KEY, nullable=False),
        sa.Column("tenant", KEY, nullable=False),
        sa.Column("evaluation_id", KEY, nullable=False),
        sa.Column("name", KEY, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("provenance", sa.Text(), nullable=False),
        sa.Column("dataset_hash", KEY, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("samples", sa.Integer(), nullable=False),
        sa.Column("priority", sa.Text(), nullable=False),
        sa.Column("max_cost", sa.Double()),
        sa.Column("webhook", sa.Text()),
        sa.Column("schedule_id", KEY),
        sa.Column("openai", sa.Text()),
        sa.Column("openai_eval_id", KEY),
        sa.Column("batch_id", KEY),
        sa.Column("grading_batch_ids", sa.Text(), nullable=False),
        sa.Column("awaited_batch_id", KEY),
        sa.Column("claim", sa.Integer(), server_default="0", nullable=False),
        sa.Column("claimed_until", TIME),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("ended_at", TIME),
        sa.Column("summary", sa.Text()),
        sa.Column("verdict", sa.Text()),
        sa.Column("error", sa.Text()),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("eval_runs_by_name", "eval_runs", ["tenant", "name", "id"])
    op.create_index("eval_runs_by_tenant", "eval_runs", ["tenant", "id"])
    op.create_index("eval_runs_by_batch", "eval_runs", ["batch_id"])
    op.create_index("eval_runs_by_openai_eval", "eval_runs", ["openai_eval_id", "id"])
    where = sa.text("ended_at IS NULL")
    op.create_index("eval_runs_open", "eval_runs", ["id"], postgresql_where=where, sqlite_where=where)


def _create_results() -> None:
    op.create_table(
        "eval_results",
        sa.Column("run_id", KEY, nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "place"),
    )
    op.create_table(
        "eval_answers",
        sa.Column("tenant", KEY, nullable=False),
        sa.Column("key", KEY, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("latency_s", sa.Double()),
        sa.Column("cost", sa.Double()),
        sa.Column("created_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "key"),
    )
    op.create_index("eval_answers_by_time", "eval_answers", ["created_at"])


def _create_openai_evals() -> None:
    op.create_table(
        "openai_evals",
        sa.Column("id", KEY, nullable=False),
        sa.Column("tenant", KEY, nullable=False),
        sa.Column("name", sa.Text()),
        sa.Column("config", sa.Text(), nullable=False),
        sa.Column("metadata", sa.Text()),
        sa.Column("created_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("openai_evals_by_tenant", "openai_evals", ["tenant", "id"])
