"""What holds for a call that is answered as a stream, in whatever dialect it is told."""

from collections.abc import Coroutine
from dataclasses import replace

from api.calls import CallStream, before_hang_up
from api.connection import HttpRequest
from api.endings import failure_of
from api.errors import Refusal, RefusedError, refusal_of
from api.push.events import Ended, Moved, Reset
from jobs.errors import PromptmillError
from jobs.job import FINAL_STATES, JobState

HEAD_PATIENCE_S = 45.0
"""So long the status is held back, while an error can still be one; many proxies give up after 60."""

FAILED = FINAL_STATES - {JobState.SUCCEEDED}
GOES_ROUND = frozenset({JobState.QUEUED, JobState.WAITING})
BROKEN = Refusal(
    status=502,
    type="api_error",
    message="the stream broke, and what was sent of it cannot be taken back: ask again",
)


async def beginning(http: HttpRequest, under_way: CallStream, first: Coroutine[None, None, bytes]) -> bytes:
    """Return the first frame; where there is none, or nobody to read it, the call is let go of."""
    try:
        return await before_hang_up(http, first)
    except BaseException:
        await under_way.events.aclose()
        raise


def check_goes_on(event: Reset | Moved | Ended, *, has_begun: bool) -> None:
    """Raise `RefusedError` where nothing more can come that fits what was sent."""
    if isinstance(event, Reset):
        if has_begun:
            raise RefusedError(BROKEN)
    elif event.job.state in FAILED or (has_begun and event.job.state in GOES_ROUND):
        raise failure_of(event.job)


def told_of(error: PromptmillError, job_id: str) -> Refusal:
    """Return what a reader is told in the middle of a stream, with the job by which more can be found."""
    refusal = refusal_of(error)
    return replace(refusal, message=f"{refusal.message} ({job_id})")
