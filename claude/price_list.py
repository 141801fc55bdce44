"""The price list of genai-prices, and the models that it leaves out."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from genai_prices.data_snapshot import get_snapshot
from genai_prices.types import ModelPrice, TieredPrices

PER = 1_000_000

UNLISTED = {
    "claude-instant": ModelPrice(input_mtok=Decimal("0.80"), output_mtok=Decimal("2.40")),
    "claude-mythos-preview": ModelPrice(
        input_mtok=Decimal(10),
        output_mtok=Decimal(50),
        cache_write_mtok=Decimal("12.50"),
        cache_write_1h_mtok=Decimal(20),
        cache_read_mtok=Decimal(1),
    ),
}
"""Models with a published price that the list leaves out, by the beginning of their ids; USD per million."""


@dataclass(frozen=True, slots=True)
class Rates:
    """US dollars per token, for prompts of more than `above` tokens."""

    above: int
    input: float
    output: float
    cache_write: float
    cache_write_1h: float
    cache_read: float


def tiers_of(model: str, when: datetime) -> tuple[Rates, ...]:
    """Return a model's rates, those for the longest prompts first; none for a model without a price."""
    prices = _model_price(model, when)
    if prices is None:
        return ()
    listed = (prices.input_mtok, prices.output_mtok, prices.cache_write_mtok, prices.cache_read_mtok)
    starts = {tier.start for price in listed if isinstance(price, TieredPrices) for tier in price.tiers}
    return tuple(_rates(prices, above) for above in sorted({-1, *starts}, reverse=True))


def _model_price(model: str, when: datetime) -> ModelPrice | None:
    name = model.rpartition("/")[2]
    for beginning, price in UNLISTED.items():
        if name.startswith(beginning):
            return price
    try:
        _, found = get_snapshot().find_provider_model(name, None, "anthropic", None)
    except LookupError:
        return None
    return found.get_prices(when)


def _rates(prices: ModelPrice, above: int) -> Rates:
    read = _at(prices.input_mtok, above, 0.0)
    write = _at(prices.cache_write_mtok, above, read)
    return Rates(
        above=above,
        input=read,
        output=_at(prices.output_mtok, above, 0.0),
        cache_write=write,
        cache_write_1h=_at(prices.cache_write_1h_mtok, above, write),
        cache_read=_at(prices.cache_read_mtok, above, read),
    )


def _at(price: Decimal | TieredPrices | None, above: int, fallback: float) -> float:
    if price is None:
        return fallback
    if isinstance(price, TieredPrices):
        reached = [tier.price for tier in price.tiers if above >= tier.start]
        price = reached[-1] if reached else price.base
    return float(price) / PER
