import pytest

from tests.worker.limits.conversation import START, Conversation, known
from worker.limits.exchange import BucketSeen, Observed, StartLimits
from worker.limits.limiter import Drawn


def test_until_the_first_answer_hardly_anything_is_in_flight(lanes):
    talk = Conversation(lanes, start=StartLimits(requests=60_000))
    assert [talk.admitted(500, land=False, after_s=after) for after in (0, 0.9, 0.2, 0.1, 0.8, 0.1)] == [
        1,
        0,
        1,
        0,
        1,
        1,
    ]


def test_the_first_answer_teaches_the_limits(lanes):
    talk = Conversation(lanes, start=StartLimits(requests=1_000))
    talk.admitted(200)
    talk.learn(requests=(50, 49), full_in_s=1)
    assert talk.admitted(200) == 0
    assert talk.flow(for_s=60) in {49, 50}


def test_an_answer_without_headers_opens_the_lane_at_the_start_limits(lanes):
    talk = Conversation(lanes, start=StartLimits(requests=600))
    talk.admitted(200)
    talk.outcomes(good=1)
    assert talk.flow(for_s=10) == pytest.approx(100, abs=8)


@pytest.mark.parametrize(("before", "after"), [(6_000, 600), (600, 6_000)])
def test_a_changed_limit_is_followed_at_once(lanes, before, after):
    talk = known(lanes, limit=before, width_s=60)
    talk.flow(for_s=5)
    talk.learn(requests=(after, min(before, after)), full_in_s=1)
    talk.flow(for_s=2)
    assert talk.flow(for_s=10) == pytest.approx(after / 6, rel=0.03)


def test_an_answer_that_was_long_under_way_changes_nothing(lanes):
    talk = known(lanes, limit=600)
    talk.now += 10
    talk.learn(requests=(1_200, 1_200))
    talk.learn(at=talk.now - 5, requests=(600, 3))
    assert talk.state["buckets"]["requests"]["limit"] == 1_200


def test_while_others_use_the_account_up_the_lane_slows_down(lanes):
    talk = known(lanes, limit=6_000, left=6_000, width_s=60)
    talk.flow(for_s=5)
    talk.learn(requests=(6_000, 10), full_in_s=60)
    assert 10 <= talk.flow(for_s=1) <= 60


def test_what_is_left_is_reckoned_from_the_moment_it_was_true(lanes):
    talk = known(lanes, limit=6_000, left=6_000, width_s=60)
    talk.tell()
    then, drawn = talk.now, talk.last.drawn
    started = talk.flow(for_s=10)
    talk.learn(at=then, drawn=drawn, requests=(6_000, 5_000), full_in_s=10)
    assert talk.flow(for_s=10) == pytest.approx(1_000, rel=0.02)
    assert started == pytest.approx(1_000, abs=200)


def test_a_common_limit_on_all_tokens_holds_beside_the_others_and_goes_with_them(lanes):
    talk = Conversation(lanes, start=StartLimits(input=10**9, output=10**9))
    talk.outcomes(good=1, measured=1, measured_output=50)
    talk.learn(total=(60_000, 60_000), full_in_s=1)
    assert talk.flow(for_s=60, tokens=50) * 100 == pytest.approx(60_000, rel=0.03)
    talk.now += 1
    talk.learn(input=(10**9, 10**9))
    assert "total" not in talk.state["buckets"]


def test_after_a_flush_what_the_workers_know_is_in_force_at_once(lanes):
    talk = known(lanes, limit=6_000, width_s=60)
    talk.flow(for_s=5)
    observed = Observed(
        at=talk.now,
        born=talk.last.born,
        drawn=Drawn(requests=10**6),
        buckets={"requests": BucketSeen(limit=6_000, left=5_900)},
    )
    lanes.flushall()
    talk.held = 150
    talk.tell(observed=observed)
    talk.held = 0
    assert talk.flow(for_s=10) == pytest.approx(1_000, abs=100)


def test_after_a_flush_a_lane_that_nobody_knows_starts_anew(lanes):
    talk = known(lanes, limit=6_000)
    lanes.flushall()
    assert talk.admitted(500, after_s=100) == 1
    assert talk.state["born"] == START + 100


def test_headers_of_a_bucket_that_never_was_are_kept(lanes):
    talk = Conversation(lanes, start=StartLimits(requests=600))
    talk.admitted(1)
    talk.learn(output=(8_000, 8_000), requests=(600, 599))
    assert talk.state["buckets"]["output"]["limit"] == 8_000


def test_what_is_drawn_after_an_answer_is_missing_from_what_it_showed(lanes):
    talk = known(lanes, limit=6_000, left=6_000, width_s=60)
    talk.flow(for_s=5)
    talk.learn(requests=(6_000, 50), full_in_s=60)
    assert talk.flow(for_s=3) < 200


def test_a_reserve_from_better_times_is_cut_down_with_the_limit(lanes):
    talk = known(lanes, limit=6_000, left=100, width_s=1)
    talk.now += 5
    talk.learn(requests=(60, 1), full_in_s=1)
    assert talk.admitted(5) == 0


def test_after_a_flush_what_was_drawn_before_is_not_reckoned_with(lanes):
    talk = known(lanes, limit=6_000, width_s=60)
    nearly_empty = BucketSeen(limit=6_000, left=20, full_at=talk.now + 60)
    observed = Observed(
        at=talk.now, born=talk.last.born, drawn=Drawn(requests=10**6), buckets={"requests": nearly_empty}
    )
    lanes.flushall()
    talk.now += 10
    talk.tell(observed=observed)
    assert talk.flow(for_s=1) < 60
