"""The client: hands jobs to a Promptmill server and fetches what became of them."""

import math
import os
import secrets
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import closing
from types import TracebackType
from typing import IO, Any, Self, TypeVar, Unpack
from urllib.parse import quote

import httpx
import msgspec

from promptmill.batch_options import BatchOptions, query_of
from promptmill.errors import RefusedError, ServerUnreachableError
from promptmill.records import (
    Batch,
    Delivery,
    DeliveryPage,
    Job,
    JobPage,
    Lane,
    LaneList,
    Page,
    Result,
    text_of,
)
from promptmill.transport import faults_named, open_connection, refuse, without_password

DEFAULT_URL = "http://127.0.0.1:8000"
URL_VARIABLE = "PROMPTMILL_URL"
KEY_VARIABLE = "PROMPTMILL_API_KEY"
READ_SIZE = 256 * 1024  # bytes of a submission in memory at a time
FIRST_PAUSE_S = 0.02  # between two looks at a batch; grows to:
LONGEST_PAUSE_S = 1.0
SUBMIT_ATTEMPTS = 3
PATIENCE_S = 60.0  # with a server that went away while a batch was awaited

T = TypeVar("T")


class Client:
    """A connection to a Promptmill server; close it, or use it in a `with` statement.

    Its methods raise `ServerUnreachableError` when no server answers and `RefusedError` when it says no.
    """

    def __init__(self, base_url: str | None = None, *, api_key: str | None = None) -> None:
        """Open a client for `base_url`, by default `PROMPTMILL_URL`, else http://127.0.0.1:8000.

        `api_key` is by default `PROMPTMILL_API_KEY`; servers without keys need none.
        """
        url = base_url or os.environ.get(URL_VARIABLE) or DEFAULT_URL
        self._http = open_connection(url, api_key=api_key or os.environ.get(KEY_VARIABLE))
        self.base_url = without_password(url)
        """Fit to be shown."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def submit(self, jobs: Iterable[Mapping[str, Any]], **options: Unpack[BatchOptions]) -> Batch:
        """Submit `jobs` as one batch; each is `{"request": {...}}`, with a `custom_id` if you like.

        They are sent as they are iterated over; nothing is stored unless every one is good.
        """
        return self._submit((msgspec.json.encode(job) + b"\n" for job in jobs), options, _new_key())

    def submit_file(self, lines: IO[bytes], **options: Unpack[BatchOptions]) -> Batch:
        """Submit a file that holds one job object a line; it is sent again if the connection is lost."""
        key = _new_key()  # so that what was sent again is not run twice
        for attempt in range(1, SUBMIT_ATTEMPTS + 1):
            try:
                lines.seek(0)
                return self._submit(iter(lambda: lines.read(READ_SIZE), b""), options, key)
            except ServerUnreachableError as error:
                if attempt == SUBMIT_ATTEMPTS or isinstance(error.__cause__, httpx.ConnectError):
                    raise
        raise AssertionError

    def submit_job(self, request: Mapping[str, Any], **job: object) -> Job:
        """Submit a single job.

        `job` may say `format`, `custom_id`, `priority`, `run_at`, `expires_in_s`, `max_failures` and
        `max_time_s`.
        """
        return self._ask(Job, "POST", "/v1/jobs", json={**job, "request": request})

    def get_job(self, job_id: str) -> Job:
        """Return a job with its request, its response and its attempts."""
        return self._ask(Job, "GET", f"/v1/jobs/{quote(job_id, safe='')}")

    def get_batch(self, batch_id: str) -> Batch:
        """Return a batch with its counts as they are now."""
        return self._ask(Batch, "GET", f"/v1/batches/{quote(batch_id, safe='')}")

    def jobs(
        self, *, state: str | None = None, batch_id: str | None = None, limit: int | None = None
    ) -> Iterator[Job]:
        """Yield jobs without their bodies, newest first, `limit` at most."""
        query = {"state": state, "batch_id": batch_id, "limit": str(min(limit or 100, 100))}
        return self._pages(JobPage, "/v1/jobs", query, limit)

    def results(self, batch_id: str) -> Iterator[Result]:
        """Yield the results there are so far, in the order in which the jobs were submitted."""
        decoder = msgspec.json.Decoder(Result)
        with closing(self._lines(f"/v1/batches/{quote(batch_id, safe='')}/results")) as lines:
            for line in lines:
                result = decoder.decode(line)
                yield msgspec.structs.replace(result, text=text_of(result.response))

    def wait(self, batch_id: str, on_progress: Callable[[Batch], None] | None = None) -> Batch:
        """Return the batch once it has ended; `on_progress` is called with each look at it.

        A server that goes away meanwhile is given a minute to come back.
        """
        return self._await(lambda: self.get_batch(batch_id), on_progress, None)

    def wait_for_job(self, job_id: str, *, timeout_s: float | None = None) -> Job:
        """Return the job once it has ended, with its response; or as it is after `timeout_s`."""
        return self._await(lambda: self.get_job(job_id), None, timeout_s)

    def cancel_batch(self, batch_id: str) -> Batch:
        """Cancel what has not ended of a batch."""
        return self._ask(Batch, "POST", f"/v1/batches/{quote(batch_id, safe='')}/cancel")

    def retry_batch(self, batch_id: str) -> Batch:
        """Queue the failed jobs of a batch afresh."""
        return self._ask(Batch, "POST", f"/v1/batches/{quote(batch_id, safe='')}/retry")

    def set_max_cost(self, batch_id: str, max_cost: float | None) -> Batch:
        """Set what a batch may cost in US dollars, None for any amount; what waited for that goes on."""
        path = f"/v1/batches/{quote(batch_id, safe='')}"
        return self._ask(Batch, "PATCH", path, json={"max_cost": max_cost})

    def cancel_job(self, job_id: str) -> Job:
        """Cancel a job that has not ended."""
        return self._ask(Job, "POST", f"/v1/jobs/{quote(job_id, safe='')}/cancel")

    def retry_job(self, job_id: str) -> Job:
        """Queue a failed job afresh."""
        return self._ask(Job, "POST", f"/v1/jobs/{quote(job_id, safe='')}/retry")

    def lanes(self) -> list[Lane]:
        """Return how the lanes to Claude stand."""
        return self._ask(LaneList, "GET", "/v1/lanes").data

    def resume_lanes(self, name: str | None = None) -> list[Lane]:
        """Have a paused lane, or all of them, go on at once; return which."""
        path = f"/v1/lanes/{quote(name, safe='')}/resume" if name else "/v1/lanes/resume"
        return self._ask(LaneList, "POST", path).data

    def deliveries(self, *, batch_id: str | None = None, limit: int | None = None) -> Iterator[Delivery]:
        """Yield what webhooks were told, newest first, `limit` at most."""
        query = {"subject_id": batch_id, "limit": str(min(limit or 100, 100))}
        return self._pages(DeliveryPage, "/v1/webhooks/deliveries", query, limit)

    def get_delivery(self, delivery_id: str) -> Delivery:
        """Return a delivery with its payload and every attempt at it."""
        return self._ask(Delivery, "GET", f"/v1/webhooks/deliveries/{quote(delivery_id, safe='')}")

    def resend_delivery(self, delivery_id: str) -> Delivery:
        """Have a delivery sent again, now."""
        return self._ask(Delivery, "POST", f"/v1/webhooks/deliveries/{quote(delivery_id, safe='')}/resend")

    def _submit(self, content: Iterable[bytes], options: BatchOptions, key: str) -> Batch:
        return self._ask(
            Batch,
            "POST",
            "/v1/jobs",
            content=content,
            params=query_of(options),
            headers={"content-type": "application/x-ndjson", "idempotency-key": key},
        )

    def _pages(
        self, kind: type[Page[T]], path: str, query: dict[str, str | None], limit: int | None
    ) -> Iterator[T]:
        left = limit
        while True:
            page = self._ask(kind, "GET", path, params={k: v for k, v in query.items() if v})
            yield from page.data[:left]
            left = None if left is None else left - len(page.data)
            if page.next_cursor is None or (left is not None and left <= 0):
                return
            query["cursor"] = page.next_cursor

    def _ask(self, kind: type[T], method: str, path: str, **details: Any) -> T:  # noqa: ANN401 - httpx's own
        with faults_named(self.base_url):
            response = self._http.request(method, path, **details)
        refuse(response)
        return self._decode(kind, response)

    def _decode(self, kind: type[T], response: httpx.Response) -> T:
        try:
            return msgspec.json.decode(response.content, type=kind)
        except msgspec.MsgspecError as error:
            raise RefusedError(
                f"{self.base_url} answered something else than expected; is it a Promptmill server?",
                status=response.status_code,
                kind="api_error",
            ) from error

    def _lines(self, path: str) -> Generator[bytes, None, None]:
        with faults_named(self.base_url), self._http.stream("GET", path) as response:
            if not response.is_success:
                response.read()
                refuse(response)
            # httpx's own iter_lines also breaks at U+2028 and its like, which JSON may hold as they are.
            begun: list[bytes] = []
            for piece in response.iter_bytes():
                head, *lines = piece.split(b"\n")
                begun.append(head)
                for line in lines:
                    yield b"".join(begun)
                    begun = [line]
            if rest := b"".join(begun):
                yield rest

    def _await(
        self,
        look: "Callable[[], Ended]",
        on_progress: "Callable[[Ended], None] | None",
        timeout_s: float | None,
    ) -> "Ended":
        pause_s = FIRST_PAUSE_S
        end = math.inf if timeout_s is None else time.monotonic() + timeout_s
        while True:
            seen = self._patiently(look)
            if on_progress is not None:
                on_progress(seen)
            if seen.has_ended or time.monotonic() > end:
                return seen
            time.sleep(pause_s)
            pause_s = min(pause_s * 1.2, LONGEST_PAUSE_S)

    def _patiently(self, look: Callable[[], T]) -> T:
        """Look until the server answers, for a minute at most."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                return look()
            except ServerUnreachableError:
                if time.monotonic() > deadline:
                    raise
            time.sleep(LONGEST_PAUSE_S)


Ended = TypeVar("Ended", Batch, Job)


def _new_key() -> str:
    return secrets.token_hex(16)
