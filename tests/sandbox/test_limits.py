import pytest

from sandbox.errors import ApiError
from sandbox.limits import Limits
from sandbox.settings import Dials, Settings, changed
from tests.sandbox.running import Running, question


class Hand:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def limits_of(**changes: object) -> tuple[Limits, Hand, Dials]:
    clock, dials = Hand(), Dials(changed(Settings(), changes))
    return Limits(dials, clock=clock), clock, dials


def admitted(limits: Limits, calls: int, tokens: int = 1) -> int:
    count = 0
    for _ in range(calls):
        try:
            limits.admit("a", "opus-5", tokens)
        except ApiError:
            return count
        count += 1
    return count


def test_a_full_bucket_holds_a_minute_and_fills_evenly():
    limits, clock, _ = limits_of(rpm=60)
    assert admitted(limits, 100) == 60
    clock.now += 10
    assert admitted(limits, 100) == 10


def test_a_short_burst_may_be_all_that_is_allowed():
    limits, clock, _ = limits_of(rpm=600, burst_s=1)
    assert admitted(limits, 100) == 10
    clock.now += 60
    assert admitted(limits, 100) == 10


def test_a_refusal_says_how_long_to_wait_and_draws_nothing():
    limits, clock, _ = limits_of(itpm=600)
    assert admitted(limits, 1, tokens=590) == 1
    with pytest.raises(ApiError) as caught:
        limits.admit("a", "opus-5", 35)
    assert caught.value.status == 429
    assert caught.value.headers["retry-after"] == "3"
    assert caught.value.headers["anthropic-ratelimit-requests-remaining"] == "999999"
    clock.now += 3
    assert admitted(limits, 1, tokens=35) == 1


def test_output_tokens_are_drawn_afterwards_and_hold_back_the_next_call():
    limits, clock, _ = limits_of(otpm=60)
    limits.settle(limits.admit("a", "opus-5", 1), 90)
    assert admitted(limits, 1) == 0
    clock.now += 31
    assert admitted(limits, 1) == 1


def test_accounts_and_model_classes_have_buckets_of_their_own():
    limits, _, _ = limits_of(rpm={"opus-5": 1})
    limits.admit("a", "opus-5", 1)
    limits.admit("b", "opus-5", 1)
    limits.admit("a", "haiku-5-5", 1)
    assert admitted(limits, 1) == 0


def test_a_limit_that_is_raised_counts_from_now_on():
    limits, clock, dials = limits_of(rpm=60)
    assert admitted(limits, 60) == 60
    dials.turn({"rpm": 600})
    assert admitted(limits, 1) == 0
    clock.now += 1
    assert admitted(limits, 100) == 10


def test_the_headers_are_on_every_answer_and_follow_the_settings(sandbox: Running):
    sandbox.turn(rpm={"haiku-4-5": 50})
    try:
        headers = sandbox.post(question("Hi"), x_api_key="sk-ant-headers").headers
        refused = [sandbox.post(question("Hi"), x_api_key="sk-ant-headers") for _ in range(50)][-1]
    finally:
        sandbox.turn(rpm=1_000_000)
    assert headers["anthropic-ratelimit-requests-limit"] == "50"
    assert headers["anthropic-ratelimit-requests-remaining"] == "49"
    assert headers["anthropic-ratelimit-requests-reset"].endswith("Z")
    assert headers["anthropic-ratelimit-tokens-limit"] == "20000000000"
    assert refused.status_code == 429
    assert refused.headers["retry-after"] in {"1", "2"}
    assert refused.headers["x-should-retry"] == "true"
