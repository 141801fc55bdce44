"""The door to the database: what happens when it is shut, locked, or opened wrongly."""

import sqlite3
import stat
import threading
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import event, make_url, text

from jobs.errors import SettingError, StoreUnavailableError
from jobs.store.connect import open_engine
from jobs.store.moves.add import GROUP_SIZE
from jobs.store.store import Store
from tests.eventually import until
from tests.factories import a_new_job, stored_job, the_job


def connections(admin: psycopg.Connection, url: str) -> int:
    counted = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s"
    return admin.execute(counted, [make_url(url).database]).fetchone()[0]


@pytest.mark.parametrize("count", [1, GROUP_SIZE + 1])
def test_a_failed_transaction_leaves_nothing(store: Store, count: int):
    jobs = [a_new_job() for _ in range(count)]
    with pytest.raises(AttributeError), store.write() as tx:
        tx.jobs.add_many([*jobs, object()], dispatched_at=None)
    with store.read() as tx:
        assert tx.jobs.get(jobs[0].id) is None
    with store.write() as tx:
        tx.jobs.add_many(jobs, dispatched_at=None)
        assert tx.jobs.get(jobs[-1].id) is not None


def test_no_database_is_an_error_of_its_own_and_keeps_the_password():
    store = Store(open_engine("postgresql://joe:s3cr%40t@127.0.0.1:9/nowhere"))
    with pytest.raises(StoreUnavailableError) as caught, store.read():
        pass
    assert "s3cr@t" not in str(caught.value)
    assert caught.value.__cause__ is not None
    with pytest.raises(StoreUnavailableError), store.write():
        pass


def test_a_postgres_that_was_restarted_is_found_again(postgres_url: str, postgres_server: str):
    store = Store(open_engine(postgres_url))
    job = stored_job(store)
    with psycopg.connect(postgres_server, autocommit=True) as admin:
        name = make_url(postgres_url).database
        cut = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = %s"
        admin.execute(cut, [name])
    assert the_job(store, job.id) == job
    store.close()


def test_a_connection_cut_in_the_middle_is_unavailability(postgres_url: str):
    store = Store(open_engine(postgres_url))
    with pytest.raises(StoreUnavailableError), store.write() as tx:
        tx.jobs._connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
    assert stored_job(store)
    store.close()


def test_a_connection_at_work_when_the_store_closes_is_closed_after_it(
    postgres_url: str, postgres_server: str
):
    store = Store(open_engine(postgres_url))
    with psycopg.connect(postgres_server, autocommit=True) as admin:
        with store.read() as tx:
            store.close()
            assert tx.jobs.get("job_1") is None
            assert connections(admin, postgres_url) == 1
        until(lambda: not connections(admin, postgres_url), "no connection left")


def test_a_database_without_tables_says_so(tmp_path: Path):
    store = Store(open_engine(f"sqlite:///{tmp_path}/empty.db"))
    with pytest.raises(StoreUnavailableError, match="no such table"), store.read() as tx:
        tx.jobs.get("job_1")
    store.close()


def test_a_new_sqlite_file_is_its_owners_alone_and_its_folder_is_made(tmp_path: Path):
    path = tmp_path / "a folder" / "promptmill.db"
    open_engine(f"sqlite:///{path}").dispose()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_sqlite_commits_are_durable(sqlite_url: str):
    with open_engine(sqlite_url).connect() as connection:
        pragma = connection.exec_driver_sql
        assert pragma("PRAGMA journal_mode").scalar() == "wal"
        assert pragma("PRAGMA synchronous").scalar() == 2  # FULL
        assert pragma("PRAGMA busy_timeout").scalar() >= 15_000


def test_a_sqlite_connection_is_as_patient_after_a_write_as_before(sqlite_url: str):
    engine = open_engine(sqlite_url, pool_size=1)
    store = Store(engine)
    assert stored_job(store)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() >= 15_000
    store.close()


def test_a_sqlite_writer_waits_for_another_process(sqlite_url: str):
    store = Store(open_engine(sqlite_url))
    other = sqlite3.connect(make_url(sqlite_url).database, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    release = threading.Timer(0.05, other.rollback)
    release.start()
    assert stored_job(store)
    release.join()
    other.close()
    store.close()


def test_sqlite_is_not_asked_again_for_a_turn_that_it_refuses_for_another_reason(sqlite_url: str):
    engine = open_engine(sqlite_url)
    said: list[str] = []

    def only_read(connection: sqlite3.Connection, _: object) -> None:
        connection.execute("PRAGMA query_only = ON")
        connection.set_trace_callback(said.append)

    event.listen(engine, "connect", only_read)
    store = Store(engine)
    with pytest.raises(StoreUnavailableError, match="readonly"), store.write():
        pytest.fail("it began")
    assert said.count("BEGIN IMMEDIATE") == 2, "once to see, and once to be told why"
    store.close()


@pytest.mark.parametrize("url", ["nonsense", "sqlite://", "sqlite:////proc/none/x.db"])
def test_a_url_that_cannot_be_used_is_a_bad_setting(url: str):
    with pytest.raises(SettingError, match="DATABASE_URL"):
        open_engine(url)
