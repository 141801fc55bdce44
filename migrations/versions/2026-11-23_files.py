"""Uploaded files, and the batches that were made of them."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_23_files"
down_revision = "2026_11_23_access"
branch_labels = None
depends_on = None

KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
TIME = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")


def upgrade() -> None:
    _create_files()
    _create_openai_batches()


def downgrade() -> None:
    op.drop_table("openai_batches")
    op.drop_table("file_parts")
    op.drop_table("files")


def _create_files() -> None:
    op.create_table(
        "files",
        sa.Column("id", KEY, nullable=False),
        sa.Column("tenant", KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("purpose", KEY, nullable=False),
        sa.Column("size", sa.BigInteger()),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    whole = sa.text("size IS NOT NULL")
    op.create_index("files_by_tenant", "files", ["tenant", "id"], postgresql_where=whole, sqlite_where=whole)
    op.create_index("files_expiring", "files", ["expires_at"])
    op.create_table(
        "file_parts",
        sa.Column("file_id", KEY, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("file_id", "seq"),
    )


def _create_openai_batches() -> None:
    op.create_table(
        "openai_batches",
        sa.Column("id", KEY, nullable=False),
        sa.Column("tenant", KEY, nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("input_file_id", KEY, nullable=False),
        sa.Column("completion_window", sa.Text(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("metadata", sa.Text()),
        sa.Column("output_expires_in_s", sa.Integer()),
        sa.Column("model", sa.Text()),
        sa.Column("errors", sa.Text()),
        sa.Column("is_output_deleted", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("are_errors_deleted", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    refused = sa.text("errors IS NOT NULL")
    op.create_index("openai_batches_by_tenant", "openai_batches", ["tenant", "id"])
    op.create_index(
        "openai_batches_refused",
        "openai_batches",
        ["created_at"],
        postgresql_where=refused,
        sqlite_where=refused,
    )
