"""How jobs come into the store: `queued`, or `waiting` where they have a time to start at."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice

import msgspec
from sqlalchemy import Connection

from jobs.job import JobState, NewJob
from jobs.store.fairness import Line, next_turn
from jobs.store.grouped import Row, are_copied, in_one_go, insert_many
from jobs.store.tables import jobs, requests

GROUP_SIZE = 2000  # jobs held in memory at a time


def add_many(
    connection: Connection, new_jobs: Iterable[NewJob], *, line: Line, dispatched_at: datetime | None
) -> dict[str, float]:
    """Insert `new_jobs` where they join the line; return the turn that those have which go out at once."""
    rising = iter(new_jobs)
    tenants: dict[str, str] = {}
    headers = _Headers()
    while group := list(islice(rising, GROUP_SIZE)):
        job_rows = []
        for job in group:
            place = line.join(job.lane, job.tenant, job.priority)
            tenants[job.lane] = job.tenant
            job_rows.append(_job_row(job, place, dispatched_at))
        with in_one_go(connection, is_copied=are_copied(group)):
            insert_many(connection, jobs, job_rows)
            insert_many(connection, requests, list(_request_rows(group, headers)))
    if dispatched_at is None:
        return {}
    return {lane: next_turn(connection, lane, tenant) for lane, tenant in tenants.items()}


def _job_row(job: NewJob, vstart: float, dispatched_at: datetime | None) -> Row:
    return {
        "id": job.id,
        "tenant": job.tenant,
        "batch_id": job.batch_id,
        "custom_id": job.custom_id,
        "dialect": job.dialect.value,
        "model": job.model,
        "lane": job.lane,
        "stream": job.stream,
        "priority": job.priority.value,
        "input_tokens_estimate": job.input_tokens_estimate,
        "state": (JobState.WAITING if job.run_at else JobState.QUEUED).value,
        "max_failures": job.max_failures,
        "max_time_s": job.max_time_s,
        "warnings": msgspec.json.encode(job.warnings).decode() if job.warnings else None,
        "vstart": vstart,
        "run_at": job.run_at,
        "dispatched_at": None if job.run_at else dispatched_at,
        "created_at": job.created_at,
        "expires_at": job.expires_at,
    }


def _request_rows(group: list[NewJob], headers: "_Headers") -> Iterator[Row]:
    for job in group:
        yield {"job_id": job.id, "body": job.body, "headers": headers.text(job.headers)}


class _Headers:
    """Encodes headers, which are nearly always the same for a whole batch, once."""

    def __init__(self) -> None:
        self._last: dict[str, str] = {}
        self._text = "{}"

    def text(self, headers: dict[str, str]) -> str:
        if headers != self._last:
            self._last, self._text = headers, msgspec.json.encode(headers).decode()
        return self._text
