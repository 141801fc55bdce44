"""Connections to the database, set up for durable writes."""

import os
import select
import sqlite3
import threading
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import psycopg
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from jobs.errors import SettingError

WRITES = "promptmill_writes"  # the execution option that marks transactions that will write
CONNECT_TIMEOUT_S = 5
BUSY_TIMEOUT_S = 20  # how long a SQLite writer waits for its turn
LOOK_S = 0.0005  # between two looks whether it has come
PRIMARY_CODE = 0xFF  # of an error's code, the part that says of what kind it is
POOL_TIMEOUT_S = 10.0  # for a free connection
POOL_SIZE = 6  # a worker has three writers, a feeder and a few actors
TRUSTED_S = 5.0  # so long a connection that rests is taken to be open, unless it says otherwise
RETURNED_AT = "returned_at"
IDLE_IN_TRANSACTION_S = 5  # a process that stands still in the middle of one would hold up all others
# Every statement of the store has an index made for it. A plan is kept once it is made, so the planner must
# not choose to read a whole table because that happened to be small when it looked. Bitmap scans, unlike
# plain ones, leave dead entries in the index as they find them, and a queue makes many.
UNWANTED_PLANS = ("enable_seqscan", "enable_hashjoin", "enable_mergejoin", "enable_bitmapscan")


def open_engine(database_url: str, *, pool_size: int = POOL_SIZE) -> Engine:
    """Return an engine for `sqlite:////path` or `postgresql://user:password@host/name`.

    No connection is made yet. A SQLite file is made if there is none, for its owner's eyes only.
    Raises `SettingError` if the URL cannot be used.
    """
    url = _parse(database_url)
    if url.get_backend_name() == "sqlite":
        return _open_sqlite(url, pool_size)
    return _open_postgres(url, pool_size)


def close(engine: Engine) -> None:
    """Close every connection of `engine`: the idle ones now, those at work once they are given back."""
    event.listen(engine.pool, "checkin", _close_connection)
    engine.dispose()


def for_reading(engine: Engine) -> Engine:
    """Return a view of `engine` for statements that only read.

    On Postgres they run without a transaction, which saves two of three round trips.
    """
    if engine.dialect.name == "sqlite":
        return engine
    return engine.execution_options(isolation_level="AUTOCOMMIT")


def for_writing(engine: Engine) -> Engine:
    """Return a view of `engine` for transactions that write."""
    return engine.execution_options(**{WRITES: True})


def takes_turns(engine: Engine) -> bool:
    """Return whether there is one writer at a time, as on SQLite."""
    return engine.dialect.name == "sqlite"


def turn(engine: Engine) -> AbstractContextManager[object]:
    """Return what to hold while a transaction writes.

    Where writers take turns they queue here within a process; across processes they poll.
    """
    return threading.Lock() if takes_turns(engine) else nullcontext()


def _parse(database_url: str) -> URL:
    try:
        url = make_url(database_url)
    except ArgumentError:
        raise SettingError(
            "DATABASE_URL is not a URL: use sqlite:////path or postgresql://host/name"
        ) from None
    return url.set(drivername="postgresql+psycopg") if url.drivername.startswith("postgres") else url


def _open_postgres(url: URL, pool_size: int) -> Engine:
    if "connect_timeout" not in url.query:
        url = url.update_query_dict({"connect_timeout": str(CONNECT_TIMEOUT_S)})
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=POOL_TIMEOUT_S,
        pool_reset_on_return=None,  # every transaction is ended by those who began it
        pool_use_lifo=True,  # so that as few as are needed stay warm
        hide_parameters=True,  # or bodies would end in logs
    )
    event.listen(engine, "connect", _set_up_postgres)
    event.listen(engine, "checkin", _note_return)
    event.listen(engine, "checkout", _check_postgres)
    return engine


def _open_sqlite(url: URL, pool_size: int) -> Engine:
    if not url.database or url.database == ":memory:":
        raise SettingError("DATABASE_URL must name a file: sqlite:////absolute/path")
    _make_private_file(Path(url.database))
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=POOL_TIMEOUT_S,
        connect_args={"timeout": BUSY_TIMEOUT_S},
        hide_parameters=True,
    )
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _make_private_file(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise SettingError(
            f"DATABASE_URL names a file that cannot be opened: {path}: {error.strerror}"
        ) from error


def _close_connection(_: DBAPIConnection | None, entry: ConnectionPoolEntry) -> None:
    entry.invalidate()


def _set_up_postgres(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute("; ".join(f"SET {plan} = off" for plan in UNWANTED_PLANS))
    cursor.execute("SET client_encoding = 'UTF8'")  # what `binary_copy` writes, whatever the database keeps
    cursor.execute(f"SET idle_in_transaction_session_timeout = '{IDLE_IN_TRANSACTION_S}s'")
    cursor.close()
    connection.commit()


def _note_return(_: DBAPIConnection | None, entry: ConnectionPoolEntry) -> None:
    entry.info[RETURNED_AT] = monotonic()


def _check_postgres(_: DBAPIConnection, entry: ConnectionPoolEntry, __: PoolProxiedConnection) -> None:
    """Raise `InvalidatePoolError`, so that new connections are made, if the database has cut this one.

    To ask it each time would cost every transaction a round trip. A connection that rests hears nothing
    from the database, but that it is closed.
    """
    connection: Any = entry.driver_connection
    rested_s = monotonic() - entry.info.get(RETURNED_AT, monotonic())
    if rested_s < TRUSTED_S and not _has_news(connection):
        return
    try:
        connection.execute("")
        connection.rollback()
    except psycopg.Error as error:
        raise InvalidatePoolError from error


def _has_news(connection: Any) -> bool:  # noqa: ANN401 - SQLAlchemy's
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return bool(poll.poll(0))


def _set_up_sqlite(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    assert isinstance(connection, sqlite3.Connection)  # noqa: S101 - narrows the type
    connection.isolation_level = None  # begins are ours: see below
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute("PRAGMA cache_size = -32768")


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that begins by reading and then writes fails at once if another has written meanwhile.
    if connection.get_execution_options().get(WRITES, False):
        _begin_to_write(connection)
    else:
        connection.exec_driver_sql("BEGIN")


def _begin_to_write(connection: Connection) -> None:
    """Begin as soon as no other process writes, or raise what SQLite says after `BUSY_TIMEOUT_S` of that.

    Its own wait grows to 0.1 s between two looks, and a busy worker pauses much shorter.
    """
    driver: Any = connection.connection.driver_connection
    until = monotonic() + BUSY_TIMEOUT_S
    driver.execute("PRAGMA busy_timeout = 0")
    try:
        while _must_try_again(driver) and monotonic() < until:
            sleep(LOOK_S)
        if not driver.in_transaction:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
    finally:
        driver.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_S * 1000}")


def _must_try_again(driver: sqlite3.Connection) -> bool:
    """Try to begin; return whether another process writes. Of any other fault SQLite tells if asked anew."""
    try:
        driver.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        return error.sqlite_errorcode & PRIMARY_CODE == sqlite3.SQLITE_BUSY
    return False
