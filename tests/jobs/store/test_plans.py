"""Query plans: each hot statement walks the index that was made for it, however many jobs there are."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, text

from jobs.chunk import ChunkPosition
from jobs.ending import EndingPosition
from jobs.job import JobState
from jobs.outcome import Reason
from jobs.purse import Purse
from jobs.store.endings import append_endings
from jobs.store.store import Store, Transaction
from jobs.tenant import Tenant
from tests.factories import LEASE, NOW, WORKER, a_failure, a_new_job, an_outcome, stored_batch

ROWS = 10_000
BIG = ("jobs", "requests", "responses", "attempts", "chunks", "batches", "endings", "submissions", "spending")

Act = Callable[[Transaction, str, list[str]], object]
HOT: dict[str, tuple[Act, set[str]]] = {
    "add": (lambda tx, *_: tx.jobs.add_many([a_new_job()], dispatched_at=NOW), {"jobs_ready", "turns_pkey"}),
    "stage": (
        lambda tx, *_: tx.jobs.stage("sonnet-4", limit=9, now=NOW),
        {"jobs_ready", "jobs_pkey", "turns_pkey", "tenants_pkey"},
    ),
    "ready_lanes": (lambda tx, *_: tx.jobs.ready_lanes(), {"jobs_ready"}),
    "dispatched_counts": (lambda tx, *_: tx.jobs.dispatched_counts(), {"jobs_dispatched"}),
    "undispatch": (lambda tx, *_: tx.jobs.undispatch(now=NOW, lease=LEASE), {"jobs_dispatched"}),
    "undispatch_ids": (lambda tx, _, ids: tx.jobs.undispatch_ids(ids), {"jobs_pkey"}),
    "claim": (
        lambda tx, _, ids: tx.jobs.claim(ids, worker_id=WORKER, now=NOW),
        {"jobs_pkey", "requests_pkey", "tenants_pkey", "spending_pkey"},
    ),
    "settle": (
        lambda tx, _, ids: tx.jobs.settle([an_outcome(ids[0]), *map(a_failure, ids[1:])]),
        {"jobs_pkey", "attempts_pkey", "batches_pkey", "endings_pkey"},
    ),
    "purses_to_hold": (
        lambda tx, *_: tx.jobs.purses_to_hold(now=NOW),
        {"jobs_by_batch", "jobs_by_tenant"},
    ),
    "purses_to_open": (
        lambda tx, *_: tx.jobs.purses_to_open(now=NOW),
        {"jobs_over_cost", "jobs_over_budget", "tenants_pkey"},
    ),
    "hold_batch": (
        lambda tx, batch, _: tx.jobs.hold(Purse(Reason.MAX_COST, batch), now=NOW, limit=9),
        {"jobs_by_batch"},
    ),
    "hold_tenant": (
        lambda tx, *_: tx.jobs.hold(Purse(Reason.DAILY_BUDGET, "default"), now=NOW, limit=9),
        {"jobs_by_tenant"},
    ),
    "release_batch": (
        lambda tx, batch, _: tx.jobs.release(Purse(Reason.MAX_COST, batch), limit=9),
        set(),
    ),
    "release_tenant": (
        lambda tx, *_: tx.jobs.release(Purse(Reason.DAILY_BUDGET, "default"), limit=9),
        set(),
    ),
    "spending": (lambda tx, *_: tx.spending.list("default", limit=9), {"spending_pkey"}),
    "census": (
        lambda tx, *_: tx.census.take(["sonnet-4"], now=NOW, lease=LEASE),
        {"jobs_ready", "jobs_dispatched", "jobs_waiting", "jobs_running", "batches_live", "spending_pkey"},
    ),
    "deliveries_due": (
        lambda tx, *_: tx.deliveries.claim(now=NOW, lease=LEASE, limit=9),
        {"deliveries_due"},
    ),
    "deliveries": (lambda tx, *_: tx.deliveries.list(tenant="default", limit=9), {"deliveries_by_tenant"}),
    "delete_deliveries": (
        lambda tx, *_: tx.deliveries.delete_old(before=NOW, limit=9),
        {"deliveries_settled"},
    ),
    "wake": (lambda tx, *_: tx.jobs.wake(now=NOW, limit=9), {"jobs_waiting"}),
    "expire": (lambda tx, *_: tx.jobs.expire(now=NOW, limit=9), {"jobs_expiring"}),
    "lost": (lambda tx, *_: tx.workers.lost(lease=LEASE), {"jobs_running"}),
    "rescue": (lambda tx, *_: tx.jobs.rescue([WORKER], now=NOW), {"jobs_running"}),
    "cancellations": (lambda tx, *_: tx.jobs.cancellations(WORKER), {"jobs_unwanted"}),
    "running": (lambda tx, *_: tx.jobs.running(WORKER), {"jobs_running"}),
    "cancel": (lambda tx, _, ids: tx.jobs.cancel(ids[0], now=NOW), {"jobs_pkey"}),
    "cancel_batch": (lambda tx, batch, _: tx.jobs.cancel_batch(batch, now=NOW), {"jobs_by_batch"}),
    "retry_batch": (lambda tx, batch, _: tx.jobs.retry_batch(batch, expires_at=NOW), {"jobs_by_batch"}),
    "retry": (lambda tx, _, ids: tx.jobs.retry(ids, expires_at=NOW), {"jobs_pkey"}),
    "delete_ended": (
        lambda tx, *_: tx.jobs.delete_ended(before=NOW, limit=9),
        {"jobs_ended_alone", "batches_ended"},
    ),
    "get": (lambda tx, _, ids: tx.jobs.get(ids[0]), {"jobs_pkey"}),
    "attempts": (lambda tx, _, ids: tx.attempts.of_job(ids[0]), {"attempts_pkey"}),
    "chunks_of_many": (
        lambda tx, _, ids: tx.chunks.progress_of(
            [ChunkPosition(job_id=job_id, attempt=1, seq=0) for job_id in ids], most=9
        ),
        {"chunks_pkey"},
    ),
    "endings_of_many": (
        lambda tx, batch, _: tx.endings.read_many([EndingPosition(batch_id=batch, seq=3)], most=9),
        {"endings_pkey", "jobs_pkey"},
    ),
    "jobs_of_many": (lambda tx, _, ids: tx.jobs.get_many(ids), {"jobs_pkey"}),
    "chunks": (lambda tx, _, ids: tx.chunks.read_since(ids[0], 1, 0, 9), {"chunks_pkey"}),
    "status": (lambda tx, batch, _: tx.batches.get(batch), {"batches_pkey", "jobs_by_batch"}),
    "batches": (lambda tx, *_: tx.batches.list(tenant="default", limit=9), {"batches_by_time"}),
    "message_batches": (
        lambda tx, *_: tx.batches.list(tenant="default", limit=9, id_prefix="msgbatch_"),
        {"batches_by_prefix"},
    ),
    "results": (lambda tx, batch, _: tx.jobs.results(batch, limit=9), {"jobs_by_batch", "responses_pkey"}),
    "list": (lambda tx, *_: tx.jobs.list(tenant="default", limit=9), {"jobs_by_tenant"}),
    "startable_count": (
        lambda tx, *_: tx.jobs.startable_count("default", most=9),
        {"jobs_by_tenant"},
    ),
    "list_state": (
        lambda tx, *_: tx.jobs.list(tenant="default", state=JobState.ERRORED, limit=9),
        {"jobs_by_tenant"},
    ),
    "list_batch": (
        lambda tx, batch, _: tx.jobs.list(tenant="default", batch_id=batch, limit=9),
        {"jobs_by_batch"},
    ),
    "list_model": (
        lambda tx, *_: tx.jobs.list(tenant="default", model="claude-2.1", after="job_x", limit=9),
        {"jobs_by_model"},
    ),
    "submission": (lambda tx, *_: tx.submissions.find("default", "key"), {"submissions_pkey"}),
}


def fill(store: Store) -> tuple[str, list[str]]:
    """Store large batches, most of their jobs ended; return one's id and those of jobs still queued."""
    stored_batch(store, 100, model="claude-2.1")
    for _ in range(3):
        batch_id, ids = stored_batch(store, ROWS)
        execute(
            store, "UPDATE jobs SET state = 'succeeded', ended_at = created_at WHERE id < :id", id=ids[-300]
        )
    with store.write() as tx:
        tx.tenants.put(Tenant(name="default", daily_budget=1000), now=NOW)
        for start in range(0, 2000, 2):
            append_endings(tx.jobs._connection, {batch_id: [(ids[start], JobState.SUCCEEDED)]})
    if store._reader.name == "postgresql":
        execute(store, "ANALYZE")
    return batch_id, ids[-10:]


