import random
from datetime import UTC, datetime, timedelta

import pytest

from claude.errors import ClaudeConnectionError, ClaudeStatusError, ConnectionFault, MissingKeyError
from jobs.outcome import Reason
from worker.meaning import Meaning
from worker.retry import (
    FIRST_WAIT_S,
    LONGEST_WAIT_S,
    PACED_WAIT_S,
    PAUSED_WAIT_S,
    VERDICTS,
    Verdict,
    classify,
    decide,
)

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
FAR = NOW + timedelta(days=30)
LIMITS = {"anthropic-ratelimit-requests-remaining": "0"}


def status(status, **fields):
    fields.setdefault("headers", LIMITS)
    return ClaudeStatusError("as Claude said", status=status, error_type="x", **fields)


def test_every_meaning_has_its_verdict():
    assert VERDICTS == {
        Meaning.ACCOUNT: Verdict.PAUSE,
        Meaning.RATE: Verdict.PACE,
        Meaning.CROWD: Verdict.PACE,
        Meaning.OVERLOAD: Verdict.RETRY,
        Meaning.PASSING: Verdict.RETRY,
        Meaning.REQUEST: Verdict.REFUSE,
    }
    assert VERDICTS.keys() == set(Meaning)


@pytest.mark.parametrize(
    ("http_status", "plain", "told_to_retry", "told_not_to"),
    [
        (400, Verdict.REFUSE, Verdict.RETRY, Verdict.REFUSE),
        (401, Verdict.PAUSE, Verdict.PAUSE, Verdict.PAUSE),
        (402, Verdict.PAUSE, Verdict.PAUSE, Verdict.PAUSE),
        (403, Verdict.PAUSE, Verdict.PAUSE, Verdict.PAUSE),
        (404, Verdict.REFUSE, Verdict.RETRY, Verdict.REFUSE),
        (408, Verdict.RETRY, Verdict.RETRY, Verdict.REFUSE),
        (409, Verdict.RETRY, Verdict.RETRY, Verdict.REFUSE),
        (413, Verdict.REFUSE, Verdict.RETRY, Verdict.REFUSE),
        (422, Verdict.REFUSE, Verdict.RETRY, Verdict.REFUSE),
        (429, Verdict.PACE, Verdict.PACE, Verdict.REFUSE),
        (500, Verdict.RETRY, Verdict.RETRY, Verdict.REFUSE),
        (502, Verdict.RETRY, Verdict.RETRY, Verdict.REFUSE),
        (503, Verdict.RETRY, Verdict.RETRY, Verdict.REFUSE),
        (504, Verdict.RETRY, Verdict.RETRY, Verdict.REFUSE),
        (529, Verdict.RETRY, Verdict.RETRY, Verdict.REFUSE),
    ],
)
def test_claudes_word_on_retries_wins_but_not_on_faults_of_the_account(
    http_status, plain, told_to_retry, told_not_to
):
    assert classify(status(http_status)) is plain
    assert classify(status(http_status, should_retry=True)) is told_to_retry
    assert classify(status(http_status, should_retry=False)) is told_not_to


@pytest.mark.parametrize("should_retry", [None, True, False])
def test_a_spend_cap_pauses_whatever_it_says_about_retries(should_retry):
    capped = status(429, code="enforced_spend_limit_reached", should_retry=should_retry)
    assert classify(capped) is Verdict.PAUSE


def decided(error, *, failures=0, max_failures=3, expires_at=FAR, seed=1):
    return decide(
        error,
        failures=failures,
        max_failures=max_failures,
        now=NOW,
        expires_at=expires_at,
        jitter=random.Random(seed),
    )


def wait_s(error, **fields):
    return (decided(error, **fields).run_at - NOW).total_seconds()


@pytest.mark.parametrize("max_failures", [1, 3])
def test_a_refused_job_ends_and_says_so_whatever_is_left_of_its_budget(max_failures):
    decision = decided(status(400), max_failures=max_failures)
    assert (decision.reason, decision.run_at, decision.is_failure) == (Reason.REFUSED, None, True)


def test_the_last_failure_of_the_budget_ends_the_job():
    going_on = decided(status(500), failures=1)
    assert (going_on.reason, going_on.is_failure) == (Reason.RETRY, True)
    spent = decided(status(500), failures=2)
    assert (spent.reason, spent.run_at, spent.is_failure) == (Reason.FAILURES_SPENT, None, True)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (status(429, retry_after_s=2), Reason.RETRY),
        (status(401), Reason.LANE_PAUSED),
        (MissingKeyError(), Reason.LANE_PAUSED),
    ],
    ids=repr,
)
def test_rate_limits_and_faults_of_the_account_cost_nothing_of_the_budget(error, reason):
    decision = decided(error, failures=2)
    assert (decision.reason, decision.is_failure) == (reason, False)
    assert decision.run_at > NOW


@pytest.mark.parametrize("http_status", [429, 503, 529])
@pytest.mark.parametrize("named", [0.5, 2, 200, 7200])
def test_the_servers_word_on_waiting_wins_at_any_length(http_status, named):
    waits = [wait_s(status(http_status, retry_after_s=named), seed=seed) for seed in range(20)]
    assert all(named <= wait <= named * 1.1 for wait in waits)
    assert len(set(waits)) > 10


@pytest.mark.parametrize("failures", [*range(12), 999])
def test_the_wait_is_jittered_in_full_within_a_capped_exponential(failures):
    ceiling = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2**failures)
    waits = [wait_s(status(500), failures=failures, max_failures=2000, seed=seed) for seed in range(200)]
    assert 0 <= min(waits) < 0.1 * ceiling
    assert 0.9 * ceiling < max(waits) <= ceiling


@pytest.mark.parametrize("named", [None, 0, 0.0])
def test_a_word_of_nothing_is_no_word(named):
    assert PACED_WAIT_S <= wait_s(status(429, retry_after_s=named), failures=2) <= 2 * PACED_WAIT_S
    assert wait_s(status(529, retry_after_s=named)) <= FIRST_WAIT_S


@pytest.mark.parametrize("named", [None, 0.001, 86_400])
def test_a_job_of_a_paused_account_neither_spins_nor_waits_for_the_month_to_end(named):
    waits = [wait_s(status(402, retry_after_s=named), seed=seed) for seed in range(20)]
    assert all(PAUSED_WAIT_S <= wait <= 2 * PAUSED_WAIT_S for wait in waits)


@pytest.mark.parametrize(
    ("error", "is_failure"),
    [
        (status(529, retry_after_s=10), True),
        (status(429, retry_after_s=10), False),
        (status(429, retry_after_s=1e300), False),
    ],
    ids=repr,
)
def test_a_wait_past_the_jobs_end_ends_it_at_once(error, is_failure):
    decision = decided(error, expires_at=NOW + timedelta(seconds=10))
    assert (decision.reason, decision.run_at) == (Reason.TIME_SPENT, None)
    assert decision.is_failure is is_failure


def test_a_wait_up_to_the_jobs_end_is_waited():
    soon = NOW + timedelta(seconds=12)
    assert decided(status(429, retry_after_s=10), failures=2, expires_at=soon).reason is Reason.RETRY
    unreachable = ClaudeConnectionError(ConnectionFault.UNREACHABLE, "refused")
    assert decided(unreachable, expires_at=soon).reason is Reason.RETRY


def test_a_job_of_a_paused_account_is_left_to_expire():
    assert decided(status(401), expires_at=NOW).reason is Reason.LANE_PAUSED
