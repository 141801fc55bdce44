"""Budgets: once one is spent no job of it is started, and what waited goes on when there is money again."""

from datetime import UTC, datetime, timedelta

import pytest

from jobs.batch import Batch
from jobs.errors import ConflictError, NotFoundError
from jobs.job import JobState, Usage
from jobs.outcome import Reason
from jobs.purse import Purse
from jobs.store.store import Store
from jobs.tenant import Tenant
from tests.factories import NOW, WORKER, a_batch, a_failure, a_new_job, an_outcome, stored_batch, the_job

MIDNIGHT = datetime(2026, 11, 23, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)


def capped_batch(store: Store, size: int, max_cost: float | None = 1.0) -> tuple[str, list[str]]:
    """Store a batch of queued jobs that may cost so much."""
    batch = a_batch(total=size, max_cost=max_cost)
    jobs = [a_new_job(batch_id=batch.id, max_time_s=None) for _ in range(size)]
    with store.write() as tx:
        tx.batches.add(batch)
        tx.jobs.add_many(jobs, dispatched_at=None)
    return batch.id, [job.id for job in jobs]


def with_budget(store: Store, dollars: float | None, name: str = "default") -> None:
    with store.write() as tx:
        tx.tenants.put(Tenant(name=name, daily_budget=dollars), now=NOW)


def claim(store: Store, job_ids: list[str], *, now: datetime = NOW) -> list[str]:
    with store.write() as tx:
        return [job.id for job in tx.jobs.claim(job_ids, worker_id=WORKER, now=now)]


def run(store: Store, job_id: str, cost: float, *, now: datetime = NOW) -> None:
    """Run one job to its end."""
    assert claim(store, [job_id], now=now) == [job_id]
    with store.write() as tx:
        tx.jobs.settle([an_outcome(job_id, usage=Usage(output_tokens=5, cost=cost), ended_at=now)])


def the_batch(store: Store, batch_id: str) -> Batch:
    with store.read() as tx:
        batch = tx.batches.get(batch_id)
    assert batch is not None
    return batch


def test_a_batch_that_has_cost_its_most_starts_nothing_more(store: Store):
    batch_id, [first, second, third] = capped_batch(store, 3)
    run(store, first, 0.99)
    run(store, second, 0.02)
    assert claim(store, [third]) == []
    held = the_job(store, third)
    assert (held.state, held.reason, held.run_at, held.attempt) == (JobState.WAITING, "max_cost", None, 0)
    assert the_batch(store, batch_id).counts.waiting == 1


def test_who_claims_a_job_is_told_whether_there_is_a_budget(store: Store):
    _, [capped] = capped_batch(store, 1)
    _, [free] = capped_batch(store, 1, max_cost=None)
    with store.write() as tx:
        told = {job.id: job.is_capped for job in tx.jobs.claim([capped, free], worker_id=WORKER, now=NOW)}
    assert told == {capped: True, free: False}
    with_budget(store, 5.0)
    _, [budgeted] = stored_batch(store, 1)
    with store.write() as tx:
        [job] = tx.jobs.claim([budgeted], worker_id=WORKER, now=NOW)
    assert job.is_capped


def test_jobs_with_a_budget_and_without_are_claimed_in_the_order_asked_for(store: Store):
    _, capped = capped_batch(store, 3)
    _, free = stored_batch(store, 3)
    mixed = [job_id for pair in zip(capped, free, strict=True) for job_id in pair]
    with store.write() as tx:
        claimed = tx.jobs.claim(mixed, worker_id=WORKER, now=NOW)
        assert sorted(tx.jobs.running(WORKER)) == sorted((job_id, 1) for job_id in mixed)
    assert [(job.id, job.attempt) for job in claimed] == [(job_id, 1) for job_id in mixed]


def test_what_is_in_flight_when_the_money_ends_is_finished(store: Store):
    batch_id, ids = capped_batch(store, 3)
    assert claim(store, ids[:2]) == ids[:2]
    with store.write() as tx:
        tx.jobs.settle([an_outcome(ids[0], usage=Usage(cost=1.0))])
    assert claim(store, ids[2:]) == []
    with store.write() as tx:
        assert tx.jobs.settle([an_outcome(ids[1], usage=Usage(cost=0.4))]) == [ids[1]]
    assert the_batch(store, batch_id).usage.cost == 1.4


