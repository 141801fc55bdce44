from datetime import UTC, datetime

import pytest
from genai_prices import Usage, calc_price
from hypothesis import given
from hypothesis import strategies as st

from claude.answer import TokenUsage
from claude.prices import cost

WHEN = datetime(2026, 11, 22, 12, 30, tzinfo=UTC)

LISTED = [
    "claude-haiku-5-5",
    "claude-opus-5-5",
    "claude-sonnet-4-5-20250929",
    "claude-3-haiku-20240307",
    "claude-2.1",
]

tokens = st.integers(0, 300_000)


@given(st.sampled_from(LISTED), tokens, tokens, tokens, tokens, tokens)
def test_the_cost_is_what_the_price_list_says(
    model: str, uncached: int, output: int, written: int, for_hour: int, cached: int
):
    for_hour = min(written, for_hour)
    usage = TokenUsage(
        input=uncached, output=output, cache_write=written, cache_read=cached, cache_write_1h=for_hour
    )
    listed = Usage(
        input_tokens=uncached + written + cached,
        output_tokens=output,
        cache_write_tokens=written,
        cache_write_1h_tokens=for_hour,
        cache_read_tokens=cached,
    )
    expected = calc_price(listed, model, provider_id="anthropic", genai_request_timestamp=WHEN).total_price
    assert cost(model, usage, at=WHEN) == pytest.approx(float(expected), rel=1e-9, abs=1e-12)


def test_haiku_costs_five_times_as_much_once_the_prompt_is_long():
    short = cost("claude-haiku-5-5", TokenUsage(input=100_000, output=1000), at=WHEN)
    long = cost("claude-haiku-5-5", TokenUsage(input=1, cache_read=100_000, output=1000), at=WHEN)
    assert short == pytest.approx(0.0105)
    assert long == pytest.approx(100_000 * 0.05e-6 + 0.5e-6 + 1000 * 2.5e-6)


@pytest.mark.parametrize(
    ("model", "dollars"),
    [
        ("claude-2.1", 32.0),
        ("claude-2", 32.0),
        ("claude-instant-1", 3.2),
        ("claude-instant-1.2", 3.2),
        ("anthropic/claude-opus-5-5", 24.0),
        ("claude-mythos-preview", 60.0),
    ],
)
def test_models_that_the_list_leaves_out_have_their_published_price(model: str, dollars: float):
    usage = TokenUsage(input=1_000_000, output=1_000_000)
    assert cost(model, usage, at=WHEN) == pytest.approx(dollars)


@pytest.mark.parametrize("model", ["claude-9", "gpt-4o", "", "/"])
def test_a_model_without_a_price_has_no_cost(model: str):
    assert cost(model, TokenUsage(input=1), at=WHEN) is None


def test_nothing_costs_nothing():
    assert cost("claude-opus-5-5", TokenUsage()) == 0.0
