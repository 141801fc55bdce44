"""All that differs between SQLite and Postgres inside of a statement."""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Dialect, Text, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import ARRAY, TypeDecorator, TypeEngine

from jobs.store.utc_datetime import UtcDateTime


class _IdList(TypeDecorator[list[str]]):
    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else ARRAY(Text()))

    def process_bind_param(self, value: list[str] | None, dialect: Dialect) -> Any:  # noqa: ANN401 - as inherited
        return msgspec.json.encode(value).decode() if dialect.name == "sqlite" else value


class _IsAmong(FunctionElement[bool]):
    name = "is_among"
    inherit_cache = True


@compiles(_IsAmong, "sqlite")
def _among_on_sqlite(element: _IsAmong, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - SQLAlchemy's
    id_column, ids = (compiler.process(clause, **options) for clause in element.clauses)
    return f"{id_column} IN (SELECT value FROM json_each({ids}))"  # noqa: S608 - both are compiled SQL


@compiles(_IsAmong)
def _among_on_postgres(element: _IsAmong, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - SQLAlchemy's
    id_column, ids = (compiler.process(clause, **options) for clause in element.clauses)
    return f"{id_column} = ANY ({ids})"


def is_among(id_column: ColumnElement[Any]) -> ColumnElement[bool]:
    """Return the condition that `id_column` is in the list bound as `ids`, in one text for any length."""
    return _IsAmong(id_column, bindparam("ids", type_=_IdList()))


def may_write_in_ctes(connection: Connection) -> bool:
    """Return whether a common table expression may update and insert: not on SQLite."""
    return connection.dialect.name != "sqlite"


class RecordNow(FunctionElement[datetime]):
    """What the time is by the clock of the database, which is one for all hosts."""

    type = UtcDateTime()
    inherit_cache = True


@compiles(RecordNow, "sqlite")
def _now_on_sqlite(_element: RecordNow, _compiler: SQLCompiler, **_: Any) -> str:  # noqa: ANN401 - SQLAlchemy's
    return "strftime('%Y-%m-%d %H:%M:%f000+00:00', 'now')"  # as `UtcDateTime` keeps it


@compiles(RecordNow)
def _now_on_postgres(_element: RecordNow, _compiler: SQLCompiler, **_: Any) -> str:  # noqa: ANN401 - SQLAlchemy's
    return "clock_timestamp()"


class PackedRows(FunctionElement[str]):
    """All rows of a subquery, whose columns it is given, as one JSON array of arrays."""

    name = "packed_rows"
    type = Text()
    inherit_cache = True


@compiles(PackedRows, "sqlite")
def _pack_on_sqlite(element: PackedRows, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - SQLAlchemy's
    return f"json_group_array(json_array({compiler.process(element.clauses, **options)}))"


@compiles(PackedRows)
def _pack_on_postgres(element: PackedRows, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - SQLAlchemy's
    return f"json_agg(json_build_array({compiler.process(element.clauses, **options)}))::text"
