"""The client: hands jobs to a Promptmill server and fetches what became of them."""

import os
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import closing
from types import TracebackType
from typing import IO, Any, Self, TypeVar, Unpack

import httpx

from promptmill import asks
from promptmill.asks import Ask, Pages
from promptmill.batch_options import BatchOptions
from promptmill.errors import RefusedError, ServerUnreachableError
from promptmill.eval_records import EvalRun
from promptmill.evaluations import Evaluations
from promptmill.following import (
    COME_BACK_S,
    EndedJob,
    Following,
    JobEvent,
    following_batch,
    following_endings,
    following_job,
)
from promptmill.lines import Lines, result_of
from promptmill.records import Batch, Delivery, Job, Lane, Result
from promptmill.schedules import Schedules
from promptmill.transport import faults_named, open_connection, refuse, without_password
from promptmill.waiting import Waiting

DEFAULT_URL = "http://127.0.0.1:8000"
URL_VARIABLE = "PROMPTMILL_URL"
KEY_VARIABLE = "PROMPTMILL_API_KEY"
READ_SIZE = 256 * 1024  # bytes of a submission in memory at a time
SUBMIT_ATTEMPTS = 3

T = TypeVar("T")
Ending = TypeVar("Ending", Batch, Job, EvalRun)


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
        self.evaluations = Evaluations(ask=self._ask, pages=self._pages, lines=self._lines, wait=self._await)
        """Everything about evaluations and their runs."""
        self.schedules = Schedules(ask=self._ask, pages=self._pages)
        """Everything about schedules."""

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
        return self._submit(asks.lines_of(jobs), options, asks.new_key())

    def submit_file(self, lines: IO[bytes], **options: Unpack[BatchOptions]) -> Batch:
        """Submit a file that holds one job object a line; it is sent again if the connection is lost."""
        key = asks.new_key()  # so that what was sent again is not run twice
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
        return self._ask(asks.submit_job(request, job))

    def get_job(self, job_id: str) -> Job:
        """Return a job with its request, its response and its attempts."""
        return self._ask(asks.get_job(job_id))

    def get_batch(self, batch_id: str) -> Batch:
        """Return a batch with its counts as they are now."""
        return self._ask(asks.get_batch(batch_id))

    def jobs(
        self, *, state: str | None = None, batch_id: str | None = None, limit: int | None = None
    ) -> Iterator[Job]:
        """Yield jobs without their bodies, newest first, `limit` at most."""
        return self._pages(asks.job_pages(state, batch_id, limit))

    def results(self, batch_id: str) -> Iterator[Result]:
        """Yield the results there are so far, in the order in which the jobs were submitted."""
        with closing(self._lines(asks.batch_path(batch_id, "results"))) as lines:
            yield from map(result_of, lines)

    def wait(self, batch_id: str, on_progress: Callable[[Batch], None] | None = None) -> Batch:
        """Return the batch once it has ended; `on_progress` is called with each look at it.

        A server that goes away meanwhile is given a minute to come back.
        """
        waiting = Waiting(timeout_s=None, is_watched=on_progress is not None)
        return self._await(lambda wait_s: asks.get_batch(batch_id, wait_s), waiting, on_progress)

    def wait_for_job(self, job_id: str, *, timeout_s: float | None = None) -> Job:
        """Return the job once it has ended, with its response; or as it is after `timeout_s`."""
        waiting = Waiting(timeout_s=timeout_s, is_watched=False)
        return self._await(lambda wait_s: asks.get_job(job_id, wait_s), waiting, None)

    def stream(self, job_id: str, *, timeout_s: float | None = None) -> Generator[JobEvent]:
        """Yield what becomes of a job as it happens, from its start to its end or until `timeout_s` is over.

        The chunks come where its request asked for a stream. A connection that is lost is opened anew and
        goes on where it was; a server that goes away is given a minute to come back.
        """
        return self._follow(following_job(job_id, timeout_s))

    def watch(self, batch_id: str) -> Generator[Batch]:
        """Yield a batch whenever its counts have changed; the last time when it has ended.

        Connections are kept up as by `stream`.
        """
        return self._follow(following_batch(batch_id))

    def ended_jobs(self, batch_id: str) -> Generator[EndedJob]:
        """Yield the jobs of a batch in the order in which they end, from the first to the batch's end.

        Connections are kept up as by `stream`.
        """
        with closing(self._follow(following_endings(batch_id))) as endings:
            for ended in endings:
                yield from ended

    def cancel_batch(self, batch_id: str) -> Batch:
        """Cancel what has not ended of a batch."""
        return self._ask(asks.move_batch(batch_id, "cancel"))

    def retry_batch(self, batch_id: str) -> Batch:
        """Queue the failed jobs of a batch afresh."""
        return self._ask(asks.move_batch(batch_id, "retry"))

    def set_max_cost(self, batch_id: str, max_cost: float | None) -> Batch:
        """Set what a batch may cost in US dollars, None for any amount; what waited for that goes on."""
        return self._ask(asks.set_max_cost(batch_id, max_cost))

    def cancel_job(self, job_id: str) -> Job:
        """Cancel a job that has not ended."""
        return self._ask(asks.move_job(job_id, "cancel"))

    def retry_job(self, job_id: str) -> Job:
        """Queue a failed job afresh."""
        return self._ask(asks.move_job(job_id, "retry"))

    def lanes(self) -> list[Lane]:
        """Return how the lanes to Claude stand."""
        return self._ask(asks.lanes()).data

    def resume_lanes(self, name: str | None = None) -> list[Lane]:
        """Have a paused lane, or all of them, go on at once; return which."""
        return self._ask(asks.resume_lanes(name)).data

    def deliveries(self, *, batch_id: str | None = None, limit: int | None = None) -> Iterator[Delivery]:
        """Yield what webhooks were told, newest first, `limit` at most."""
        return self._pages(asks.delivery_pages(batch_id, limit))

    def get_delivery(self, delivery_id: str) -> Delivery:
        """Return a delivery with its payload and every attempt at it."""
        return self._ask(asks.get_delivery(delivery_id))

    def resend_delivery(self, delivery_id: str) -> Delivery:
        """Have a delivery sent again, now."""
        return self._ask(asks.resend_delivery(delivery_id))

    def _submit(self, lines: Iterable[bytes], options: BatchOptions, key: str) -> Batch:
        return self._ask(asks.submission(options, key), content=lines)

    def _pages(self, pages: Pages[T]) -> Iterator[T]:
        while pages.is_more:
            yield from pages.take(self._ask(pages.ask()))

    def _ask(self, ask: Ask[T], **more: Any) -> T:  # noqa: ANN401 - httpx's own
        with faults_named(self.base_url):
            response = self._http.request(ask.method, ask.path, **ask.details, **more)
        return ask.answer(response, self.base_url)

    def _pieces(self, path: str, **details: Any) -> Generator[bytes]:  # noqa: ANN401 - httpx's own
        with faults_named(self.base_url), self._http.stream("GET", path, **details) as response:
            if not response.is_success:
                response.read()
                refuse(response)
            yield from response.iter_bytes()

    def _lines(self, path: str, **details: Any) -> Generator[bytes]:  # noqa: ANN401 - httpx's own
        lines = Lines()
        with closing(self._pieces(path, **details)) as pieces:
            for piece in pieces:
                yield from lines.feed(piece)
        yield from lines.rest()

    def _await(
        self,
        look: Callable[[float], Ask[Ending]],
        waiting: Waiting,
        on_progress: Callable[[Ending], None] | None,
    ) -> Ending:
        while True:
            try:
                seen = self._ask(look(waiting.look_s()))
            except (ServerUnreachableError, RefusedError) as error:
                time.sleep(waiting.patience.pause_after(error))
                continue
            waiting.patience.renew()
            if on_progress is not None:
                on_progress(seen)
            if seen.has_ended or waiting.is_over:
                return seen
            time.sleep(waiting.pause_s())

    def _follow(self, following: Following[T]) -> Generator[T]:
        while not following.is_over:
            try:
                with closing(self._pieces(following.path, **following.connect())) as pieces:
                    for piece in pieces:
                        yield from following.feed(piece)
                time.sleep(0 if following.is_over else COME_BACK_S)
            except (ServerUnreachableError, RefusedError) as error:
                if not following.is_over:
                    time.sleep(following.patience.pause_after(error))
