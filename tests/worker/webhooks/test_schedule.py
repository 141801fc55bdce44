import random
from datetime import timedelta

import pytest

from tests.factories import NOW
from worker.webhooks.schedule import WAITS, next_attempt_at


def after(failures, **changes):
    given = {"status": 500, "retry_after": None, "jitter": random.Random(1), **changes}
    return next_attempt_at(NOW, failures=failures, **given)


@pytest.mark.parametrize("failures", range(1, len(WAITS) + 1))
def test_each_failure_is_followed_by_a_longer_wait_with_some_jitter(failures):
    wait = after(failures) - NOW
    assert WAITS[failures - 1] <= wait <= WAITS[failures - 1] * 1.1


def test_the_schedule_spans_a_day():
    assert timedelta(hours=20) < sum(WAITS, timedelta()) < timedelta(hours=26)
    assert after(len(WAITS) + 1) is None


def test_a_receiver_that_is_gone_ends_it_at_once():
    assert after(1, status=410) is None


def test_a_named_time_is_kept_up_to_a_day():
    assert after(1, retry_after=timedelta(hours=3)) == NOW + timedelta(hours=3)
    assert after(1, retry_after=timedelta(days=9)) == NOW + timedelta(days=1)
    assert after(1, retry_after=timedelta(seconds=-9)) < NOW + timedelta(seconds=6)
