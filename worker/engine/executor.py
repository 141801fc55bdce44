"""One attempt of one job: format, call, judge; the outcome is a value that others write."""

import random
from contextlib import AsyncExitStack, aclosing

from claude.answer import Answer, TokenUsage
from claude.assembly import MessageAssembler
from claude.client import ClaudeClient
from claude.errors import ClaudeError
from claude.long_calls import with_time
from claude.prices import cost
from claude.request import WireRequest, wire_request
from jobs.clock import Clock
from jobs.job import ClaimedJob, JobError, JobState, Usage
from jobs.outcome import Outcome
from worker.engine.attempted import Attempted
from worker.engine.chunker import Chunker
from worker.engine.recorder import Recorder
from worker.limits.landing import of_answer, of_error
from worker.retry import decide


class Executor:
    """Runs attempts; keeps nothing between them."""

    def __init__(self, *, client: ClaudeClient, recorder: Recorder, clock: Clock) -> None:
        self._client = client
        self._recorder = recorder
        self._clock = clock
        self._jitter = random.Random()  # noqa: S311 - spreads retries, guards nothing

    async def execute(self, job: ClaimedJob) -> Attempted:
        """Run one attempt of `job` and return what came of it; raises nothing but cancellation."""
        try:
            request = with_time(wire_request(job.dialect, job.body, job.headers, stream=job.stream))
        except ClaudeError as error:
            return Attempted(self._failed(job, error, TokenUsage()), of_error(error))
        assembler = MessageAssembler(request)
        try:
            if request.stream:
                answer = await self._stream(job, request, assembler)
            else:
                answer = await self._client.send(request)
        except ClaudeError as error:
            return Attempted(self._failed(job, error, assembler.usage), of_error(error))
        return Attempted(self._succeeded(job, answer), of_answer(answer))

    async def _stream(self, job: ClaimedJob, request: WireRequest, assembler: MessageAssembler) -> Answer:
        async with AsyncExitStack() as stack:
            # A call that is streamed for its length alone has nobody who reads along.
            chunker = (
                await stack.enter_async_context(Chunker(job, self._recorder.append)) if job.stream else None
            )
            events = await stack.enter_async_context(aclosing(self._client.stream(request)))
            try:
                async for event in events:
                    assembler.feed(event)
                    if chunker is not None:
                        chunker.add(event)
                return assembler.answer(request_id=events.request_id, headers=events.headers)
            except ClaudeError as error:
                error.request_id = error.request_id or events.request_id
                raise

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

    def _failed(self, job: ClaimedJob, error: ClaudeError, usage: TokenUsage) -> Outcome:
        now = self._clock()
        decision = decide(
            error,
            failures=job.failures,
            max_failures=job.max_failures,
            now=now,
            expires_at=job.expires_at,
            jitter=self._jitter,
        )
        return Outcome(
            job_id=job.id,
            attempt=job.attempt,
            state=JobState.WAITING if decision.run_at else JobState.ERRORED,
            ended_at=now,
            reason=decision.reason,
            run_at=decision.run_at,
            is_failure=decision.is_failure,
            error=describe(error),
            status=error.status,
            request_id=error.request_id,
            usage=billed(job.model, usage),
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
    return JobError(
        type=error.type,
        message=error.message,
        status=error.status,
        request_id=error.request_id,
        details=error.details,
    )
