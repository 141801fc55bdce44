"""One caller who submits a call, waits for its result, then submits the next; tells when each took place."""

import argparse
import asyncio
import http.client
import json
import os
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from urllib.parse import urlsplit

from benchmarks.contenders.loop import MARKED

PATIENCE_S = 60.0
REFRESH_S = 1.0
SECRET = "sk-bench"
HEADERS = {
    "authorization": f"Bearer {SECRET}",
    "content-type": "application/json",
    "anthropic-version": "2023-06-01",
}
Call = Callable[[], object]


def contend() -> None:
    """Make the calls."""
    parser = argparse.ArgumentParser()
    parser.add_argument("way", choices=(*HTTP_WAYS, *QUEUE_WAYS))
    parser.add_argument("--url", help="of the server; queues have theirs from REDIS_URL")
    parser.add_argument("--calls", type=int, required=True)
    parser.add_argument("--warm-up", type=int, default=20)
    parser.add_argument("--pause-ms", type=float, default=0, help="between two calls")
    told = parser.parse_args()
    if told.way in QUEUE_WAYS:
        asyncio.run(QUEUE_WAYS[told.way](told))
        return
    where = urlsplit(told.url)
    connection = http.client.HTTPConnection(str(where.hostname), where.port, timeout=PATIENCE_S)
    asyncio.run(_calls(told, _awaitable(lambda: HTTP_WAYS[told.way](connection))))


async def _calls(told: argparse.Namespace, call: Callable[[], Awaitable[object]]) -> None:
    moments = []
    for _ in range(told.warm_up + told.calls):
        began = time.monotonic()
        await call()
        moments.append((began, time.monotonic()))
        await asyncio.sleep(told.pause_ms / 1000)
    print(json.dumps({"moments": moments, "warm_up": told.warm_up}))


def _awaitable(call: Call) -> Callable[[], Awaitable[object]]:
    async def made() -> object:
        return call()

    return made


def _message(connection: http.client.HTTPConnection) -> None:
    _ask(connection, "POST", "/v1/messages", MARKED)


def _job(connection: http.client.HTTPConnection) -> None:
    job = _ask(connection, "POST", "/v1/jobs", {"request": MARKED, "priority": "interactive"})
    shown = _ask(connection, "GET", f"/v1/jobs/{job['id']}?wait={PATIENCE_S:.0f}", None)
    if shown["state"] != "succeeded":
        raise SystemExit(f"{job['id']} is {shown['state']}")


def _ask(connection: http.client.HTTPConnection, method: str, path: str, body: object) -> dict[str, object]:
    connection.request(method, path, body=json.dumps(body) if body else None, headers=HEADERS)
    answer = connection.getresponse()
    text = answer.read()
    if answer.status >= http.client.BAD_REQUEST:
        raise SystemExit(f"{method} {path}: {answer.status} {text[:500]!r}")
    told: dict[str, object] = json.loads(text)
    return told


async def _taskiq(told: argparse.Namespace) -> None:
    from benchmarks.contenders import taskiq_tasks  # noqa: PLC0415 - the other ways do without

    async def call() -> None:
        task = await taskiq_tasks.complete.kiq(marked=True)
        result = await task.wait_result(check_interval=0.005, timeout=PATIENCE_S)
        result.raise_for_error()

    await taskiq_tasks.broker.startup()
    await _calls(told, call)
    await taskiq_tasks.broker.shutdown()


async def _saq(told: argparse.Namespace) -> None:
    from benchmarks.contenders import saq_tasks  # noqa: PLC0415 - as above

    async def call() -> None:
        job = await saq_tasks.queue.enqueue("complete", marked=True)
        while not job.completed:
            with suppress(TimeoutError):  # one that ended in between is not announced again
                await job.refresh(until_complete=REFRESH_S)
        if job.status != "complete":
            raise SystemExit(f"a task is {job.status}: {job.error}")

    await saq_tasks.queue.connect()
    await _calls(told, call)
    await saq_tasks.queue.disconnect()


async def _celery(told: argparse.Namespace) -> None:
    from benchmarks.contenders import celery_tasks  # noqa: PLC0415 - as above

    await _calls(told, _awaitable(lambda: celery_tasks.complete.delay(marked=True).get(timeout=PATIENCE_S)))


HTTP_WAYS = {"messages": _message, "jobs": _job}
QUEUE_WAYS = {"taskiq": _taskiq, "saq": _saq, "celery-threads": _celery}


if __name__ == "__main__":
    os.environ.setdefault("IN_FLIGHT", "100")
    contend()
