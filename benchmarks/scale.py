"""Whether the size of the store matters: execute, poll, list and status with 1 thousand to 2 million jobs.

Each size has a Postgres database of its own, filled by SQL: of a hundred jobs 60 succeeded, 5 errored, 5 wait
and 30 are queued. What is executed joins that queue, and whatever is settled counts. Calls of the api are
made one after another, each for another job or batch.
"""

import http.client
import os
import random
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import psycopg

from benchmarks import filling
from benchmarks.arena import Arena, ContenderError, open_arena
from benchmarks.contenders.promptmill import fill, start_worker
from benchmarks.machine import CONTENDER_CORE, OTHERS_CORE
from benchmarks.plans import plans_of, scans
from benchmarks.rounds import Entry, arguments, run
from benchmarks.servers import our_api
from benchmarks.table import Column, Layout, Report
from benchmarks.watching import cpu_of, stopped, timed
from jobs.store.connect import open_engine
from jobs.store.store import Store

SIZES = (1_000, 100_000, 2_000_000)
IN_FLIGHT = 100
LOOK_S = 0.1
ANSWER_S = 30.0
WARM_UP = 20  # calls
SETTLED = "SELECT sum(succeeded)::int FROM batches"
PATHS: dict[str, Callable[[int], str]] = {
    "poll": lambda number: f"/v1/jobs/{filling.job_id(number)}",
    "list": lambda _: "/v1/jobs?limit=50",
    "list of a state": lambda _: "/v1/jobs?limit=50&state=errored",
    "status": lambda number: f"/v1/batches/{filling.batch_id(number)}",
}


def main() -> None:
    """Fill the databases, then alternate the sizes."""
    parser = arguments(__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--jobs", type=int, default=8_000, help="to execute")
    parser.add_argument("--calls", type=int, default=400, help="of the api")
    given = parser.parse_args()
    with open_arena() as arena:
        urls = {size: _filled(arena, size) for size in given.sizes}
        plans = {_named(size): plans_of(url) for size, url in urls.items()}
        entries = list(_entries(arena, urls, given.jobs, given.calls))
        run(_layout(given.sizes[0]), entries, given, notes=partial(_notes, plans))


def _layout(first: int) -> Layout:
    return Layout(
        name="scale",
        question="Jobs executed a second, and calls of the api a second one after another, on one core.",
        condition="what",
        columns=(
            Column(title="a second", of=lambda told: told["jobs"] / told["seconds"]),
            Column(title="ms CPU each", of=lambda told: 1000 * told["cpu_s"] / told["jobs"], form=".3f"),
        ),
        reference=_named(first),
    )


def _named(size: int) -> str:
    return f"{size:,} jobs"


def _filled(arena: Arena, size: int) -> str:
    began = time.monotonic()
    with closing(psycopg.connect(arena.postgres_url, autocommit=True)) as connection:
        connection.execute(f"CREATE DATABASE scale_{size}")
    url = arena.postgres_url.replace("/postgres?", f"/scale_{size}?")
    filling.fill(url, size)
    print(f"{_named(size)} were stored in {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    return url


def _entries(arena: Arena, urls: Mapping[int, str], jobs: int, calls: int) -> Iterator[Entry]:
    for size, url in urls.items():
        yield Entry(name=_named(size), condition="execute", measure=partial(_execute, arena, url, jobs))
    for what in PATHS:
        for size, url in urls.items():
            measure = partial(_call, arena, url, what, size, calls)
            yield Entry(name=_named(size), condition=what, measure=measure)


def _execute(arena: Arena, url: str, jobs: int) -> Report:
    os.environ.update(UPSTREAM=arena.standin.url, REDIS_URL=arena.redis_url)
    with closing(Store(open_engine(url))) as store:
        fill(store, jobs)
    arena.standin.forget()
    with closing(psycopg.connect(url, autocommit=True)) as connection:

        def settled() -> int:
            [(count,)] = connection.execute(SETTLED).fetchall()
            return int(count)

        before = settled()
        worker = start_worker(url, IN_FLIGHT, core=CONTENDER_CORE)
        with stopped(worker, start_worker(url, IN_FLIGHT, "beat", core=OTHERS_CORE)):
            report = timed([worker.pid], lambda: settled() - before, jobs=jobs, every_s=LOOK_S)
    if arena.standin.calls() < jobs:
        raise ContenderError(f"only {arena.standin.calls()} of {jobs} calls were made")
    return report


def _call(arena: Arena, url: str, what: str, size: int, calls: int) -> Report:
    numbers = random.Random(calls).choices(range(size), k=calls + WARM_UP)
    paths = [PATHS[what](number) for number in numbers]
    with our_api(arena, url) as server:
        where = urlsplit(server.url)
        address = (str(where.hostname), where.port)
        with closing(http.client.HTTPConnection(*address, timeout=ANSWER_S)) as connection:
            for path in paths[:WARM_UP]:
                _get(connection, path)
            began, cpu = time.perf_counter(), cpu_of([server.pid])
            for path in paths[WARM_UP:]:
                _get(connection, path)
            seconds = time.perf_counter() - began
        return {"jobs": calls, "seconds": seconds, "cpu_s": cpu_of([server.pid]) - cpu}


def _get(connection: http.client.HTTPConnection, path: str) -> None:
    connection.request("GET", path)
    answer = connection.getresponse()
    text = answer.read()
    if answer.status != http.client.OK:
        raise ContenderError(f"GET {path}: {answer.status} {text[:500]!r}")


def _notes(plans: Mapping[str, dict[str, list[str]]]) -> dict[str, Any]:
    found = [f"{size}, {scan}" for size, each in plans.items() for scan in scans(each)]
    told = "; ".join(found) or "none reads a whole table; all are in `results/scale.json`."
    return {"Query plans": told, "plans": plans}


if __name__ == "__main__":
    main()
