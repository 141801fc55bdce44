"""One statement for many rows, on each database in its way: nothing else asks which one it is."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache, cached_property
from typing import Any

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    Executable,
    Insert,
    Select,
    Table,
    TableValuedAlias,
    Text,
    Update,
    bindparam,
    cast,
    column,
    func,
    insert,
    literal_column,
    select,
    type_coerce,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.types import TypeEngine

from jobs.store.dialects import PackedRows

Row = Mapping[str, Any]
Value = Callable[[str], ColumnElement[Any]]
"""Gives the named value of the row at hand, inside a grouped statement."""

KNOWS_TRANSACTION_TIMEOUT = 170000  # the version of Postgres that does
STANDSTILL_S = 10  # for which a transaction may hold its locks from the first pipeline on


class Rows:
    """Rows for one or more grouped statements, each of which takes those of their values that it names.

    They go to Postgres as one JSON parameter, so that a statement's text is the same for any number of
    them, and are put into that form once.
    """

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = rows

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def json(self) -> str:
        """All of them as a JSON array of objects."""
        return msgspec.json.encode(self.rows).decode()


class GroupedUpdate:
    """One UPDATE of many rows, each with values of its own.

    Postgres joins the table with the rows; SQLite has no round trips to save and runs it row by row.
    """

    def __init__(self, types: Mapping[str, TypeEngine[Any]], build: Callable[[Value], Update]) -> None:
        rows = _given_rows(types)
        self._names = tuple(types)
        self._joined = build(lambda name: rows.c[name])
        self._each = build(lambda name: bindparam(f"given_{name}", type_=types[name]))

    def execute(self, connection: Connection, rows: Rows) -> None:
        """Update all `rows`; the caller holds their locks, so their order does not matter."""
        if not rows:
            return
        if connection.dialect.name == "sqlite":
            given = [{f"given_{name}": row[name] for name in self._names} for row in rows.rows]
            connection.execute(self._each, given)
        else:
            connection.execute(self._joined, {"rows": rows.json})


class GroupedInsert:
    """One INSERT of many rows, which can be sent with other statements in one go where a copy cannot."""

    def __init__(self, table: Table, names: Sequence[str]) -> None:
        self._names = tuple(names)
        types = {name: table.c[name].type for name in names}
        self._joined = insert(table).from_select(list(names), select(_given_rows(types)))
        self._each = insert(table)

    def execute(self, connection: Connection, rows: Rows) -> None:
        """Insert all `rows`."""
        if not rows:
            return
        if connection.dialect.name == "sqlite":
            given = [{name: row[name] for name in self._names} for row in rows.rows]
            connection.execute(self._each, given)
        else:
            connection.execute(self._joined, {"rows": rows.json})


class GroupedSelect:
    """One SELECT of what belongs to many rows, which come as one JSON parameter on both databases."""

    def __init__(self, types: Mapping[str, TypeEngine[Any]], build: Callable[[Value], Select[Any]]) -> None:
        rows = _given_rows(types)
        self._on_postgres = build(lambda name: rows.c[name])
        self._on_sqlite = build(_given_on_sqlite(types))
        self._packed_on_postgres = _packed(self._on_postgres)
        self._packed_on_sqlite = _packed(self._on_sqlite)

    def execute(self, connection: Connection, rows: Sequence[Row], **parameters: object) -> Iterable[Any]:
        """Return what is found for all `rows`, in no order."""
        if not rows:
            return ()
        statement = self._on_sqlite if connection.dialect.name == "sqlite" else self._on_postgres
        return connection.execute(statement, {"rows": msgspec.json.encode(rows).decode(), **parameters})

    def execute_packed(self, connection: Connection, rows: Sequence[Row], **parameters: object) -> str:
        """Return the same as one JSON array of arrays: SQLite's driver gives up the GIL for every row.

        To come back to it, a thread waits for a busy event loop each time.
        """
        if not rows:
            return "[]"
        is_sqlite = connection.dialect.name == "sqlite"
        statement = self._packed_on_sqlite if is_sqlite else self._packed_on_postgres
        given = {"rows": msgspec.json.encode(rows).decode(), **parameters}
        return connection.execute(statement, given).scalar_one() or "[]"


class Upsert:
    """One INSERT of rows which, where their primary key is there already, changes what is there."""

    def __init__(self, table: Table, change: Callable[[Value], Mapping[str, ColumnElement[Any]]]) -> None:
        """`change` says what to set; it is given what the row at hand would have been."""
        self._on_postgres = _changing(postgresql.insert(table), table, change)
        self._on_sqlite = _changing(sqlite.insert(table), table, change)

    def execute(self, connection: Connection, rows: Sequence[Row]) -> None:
        """Write all `rows`, in their order."""
        if rows:
            is_sqlite = connection.dialect.name == "sqlite"
            connection.execute(self._on_sqlite if is_sqlite else self._on_postgres, list(rows))


def insert_new(connection: Connection, table: Table, rows: Sequence[Row]) -> int:
    """Insert those of `rows` whose key is not there yet; return how many that were."""
    statement = _insert_of_new(table, connection.dialect.name)
    parameters = rows if connection.dialect.name == "sqlite" else {"rows": msgspec.json.encode(rows).decode()}
    return connection.execute(statement, parameters).rowcount


@contextmanager
def in_one_go(connection: Connection) -> Iterator[None]:
    """Send what is executed inside without waiting for each statement's end; nothing of it can be read.

    Not before Postgres 17, and nothing may be copied, which takes a conversation of its own. What fails is
    raised at the end, by the driver. The transaction must then end within `STANDSTILL_S` seconds.
    """
    if connection.dialect.name == "sqlite":
        yield
        return
    driver: Any = connection.connection.driver_connection
    if driver.info.server_version < KNOWS_TRANSACTION_TIMEOUT:
        yield
        return
    with driver.pipeline():
        # While it waits for more of a pipeline, Postgres does not count a transaction as idle: nothing else
        # would free the locks of a process that is frozen here.
        driver.execute(f"SET LOCAL transaction_timeout = '{STANDSTILL_S}s'")
        yield


@cache
def _insert_of_new(table: Table, dialect: str) -> Executable:
    statement: Insert
    if dialect == "sqlite":
        statement = sqlite.insert(table).on_conflict_do_nothing()
    else:
        types = {column.name: column.type for column in table.columns}
        source = select(_given_rows(types))
        statement = postgresql.insert(table).from_select(list(types), source).on_conflict_do_nothing()
    return statement.execution_options(preserve_rowcount=True)


def _changing(
    statement: postgresql.Insert | sqlite.Insert,
    table: Table,
    change: Callable[[Value], Mapping[str, ColumnElement[Any]]],
) -> Insert:
    return statement.on_conflict_do_update(
        index_elements=list(table.primary_key.columns),
        set_=change(lambda name: statement.excluded[name]),
    )


def _packed(rows: Select[Any]) -> Select[str]:
    each = rows.subquery()
    return select(PackedRows(*each.c))


def _given_on_sqlite(types: Mapping[str, TypeEngine[Any]]) -> Value:
    each = func.json_each(bindparam("rows", type_=Text)).table_valued("value", name="given")
    return lambda name: type_coerce(
        func.json_extract(each.c.value, literal_column(f"'$.{name}'")), types[name]
    )


def _given_rows(types: Mapping[str, TypeEngine[Any]]) -> TableValuedAlias:
    """Return the JSON parameter `rows` as a table with columns of these types; Postgres only."""
    rows = func.json_to_recordset(cast(bindparam("rows", type_=Text), postgresql.JSON))
    columns = (column(name, type_) for name, type_ in types.items())
    return rows.table_valued(*columns).render_derived(name="given", with_types=True)
