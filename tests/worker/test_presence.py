from datetime import timedelta

import pytest

from tests.factories import NOW
from worker.engine.presence import Presence

HOUR = timedelta(hours=1)
LEASE = timedelta(seconds=6)


class Clocks:
    """Three clocks that are moved by hand: a steady one, the host's and the database's."""

    def __init__(self):
        self.steady, self.host, self.record = 0.0, NOW, NOW
        self.presence = Presence(lambda: self.host, steady=lambda: self.steady)

    def pass_by(self, span):
        self.steady += span.total_seconds()
        self.host += span
        self.record += span

    def beat(self):
        self.presence.note(self.record)

    def beat_for(self, span):
        """Beat at once, and every second until `span` has passed."""
        self.beat()
        for _ in range(int(span.total_seconds())):
            self.pass_by(timedelta(seconds=1))
            self.beat()


@pytest.fixture
def clocks():
    return Clocks()


def test_a_worker_that_has_not_been_heard_yet_is_not_present(clocks):
    assert not clocks.presence.has_lasted(timedelta(0))


def test_presence_lasts_since_the_first_heartbeat_and_no_longer(clocks):
    clocks.beat_for(LEASE)
    assert clocks.presence.has_lasted(LEASE)
    assert not clocks.presence.has_lasted(LEASE + timedelta(seconds=1))


def test_a_gap_between_heartbeats_begins_it_anew(clocks):
    clocks.beat_for(LEASE)
    clocks.pass_by(timedelta(seconds=2))
    assert not clocks.presence.is_fresh
    clocks.beat()
    assert clocks.presence.is_fresh
    assert not clocks.presence.has_lasted(LEASE)


def test_silence_is_counted_from_the_latest_heartbeat(clocks):
    assert clocks.presence.is_silent_for(LEASE)
    clocks.beat()
    clocks.pass_by(LEASE)
    assert not clocks.presence.is_silent_for(LEASE)
    clocks.pass_by(timedelta(seconds=1))
    assert clocks.presence.is_silent_for(LEASE)


@pytest.mark.parametrize("step", [HOUR, -HOUR])
def test_a_clock_of_the_host_that_was_set_casts_doubt_until_the_next_heartbeat(clocks, step):
    clocks.beat_for(LEASE)
    clocks.host += step
    assert not clocks.presence.is_fresh
    clocks.beat()
    assert clocks.presence.is_fresh
    assert not clocks.presence.has_lasted(LEASE)


@pytest.mark.parametrize("step", [HOUR, -HOUR])
def test_a_clock_of_the_database_that_was_set_begins_it_anew(clocks, step):
    clocks.beat_for(LEASE)
    clocks.record += step
    clocks.beat()
    assert not clocks.presence.has_lasted(LEASE)
    clocks.beat_for(LEASE)
    assert clocks.presence.has_lasted(LEASE)
