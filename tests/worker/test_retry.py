import random
from datetime import UTC, datetime, timedelta

import pytest

from claude.errors import (
    ClaudeConnectionError,
    ClaudeError,
    ClaudeResponseError,
    ClaudeStatusError,
    ClaudeStreamError,
    ConnectionFault,
)
from worker.retry import FIRST_PAUSE_S, LONGEST_PAUSE_S, Verdict, classify, decide

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def status(code, *, should_retry=None, retry_after_s=None):
    return ClaudeStatusError(
        "as Claude said", status=code, error_type="x", should_retry=should_retry, retry_after_s=retry_after_s
    )


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        (status(400), Verdict.REFUSE),
        (status(401), Verdict.REFUSE),
        (status(402), Verdict.REFUSE),
        (status(403), Verdict.REFUSE),
        (status(404), Verdict.REFUSE),
        (status(408), Verdict.RETRY),
        (status(409), Verdict.RETRY),
        (status(413), Verdict.REFUSE),
        (status(422), Verdict.REFUSE),
        (status(429), Verdict.PACE),
        (status(500), Verdict.RETRY),
        (status(502), Verdict.RETRY),
        (status(503), Verdict.RETRY),
        (status(504), Verdict.RETRY),
        (status(529), Verdict.RETRY),
        (status(400, should_retry=True), Verdict.RETRY),
        (status(500, should_retry=False), Verdict.REFUSE),
        (status(429, should_retry=False), Verdict.REFUSE),
        (status(429, should_retry=True), Verdict.PACE),
        *((ClaudeConnectionError(fault, "no answer"), Verdict.RETRY) for fault in ConnectionFault),
        (ClaudeStreamError("cut", error_type=ClaudeStreamError.CUT), Verdict.RETRY),
        (ClaudeStreamError("busy", error_type="overloaded_error"), Verdict.RETRY),
        (ClaudeResponseError("not JSON"), Verdict.RETRY),
        (ClaudeError("anything else"), Verdict.REFUSE),
    ],
    ids=lambda value: f"{value!r}"[:60],
)
def test_each_error_has_its_verdict(error, verdict):
    assert classify(error) is verdict


def decided(error, *, failures=0, max_failures=3):
    return decide(
        error, failures=failures, max_failures=max_failures, now=NOW, jitter=random.Random(failures)
    )


def test_a_refused_job_is_not_run_again():
    assert decided(status(400)).run_at is None


def test_the_last_failure_of_the_budget_ends_the_job():
    assert decided(status(500), failures=1).verdict is Verdict.RETRY
    assert decided(status(500), failures=2).verdict is Verdict.REFUSE


def test_a_rate_limit_costs_nothing_of_the_budget():
    decision = decided(status(429, retry_after_s=2), failures=2)
    assert decision.verdict is Verdict.PACE
    assert decision.run_at is not None


@pytest.mark.parametrize("named", [0.5, 2, 200, 7200])
def test_the_servers_word_on_waiting_wins_at_any_length(named):
    run_at = decided(status(429, retry_after_s=named)).run_at
    assert timedelta(seconds=named) <= run_at - NOW <= timedelta(seconds=named * 1.1)


@pytest.mark.parametrize("failures", range(12))
def test_the_pause_is_jittered_within_a_capped_exponential(failures):
    run_at = decided(status(500), failures=failures, max_failures=99).run_at
    ceiling = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2**failures)
    assert timedelta(0) <= run_at - NOW <= timedelta(seconds=ceiling)
