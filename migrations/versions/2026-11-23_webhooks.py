"""Deliveries of webhooks, and what metrics are counted by."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_23_webhooks"
down_revision = "2026_11_23_files"
branch_labels = None
depends_on = None

KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
TIME = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")


def upgrade() -> None:
    _create_deliveries()
    _create_delivery_attempts()
    where = sa.text("ended_at IS NULL AND total > 0")
    op.create_index("batches_live", "batches", ["id"], postgresql_where=where, sqlite_where=where)


def downgrade() -> None:
    op.drop_index("batches_live", "batches")
    op.drop_table("delivery_attempts")
    op.drop_table("deliveries")


def _create_deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", KEY, nullable=False),
        sa.Column("tenant", KEY, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("subject_id", KEY, nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("next_at", TIME),
        sa.Column("delivered_at", TIME),
        sa.Column("last_status", sa.Integer()),
        sa.Column("last_error", sa.Text()),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("deliveries_by_subject", "deliveries", ["subject_id", "id"])
    op.create_index("deliveries_by_tenant", "deliveries", ["tenant", "id"])
    for name, column, condition in (
        ("deliveries_due", "next_at", "next_at IS NOT NULL"),
        ("deliveries_settled", "created_at", "next_at IS NULL"),
    ):
        where = sa.text(condition)
        op.create_index(name, "deliveries", [column], postgresql_where=where, sqlite_where=where)


def _create_delivery_attempts() -> None:
    op.create_table(
        "delivery_attempts",
        sa.Column("delivery_id", KEY, nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("started_at", TIME, nullable=False),
        sa.Column("ended_at", TIME),
        sa.Column("status", sa.Integer()),
        sa.Column("error", sa.Text()),
        sa.PrimaryKeyConstraint("delivery_id", "attempt"),
    )
