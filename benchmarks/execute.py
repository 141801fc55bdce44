"""Completed jobs a second and CPU a job: one worker process on one core, beside what people use instead.

Every contender makes the same 1 KB calls to the same stand-in. Promptmill's jobs count when they are settled
in SQL; the loops keep nothing, and the queues keep their results in Redis.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from benchmarks.arena import Arena, open_arena
from benchmarks.rounds import Entry, arguments, run
from benchmarks.table import Column, Layout, Report

LOOP = "httpx + aiohttp loop"
LAYOUT = Layout(
    name="execute",
    question="Completed jobs a second, one worker process on one core.",
    condition="in flight",
    columns=(
        Column(title="jobs/s", of=lambda told: told["jobs"] / told["seconds"]),
        Column(title="ms CPU a job", of=lambda told: 1000 * told["cpu_s"] / told["jobs"], form=".3f"),
    ),
    reference=LOOP,
)


@dataclass(frozen=True, kw_only=True)
class Contender:
    """What is run, and for how many jobs so that a round takes seconds."""

    name: str
    module: str
    jobs: int
    flags: tuple[str, ...] = ()
    database: str | None = None

    def contend(self, arena: Arena, in_flight: int, share: float) -> Report:
        """Run one round of that share of its jobs."""
        jobs = max(int(self.jobs * share), 2 * in_flight)
        command = [f"benchmarks.contenders.{self.module}", "--jobs", str(jobs)]
        command += ["--in-flight", str(in_flight), *self.flags]
        is_ours = self.database is not None
        if is_ours:
            command += ["--database", arena.database_url(str(self.database))]
        else:
            command += ["--url", arena.standin.url]
        starts_workers = is_ours or self.module == "queue"
        return arena.contend(command, ours=is_ours, pinned_here=not starts_workers, calls=jobs)


CONTENDERS = (
    Contender(name="promptmill, Postgres", module="promptmill", jobs=12_000, database="postgres"),
    Contender(name="promptmill, SQLite", module="promptmill", jobs=12_000, database="sqlite"),
    Contender(
        name="promptmill, Postgres, 2 processes",
        module="promptmill",
        jobs=12_000,
        database="postgres",
        flags=("--workers", "2"),
    ),
    Contender(name="the stand-in's headroom", module="headroom", jobs=60_000),
    Contender(name="aiohttp loop (the floor)", module="aiohttp_loop", jobs=12_000),
    Contender(name=LOOP, module="httpx_loop", jobs=6_000),
    Contender(name="anthropic SDK loop", module="anthropic_sdk", jobs=1_500),
    Contender(name="litellm.acompletion loop", module="litellm_loop", jobs=600),
    Contender(name="litellm batch_completion", module="litellm_batch", jobs=300),
    Contender(name="async-batch-llm", module="async_batch_llm", jobs=1_500),
    Contender(name="Celery, a task each, threads", module="queue", jobs=1_500, flags=("celery-threads",)),
    Contender(name="Celery, a task each, prefork", module="queue", jobs=1_500, flags=("celery-prefork",)),
    Contender(name="taskiq, a task each", module="queue", jobs=3_000, flags=("taskiq",)),
    Contender(name="saq, a task each", module="queue", jobs=3_000, flags=("saq",)),
)


def main() -> None:
    """Alternate the contenders for as many rounds as asked, then show the medians."""
    parser = arguments(__doc__)
    parser.add_argument("--in-flight", type=int, nargs="+", default=[20, 100, 1000])
    parser.add_argument("--share", type=float, default=1.0, help="of each contender's number of jobs")
    given = parser.parse_args()
    with open_arena() as arena:
        run(LAYOUT, list(_entries(arena, given.in_flight, given.share)), given)


def _entries(arena: Arena, counts: list[int], share: float) -> Iterator[Entry]:
    for count in counts:
        for each in CONTENDERS:
            measure = partial(each.contend, arena, count, share)
            yield Entry(name=each.name, condition=str(count), measure=measure)


if __name__ == "__main__":
    main()
