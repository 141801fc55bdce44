"""Whole minutes of a fleet against Claude's buckets, by a clock of their own."""

import pytest

from tests.worker.limits.claude_buckets import ClaudeBuckets
from tests.worker.limits.simulation import START, Habits, Simulation

CALM = {"input_tokens": (200, 600), "output_tokens": (50, 150)}
LARGE = {"input_tokens": (1_000, 9_000), "output_tokens": (100, 900)}


def long(*values):
    return pytest.param(*values, marks=pytest.mark.long)


def a_minute(lanes, *, workers, habits, for_s=60, **limits):
    claude = ClaudeBuckets(now=START, **limits)
    Simulation(lanes, claude, Habits(workers=workers, **habits)).run(for_s)
    return claude


@pytest.mark.parametrize("workers", [1, 4])
@pytest.mark.parametrize("width_s", [60, 1])
@pytest.mark.parametrize("limit", [60, long(90), 1_000, long(4_000)])
def test_of_a_limit_on_requests_98_percent_are_delivered_and_nothing_is_refused(
    lanes, limit, width_s, workers
):
    claude = a_minute(lanes, workers=workers, habits={}, requests=limit, width_s=width_s)
    assert claude.admitted >= 0.98 * limit - (width_s == 1)
    assert claude.refused == 0


@pytest.mark.parametrize("workers", [1, 4])
@pytest.mark.parametrize("width_s", [60, 1])
@pytest.mark.parametrize("limit", [100_000, 2_000_000])
def test_of_a_limit_on_input_tokens_98_percent_are_delivered(lanes, limit, width_s, workers):
    habits = CALM if limit == 100_000 else LARGE
    claude = a_minute(lanes, workers=workers, habits=habits, input_tokens=limit, width_s=width_s)
    assert claude.input >= 0.98 * limit
    assert claude.refused == 0


@pytest.mark.parametrize("workers", [1, 4])
@pytest.mark.parametrize("width_s", [60, 1])
@pytest.mark.parametrize("limit", [20_000, long(400_000)])
def test_of_a_limit_on_output_tokens_98_percent_are_delivered(lanes, limit, width_s, workers):
    habits = CALM if limit == 20_000 else LARGE
    claude = a_minute(lanes, workers=workers, habits=habits, output_tokens=limit, width_s=width_s)
    assert claude.output >= 0.98 * limit
    assert claude.refused == 0


@pytest.mark.parametrize("estimated", [0.5, 2.0])
def test_estimates_that_are_far_off_are_found_out(lanes, estimated):
    habits = LARGE | {"estimated": estimated}
    claude = a_minute(lanes, workers=2, habits=habits, input_tokens=1_000_000)
    assert claude.input >= 0.98 * 1_000_000
    assert claude.refused == 0


def test_calls_that_last_long_reach_the_limit_once_the_first_answers_are_in(lanes):
    claude = ClaudeBuckets(now=START, requests=1_000)
    habits = Habits(workers=2, slots=1_000, latency_s=(5.0, 15.0))
    fleet = Simulation(lanes, claude, habits).run(30)
    before = claude.admitted
    fleet.run(60)
    assert claude.admitted - before >= 980
    assert claude.refused == 0


@pytest.mark.parametrize(("before", "after"), [long(1_000, 3_000), (6_000, 600), (600, 6_000)])
def test_a_changed_limit_is_followed_within_five_seconds(lanes, before, after):
    claude = ClaudeBuckets(now=START, requests=before)
    fleet = Simulation(lanes, claude, Habits(workers=2)).run(5)
    claude.buckets["requests"].turn(after, fleet.now)
    fleet.run(5)
    then = claude.admitted
    fleet.run(20)
    assert claude.admitted - then == pytest.approx(after / 3, rel=0.02)
    assert claude.refused == 0


def test_what_others_draw_is_left_to_them(lanes):
    claude = ClaudeBuckets(now=START, requests=1_000)
    fleet = Simulation(lanes, claude, Habits(workers=1)).run(5)

    def others():
        claude.take(fleet.now, requests=1)
        fleet.at(60 / 500, others)

    fleet.at(0, others)
    fleet.run(180)
    then = claude.admitted
    fleet.run(60)
    assert claude.admitted - then == pytest.approx(500, rel=0.05)
    assert claude.refused == 0


def test_an_emptied_redis_in_the_middle_costs_next_to_nothing(lanes):
    claude = ClaudeBuckets(now=START, requests=4_000)
    fleet = Simulation(lanes, claude, Habits(workers=2)).run(20)
    lanes.flushall()
    fleet.run(20)
    assert claude.admitted >= 0.98 * 4_000 * 40 / 60
    assert claude.refused == 0


def test_a_limit_met_behind_our_back_costs_a_refusal_and_then_the_lane_recovers(lanes):
    claude = ClaudeBuckets(now=START, requests=6_000)
    fleet = Simulation(lanes, claude, Habits(workers=4)).run(10)
    claude.take(fleet.now, requests=6_500)
    fleet.run(20)
    then = claude.admitted
    fleet.run(10)
    assert 0 < claude.refused <= 40
    assert claude.admitted - then == pytest.approx(1_000, rel=0.02)
