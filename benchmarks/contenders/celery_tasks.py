"""Celery as people write it: a task a completion, a blocking client, the result in Redis."""

import os

import httpx
from celery import Celery

from benchmarks.contenders.loop import HEADERS, MARKED, REQUEST

app = Celery("celery_tasks", broker=os.environ["REDIS_URL"], backend=os.environ["REDIS_URL"])
app.conf.update(worker_hijack_root_logger=False, broker_connection_retry_on_startup=True)
client = httpx.Client(headers=HEADERS, timeout=600, limits=httpx.Limits(max_connections=None))


@app.task(bind=True, max_retries=5)
def complete(self: object, *, marked: bool = False) -> dict[str, object]:
    """Call Claude; the result goes to the result backend."""
    url = f"{os.environ['UPSTREAM']}/v1/messages"
    response = client.post(url, json=MARKED if marked else REQUEST)
    if response.is_error:
        raise self.retry(countdown=2)  # type: ignore[attr-defined]
    return dict(response.json())
