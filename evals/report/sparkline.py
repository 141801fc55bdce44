"""A series in one line of text: `▂▃▅▄▆▇█▁`."""

from collections.abc import Sequence

BARS = "▁▂▃▄▅▆▇█"


def sparkline(values: Sequence[float | None], *, low: float | None = None, high: float | None = None) -> str:
    """Draw values between `low` and `high`, else between the lowest and the highest; a gap for None."""
    known = [value for value in values if value is not None]
    if not known:
        return " " * len(values)
    bottom = min(known) if low is None else low
    top = max(known) if high is None else high
    return "".join(" " if value is None else _bar(value, bottom, top) for value in values)


def _bar(value: float, bottom: float, top: float) -> str:
    if top <= bottom:
        return BARS[len(BARS) // 2]
    place = (value - bottom) / (top - bottom) * len(BARS)
    return BARS[min(max(int(place), 0), len(BARS) - 1)]
