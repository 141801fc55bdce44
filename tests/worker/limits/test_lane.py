import pytest

from claude.model_class import model_class
from worker.limits.lane import FABLE_START_LIMITS, START_LIMITS, Lane, account_of, lane_of


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("claude-opus-4-8", "opus-4"),
        ("claude-opus-4-5-20251101", "opus-4"),
        ("claude-opus-4-20250514", "opus-4"),
        ("claude-opus-4-0", "opus-4"),
        ("claude-sonnet-4-6", "sonnet-4"),
        ("claude-sonnet-4-5-20250929", "sonnet-4"),
        ("claude-opus-5", "opus-5"),
        ("claude-opus-5-5", "opus-5-5"),
        ("claude-sonnet-5", "sonnet-5"),
        ("claude-sonnet-5-5", "sonnet-5-5"),
        ("claude-haiku-4-5", "haiku-4-5"),
        ("claude-haiku-4-5-20251001", "haiku-4-5"),
        ("claude-haiku-5-5", "haiku-5-5"),
        ("claude-fable-5", "fable-5"),
        ("claude-fable-5-2", "fable-5"),
        ("claude-mythos-5-1", "fable-5"),
        ("claude-mythos-preview", "fable-5"),
        ("claude-2.1", "legacy"),
        ("claude-2", "legacy"),
        ("claude-instant-1.2", "legacy"),
        ("anthropic/claude-opus-4-8", "opus-4"),
        ("claude-3-opus-20240229", "claude-3-opus"),
        ("claude-opus-6", "opus-6"),
        ("somebody-elses-model", "somebody-elses-model"),
    ],
)
def test_a_model_is_counted_in_the_class_in_which_anthropic_counts_it(model, expected):
    assert model_class(model) == expected


def test_the_keys_of_a_lane_share_a_cluster_slot_whatever_the_model_is_called():
    assert Lane("abc", "opus-4").key == "promptmill:lane:{abc/opus-4}"
    assert Lane("abc", "{x}/ y").key == "promptmill:lane:{abc/%7Bx%7D%2F%20y}"


def test_an_account_is_named_by_key_and_address_and_the_key_does_not_show():
    name = account_of("sk-ant-secret", "https://api.anthropic.com")
    assert name == account_of("sk-ant-secret", "https://api.anthropic.com")
    assert name != account_of("sk-ant-other", "https://api.anthropic.com")
    assert name != account_of("sk-ant-secret", "http://127.0.0.1:8100")
    assert "secret" not in name


def test_a_lane_starts_with_the_limits_of_the_start_tier():
    assert lane_of("a", "claude-opus-5").start_limits == START_LIMITS
    assert lane_of("a", "claude-fable-5-2").start_limits == FABLE_START_LIMITS
    assert lane_of("a", "never-heard-of").start_limits == START_LIMITS
