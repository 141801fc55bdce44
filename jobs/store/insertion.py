"""Many new rows of one table at once, on each database in its quickest way."""

from collections.abc import Callable, Sized
from functools import cache
from typing import Any

from sqlalchemy import Connection, Insert, Table, insert

from jobs.store.binary_copy import Columns, copy_rows, mapped

LEAST_COPIED = 8  # rows; below that COPY's extra round trip costs more than it saves


def insert_many(connection: Connection, table: Table, columns: Columns) -> None:
    """Insert the rows of `columns`, if there are any."""
    values = next(iter(columns.values()))
    if not values:
        return
    if connection.dialect.name == "sqlite":
        _insert_on_sqlite(connection, table, columns)
    elif are_copied(connection, values):
        copy_rows(connection, table, columns)
    else:
        rows = zip(*columns.values(), strict=True)
        connection.execute(_plain_insert(table), [dict(zip(columns, row, strict=True)) for row in rows])


def are_copied(connection: Connection, rows: Sized) -> bool:
    """Return whether so many rows are best copied; on SQLite there is no such thing."""
    return connection.dialect.name != "sqlite" and len(rows) >= LEAST_COPIED


@cache
def _plain_insert(table: Table) -> Insert:
    return insert(table)


def _insert_on_sqlite(connection: Connection, table: Table, columns: Columns) -> None:
    # SQLAlchemy would make a dictionary of every row, then a tuple of that.
    names, places = ", ".join(columns), ", ".join("?" for _ in columns)
    bound = [mapped(_binding(connection, table, name), values) for name, values in columns.items()]
    statement = f"INSERT INTO {table.name} ({names}) VALUES ({places})"  # noqa: S608 - names of our own
    connection.exec_driver_sql(statement, list(zip(*bound, strict=True)))


def _binding(connection: Connection, table: Table, name: str) -> Callable[[Any], Any]:
    """Return what turns a value of the column into one that the driver takes."""
    column_type = table.c[name].type.dialect_impl(connection.dialect)
    return column_type.bind_processor(connection.dialect) or _unchanged


def _unchanged(value: object) -> object:
    return value
