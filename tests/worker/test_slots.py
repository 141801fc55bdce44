"""How many jobs are claimed: as there are slots, and as many more as land while a claim is under way."""

from worker.engine.slots import Slots

COUNT = 10


def full(*landings):
    """Return slots in full use, after claims during each of which so many calls landed, and others came."""
    slots = Slots(COUNT)
    slots.take(COUNT)
    for landed in landings:
        with slots.claiming():
            for _ in range(landed):
                slots.land()
        slots.take(landed)
    return slots


def test_none_is_claimed_ahead_before_it_is_known_how_fast_calls_land():
    assert full().free == 0
    assert full(5, 5, 5).free == 0


def test_as_many_are_claimed_ahead_as_land_during_a_claim():
    assert full(5, 5, 5, 5).free == 5


def test_a_burst_of_landings_is_no_reason_to_claim_ahead():
    assert full(0, 0, 0, 10).free == 0
    assert full(3, 9, 10, 9).free == 3


def test_never_more_are_claimed_ahead_than_there_are_slots():
    slots = full()
    for _ in range(4):
        with slots.claiming():
            for _ in range(3 * COUNT):
                slots.land()
        slots.take(3 * COUNT)
    assert slots.free == COUNT


def test_when_calls_become_long_no_more_are_claimed_ahead():
    assert full(5, 5, 5, 5, 0).free == 0
