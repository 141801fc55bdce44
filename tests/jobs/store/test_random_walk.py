"""Any moves in any order: the counters that are kept equal the jobs that are counted."""

import random
from datetime import timedelta

import pytest

from jobs.ending import EndingPosition
from jobs.job import Job, JobState, Usage
from jobs.outcome import Outcome
from jobs.store.store import Store, Transaction
from tests.factories import NOW, a_failure, an_outcome, stored_batch

STEPS = 100
WORKERS = ("worker_a", "worker_b")


class Walk:
    """Random moves of the jobs of two batches, and what they must add up to."""

    def __init__(self, store: Store, seed: int) -> None:
        self.random = random.Random(seed)
        self.batches = [stored_batch(store, 15) for _ in range(2)]
        self.ids = [job_id for _, ids in self.batches for job_id in ids]
        self.attempts: dict[str, int] = {}
        self.now = NOW

    def step(self, tx: Transaction) -> None:
        """Make one random move."""
        self.now += timedelta(seconds=1)
        moves = (self.claim, self.claim, self.settle, self.settle, self.cancel, self.other)
        self.random.choice(moves)(tx)

    def claim(self, tx: Transaction) -> None:
        for job in tx.jobs.claim(self.some(), worker_id=self.random.choice(WORKERS), now=self.now):
            assert job.attempt > self.attempts.get(job.id, 0)
            self.attempts[job.id] = job.attempt

    def settle(self, tx: Transaction) -> None:
        tx.jobs.settle([self.outcome(job_id) for job_id in self.some()])

    def outcome(self, job_id: str) -> Outcome:
        attempt = self.attempts.get(job_id, 1) - self.random.choice((0, 0, 0, 1))
        fields = {"attempt": attempt, "ended_at": self.now, "usage": Usage(input_tokens=1, cost=0.5)}
        state = self.random.choice((JobState.SUCCEEDED, JobState.ERRORED, JobState.WAITING, JobState.QUEUED))
        if state is JobState.SUCCEEDED:
            return an_outcome(job_id, **fields)
        return a_failure(job_id, state=state, run_at=self.now, **fields)

    def cancel(self, tx: Transaction) -> None:
        if self.random.random() < 0.2:
            tx.jobs.cancel_batch(self.random.choice(self.batches)[0], now=self.now)
        for job_id in self.some()[:2]:
            tx.jobs.cancel(job_id, now=self.now)

    def other(self, tx: Transaction) -> None:
        until = self.now + timedelta(seconds=self.random.randrange(60))
        match self.random.randrange(5):
            case 0:
                tx.jobs.wake(now=self.now, limit=10)
            case 1:
                tx.jobs.expire(now=self.now, limit=10)
            case 2:
                tx.jobs.rescue([self.random.choice(WORKERS)], now=self.now)
            case 3:
                tx.jobs.retry(self.some(), expires_at=until)
            case _:
                tx.jobs.retry_batch(self.random.choice(self.batches)[0], expires_at=until)

    def some(self) -> list[str]:
        return self.random.sample(self.ids, 8)


@pytest.mark.parametrize("seed", range(3))
def test_kept_counters_equal_counted_jobs_after_every_move(store: Store, seed: int):
    walk = Walk(store, seed)
    for _ in range(STEPS):
        with store.write() as tx:
            walk.step(tx)
            for batch_id, _ in walk.batches:
                assert_kept_equals_counted(tx, batch_id)


def assert_last_told(tx: Transaction, batch_id: str, jobs: list[Job]) -> None:
    """Compare what the endings say last of each job with how it ended."""
    position = EndingPosition(batch_id=batch_id, seq=0)
    endings = tx.endings.read_many([position], most=1000).get(position, [])
    last = {job.id: job.state for each in endings for job in each.jobs}
    assert {job.id: last[job.id] for job in jobs if job.state.is_final} == {
        job.id: job.state for job in jobs if job.state.is_final
    }


def assert_kept_equals_counted(tx: Transaction, batch_id: str) -> None:
    """Compare a batch's counters, usage and end with its jobs, attempts and responses."""
    batch = tx.batches.get(batch_id)
    jobs = tx.jobs.list(tenant="default", batch_id=batch_id, limit=100)
    states = [job.state for job in jobs]
    assert [getattr(batch.counts, state) for state in JobState] == [states.count(s) for s in JobState]
    assert batch.usage.input_tokens == sum(job.usage.input_tokens for job in jobs)
    assert batch.usage.cost == sum(job.usage.cost for job in jobs)
    assert (batch.ended_at is not None) == all(job.state.is_final for job in jobs)
    assert_last_told(tx, batch_id, jobs)
    for job in jobs:
        assert (job.ended_at is not None) == job.state.is_final
        assert (tx.jobs.get_response(job.id) is not None) == (job.state is JobState.SUCCEEDED)
        running = [each for each in tx.attempts.of_job(job.id) if each.ended_at is None]
        assert len(running) == (job.state is JobState.RUNNING)
