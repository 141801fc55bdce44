"""What can be asked of a server: each request and how its answer is read, whoever carries it."""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from urllib.parse import quote

import httpx
import msgspec

from promptmill.batch_options import BatchOptions, query_of
from promptmill.errors import RefusedError
from promptmill.records import Batch, Delivery, DeliveryPage, Job, JobPage, LaneList, Page
from promptmill.transport import refuse

T = TypeVar("T")
PAGE = 100
JOBS = "/v1/jobs"
DELIVERIES = "/v1/webhooks/deliveries"
JSON_BODY = {"content-type": "application/json"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask(Generic[T]):
    """One request; `T` is what the server answers."""

    kind: type[T]
    method: str = "GET"
    path: str
    details: Mapping[str, Any] = field(default_factory=dict)
    """As httpx takes them."""

    def answer(self, response: httpx.Response, base_url: str) -> T:
        """Return what a (read) response says; raises `RefusedError`."""
        refuse(response)
        try:
            return msgspec.json.decode(response.content, type=self.kind)
        except msgspec.MsgspecError as error:
            raise RefusedError(
                f"{base_url} answered something else than expected; is it a Promptmill server?",
                status=response.status_code,
                kind="api_error",
            ) from error


class Pages(Generic[T]):
    """A list that comes in pages, newest first: `ask` for one and `take` it while there `is_more`."""

    def __init__(
        self, kind: type[Page[T]], path: str, query: Mapping[str, str | None], limit: int | None
    ) -> None:
        self._kind = kind
        self._path = path
        self._query = {name: value for name, value in query.items() if value is not None}
        self._query["limit"] = str(min(limit or PAGE, PAGE))
        self._left = limit
        self.is_more = True

    def ask(self) -> Ask[Page[T]]:
        """Return what the next page is asked for with."""
        return Ask(kind=self._kind, path=self._path, details={"params": self._query})

    def take(self, page: Page[T]) -> list[T]:
        """Return what of the page belongs to the list, which is no longer than its limit."""
        taken = page.data[: self._left]
        if self._left is not None:
            self._left -= len(taken)
        self.is_more = page.next_cursor is not None and self._left != 0
        if page.next_cursor is not None:
            self._query["cursor"] = page.next_cursor
        return taken


def job_pages(state: str | None, batch_id: str | None, limit: int | None) -> Pages[Job]:
    """List jobs without their bodies."""
    return Pages(JobPage, JOBS, {"state": state, "batch_id": batch_id}, limit)


def delivery_pages(batch_id: str | None, limit: int | None) -> Pages[Delivery]:
    """List what webhooks were told."""
    return Pages(DeliveryPage, DELIVERIES, {"subject_id": batch_id}, limit)


def submission(options: BatchOptions, key: str) -> Ask[Batch]:
    """Submit a batch, whose lines the carrier adds; sent again with the same `key` it is run only once."""
    headers = {"content-type": "application/x-ndjson", "idempotency-key": key}
    return Ask(
        kind=Batch, method="POST", path=JOBS, details={"params": query_of(options), "headers": headers}
    )


def lines_of(jobs: Iterable[Mapping[str, Any]]) -> Iterable[bytes]:
    """Return the lines of a submission, made as they are iterated over."""
    return (msgspec.json.encode(job) + b"\n" for job in jobs)


def new_key() -> str:
    """Return a key under which a submission is not run twice."""
    return secrets.token_hex(16)


def submit_job(request: Mapping[str, Any], job: Mapping[str, object]) -> Ask[Job]:
    """Submit a single job."""
    return Ask(kind=Job, method="POST", path=JOBS, details={"json": {**job, "request": request}})


def get_job(job_id: str, wait_s: float = 0.0) -> Ask[Job]:
    """Show a job, once it has ended or `wait_s` is over."""
    return Ask(kind=Job, path=job_path(job_id), details=_waiting(wait_s))


def get_batch(batch_id: str, wait_s: float = 0.0) -> Ask[Batch]:
    """Show a batch, once it has ended or `wait_s` is over."""
    return Ask(kind=Batch, path=batch_path(batch_id), details=_waiting(wait_s))


def move_job(job_id: str, move: str) -> Ask[Job]:
    """Have a job `cancel`ed, or `retry` it."""
    return Ask(kind=Job, method="POST", path=job_path(job_id, move))


def move_batch(batch_id: str, move: str) -> Ask[Batch]:
    """Have a batch `cancel`ed, or `retry` what failed of it."""
    return Ask(kind=Batch, method="POST", path=batch_path(batch_id, move))


def set_max_cost(batch_id: str, max_cost: float | None) -> Ask[Batch]:
    """Set what a batch may cost."""
    details = {"json": {"max_cost": max_cost}}
    return Ask(kind=Batch, method="PATCH", path=batch_path(batch_id), details=details)


def lanes() -> Ask[LaneList]:
    """List the lanes to Claude."""
    return Ask(kind=LaneList, path="/v1/lanes")


def resume_lanes(name: str | None) -> Ask[LaneList]:
    """Have a paused lane, or all of them, go on."""
    path = f"/v1/lanes/{quote(name, safe='')}/resume" if name else "/v1/lanes/resume"
    return Ask(kind=LaneList, method="POST", path=path)


def get_delivery(delivery_id: str) -> Ask[Delivery]:
    """Show a delivery."""
    return Ask(kind=Delivery, path=f"{DELIVERIES}/{quote(delivery_id, safe='')}")


def resend_delivery(delivery_id: str) -> Ask[Delivery]:
    """Have a delivery sent again."""
    return Ask(kind=Delivery, method="POST", path=f"{DELIVERIES}/{quote(delivery_id, safe='')}/resend")


def job_path(job_id: str, *rest: str) -> str:
    """Return a job's address, or one below it."""
    return "/".join([JOBS, quote(job_id, safe=""), *rest])


def batch_path(batch_id: str, *rest: str) -> str:
    """Return a batch's address, or one below it."""
    return "/".join(["/v1/batches", quote(batch_id, safe=""), *rest])


def _waiting(wait_s: float) -> Mapping[str, Any]:
    return {"params": {"wait": f"{wait_s:.3f}"}} if wait_s > 0 else {}