def test_only_the_spent_batch_is_held(store: Store):
    _, [spent, held] = capped_batch(store, 2)
    _, others = stored_batch(store, 2)
    run(store, spent, 2.0)
    assert claim(store, [held, *others]) == others


def test_failed_attempts_cost_too_and_their_retries_are_held(store: Store):
    _, [job_id] = capped_batch(store, 1)
    claim(store, [job_id])
    with store.write() as tx:
        tx.jobs.settle([a_failure(job_id, usage=Usage(cost=1.5), run_at=NOW)])
        tx.jobs.wake(now=NOW, limit=9)
    assert claim(store, [job_id]) == []
    held = the_job(store, job_id)
    assert (held.reason, held.failures, held.error and held.error.type) == ("max_cost", 1, "overloaded_error")


@pytest.mark.parametrize("raised", [2.0, None])
def test_a_raised_batch_goes_on(store: Store, raised: float | None):
    batch_id, [first, *rest] = capped_batch(store, 4)
    run(store, first, 1.0)
    purse = Purse(Reason.MAX_COST, batch_id)
    with store.write() as tx:
        assert tx.jobs.purses_to_hold(now=NOW) == [purse]
        assert tx.jobs.hold(purse, now=NOW, limit=2) == 2
        assert tx.jobs.hold(purse, now=NOW, limit=2) == 1
        assert (tx.jobs.purses_to_hold(now=NOW), tx.jobs.purses_to_open(now=NOW)) == ([], [])
        tx.batches.set_max_cost(batch_id, raised)
        assert tx.jobs.purses_to_open(now=NOW) == [purse]
        assert tx.jobs.release(purse, limit=9) == 3
    assert the_job(store, rest[0]).reason is None
    assert claim(store, rest) == rest


def test_a_lowered_batch_is_held(store: Store):
    batch_id, [first, second] = capped_batch(store, 2, max_cost=None)
    run(store, first, 0.5)
    with store.write() as tx:
        tx.batches.set_max_cost(batch_id, 0.5)
    assert claim(store, [second]) == []


def test_only_a_batch_that_goes_on_can_be_raised(store: Store):
    batch_id, [job_id] = capped_batch(store, 1)
    run(store, job_id, 0.1)
    with store.write() as tx:
        with pytest.raises(ConflictError, match="has ended"):
            tx.batches.set_max_cost(batch_id, 3.0)
        with pytest.raises(NotFoundError):
            tx.batches.set_max_cost("batch_none", 3.0)


def test_a_held_batch_can_be_canceled_and_expires(store: Store):
    batch_id, [first, second] = capped_batch(store, 2)
    late_id, [third, fourth] = capped_batch(store, 2)
    for job_id in (first, third):
        run(store, job_id, 1.0)
    assert claim(store, [second, fourth]) == []
    with store.write() as tx:
        assert tx.jobs.cancel_batch(batch_id, now=LATER) == 1
        assert tx.jobs.expire(now=NOW + timedelta(days=2), limit=9) == 1
    assert the_batch(store, batch_id).counts.canceled == the_batch(store, late_id).counts.expired == 1


def test_a_tenant_that_has_spent_its_day_waits_for_the_next(store: Store):
    with_budget(store, 1.0)
    _, [first, second, third] = stored_batch(store, 3)
    run(store, first, 1.0)
    assert claim(store, [second]) == []
    held = the_job(store, second)
    assert (held.state, held.reason, held.run_at) == (JobState.WAITING, "daily_budget", MIDNIGHT)
    with store.write() as tx:
        assert tx.jobs.purses_to_hold(now=NOW) == [Purse(Reason.DAILY_BUDGET, "default")]
        assert tx.jobs.is_spent("default", now=NOW)
        assert tx.jobs.wake(now=MIDNIGHT, limit=9) == 1
        assert not tx.jobs.is_spent("default", now=MIDNIGHT)
    assert the_job(store, second).reason is None
    assert claim(store, [second, third], now=MIDNIGHT) == [second, third]


