"""How long one call takes: from its submission to the wire, and until its caller has the result.

Calls are made one after another by one caller, with an upstream that answers at once. Idle is each service
with nothing else to do; draining is ours while it works off a batch of 100,000. The queues serve in order
of submission: behind as many tasks a call would wait for all of them, so they are only measured idle. api
and worker of ours share the contenders' core, as does what stands for them elsewhere.
"""

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from statistics import quantiles
from typing import Any

import redis

from benchmarks.arena import Arena, ContenderError, open_arena
from benchmarks.contenders.promptmill import emptied, ended, fill, start_worker
from benchmarks.machine import CONTENDER_CORE, OTHERS_CORE, PEERS
from benchmarks.rounds import Entry, arguments, run
from benchmarks.servers import litellm_proxy, our_api
from benchmarks.table import Column, Layout, Report
from benchmarks.watching import start, stopped
from jobs.store.store import Store

IN_FLIGHT = 100
STARTED_S = 60.0
LOOK_S = 0.1
SETTLED_S = 5.0  # a queue's worker has started; saq's sweeps away what it finds under way when it does
LEAST_DONE = 500  # of the batch, before the first call
PAUSE_MS = 20.0  # between two calls while it drains
DRAINING_CALLS = 1 / 3  # of those made idle: the batch must outlast them
LAYOUT = Layout(
    name="latency",
    question="Milliseconds from submission to the result at the caller, and to the request on the wire.",
    condition="meanwhile",
    columns=(
        Column(title="p50 ms", of=lambda told: told["result_p50"], form=".1f"),
        Column(title="p99 ms", of=lambda told: told["result_p99"], form=".1f"),
        Column(title="p50 to the wire", of=lambda told: told["wire_p50"], form=".1f"),
        Column(title="p99 to the wire", of=lambda told: told["wire_p99"], form=".1f"),
    ),
    reference="",
)


MESSAGES = "promptmill, POST /v1/messages"
JOBS = "promptmill, POST /v1/jobs, then ?wait="


def main() -> None:
    """Measure each way in turn."""
    parser = arguments(__doc__)
    parser.add_argument("--calls", type=int, default=400)
    parser.add_argument("--backlog", type=int, default=100_000, help="jobs in the batch that drains")
    given = parser.parse_args()
    with open_arena() as arena:
        run(LAYOUT, list(_entries(arena, given.calls, given.backlog)), given)


def _entries(arena: Arena, calls: int, backlog: int) -> Iterator[Entry]:
    for name, way in ((MESSAGES, "messages"), (JOBS, "jobs")):
        for condition, before in (("idle", 0), ("draining", backlog)):
            yield Entry(name=name, condition=condition, measure=partial(_ours, arena, way, calls, before))
    elsewhere = {
        "straight to the stand-in": partial(_round_trips, arena, "messages", calls, arena.standin.url),
        "LiteLLM proxy, POST /v1/messages": partial(_proxy, arena, calls),
        "taskiq, kiq and wait_result": partial(_queue, arena, "taskiq", calls),
        "saq, enqueue and refresh": partial(_queue, arena, "saq", calls),
        "Celery threads, delay and get": partial(_queue, arena, "celery-threads", calls),
    }
    for name, measure in elsewhere.items():
        yield Entry(name=name, condition="idle", measure=measure)


def _ours(arena: Arena, way: str, calls: int, backlog: int) -> Report:
    with closing(emptied(arena.postgres_url, arena.redis_url)) as store, _stack(arena) as url:
        if not backlog:
            return _round_trips(arena, way, calls, url)
        batch_id = fill(store, backlog)
        _await_drain(store, batch_id)
        report = _round_trips(arena, way, round(calls * DRAINING_CALLS), url, pause_ms=PAUSE_MS)
        if ended(store, batch_id) == backlog:
            raise ContenderError(f"the batch of {backlog:,} was drained before the calls were made")
        return report


@contextmanager
def _stack(arena: Arena) -> Iterator[str]:
    os.environ.update(UPSTREAM=arena.standin.url, REDIS_URL=arena.redis_url)
    with ExitStack() as stack:
        api = stack.enter_context(our_api(arena, arena.postgres_url))
        worker = start_worker(arena.postgres_url, IN_FLIGHT, core=CONTENDER_CORE)
        beat = start_worker(arena.postgres_url, IN_FLIGHT, "beat", core=OTHERS_CORE)
        stack.enter_context(stopped(worker, beat))
        yield api.url


def _await_drain(store: Store, batch_id: str) -> None:
    until = time.monotonic() + STARTED_S
    while ended(store, batch_id) < LEAST_DONE:
        if time.monotonic() > until:
            raise ContenderError(f"the batch did not begin to drain within {STARTED_S:.0f} s")
        time.sleep(LOOK_S)


def _proxy(arena: Arena, calls: int) -> Report:
    with litellm_proxy(arena) as proxy:
        return _round_trips(arena, "messages", calls, proxy.url)


def _queue(arena: Arena, kind: str, calls: int) -> Report:
    redis.Redis.from_url(arena.redis_url).flushall()
    command = [str(PEERS), "-m", "benchmarks.contenders.queue", kind, "--part", "worker"]
    command += ["--jobs", "0", "--in-flight", str(IN_FLIGHT)]
    with stopped(start(command, environment=arena.environment())):
        time.sleep(SETTLED_S)
        return _round_trips(arena, kind, calls, arena.standin.url)


def _round_trips(arena: Arena, way: str, calls: int, url: str, *, pause_ms: float = 0) -> Report:
    command = ["benchmarks.contenders.round_trip", way, "--url", url, "--calls", str(calls)]
    command += ["--pause-ms", str(pause_ms)]
    told: Any = arena.contend(command, ours=False, pinned_here=False, calls=calls)
    moments, arrivals = told["moments"], arena.standin.arrivals()
    if len(arrivals) != len(moments):
        raise ContenderError(f"{len(moments)} calls were submitted, {len(arrivals)} came to the stand-in")
    both = list(zip(moments, arrivals, strict=True))[int(told["warm_up"]) :]
    wire = quantiles([1000 * (came - began) for (began, _), came in both], n=100)
    result = quantiles([1000 * (done - began) for (began, done), _ in both], n=100)
    return {"result_p50": result[49], "result_p99": result[98], "wire_p50": wire[49], "wire_p99": wire[98]}


if __name__ == "__main__":
    main()
