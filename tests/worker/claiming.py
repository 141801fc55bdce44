"""Claims of tests that have no loop running."""

import asyncio
from collections.abc import Sequence

from jobs.job import ClaimedJob
from worker.engine.recorder import Recorder


def claim(recorder: Recorder, job_ids: Sequence[str], *, is_interactive: bool = False) -> list[ClaimedJob]:
    """Claim the jobs and return those that were to be had; raises what the claim raises."""

    async def scene() -> list[ClaimedJob]:
        return await recorder.claim(job_ids, is_interactive=is_interactive)

    return asyncio.run(scene())
