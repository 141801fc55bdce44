"""How jobs come into the store: `queued`, or `waiting` where they have a time to start at."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import chain, islice
from operator import attrgetter

import msgspec
from sqlalchemy import Connection

from jobs.job import NewJob
from jobs.store.binary_copy import Columns, copy_pairs
from jobs.store.fairness import Line
from jobs.store.grouped import in_one_go
from jobs.store.insertion import LEAST_COPIED, are_copied, insert_many
from jobs.store.tables import jobs, requests

GROUP_SIZE = 500  # jobs held in memory at a time; the database takes them in while the next are made

_AS_GIVEN = (
    "id",
    "tenant",
    "batch_id",
    "custom_id",
    "model",
    "lane",
    "stream",
    "input_tokens_estimate",
    "max_failures",
    "max_time_s",
    "run_at",
    "created_at",
    "expires_at",
)
_as_given = attrgetter(*_AS_GIVEN)


def add_many(
    connection: Connection, new_jobs: Iterable[NewJob], *, line: Line, dispatched_at: datetime | None
) -> dict[str, float]:
    """Insert `new_jobs` where they join the line; return the turn that those have which go out at once."""
    tenants: dict[str, str] = {}
    rising = iter(new_jobs)
    few = list(islice(rising, LEAST_COPIED))

    def groups() -> Iterator[tuple[Columns, Columns]]:
        """Yield the rows of both tables; only the first of them are made with the help of the database."""
        all_jobs = chain(few, rising)
        headers = _Headers()
        while group := list(islice(all_jobs, GROUP_SIZE)):
            if not tenants and len(group) == GROUP_SIZE:
                line.look_ahead(group[0].tenant)
            tenants.update((job.lane, job.tenant) for job in group)
            yield _job_columns(group, line, dispatched_at), _request_columns(group, headers)

    if are_copied(connection, few):
        copy_pairs(connection, (jobs, requests), groups())
    else:
        for job_columns, request_columns in groups():
            with in_one_go(connection):
                insert_many(connection, jobs, job_columns)
                insert_many(connection, requests, request_columns)
    if dispatched_at is None:
        return {}
    return {lane: line.turn(lane, tenant) for lane, tenant in tenants.items()}


def _job_columns(group: Sequence[NewJob], line: Line, dispatched_at: datetime | None) -> Columns:
    return {
        **dict(zip(_AS_GIVEN, zip(*map(_as_given, group), strict=True), strict=True)),
        "dialect": [job.dialect.value for job in group],
        "priority": [job.priority.value for job in group],
        "state": [job.state.value for job in group],
        "warnings": [_json(job.warnings) for job in group],
        "vstart": [line.join(job.lane, job.tenant, job.priority) for job in group],
        "dispatched_at": [None if job.run_at else dispatched_at for job in group],
    }


def _json(warnings: tuple[str, ...]) -> str | None:
    return msgspec.json.encode(warnings).decode() if warnings else None


def _request_columns(group: Sequence[NewJob], headers: "_Headers") -> Columns:
    return {
        "job_id": [job.id for job in group],
        "body": [job.body for job in group],
        "headers": [headers.text(job.headers) for job in group],
    }


class _Headers:
    """Encodes headers, which are nearly always the same for a whole batch, once."""

    def __init__(self) -> None:
        self._last: dict[str, str] = {}
        self._text = "{}"

    def text(self, headers: dict[str, str]) -> str:
        if headers != self._last:
            self._last, self._text = headers, msgspec.json.encode(headers).decode()
        return self._text
