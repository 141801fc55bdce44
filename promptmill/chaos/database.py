"""The database under test: a file of our own, or a database of our own on a Postgres that was given."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import psycopg
from psycopg import sql
from sqlalchemy import URL, make_url

from promptmill.errors import StackError


class Outage(Protocol):
    """A database server that may be taken away, because it is nobody else's."""

    def stop(self) -> None:
        """End the server as a crash would."""

    def start(self) -> None:
        """Start it again and wait until it answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """What can be done to a database without hurting anybody else."""

    url: str
    outage: Outage | None = None

    @property
    def is_postgres(self) -> bool:
        """Whether it is a Postgres, whose connections can be cut."""
        return not self.url.startswith("sqlite")

    @property
    def sqlite_file(self) -> Path | None:
        """The file, where the database is one."""
        return None if self.is_postgres else Path(str(make_url(self.url).database))

    def cut(self) -> None:
        """Cut every connection to this database."""
        url = make_url(self.url)
        with _connect(url) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


@contextmanager
def own_database(given_url: str, outage: Outage | None) -> Iterator[Database]:
    """Yield a fresh database on the Postgres at `given_url`, dropped afterwards; raises `StackError`.

    Nothing else there is touched: not the given database's own tables, nor the jobs in them.
    """
    url = make_url(given_url)
    name = f"promptmill_chaos_{os.urandom(4).hex()}"
    _execute(url, sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        yield Database(url=url.set(database=name).render_as_string(hide_password=False), outage=outage)
    finally:
        _execute(url, sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _execute(url: URL, statement: sql.Composed) -> None:
    try:
        with _connect(url) as connection:
            connection.execute(statement)
    except psycopg.Error as error:
        reason = str(error).partition("\n")[0]
        raise StackError(
            f"DATABASE_URL: chaos makes a database of its own there, and drops it afterwards, "
            f"but was refused: {reason}"
        ) from error


def _connect(url: URL) -> psycopg.Connection[tuple[object, ...]]:
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(plain, autocommit=True)
