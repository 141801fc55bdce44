"""Keys."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_23_access"
down_revision = "2026_11_23_money"
branch_labels = None
depends_on = None

KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
TIME = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "keys",
        sa.Column("id", KEY, nullable=False),
        sa.Column("tenant", KEY, nullable=False),
        sa.Column("name", sa.Text()),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("revoked_at", TIME),
        sa.PrimaryKeyConstraint("id"),
    )


def downgrade() -> None:
    op.drop_table("keys")
