"""Real processes against the sandbox, at a limit so high that a few seconds tell."""

import json
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest

from tests.eventually import until
from tests.sandbox.running import ROOT, started

DRIVER = Path(__file__).with_name("driver.py")
BURST_S = 2.5  # of the limit may have started at once


def long(*values):
    return pytest.param(*values, marks=pytest.mark.long)


@contextmanager
def driving(sandbox, redis_url, *, workers, seconds, **options):
    """So many processes at work; yields them, to be read when they are through."""
    command = [sys.executable, str(DRIVER), "--base-url", sandbox.url, "--redis-url", redis_url]
    for name, value in ({"seconds": seconds} | options).items():
        command += [f"--{name.replace('_', '-')}", str(value)]
    drivers = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(workers)]
    try:
        yield drivers
    finally:
        for driver in drivers:
            driver.kill()
            driver.communicate()


def sums_of(drivers):
    sums = Counter()
    for driver in drivers:
        sums.update(json.loads(driver.communicate(timeout=60)[0]))
    return sums


def moments(sandbox):
    """When each call came in, by the sandbox's own ledger."""
    calls = sandbox.calls(path="/v1/messages", limit=10_000)
    return [datetime.fromisoformat(call["at"]).timestamp() for call in calls]


@pytest.mark.parametrize(
    ("workers", "flag", "limit", "unit", "options"),
    [
        (1, "--rpm", 6_000, "answered", {}),
        long(4, "--rpm", 6_000, "answered", {}),
        (4, "--itpm", 2_000_000, "input", {"input_tokens": 500}),
        long(1, "--otpm", 400_000, "output", {"output_tokens": 100}),
    ],
)
def test_the_fleet_delivers_the_limit_and_is_not_refused(valkey_url, workers, flag, limit, unit, options):
    with (
        started(flag, str(limit)) as sandbox,
        driving(sandbox, valkey_url, workers=workers, seconds=6, **options) as drivers,
    ):
        sums = sums_of(drivers)
        at = moments(sandbox)
        by_status = sandbox.summary()["by_status"]
    spent_s = at[-1] - at[0]
    assert 0.98 * limit * spent_s / 60 <= sums[unit] <= limit * (spent_s + BURST_S) / 60
    assert set(by_status) == {"200"}


@pytest.mark.parametrize(("before", "after"), [long(1_200, 6_000), (6_000, 1_200)])
def test_a_limit_that_changes_is_followed_within_five_seconds(valkey_url, before, after):
    with (
        started("--rpm", str(before)) as sandbox,
        driving(sandbox, valkey_url, workers=4, seconds=11) as drivers,
    ):
        until(lambda: sandbox.summary()["total"] >= before / 60, "the first second of work")
        sandbox.turn(rpm=after)
        changed = time.time()
        sums = sums_of(drivers)
        calls = sum(5 <= moment - changed < 8 for moment in moments(sandbox))
    assert calls == pytest.approx(after * 3 / 60, rel=0.05)
    assert sums["status_429"] <= 0.001 * sums["calls"]
