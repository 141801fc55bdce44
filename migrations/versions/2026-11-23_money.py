"""Daily spending and budgets of tenants, and whose turn it is in each lane."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "2026_11_23_money"
down_revision = "2026_11_22_initial"
branch_labels = None
depends_on = None

KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
TIME = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")
INDEXES = {
    "jobs_over_cost": ("jobs", ["batch_id", "id"], "state = 'waiting' AND reason = 'max_cost'"),
    "jobs_over_budget": ("jobs", ["tenant", "id"], "state = 'waiting' AND reason = 'daily_budget'"),
    "batches_capped": ("batches", ["id"], "max_cost IS NOT NULL AND ended_at IS NULL"),
}


def upgrade() -> None:
    _create_tenants()
    _create_spending()
    _create_turns()
    for name, (table, columns, condition) in INDEXES.items():
        where = sa.text(condition)
        op.create_index(name, table, columns, postgresql_where=where, sqlite_where=where)


def downgrade() -> None:
    for name, (table, _, _) in INDEXES.items():
        op.drop_index(name, table)
    for table in ("turns", "spending", "tenants"):
        op.drop_table(table)


def _create_tenants() -> None:
    op.create_table(
        "tenants",
        sa.Column("name", KEY, nullable=False),
        sa.Column("weight", sa.Double(), server_default="1", nullable=False),
        sa.Column("daily_budget", sa.Double()),
        sa.Column("requests_per_minute", sa.Integer()),
        sa.Column("max_queued", sa.Integer()),
        sa.Column("created_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )


def _create_spending() -> None:
    op.create_table(
        "spending",
        sa.Column("tenant", KEY, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("jobs", sa.BigInteger(), server_default="0", nullable=False),
        *_usage(),
        sa.PrimaryKeyConstraint("tenant", "day"),
        postgresql_with={"fillfactor": 50},
    )


def _create_turns() -> None:
    op.create_table(
        "turns",
        sa.Column("lane", KEY, nullable=False),
        sa.Column("tenant", KEY, nullable=False),
        sa.Column("place", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("lane", "tenant"),
        postgresql_with={"fillfactor": 50},
    )


def _usage() -> list[sa.Column[Any]]:
    names = ("input_tokens", "output_tokens", "cache_write_tokens", "cache_read_tokens")
    return [
        *(sa.Column(name, sa.BigInteger(), server_default="0", nullable=False) for name in names),
        sa.Column("cost", sa.Double(), server_default="0", nullable=False),
    ]