def execute(store: Store, statement: str, **parameters: Any) -> None:
    """Do what no method of the store does."""
    with store.write() as tx:
        tx.jobs._connection.execute(text(statement), parameters)


@contextmanager
def overheard(store: Store) -> Iterator[list[tuple[str, Any]]]:
    """Yield a list that fills with the statements that the store executes."""
    heard: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, _x: Any, many: bool) -> None:
        heard.append((statement, parameters[0] if many else parameters))

    for engine in (store._reader, store._writer):
        event.listen(engine, "before_cursor_execute", note)
    yield heard
    for engine in (store._reader, store._writer):
        event.remove(engine, "before_cursor_execute", note)


def plan_of(tx: Transaction, statement: str, parameters: Any) -> str:
    """Return the plan, with SQLite's words put as Postgres puts them."""
    connection = tx.jobs._connection
    explain = "EXPLAIN QUERY PLAN " if connection.dialect.name == "sqlite" else "EXPLAIN "
    lines = connection.exec_driver_sql(explain + statement, parameters).all()
    plan = "\n".join(str(line[-1]) for line in lines)
    plan = re.sub(r"SCAN (\w+)\b(?! USING)", r"Seq Scan on \1", plan)
    return re.sub(r"sqlite_autoindex_(\w+)_1", r"\1_pkey", plan)


@pytest.mark.timeout(120)
def test_every_hot_statement_uses_its_index_and_scans_nothing(store: Store):
    batch_id, ids = fill(store)
    faults = []
    for name, (act, indexes) in HOT.items():
        with overheard(store) as heard, store.write() as tx:
            if name == "settle":
                tx.jobs.claim(ids, worker_id=WORKER, now=NOW)
            act(tx, batch_id, ids)
            statements = [
                each for each in heard if re.match("WITH|SELECT|UPDATE|DELETE|INSERT INTO endings", each[0])
            ]
            plans = [plan_of(tx, *each) for each in statements]
            tx.jobs._connection.rollback()
        faults += [f"{name}: {plan}" for plan in plans if re.search(f"Seq Scan on ({'|'.join(BIG)})", plan)]
        faults += [
            f"{name}: no use of {index} in {plans}"[:2000]
            for index in indexes
            if index not in "\n".join(plans)
        ]
    assert not faults, "\n".join(faults)
