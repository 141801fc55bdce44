"""A Postgres database that goes away and comes back."""

import psycopg
from sqlalchemy import make_url

GONE_MS = 10_000  # how long to wait at most for a connection to be cut


class Outage:
    """Takes a Postgres database away from all who use it, and gives it back."""

    def __init__(self, url: str) -> None:
        self.name = make_url(url).database
        self.admin = make_url(url).set(database="postgres").render_as_string(hide_password=False)

    def begin(self) -> None:
        """Refuse new connections and cut those there are."""
        self._execute(f"ALTER DATABASE {self.name} ALLOW_CONNECTIONS false")
        self._disconnect()

    def end(self) -> None:
        """Let everybody in again."""
        self._execute(f"ALTER DATABASE {self.name} ALLOW_CONNECTIONS true")

    def begin_reading_only(self) -> None:
        """Refuse whatever writes, as a standby does after a failover."""
        self._execute(f"ALTER DATABASE {self.name} SET default_transaction_read_only = on")
        self._disconnect()

    def end_reading_only(self) -> None:
        """Take writes again."""
        self._execute(f"ALTER DATABASE {self.name} RESET default_transaction_read_only")
        self._disconnect()

    def _disconnect(self) -> None:
        gone = f"pg_terminate_backend(pid, {GONE_MS})"
        self._execute(f"SELECT {gone} FROM pg_stat_activity WHERE datname = '{self.name}'")

    def _execute(self, statement: str) -> None:
        with psycopg.connect(self.admin, autocommit=True) as connection:
            connection.execute(statement)
