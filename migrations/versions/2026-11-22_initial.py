"""All tables as they were first."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "2026_11_22_initial"
down_revision = None
branch_labels = None
depends_on = None

KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
TIME = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")
TABLES = (
    "jobs",
    "requests",
    "responses",
    "attempts",
    "chunks",
    "batches",
    "endings",
    "workers",
    "submissions",
)


def upgrade() -> None:
    _create_jobs()
    _create_requests()
    _create_responses()
    _create_attempts()
    _create_chunks()
    _create_batches()
    _create_endings()
    _create_workers()
    _create_submissions()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def _usage() -> list[sa.Column[Any]]:
    return [
        sa.Column("input_tokens", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("output_tokens", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("cache_write_tokens", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("cache_read_tokens", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("cost", sa.Double(), server_default="0", nullable=False),
    ]


def _where(condition: str) -> dict[str, Any]:
    return {"postgresql_where": sa.text(condition), "sqlite_where": sa.text(condition)}


def _create_jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", KEY, nullable=False),
        sa.Column("tenant", KEY, nullable=False),
        sa.Column("batch_id", KEY),
        sa.Column("custom_id", sa.Text()),
        sa.Column("dialect", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("lane", KEY, nullable=False),
        sa.Column("stream", sa.Boolean(), nullable=False),
        sa.Column("priority", sa.Text(), nullable=False),
        sa.Column("input_tokens_estimate", sa.Integer(), nullable=False),
        sa.Column("state", KEY, nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("attempt", sa.Integer(), server_default="0", nullable=False),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("max_failures", sa.Integer(), nullable=False),
        sa.Column("max_time_s", sa.Double()),
        sa.Column("warnings", sa.Text()),
        sa.Column("vstart", sa.Double(), nullable=False),
        sa.Column("run_at", TIME),
        sa.Column("dispatched_at", TIME),
        sa.Column("worker_id", KEY),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("first_started_at", TIME),
        sa.Column("started_at", TIME),
        sa.Column("ended_at", TIME),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("cancel_requested_at", TIME),
        sa.Column("error_type", sa.Text()),
        sa.Column("error_message", sa.Text()),
        sa.Column("error_status", sa.Integer()),
        sa.Column("error_request_id", sa.Text()),
        sa.Column("error_details", sa.Text()),
        *_usage(),
        sa.PrimaryKeyConstraint("id"),
        postgresql_with={"autovacuum_vacuum_scale_factor": 0.05},
    )
    _index_jobs()


def _index_jobs() -> None:
    op.create_index("jobs_by_batch", "jobs", ["batch_id", "state", "id"], **_where("batch_id IS NOT NULL"))
    op.create_index("jobs_by_model", "jobs", ["tenant", "model", "state", "id"])
    op.create_index("jobs_by_tenant", "jobs", ["tenant", "state", "id"])
    op.create_index(
        "jobs_dispatched",
        "jobs",
        ["dispatched_at", "lane"],
        **_where("state = 'queued' AND dispatched_at IS NOT NULL"),
    )
    op.create_index(
        "jobs_ended_alone", "jobs", ["ended_at"], **_where("ended_at IS NOT NULL AND batch_id IS NULL")
    )
    op.create_index("jobs_expiring", "jobs", ["expires_at"], **_where("state IN ('queued', 'waiting')"))
    op.create_index(
        "jobs_ready",
        "jobs",
        ["lane", "tenant", "vstart", "id"],
        **_where("state = 'queued' AND dispatched_at IS NULL"),
    )
    op.create_index("jobs_running", "jobs", ["worker_id", "id"], **_where("state = 'running'"))
    op.create_index(
        "jobs_unwanted",
        "jobs",
        ["worker_id"],
        **_where("state = 'running' AND cancel_requested_at IS NOT NULL"),
    )
    op.create_index("jobs_waiting", "jobs", ["run_at"], **_where("state = 'waiting'"))


def _create_requests() -> None:
    op.create_table(
        "requests",
        sa.Column("job_id", KEY, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("headers", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("job_id"),
    )


def _create_responses() -> None:
    op.create_table(
        "responses",
        sa.Column("job_id", KEY, nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("job_id"),
    )


def _create_attempts() -> None:
    op.create_table(
        "attempts",
        sa.Column("job_id", KEY, nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("worker_id", KEY, nullable=False),
        sa.Column("started_at", TIME, nullable=False),
        sa.Column("ended_at", TIME),
        sa.Column("state", sa.Text()),
        sa.Column("reason", sa.Text()),
        sa.Column("is_failure", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("status", sa.Integer()),
        sa.Column("request_id", sa.Text()),
        sa.Column("error_type", sa.Text()),
        sa.Column("error_message", sa.Text()),
        *_usage(),
        sa.PrimaryKeyConstraint("job_id", "attempt"),
        postgresql_with={"fillfactor": 70},
    )


def _create_chunks() -> None:
    op.create_table(
        "chunks",
        sa.Column("job_id", KEY, nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("job_id", "attempt", "seq"),
    )


def _create_batches() -> None:
    op.create_table(
        "batches",
        sa.Column("id", KEY, nullable=False),
        sa.Column("id_prefix", KEY, nullable=False),
        sa.Column("serial", KEY, nullable=False),
        sa.Column("tenant", KEY, nullable=False),
        sa.Column("dialect", sa.Text(), nullable=False),
        sa.Column("name", sa.Text()),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("succeeded", sa.Integer(), server_default="0", nullable=False),
        sa.Column("errored", sa.Integer(), server_default="0", nullable=False),
        sa.Column("canceled", sa.Integer(), server_default="0", nullable=False),
        sa.Column("expired", sa.Integer(), server_default="0", nullable=False),
        *_usage(),
        sa.Column("max_cost", sa.Double()),
        sa.Column("webhook", sa.Text()),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("cancel_requested_at", TIME),
        sa.Column("ended_at", TIME),
        sa.PrimaryKeyConstraint("id"),
        postgresql_with={"fillfactor": 70},
    )
    op.create_index("batches_by_prefix", "batches", ["tenant", "id_prefix", "serial"])
    op.create_index("batches_by_time", "batches", ["tenant", "serial"])
    op.create_index("batches_ended", "batches", ["ended_at"], **_where("ended_at IS NOT NULL"))


def _create_endings() -> None:
    op.create_table(
        "endings",
        sa.Column("batch_id", KEY, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("jobs", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("batch_id", "seq"),
    )


def _create_workers() -> None:
    op.create_table(
        "workers",
        sa.Column("id", KEY, nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("slots", sa.Integer(), nullable=False),
        sa.Column("in_flight", sa.Integer(), nullable=False),
        sa.Column("started_at", TIME, nullable=False),
        sa.Column("beat_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def _create_submissions() -> None:
    op.create_table(
        "submissions",
        sa.Column("tenant", KEY, nullable=False),
        sa.Column("key", KEY, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("target_id", KEY, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "key"),
    )
    op.create_index("submissions_by_target", "submissions", ["target_id"])
