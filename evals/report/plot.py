"""A series of runs as a picture: the means in a line, each with its interval, in SVG that stands alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from evals.statistics.interval import Interval

WIDTH, HEIGHT = 760, 260
LEFT, RIGHT, TOP, BOTTOM = 52, 16, 16, 34
MOST_LABELS = 8
STEPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5, 1.0)
MOST_LINES = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One run of a series."""

    label: str
    """Below the axis, as `Nov 23`."""
    mean: float | None
    interval: Interval | None = None
    verdict: str = ""
    """`worse` and `better` have their colours."""
    title: str = ""
    """What a pointer that rests on it shows."""


def plot(points: Sequence[Point], *, bar: float | None = None) -> str:
    """Draw a series; `bar` is a line across, below which a run fails."""
    scale = _Scale.of(points, bar)
    parts = [*scale.grid(), *_labels(points, scale)]
    if bar is not None:
        y = scale.y(bar)
        parts.append(f'<line class="bar" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
    parts.append(_line(points, scale))
    parts += [_mark(point, scale.x(at), scale) for at, point in enumerate(points) if point.mean is not None]
    label = f"Scores of {len(points)} runs"
    return (
        f'<svg class="plot" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{label}" '
        f'xmlns="http://www.w3.org/2000/svg">{"".join(parts)}</svg>'
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scale:
    low: float
    high: float
    step: float
    count: int

    @classmethod
    def of(cls, points: Sequence[Point], bar: float | None) -> "_Scale":
        values = [point.mean for point in points if point.mean is not None]
        for point in points:
            values += [point.interval.low, point.interval.high] if point.interval is not None else []
        values += [bar] if bar is not None else []
        bottom, top = min(values, default=0.0), max(values, default=1.0)
        wide = max(top - bottom, STEPS[0])
        step = next((step for step in STEPS if wide / step <= MOST_LINES), wide / MOST_LINES)
        low = step * int(bottom // step)
        high = step * -int(-top // step)
        return cls(low=low, high=high if high > low else low + step, step=step, count=len(points))

    def x(self, at: int) -> float:
        room = WIDTH - LEFT - RIGHT
        return LEFT + (room / 2 if self.count == 1 else 12 + (room - 24) * at / (self.count - 1))

    def y(self, value: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (self.high - value) / (self.high - self.low)

    def grid(self) -> list[str]:
        count = round((self.high - self.low) / self.step)
        found = []
        for at in range(count + 1):
            value = self.low + at * self.step
            y = self.y(value)
            found.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
            found.append(
                f'<text class="tick" x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{value:.2f}</text>'
            )
        return found


def _labels(points: Sequence[Point], scale: _Scale) -> list[str]:
    every = -(-len(points) // MOST_LABELS)
    return [
        f'<text class="tick" x="{scale.x(at):.1f}" y="{HEIGHT - 10}" text-anchor="middle">'
        f"{escape(point.label)}</text>"
        for at, point in enumerate(points)
        if (len(points) - 1 - at) % every == 0
    ]


def _line(points: Sequence[Point], scale: _Scale) -> str:
    places = [f"{scale.x(at):.1f},{scale.y(p.mean):.1f}" for at, p in enumerate(points) if p.mean is not None]
    return f'<polyline class="line" points="{" ".join(places)}"/>'


def _mark(point: Point, x: float, scale: _Scale) -> str:
    kind = point.verdict if point.verdict in {"worse", "better"} else "same"
    whisker = ""
    if point.interval is not None:
        low, high = scale.y(point.interval.low), scale.y(point.interval.high)
        whisker = (
            f'<path class="whisker" d="M{x:.1f} {low:.1f}V{high:.1f}'
            f'M{x - 4:.1f} {low:.1f}h8M{x - 4:.1f} {high:.1f}h8"/>'
        )
    dot = f'<circle cx="{x:.1f}" cy="{scale.y(point.mean or 0.0):.1f}" r="4.5"/>'
    return f'<g class="{kind}"><title>{escape(point.title or point.label)}</title>{whisker}{dot}</g>'
