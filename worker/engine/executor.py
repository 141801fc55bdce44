"""One attempt of one job: format, call, judge; the outcome is a value that others write."""

import random
from contextlib import aclosing

from claude.answer import Answer, TokenUsage
from claude.assembly import MessageAssembler
from claude.client import ClaudeClient
from claude.errors import ClaudeError
from claude.prices import cost
from claude.request import WireRequest, wire_request
from jobs.clock import Clock
from jobs.job import ClaimedJob, JobError, JobState, Usage
from jobs.outcome import Outcome, Reason
from worker.engine.chunker import Chunker
from worker.engine.recorder import Recorder
from worker.retry import Verdict, decide


class Executor:
    """Runs attempts; keeps nothing between them."""

    def __init__(self, *, client: ClaudeClient, recorder: Recorder, clock: Clock) -> None:
        self._client = client
        self._recorder = recorder
        self._clock = clock
        self._jitter = random.Random()  # noqa: S311 - spreads retries, guards nothing

    async def execute(self, job: ClaimedJob) -> Outcome:
        """Run one attempt of `job` and return its outcome; raises nothing but cancellation."""
        try:
            request = wire_request(job.dialect, job.body, job.headers, stream=job.stream)
            answer = await (self._stream(job, request) if request.stream else self._client.send(request))
        except ClaudeError as error:
            return self._failed(job, error)
        return self._succeeded(job, answer)

    async def _stream(self, job: ClaimedJob, request: WireRequest) -> Answer:
        assembler = MessageAssembler(request)
        async with (
            Chunker(job, self._recorder) as chunker,
            aclosing(self._client.stream(request)) as events,
        ):
            async for event in events:
                assembler.feed(event)
                chunker.add(event)
            return assembler.answer(request_id=events.request_id, headers=events.headers)

    def _succeeded(self, job: ClaimedJob, answer: Answer) -> Outcome:
        return Outcome(
            job_id=job.id,
            attempt=job.attempt,
            state=JobState.SUCCEEDED,
            ended_at=self._clock(),
            response=answer.body,
            status=answer.status,
            request_id=answer.request_id,
            usage=billed(job.model, answer.usage),
        )

    def _failed(self, job: ClaimedJob, error: ClaudeError) -> Outcome:
        now = self._clock()
        decision = decide(
            error, failures=job.failures, max_failures=job.max_failures, now=now, jitter=self._jitter
        )
        is_retried = decision.verdict is not Verdict.REFUSE
        job_error = describe(error)
        return Outcome(
            job_id=job.id,
            attempt=job.attempt,
            state=JobState.WAITING if is_retried else JobState.ERRORED,
            ended_at=now,
            reason=Reason.RETRY if is_retried else _why_ended(job),
            run_at=decision.run_at,
            is_failure=decision.verdict is not Verdict.PACE,
            error=job_error,
            status=job_error.status,
            request_id=job_error.request_id,
        )


def billed(model: str, usage: TokenUsage) -> Usage:
    """Return `usage` with its price in US dollars; a model without a known price counts as free."""
    return Usage(
        input_tokens=usage.input,
        output_tokens=usage.output,
        cache_write_tokens=usage.cache_write,
        cache_read_tokens=usage.cache_read,
        cost=cost(model, usage) or 0.0,
    )


def describe(error: ClaudeError) -> JobError:
    """Return `error` as the record keeps it."""
    return JobError(type=error.type, message=error.message, status=error.status, request_id=error.request_id)


def _why_ended(job: ClaimedJob) -> Reason:
    return Reason.FAILURES_SPENT if job.failures + 1 >= job.max_failures else Reason.REFUSED
