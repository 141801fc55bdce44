"""Which revision the schema is at, asked without Alembic: every worker asks when it starts."""

from sqlalchemy import inspect, text

from jobs.store.connect import open_engine
from jobs.store.store import translated

TABLE = "alembic_version"


def current(database_url: str) -> str | None:
    """Return the revision that the schema is at, if it is at any. Raises `StoreUnavailableError`."""
    engine = open_engine(database_url, pool_size=1)
    try:
        with translated(engine), engine.connect() as connection:
            if not inspect(connection).has_table(TABLE):
                return None
            revision: str | None = connection.scalar(text(f"SELECT version_num FROM {TABLE}"))  # noqa: S608 - ours
            return revision
    finally:
        engine.dispose()
