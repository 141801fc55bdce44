"""How many jobs are claimed: as there are slots, and as many more as land while a claim is under way."""

import pytest

from worker.engine.slots import HELD_BACK_S, MOST_AHEAD, SPARE, Slots

COUNT = 10
A_WHILE_S = 5


class Worked:
    """Slots in full use, with a clock that is moved by hand."""

    def __init__(self, count=COUNT):
        self.now = 0.0
        self.slots = Slots(count, steady=lambda: self.now)
        self.slots.take(count)

    def land(self, count=1):
        """Land so many calls at once; others take their slots."""
        for _ in range(count):
            self.slots.land()
        self.slots.take(count)

    def land_evenly(self, a_second):
        for _ in range(a_second * A_WHILE_S):
            self.now += 1 / a_second
            self.land()

    def claim(self, *lasting_s):
        for seconds in lasting_s:
            with self.slots.claiming():
                self.now += seconds


def test_the_pace_is_how_many_calls_land_a_second():
    worked = Worked()
    worked.land_evenly(100)
    assert worked.slots.pace == pytest.approx(100, rel=0.02)
    worked.now += A_WHILE_S
    assert worked.slots.pace < 1


def test_none_is_claimed_ahead_before_it_is_known_how_fast_calls_land():
    worked = Worked()
    worked.claim(0.1, 0.1)
    assert worked.slots.free == 0


def test_none_is_claimed_ahead_before_it_is_known_how_long_a_claim_takes():
    worked = Worked()
    worked.land_evenly(100)
    assert worked.slots.free == 0


def test_as_many_are_claimed_ahead_as_land_during_a_claim_and_some_to_spare():
    worked = Worked()
    worked.claim(0.04, 0.06, 0.04, 0.06)
    worked.land_evenly(500)
    assert worked.slots.free == pytest.approx(SPARE * 25, abs=SPARE)


def test_the_next_claim_waits_until_there_is_room_for_what_lands_in_its_time():
    worked = Worked()
    worked.claim(0.05, 0.05, 0.05, 0.05)
    worked.land_evenly(500)
    worked.slots.take(worked.slots.free - 24)
    assert not worked.slots.may_claim(is_urgent=False)
    assert worked.slots.may_claim(is_urgent=True)
    worked.slots.give()
    assert worked.slots.may_claim(is_urgent=False)


def test_a_single_free_slot_is_worth_a_claim_while_none_are_claimed_ahead():
    worked = Worked()
    assert not worked.slots.may_claim(is_urgent=True)
    worked.slots.land()
    assert worked.slots.may_claim(is_urgent=False)


def test_a_burst_of_landings_is_no_reason_to_claim_ahead():
    worked = Worked(count=100)
    worked.claim(0.02, 0.02, 0.02, 0.02)
    worked.land(100)
    assert worked.slots.free <= SPARE * 4


def test_one_slow_claim_counts_for_one_of_the_last():
    worked = Worked()
    worked.claim(0.0, 0.0, 0.0, 0.4)
    worked.land_evenly(100)
    assert worked.slots.free == pytest.approx(SPARE * 10, abs=SPARE)
    worked.claim(0.0, 0.0, 0.0, 0.0)
    assert worked.slots.free == 0


@pytest.mark.parametrize("count", [COUNT, 2 * MOST_AHEAD])
def test_there_is_an_end_to_what_is_claimed_ahead(count):
    worked = Worked(count)
    worked.claim(9, 9, 9, 9)
    worked.land_evenly(1000)
    assert worked.slots.free == max(count, MOST_AHEAD)


def test_when_calls_become_long_no_more_are_claimed_ahead():
    worked = Worked()
    worked.claim(0.1, 0.1, 0.1, 0.1)
    worked.land_evenly(100)
    assert worked.slots.free > 0
    worked.now += A_WHILE_S
    assert worked.slots.free == 0


def test_none_is_claimed_ahead_for_a_moment_after_a_job_with_a_budget():
    worked = Worked()
    worked.claim(0.1, 0.1, 0.1, 0.1)
    worked.land_evenly(100)
    worked.slots.hold_back()
    assert worked.slots.free == 0
    worked.now += HELD_BACK_S
    worked.land_evenly(100)
    assert worked.slots.free > 0
