"""What an answer costs in US dollars, by the price list of genai-prices."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from claude.answer import TokenUsage

if TYPE_CHECKING:
    from claude.price_list import Rates


def cost(model: str, usage: TokenUsage, *, at: datetime | None = None) -> float | None:
    """Return what one answer costs at standard rates, now or `at` a time; None for a model without a price.

    Some models cost more, for the whole request, once the prompt is long. Nothing is fetched from anywhere.
    """
    when = at or datetime.now(UTC)
    tiers = _tiers(model, when.replace(minute=0, second=0, microsecond=0))
    prompt = usage.input + usage.cache_write + usage.cache_read
    for rates in tiers:
        if prompt > rates.above:
            return _price(usage, rates)
    return None


def load_prices() -> None:
    """Load the price list now, where its loading later would hold up calls that are under way."""
    cost("", TokenUsage())


def _price(usage: TokenUsage, rates: "Rates") -> float:
    return (
        usage.input * rates.input
        + usage.output * rates.output
        + (usage.cache_write - usage.cache_write_1h) * rates.cache_write
        + usage.cache_write_1h * rates.cache_write_1h
        + usage.cache_read * rates.cache_read
    )


@lru_cache(maxsize=1024)
def _tiers(model: str, hour: datetime) -> "tuple[Rates, ...]":
    # The list takes 0.15 s to load, and most processes never ask what something costs.
    from claude.price_list import tiers_of  # noqa: PLC0415

    return tiers_of(model, hour)
