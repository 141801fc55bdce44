import pytest

from tests.worker.limits.conversation import Conversation, known
from worker.limits.exchange import Tally
from worker.limits.lane import Lane
from worker.limits.script import keys_of


def test_a_429_pauses_the_lane_for_everyone_for_as_long_as_it_says(lanes):
    one, other = known(lanes, limit=6_000), Conversation(lanes, holder="other")
    one.refuse(10)
    assert (one.last.until, one.last.reason) == (one.now + 10, "rate_limited")
    assert other.admitted(5, after_s=9.9) == 0
    assert other.admitted(5, after_s=0.5) > 0


def test_another_lane_goes_on(lanes):
    one = known(lanes)
    other = known(lanes, lane=Lane("account", "opus-5"))
    one.refuse(10)
    assert other.admitted(1, after_s=1) == 1


def test_after_a_pause_the_lane_comes_back_gradually(lanes):
    talk = known(lanes, limit=6_000, left=6_000, width_s=60)
    talk.refuse(10)
    talk.now += 10
    seconds = [talk.flow(for_s=1) for _ in range(15)]
    assert seconds[0] < 30
    assert seconds == pytest.approx(sorted(seconds), abs=3)
    assert seconds[-1] == pytest.approx(100, abs=2)


def test_refusals_of_calls_that_were_under_way_together_slow_the_lane_down_once(lanes):
    talk = known(lanes)
    at = talk.now
    talk.now += 0.1
    talk.refuse(1, at=at)
    once = talk.state["ease"]
    talk.now += 0.05
    talk.refuse(1, at=at)
    assert talk.state["ease"] == once


def test_a_longer_pause_is_not_shortened_by_a_shorter_one(lanes):
    talk = known(lanes)
    talk.refuse(30)
    talk.refuse(1)
    assert talk.last.until == talk.now + 30


def test_an_absurd_pause_is_bounded(lanes):
    talk = known(lanes)
    talk.refuse(10**9)
    assert talk.last.until == talk.now + 3_600


def test_a_fault_of_the_account_pauses_the_lane_and_says_why(lanes):
    one, other = known(lanes), Conversation(lanes, holder="other")
    one.fault("authentication_error: invalid x-api-key")
    assert other.admitted(5, after_s=29) == 0
    assert other.last.reason == "authentication_error: invalid x-api-key"


def test_now_and_then_one_call_probes_whether_the_account_is_mended(lanes):
    talk = known(lanes)
    talk.fault("no credit")
    assert [talk.admitted(50, after_s=after) for after in (30, 59, 2, 119, 2)] == [1, 0, 1, 0, 1]
    talk.tell()
    assert talk.last.reason == "no credit"


def test_a_probe_that_is_answered_ends_the_pause(lanes):
    talk = known(lanes)
    talk.fault("no credit")
    talk.admitted(50, after_s=30)
    talk.tell(tally=Tally(good=1, good_at=talk.now))
    assert talk.last.reason is None
    assert talk.admitted(50, after_s=1) > 1


def test_an_answer_to_a_call_from_before_the_fault_does_not_end_it(lanes):
    talk = known(lanes)
    before = talk.now
    talk.now += 1
    talk.fault("no credit")
    talk.tell(tally=Tally(good=1, good_at=before))
    assert talk.last.reason == "no credit"


def test_whoever_resumes_a_lane_leaves_a_note_and_it_goes_on(lanes):
    talk = known(lanes)
    talk.fault("no credit")
    lanes.set(keys_of(talk.lane)[3], "1")
    assert talk.admitted(50, after_s=1) > 1
    assert not lanes.exists(keys_of(talk.lane)[3])


def test_a_call_from_before_the_resumption_does_not_pause_the_lane_again(lanes):
    talk = known(lanes)
    before = talk.now
    talk.fault("no credit")
    talk.now += 5
    lanes.set(keys_of(talk.lane)[3], "1")
    talk.tell()
    talk.fault("no credit", at=before)
    assert talk.last.reason is None
