"""Task queues as people use them: one task a completion, all of them queued before the worker starts."""

import argparse
import asyncio
import os
import sys

import redis

from benchmarks.watching import start, watch

TASKIQ_RESULTS = 1  # the broker's own list is one more key


def contend() -> None:
    """Queue, start the worker, watch the results come."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--kind", choices=("celery-threads", "celery-prefork", "taskiq"), required=True)
    parser.add_argument("--jobs", type=int, required=True)
    parser.add_argument("--in-flight", type=int, required=True)
    told = parser.parse_args()
    results = redis.Redis.from_url(os.environ["REDIS_URL"])
    results.flushall()
    command = _queue(told.kind, told.jobs, told.in_flight)
    worker = start(command, environment=dict(os.environ))
    try:
        watch([worker.pid], lambda: _done(results, told.kind), jobs=told.jobs)
    finally:
        worker.terminate()
        worker.wait()


def _queue(kind: str, jobs: int, in_flight: int) -> list[str]:
    if kind == "taskiq":
        asyncio.run(_queue_taskiq(jobs))
        tasks = "benchmarks.contenders.taskiq_tasks:broker"
        return [
            sys.executable,
            "-m",
            "taskiq",
            "worker",
            tasks,
            "--workers",
            "1",
            "--max-async-tasks",
            str(in_flight),
        ]
    from benchmarks.contenders import celery_tasks  # noqa: PLC0415 - the other kinds do without Celery

    for _ in range(jobs):
        celery_tasks.complete.delay()
    pool, count = ("threads", in_flight) if kind == "celery-threads" else ("prefork", min(in_flight, 20))
    tasks = "benchmarks.contenders.celery_tasks"
    return [sys.executable, "-m", "celery", "-A", tasks, "worker", "-P", pool, "-c", str(count)]


async def _queue_taskiq(jobs: int) -> None:
    from benchmarks.contenders import taskiq_tasks  # noqa: PLC0415 - as above

    await taskiq_tasks.broker.startup()
    for _ in range(jobs):
        await taskiq_tasks.complete.kiq()
    await taskiq_tasks.broker.shutdown()


def _done(results: "redis.Redis[bytes]", kind: str) -> int:
    if kind == "taskiq":
        return max(0, int(results.dbsize()) - TASKIQ_RESULTS)
    return sum(1 for _ in results.scan_iter("celery-task-meta-*", count=5000))


if __name__ == "__main__":
    contend()
