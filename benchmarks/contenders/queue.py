"""Task queues as people use them: one task a completion, all of them queued before the worker starts."""

import argparse
import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import redis

from benchmarks.watching import start, stopped, watch

TASKS = "benchmarks.contenders"
MOST_PROCESSES = 20  # of prefork: each is a process
Results = Any  # redis-py's client


@dataclass(frozen=True, kw_only=True)
class Queue:
    """One way to run tasks."""

    module: str
    fill: Callable[[Any, int], None]
    done: Callable[[Results, int], int]
    worker: Callable[[int], list[str]]

    def queue(self, jobs: int) -> None:
        """Queue so many tasks."""
        self.fill(import_module(f"{TASKS}.{self.module}"), jobs)

    def start(self, in_flight: int) -> subprocess.Popen[bytes]:
        """Start a worker with so many tasks in flight."""
        environment = {**os.environ, "IN_FLIGHT": str(in_flight)}
        return start([sys.executable, "-m", *self.worker(in_flight)], environment=environment)


def _fill_celery(tasks: Any, jobs: int) -> None:  # noqa: ANN401 - modules of tasks are imported where needed
    for _ in range(jobs):
        tasks.complete.delay()


def _fill_taskiq(tasks: Any, jobs: int) -> None:  # noqa: ANN401 - as above
    async def fill() -> None:
        await tasks.broker.startup()
        for _ in range(jobs):
            await tasks.complete.kiq()
        await tasks.broker.shutdown()

    asyncio.run(fill())


def _fill_saq(tasks: Any, jobs: int) -> None:  # noqa: ANN401 - as above
    async def fill() -> None:
        for _ in range(jobs):
            await tasks.queue.enqueue("complete")
        await tasks.queue.disconnect()

    asyncio.run(fill())


def _celery(pool: str, most: int) -> Queue:
    tasks = f"{TASKS}.celery_tasks"
    return Queue(
        module="celery_tasks",
        fill=_fill_celery,
        done=lambda results, _: sum(1 for _ in results.scan_iter("celery-task-meta-*", count=5000)),
        worker=lambda count: ["celery", "-A", tasks, "worker", "-P", pool, "-c", str(min(count, most))],
    )


KINDS = {
    "celery-threads": _celery("threads", 10_000),
    "celery-prefork": _celery("prefork", MOST_PROCESSES),
    "taskiq": Queue(
        module="taskiq_tasks",
        fill=_fill_taskiq,
        done=lambda results, _: int(results.dbsize()) - int(results.exists("taskiq")),  # its list of tasks
        worker=lambda count: [
            *("taskiq", "worker", f"{TASKS}.taskiq_tasks:broker"),
            *("--workers", "1", "--max-async-tasks", str(count)),
        ],
    ),
    "saq": Queue(
        module="saq_tasks",
        fill=_fill_saq,
        done=lambda results, jobs: jobs - int(results.zcard("saq:default:incomplete")),
        worker=lambda _: ["saq", f"{TASKS}.saq_tasks.settings"],
    ),
}


def contend() -> None:
    """Queue, start the worker, watch the results come."""
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("--url", help="of the upstream, which tasks have from UPSTREAM")
    parser.add_argument("--jobs", type=int, required=True)
    parser.add_argument("--in-flight", type=int, required=True)
    parser.add_argument("--part", choices=("all", "queue", "worker"), default="all")
    told = parser.parse_args()
    queue = KINDS[told.kind]
    if told.part == "worker":
        os.environ["IN_FLIGHT"] = str(told.in_flight)
        os.execv(sys.executable, [sys.executable, "-m", *queue.worker(told.in_flight)])
    results = redis.Redis.from_url(os.environ["REDIS_URL"])
    if told.part == "all":
        results.flushall()
    queue.queue(told.jobs)
    if told.part == "all":
        with stopped(queue.start(told.in_flight)) as worker:
            watch([worker.pid], lambda: queue.done(results, told.jobs), jobs=told.jobs)


if __name__ == "__main__":
    contend()
