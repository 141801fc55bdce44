"""A streamed job, and its answer written as a worker would."""

import pytest

from jobs.chunk import NewChunk
from tests.factories import NOW, WORKER, a_new_job

DELTA = '{"type": "content_block_delta", "index": 0}'


@pytest.fixture
def job(store):
    """Return a queued job whose answer is streamed."""
    new = a_new_job(stream=True)
    with store.write() as tx:
        tx.jobs.add_many([new], dispatched_at=None)
    return new


@pytest.fixture
def write(store, job):
    """Claim the job if need be, and write chunks of its answer."""

    def write(*seqs, attempt=1, data=f"[{DELTA}, {DELTA}]"):
        with store.write() as tx:
            tx.jobs.claim([job.id], worker_id=WORKER, now=NOW)
            tx.chunks.append_many(
                [NewChunk(job_id=job.id, attempt=attempt, seq=seq, data=data) for seq in seqs]
            )

    return write


@pytest.fixture
def settle(store):
    """Write what became of attempts."""

    def settle(*outcomes):
        with store.write() as tx:
            assert len(tx.jobs.settle(outcomes)) == len(outcomes)

    return settle
