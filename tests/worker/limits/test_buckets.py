import math

import pytest

from tests.worker.limits.conversation import LANE, START, Conversation, known
from worker.limits.exchange import StartLimits, Tally
from worker.limits.script import keys_of


@pytest.mark.parametrize("limit", [50, 600, 4_000])
def test_requests_flow_in_evenly_at_the_limit(lanes, limit):
    talk = known(lanes, limit=limit, width_s=60)
    assert talk.flow(for_s=60) == pytest.approx(limit, abs=max(1, limit / 60 * 2))


@pytest.mark.parametrize(("width_s", "burst_s"), [(1, 0.5), (60, 2)])
def test_after_a_silence_only_a_short_burst_may_start(lanes, width_s, burst_s):
    talk = known(lanes, limit=6_000, width_s=width_s, left=6_000 * width_s // 60)
    assert talk.admitted(1_000, after_s=300) == int(100 * burst_s)


@pytest.mark.parametrize("kind", ["input", "output"])
def test_tokens_flow_in_evenly_at_their_limit(lanes, kind):
    talk = Conversation(lanes, start=StartLimits(**{kind: 60_000}))
    talk.outcomes(good=1, measured=1, measured_output=100)
    assert talk.flow(for_s=60, tokens=100) * 100 == pytest.approx(60_000, rel=0.03)


def test_the_tightest_bucket_decides(lanes):
    talk = Conversation(lanes, start=StartLimits(requests=6_000, input=6_000))
    talk.outcomes(good=1)
    assert talk.flow(for_s=60, tokens=10) == pytest.approx(600, rel=0.02)


def test_asks_are_taken_from_the_front_and_none_is_passed_over(lanes):
    talk = Conversation(lanes, start=StartLimits(input=60_000))
    talk.outcomes(good=1)
    reply = talk.tell(asks=[200, 100, 300, 10])
    assert reply.count == 2
    assert reply.wait == pytest.approx((300 - 100) / 1_000)


def test_a_call_larger_than_the_bucket_waits_until_it_is_full_and_is_paid_off_afterwards(lanes):
    talk = Conversation(lanes, start=StartLimits(input=60_000))
    talk.outcomes(good=1)
    assert talk.admitted(2, tokens=10_000) == 1
    assert talk.admitted(1, tokens=1, after_s=9) == 0
    assert talk.admitted(1, tokens=1, after_s=1) == 1


def test_what_an_answer_did_not_use_comes_back_and_what_it_used_more_is_charged(lanes):
    talk = known(lanes, limit=6_000, left=100, width_s=1)
    talk.admitted(1_000)
    talk.tell(tally=Tally(requests=-30))
    assert talk.admitted(1_000) == 30
    talk.tell(tally=Tally(requests=100))
    assert talk.admitted(1_000, after_s=0.99) == 0
    assert talk.admitted(1_000, after_s=0.065) == 5


def test_the_output_reserved_is_the_average_of_what_came_back(lanes):
    talk = Conversation(lanes)
    assert talk.outcomes(good=1).output == 500
    assert talk.outcomes(measured=2, measured_output=60).output == 30
    assert talk.outcomes(measured=1000, measured_output=1_000_000).output == pytest.approx(1_000, rel=0.01)


def test_calls_that_need_a_narrow_bucket_full_are_kept_a_little_apart(lanes):
    talk = known(lanes, limit=60, width_s=1, left=0)
    assert 58 <= talk.flow(for_s=60, step_s=0.01) <= 59


@pytest.mark.parametrize(("limit", "width_s", "is_apart"), [(60, 1, True), (600, 1, False), (60, 60, False)])
def test_it_is_said_of_such_calls_alone_that_they_must_leave_apart(lanes, limit, width_s, is_apart):
    talk = known(lanes, limit=limit, width_s=width_s, left=limit * width_s // 60)
    talk.now += 2
    assert talk.tell(asks=[1]).is_apart is is_apart


def test_such_a_call_that_left_late_puts_off_the_next_for_as_long(lanes):
    talk = known(lanes, limit=60, width_s=1, left=1)
    talk.admitted(1, after_s=5)
    talk.now += 0.5
    wait_s = talk.tell(asks=[1]).wait
    assert talk.tell(asks=[1], tally=Tally(late=0.25)).wait == pytest.approx(wait_s + 0.25)


def test_a_worker_that_asks_a_little_late_loses_nothing(lanes):
    def wait_s(late_s):
        talk = known(lanes, limit=60, width_s=1, left=1)
        talk.admitted(1, after_s=5)
        talk.now += 0.5
        talk.now += talk.tell(asks=[1]).wait + late_s
        assert talk.admitted(1) == 1
        talk.now += 0.5
        return talk.tell(asks=[1]).wait

    assert wait_s(0.003) == pytest.approx(wait_s(0.0) - 0.003, abs=1e-6)


def test_a_refusal_keeps_such_calls_further_apart(lanes):
    talk = known(lanes, limit=60, width_s=1, left=0)
    before = talk.state["jitter"]
    talk.refuse(1)
    assert talk.state["jitter"] == 2 * before


@pytest.mark.parametrize("by_s", [-3_600.0, 3_600.0])
def test_a_clock_that_is_set_neither_stops_a_lane_nor_opens_it(lanes, by_s):
    talk = known(lanes, limit=600, left=10, width_s=1)
    talk.flow(for_s=5)
    talk.now += by_s
    assert talk.admitted(500) <= 0.75 * 10
    assert talk.flow(for_s=10) == pytest.approx(100, abs=2)


def test_a_pause_ends_when_it_should_although_the_clock_was_put_back(lanes):
    talk = known(lanes)
    talk.refuse(10)
    talk.now -= 3_600
    assert talk.tell().until == pytest.approx(talk.now + 10, abs=0.001)


def test_everything_in_redis_has_an_expiry(lanes):
    talk = known(lanes)
    talk.admitted(1, after_s=5, land=False)
    kept = [key for key in keys_of(LANE) if lanes.exists(key)]
    assert len(kept) == 3
    assert all(0 < lanes.ttl(key) <= 86_400 for key in kept)


def test_a_waiting_worker_is_told_when_to_come_back(lanes):
    talk = known(lanes, limit=60, width_s=60)
    talk.admitted(10)
    assert 0.9 < talk.tell(asks=[1]).wait <= 1
    assert math.isclose(talk.tell().wait, 0)
    assert talk.last.now == START
