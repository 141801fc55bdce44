import math
from itertools import pairwise

import pytest

from worker.limits.departures import HOLD_S, WINDOW_S, Departures
from worker.limits.exchange import Reply
from worker.limits.limiter import Drawn

FAR = 1_000_000.0  # from the loop's time to the lane's


def a_reply(at, *, is_apart=True):
    return Reply(count=1, wait=0, now=at + FAR, born=FAR, output=1, drawn=Drawn(), is_apart=is_apart)


def test_calls_leave_as_far_apart_as_they_were_admitted_though_a_reply_was_slow():
    departures = Departures()
    left = [
        departures.departs_at(a_reply(at), at + slow_s) for at, slow_s in ((1, 0.001), (2, 0.08), (3, 0.01))
    ]
    assert [later - earlier for earlier, later in pairwise(left)] == pytest.approx([1, 1])


def test_calls_that_need_not_be_apart_leave_at_once():
    assert math.isclose(Departures().departs_at(a_reply(1, is_apart=False), 1.0), 0)


@pytest.mark.parametrize("step", [-3_600, 3_600])
def test_no_call_is_held_for_long_though_the_lanes_clock_was_set(step):
    departures = Departures()
    departures.departs_at(a_reply(1), 1.0)
    assert departures.departs_at(a_reply(2 + step), 2.0) <= 2 + HOLD_S


def test_clocks_that_drift_apart_are_followed():
    departures = Departures()
    departures.departs_at(a_reply(0), 0.0)
    for number in range(1, 4):
        now = number * (WINDOW_S + 1)
        departs_at = departures.departs_at(a_reply(now - 0.01 * number), now)
    assert departs_at == pytest.approx(now + HOLD_S, abs=0.011)
