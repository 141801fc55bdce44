"""The query plans of what the service asks of its store, as Postgres makes them for the jobs in it."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, event

from benchmarks.filling import MODEL, batch_id, job_id
from claude.model_class import model_class
from jobs.job import JobState
from jobs.outcome import Outcome
from jobs.store.connect import open_engine
from jobs.store.store import Store, Transaction

LANE = model_class(MODEL)
LEASE = timedelta(seconds=10)
WORKER = "worker_of_the_plans"
QUEUED = [job_id(number) for number in range(90, 99)]
GROWING = ("jobs", "requests", "responses", "attempts", "chunks", "batches", "endings", "submissions")
Act = Callable[[Transaction, datetime], object]
ACTS: dict[str, Act] = {
    "stage": lambda tx, now: tx.jobs.stage(LANE, limit=100, now=now),
    "claim": lambda tx, now: tx.jobs.claim(QUEUED, worker_id=WORKER, now=now),
    "settle": lambda tx, now: tx.jobs.settle([_success(each, now) for each in QUEUED]),
    "wake": lambda tx, now: tx.jobs.wake(now=now, limit=100),
    "expire": lambda tx, now: tx.jobs.expire(now=now, limit=100),
    "census": lambda tx, now: tx.census.take([LANE], now=now, lease=LEASE),
    "poll": lambda tx, _: (tx.jobs.get(QUEUED[0]), tx.jobs.get_response(QUEUED[0])),
    "list": lambda tx, _: tx.jobs.list(tenant="default", limit=100),
    "list of a state": lambda tx, _: tx.jobs.list(tenant="default", state=JobState.ERRORED, limit=100),
    "list of a batch": lambda tx, _: tx.jobs.list(tenant="default", batch_id=batch_id(0), limit=100),
    "results": lambda tx, _: tx.jobs.results(batch_id(0), limit=100),
    "status": lambda tx, _: tx.batches.get(batch_id(0)),
    "batches": lambda tx, _: tx.batches.list(tenant="default", limit=100),
}


class _UndoneError(Exception):
    """Has a transaction rolled back."""


def plans_of(database_url: str) -> dict[str, list[str]]:
    """Return for each act the nodes of its statements' plans that touch tables; nothing is changed."""
    engine = open_engine(database_url)
    with closing(Store(engine)) as store:
        return {name: _plan(engine, store, name, act) for name, act in ACTS.items()}


def scans(plans: dict[str, list[str]]) -> list[str]:
    """Return what reads the whole of a table that grows with the jobs."""
    bad = {f"Seq Scan on {table}" for table in GROWING}
    return [f"{name}: {node}" for name, nodes in plans.items() for node in nodes if node in bad]


def _plan(engine: Engine, store: Store, name: str, act: Act) -> list[str]:
    now = datetime.now(UTC)
    with _overheard(engine) as heard, suppress(_UndoneError), store.write() as tx:
        if name == "settle":
            ACTS["claim"](tx, now)
        act(tx, now)
        raise _UndoneError
    asked = [each for each in heard if each[0].lstrip().startswith(("WITH", "SELECT", "UPDATE", "DELETE"))]
    with engine.connect() as connection:
        told = [connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {text}", given) for text, given in asked]
        trees = [each.scalar_one() for each in told]
    roots = [json.loads(tree) if isinstance(tree, str) else tree for tree in trees]
    return [node for root in roots for node in _nodes(root[0]["Plan"])]


@contextmanager
def _overheard(engine: Engine) -> Iterator[list[tuple[str, Any]]]:
    heard: list[tuple[str, Any]] = []

    def note(_c: object, _cursor: object, text: str, given: Any, _x: object, many: bool) -> None:  # noqa: ANN401 - a driver's
        heard.append((text, given[0] if many else given))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield heard
    finally:
        event.remove(engine, "before_cursor_execute", note)


def _nodes(plan: dict[str, Any]) -> Iterator[str]:
    if "Relation Name" in plan and "Scan" in plan["Node Type"]:
        index = f" using {plan['Index Name']}" if "Index Name" in plan else ""
        yield f"{plan['Node Type']}{index} on {plan['Relation Name']}"
    for inner in plan.get("Plans", ()):
        yield from _nodes(inner)


def _success(job: str, now: datetime) -> Outcome:
    return Outcome(job_id=job, attempt=1, state=JobState.SUCCEEDED, ended_at=now, response="{}", status=200)
