from datetime import timedelta

from jobs.clock import utc_now
from tests.factories import NOW
from worker.engine.presence import Presence

HOUR = timedelta(hours=1)


class Clock:
    """Shows what it was set to."""

    def __init__(self):
        self.now = NOW

    def __call__(self):
        return self.now


def test_a_worker_that_has_not_been_heard_yet_is_not_present():
    assert not Presence(utc_now).has_lasted(timedelta(0))


def test_presence_lasts_since_the_first_heartbeat_and_no_longer():
    presence = Presence(utc_now)
    presence.note()
    presence.note()
    assert presence.has_lasted(timedelta(0))
    assert not presence.has_lasted(HOUR)


def test_a_clock_that_was_set_casts_doubt_until_the_next_heartbeat():
    for step in (HOUR, -HOUR):
        clock = Clock()
        presence = Presence(clock)
        presence.note()
        clock.now += step
        assert not presence.is_fresh
        presence.note()
        assert presence.is_fresh
