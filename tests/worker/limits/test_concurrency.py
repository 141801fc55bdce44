from itertools import pairwise

import pytest

from tests.worker.limits.conversation import Conversation, known
from worker.limits.exchange import StartLimits


def in_flight(lanes, count, *, limit=10**6, **options):
    """A lane with so many calls in flight, known well."""
    talk = known(lanes, limit=limit, left=limit, width_s=60, **options)
    talk.now += 10
    assert talk.admitted(count, land=False) == count
    return talk


def test_calls_in_flight_are_counted_over_all_workers(lanes):
    start = StartLimits(requests=10**6, in_flight=10)
    workers = [Conversation(lanes, holder=name, start=start) for name in ("one", "two")]
    workers[0].outcomes(good=1)
    workers[1].now = workers[0].now = workers[0].now + 5
    assert workers[0].admitted(6, land=False) == 6
    assert workers[1].admitted(6, land=False) == 4
    workers[0].held = 3
    workers[0].tell()
    assert workers[1].admitted(6, land=False) == 3


def test_what_a_dead_worker_had_in_flight_is_given_back_after_its_lease(lanes):
    start = StartLimits(requests=10**6, in_flight=10)
    dead, other = (Conversation(lanes, holder=name, start=start) for name in ("dead", "other"))
    dead.outcomes(good=1)
    dead.now = other.now = dead.now + 5
    assert dead.admitted(10, land=False) == 10
    assert other.admitted(10, after_s=14) == 0
    assert other.admitted(10, after_s=2, land=False) == 10


def test_a_worker_that_was_frozen_past_its_lease_is_counted_again(lanes):
    frozen = in_flight(lanes, 8)
    other = Conversation(lanes, holder="other")
    other.now = frozen.now + 60
    other.tell()
    assert other.state["held"] == 0
    frozen.now += 61
    frozen.tell()
    assert frozen.state["held"] == 8


def test_a_storm_of_failures_halves_what_is_in_flight_once_for_each_round_trip(lanes):
    talk = in_flight(lanes, 200)
    for _ in range(3):
        talk.outcomes(bad=50)
    halved = talk.state["cap"]
    assert 100 <= halved <= 150
    talk.now += 0.1
    talk.held = 100
    talk.outcomes(bad=50)
    assert talk.state["cap"] < halved


def test_a_storm_that_lasts_leaves_one_call_at_a_time_and_pauses_between_them(lanes):
    talk = in_flight(lanes, 200)
    for _ in range(40):
        talk.now += 0.5
        talk.held = min(talk.held, talk.state.get("cap", 200))
        talk.outcomes(bad=max(1, talk.held))
    assert talk.state["cap"] == 1
    assert talk.last.reason == "overloaded"
    assert 0 < talk.last.until - talk.now <= 8


def test_after_the_storm_the_number_rises_step_by_step_until_it_no_longer_matters(lanes):
    talk = in_flight(lanes, 200)
    talk.outcomes(bad=100)
    caps = [talk.state["cap"]]
    while "cap" in talk.state:
        talk.now += 1.1
        talk.outcomes(good=30)
        talk.now += 1.1
        talk.outcomes(good=30)
        caps.append(talk.state.get("cap", 999))
    steps = {after - before for before, after in pairwise(caps[:-1])}
    assert len(steps) <= 2
    assert 10 < len(caps) < 60


@pytest.mark.parametrize("share", [0.02, 0.05, 0.1])
def test_now_and_then_a_failure_slows_nothing_down(lanes, share):
    talk = in_flight(lanes, 100)
    for _ in range(60):
        talk.now += 0.25
        talk.outcomes(good=round(50 * (1 - share)), bad=round(50 * share))
    assert "cap" not in talk.state


def test_failures_that_have_nothing_to_do_with_the_number_do_not_starve_the_lane(lanes):
    talk = in_flight(lanes, 100)
    for _ in range(60):
        talk.now += 1.0
        talk.outcomes(good=30, bad=20)
        talk.held = talk.state.get("cap", 100)
    assert talk.state["cap"] >= 20


def test_a_limit_on_calls_at_once_is_found_and_remembered(lanes):
    talk = in_flight(lanes, 100)
    talk.refuse(1, is_crowd=True)
    assert talk.state["cap"] == 50
    for _ in range(5):
        talk.now += 2
        talk.outcomes(good=30)
    assert talk.state["cap"] == 50
    talk.now += 10
    talk.outcomes(good=30)
    talk.now += 2
    talk.outcomes(good=30)
    assert talk.state["cap"] == 51
