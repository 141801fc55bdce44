"""The schema brought up to date, in process and safe when several processes start at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from jobs.store.connect import for_writing, open_engine
from jobs.store.revision import current
from jobs.store.store import translated

MIGRATIONS = Path(__file__).parents[2] / "migrations"  # beside `jobs`, in a checkout and in a wheel
LOCK_KEY = 0x70726F6D70746D  # "promptm": one number that all our processes agree on


def upgrade(database_url: str, revision: str = "head") -> None:
    """Bring the schema up to `revision`; does nothing if it is there. Raises `StoreUnavailableError`."""
    with _locked(database_url) as connection:
        command.upgrade(_config(connection), revision)


def downgrade(database_url: str, revision: str = "base") -> None:
    """Take the schema back to `revision`, with what was kept in it. Raises `StoreUnavailableError`."""
    with _locked(database_url) as connection:
        command.downgrade(_config(connection), revision)


def is_current(database_url: str) -> bool:
    """Return whether the schema is at this version's revision. Raises `StoreUnavailableError`."""
    return current(database_url) in ScriptDirectory(str(MIGRATIONS)).get_heads()


@contextmanager
def _locked(database_url: str) -> Iterator[Connection]:
    """Yield a connection in a transaction that no other migration runs beside."""
    engine = for_writing(open_engine(database_url, pool_size=1))
    try:
        with translated(engine), engine.begin() as connection:
            if connection.dialect.name == "postgresql":  # SQLite's writing transactions are alone anyway
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK_KEY})
            yield connection
    finally:
        engine.dispose()


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
