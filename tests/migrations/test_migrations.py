"""Migrations: what they build is what the code expects, whoever runs them, wherever they lie."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, create_engine, inspect, text

from jobs.store import migrate
from jobs.store.connect import open_engine
from jobs.store.tables import metadata

ROOT = Path(__file__).parents[2]
INDEXES = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL",
    "postgresql": "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
}
COLUMNS = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name != 'alembic_version'",
    "postgresql": "SELECT table_name || '.' || column_name, "
    "concat_ws(' ', data_type, collation_name, is_nullable, column_default) "
    "FROM information_schema.columns "
    "WHERE table_schema = 'public' AND table_name != 'alembic_version' UNION ALL "
    "SELECT relname, array_to_string(reloptions, ' ') FROM pg_class "
    "WHERE relkind = 'r' AND reloptions IS NOT NULL AND relnamespace = 'public'::regnamespace",
}


def schema(connection: Connection) -> dict[str, str]:
    """Return every column and index as the database itself spells it."""
    name = connection.dialect.name
    rows = [*connection.execute(text(INDEXES[name])), *connection.execute(text(COLUMNS[name]))]
    return {key: definition for key, definition in rows if not key.startswith("alembic_version")}


def test_migrations_build_what_the_tables_say(database_url: str):
    engine = open_engine(database_url)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()


def test_migrations_build_the_same_indexes_conditions_and_collations(database_url: str):
    engine = open_engine(database_url)
    with engine.begin() as connection:
        migrated = schema(connection)
    migrate.downgrade(database_url)
    with engine.begin() as connection:
        metadata.create_all(connection)
        assert schema(connection) == migrated
    engine.dispose()


def test_down_takes_everything_away_and_up_brings_it_back(database_url: str):
    head = migrate.current(database_url)
    migrate.downgrade(database_url)
    assert migrate.current(database_url) is None
    engine = open_engine(database_url)
    assert inspect(engine).get_table_names() == ["alembic_version"]
    migrate.upgrade(database_url)
    migrate.upgrade(database_url)
    assert migrate.current(database_url) == head
    assert set(inspect(engine).get_table_names()) == {*metadata.tables, "alembic_version"}
    engine.dispose()


def upgrade_command(url: str) -> list[str]:
    """Return the command with which a process brings the schema up to date."""
    return [sys.executable, "-c", f"from jobs.store import migrate; migrate.upgrade({url!r})"]


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_several_processes_may_migrate_at_once(kind: str, request: pytest.FixtureRequest, tmp_path: Path):
    url = f"sqlite:///{tmp_path}/new/fresh.db"
    if kind == "postgres":
        url = request.getfixturevalue("postgres_url")
        migrate.downgrade(url)
    started = [subprocess.Popen(upgrade_command(url), cwd=ROOT) for _ in range(4)]
    assert [process.wait() for process in started] == [0, 0, 0, 0]
    assert migrate.current(url) is not None


def test_migrations_run_from_wherever_the_package_lies(tmp_path: Path):
    site = tmp_path / "a place with 100% spaces"
    for package in ("jobs", "claude", "migrations"):
        shutil.copytree(ROOT / package, site / package)
    url = f"sqlite:///{site}/fresh.db"
    subprocess.run(upgrade_command(url), cwd=site, check=True)
    with create_engine(url).connect() as connection:
        assert "jobs" in inspect(connection).get_table_names()
    connection.engine.dispose()
