import pytest

from worker.limits.exchange import BucketSeen
from worker.limits.headers import buckets_seen, limits_said

P = "anthropic-ratelimit-"


def test_all_that_the_headers_say_of_a_bucket_is_read():
    headers = {
        f"{P}requests-limit": "50",
        f"{P}requests-remaining": "49",
        f"{P}requests-reset": "2026-11-22T20:00:01Z",
        "retry-after": "3",
    }
    seen = buckets_seen(headers)
    assert seen == {"requests": BucketSeen(limit=50, left=49, full_at=1_795_377_601.0)}


def test_input_and_output_tokens_are_not_mixed_up():
    headers = {f"{P}input-tokens-limit": "9", f"{P}input-tokens-remaining": "8"}
    headers |= {f"{P}output-tokens-limit": "7", f"{P}output-tokens-remaining": "6"}
    assert buckets_seen(headers) == {
        "input": BucketSeen(limit=9, left=8),
        "output": BucketSeen(limit=7, left=6),
    }


@pytest.mark.parametrize(("total", "counts"), [("99", True), ("100", False), ("101", False)])
def test_the_common_token_limit_counts_where_it_is_tighter_than_its_parts(total, counts):
    headers = {f"{P}{name}-tokens-limit": "50" for name in ("input", "output")}
    headers |= {f"{P}{name}-tokens-remaining": "50" for name in ("input", "output")}
    headers |= {f"{P}tokens-limit": total, f"{P}tokens-remaining": "0"}
    assert ("total" in buckets_seen(headers)) is counts


def test_the_common_token_limit_counts_where_it_is_the_only_one():
    headers = {f"{P}tokens-limit": "25000", f"{P}tokens-remaining": "16000"}
    assert buckets_seen(headers) == {"total": BucketSeen(limit=25_000, left=16_000)}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {f"{P}requests-limit": "50"},
        {f"{P}requests-limit": "0", f"{P}requests-remaining": "0"},
        {f"{P}requests-limit": "-5", f"{P}requests-remaining": "1"},
        {f"{P}requests-limit": "many", f"{P}requests-remaining": "some"},
        {f"{P}requests-limit": "\u0665", f"{P}requests-remaining": "²"},
    ],
)
def test_what_cannot_be_read_is_left_out(headers):
    assert buckets_seen(headers) == {}


@pytest.mark.parametrize("reset", ["", "soon", "2026-11-22T20:00:01", "12345"])
def test_a_reset_that_is_no_moment_is_left_out(reset):
    headers = {f"{P}requests-limit": "5", f"{P}requests-remaining": "4", f"{P}requests-reset": reset}
    assert buckets_seen(headers)["requests"].full_at is None


def test_limits_can_be_compared_without_reading_them():
    headers = {f"{P}requests-limit": "50", f"{P}requests-remaining": "1"}
    assert limits_said(headers) == limits_said(headers | {f"{P}requests-remaining": "2"})
    assert limits_said(headers) != limits_said(headers | {f"{P}requests-limit": "51"})