def test_a_tenant_without_a_budget_or_with_another_is_not_held(store: Store):
    with_budget(store, 1.0, name="spent")
    with_budget(store, 5.0, name="rich")
    ids = {name: stored_batch(store, 2, tenant=name)[1] for name in ("spent", "rich", "free")}
    for first, _ in ids.values():
        run(store, first, 1.0)
    seconds = [second for _, second in ids.values()]
    assert claim(store, seconds) == [ids["rich"][1], ids["free"][1]]


def test_a_budget_of_nothing_lets_nothing_start(store: Store):
    with_budget(store, 0.0)
    _, [job_id] = stored_batch(store, 1)
    assert claim(store, [job_id]) == []


def test_a_raised_tenant_goes_on_the_same_day(store: Store):
    with_budget(store, 1.0)
    _, [first, second] = stored_batch(store, 2)
    run(store, first, 1.0)
    assert claim(store, [second]) == []
    with_budget(store, 9.0)
    purse = Purse(Reason.DAILY_BUDGET, "default")
    with store.write() as tx:
        assert tx.jobs.purses_to_open(now=NOW) == [purse]
        assert tx.jobs.release(purse, limit=9) == 1
    assert claim(store, [second]) == [second]


def test_spending_is_booked_by_tenant_and_by_the_day_of_the_attempts_end(store: Store):
    _, [first, second, third] = stored_batch(store, 3)
    _, [other] = stored_batch(store, 1, tenant="other")
    run(store, first, 0.5)
    run(store, second, 0.25, now=MIDNIGHT - timedelta(microseconds=1))
    run(store, third, 0.125, now=MIDNIGHT)
    run(store, other, 8.0)
    with store.read() as tx:
        today, yesterday = tx.spending.list("default", limit=9)
        assert tx.spending.of_day("default", MIDNIGHT.date()) == today
    assert (today.jobs, today.usage) == (1, Usage(output_tokens=5, cost=0.125))
    assert (yesterday.day, yesterday.jobs, yesterday.usage.cost) == (NOW.date(), 2, 0.75)


def test_a_late_outcome_that_the_fence_refuses_is_not_booked(store: Store):
    _, [job_id] = stored_batch(store, 1)
    run(store, job_id, 0.5)
    with store.write() as tx:
        assert tx.jobs.settle([an_outcome(job_id, usage=Usage(cost=0.5))]) == []
        assert tx.spending.of_day("default", NOW.date()).usage.cost == 0.5


def test_a_claimed_job_may_be_tried_again_until_its_time_from_the_first_start_is_up(store: Store):
    job = a_new_job(max_time_s=90.0)
    with store.write() as tx:
        tx.jobs.add_many([job], dispatched_at=None)
        [first] = tx.jobs.claim([job.id], worker_id=WORKER, now=NOW)
        tx.jobs.settle([a_failure(job.id, run_at=NOW)])
        tx.jobs.wake(now=NOW, limit=1)
        [second] = tx.jobs.claim([job.id], worker_id=WORKER, now=LATER)
    assert first.expires_at == second.expires_at == NOW + timedelta(seconds=90)
    assert (the_job(store, job.id).first_started_at, the_job(store, job.id).started_at) == (NOW, LATER)


def test_a_job_run_afresh_has_all_of_its_time_again(store: Store):
    job = a_new_job(max_time_s=90.0)
    with store.write() as tx:
        tx.jobs.add_many([job], dispatched_at=None)
        tx.jobs.claim([job.id], worker_id=WORKER, now=NOW)
        tx.jobs.settle([a_failure(job.id, state=JobState.ERRORED, run_at=None)])
        tx.jobs.retry([job.id], expires_at=NOW + timedelta(days=1))
        [again] = tx.jobs.claim([job.id], worker_id=WORKER, now=LATER)
    assert again.expires_at == LATER + timedelta(seconds=90)
