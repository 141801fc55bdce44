"""Rate limits: token buckets per account and model class, and the headers that tell of them."""

import math
import time
from collections.abc import Callable

from sandbox.errors import ApiError
from sandbox.ids import rfc3339_second
from sandbox.settings import Dials, PerClass

MINUTE_S = 60
ROUNDED_TO = 1_000
MAX_ACCOUNTS = 1_000
NAMES = {"requests": "requests", "input-tokens": "input tokens", "output-tokens": "output tokens"}


class Bucket:
    """Fills up evenly to `limit` a minute; may be drawn below zero by what is only known afterwards."""

    __slots__ = ("_burst_s", "_level", "_seen", "limit")

    def __init__(self, limit: int, burst_s: float, now: float) -> None:
        self.limit = limit
        self._burst_s = burst_s
        self._level = self.capacity
        self._seen = now

    @property
    def capacity(self) -> float:
        """The most it holds."""
        return max(1.0, self.limit * self._burst_s / MINUTE_S)

    def change(self, limit: int, burst_s: float, now: float) -> None:
        """Go on with another limit from the level it has."""
        self.level(now)
        self.limit, self._burst_s = limit, burst_s
        self._level = min(self._level, self.capacity)

    def level(self, now: float) -> float:
        """Return what is in it."""
        self._level = min(self.capacity, self._level + (now - self._seen) * self.limit / MINUTE_S)
        self._seen = now
        return self._level

    def take(self, amount: float) -> None:
        """Draw from it."""
        self._level -= amount

    def wait_s(self, amount: float, now: float) -> float:
        """Return the seconds until that much is in it; more than it holds counts as all it holds."""
        return max(0.0, (min(amount, self.capacity) - self.level(now)) * MINUTE_S / self.limit)

    def full_at(self, now: float) -> float:
        """Return the seconds until it is full again."""
        return max(0.0, (self.capacity - self.level(now)) * MINUTE_S / self.limit)


class Lane:
    """The three buckets of one account and model class."""

    __slots__ = ("buckets", "version")

    def __init__(self, version: int, buckets: dict[str, Bucket]) -> None:
        self.version = version
        self.buckets = buckets


class Limits:
    """All lanes; a refused call draws nothing."""

    def __init__(self, dials: Dials, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._dials = dials
        self._clock = clock
        self._lanes: dict[tuple[str, str], Lane] = {}

    def admit(self, account: str, model_class: str, input_tokens: int) -> Lane:
        """Draw one request and its input tokens; raises `ApiError` (429) when a bucket has not enough."""
        lane = self._lane(account, model_class)
        now = self._clock()
        wanted = {"requests": 1, "input-tokens": input_tokens, "output-tokens": 1}
        for name, bucket in lane.buckets.items():
            if (wait_s := bucket.wait_s(wanted[name], now)) > 0:
                raise ApiError(
                    429,
                    f"This request would exceed your organization's rate limit of {bucket.limit:,} "
                    f"{NAMES[name]} per minute (model class: {model_class}). Please try again later.",
                    headers={"retry-after": str(math.ceil(wait_s))} | self.headers(lane),
                )
        lane.buckets["requests"].take(1)
        lane.buckets["input-tokens"].take(input_tokens)
        return lane

    @staticmethod
    def settle(lane: Lane, output_tokens: int) -> None:
        """Draw the output tokens that an answer really has."""
        lane.buckets["output-tokens"].take(output_tokens)

    def headers(self, lane: Lane) -> dict[str, str]:
        """Return the `anthropic-ratelimit-*` headers; resets are the times the buckets are full."""
        now, wall = self._clock(), time.time()
        headers: dict[str, str] = {}
        for name, bucket in lane.buckets.items():
            left = max(0, int(bucket.level(now)))
            full = wall + bucket.full_at(now)
            _put(headers, name, bucket.limit, left if name == "requests" else _rounded(left), full)
        inputs, outputs = lane.buckets["input-tokens"], lane.buckets["output-tokens"]
        left = max(0, int(inputs.level(now))) + max(0, int(outputs.level(now)))
        full = wall + max(inputs.full_at(now), outputs.full_at(now))
        _put(headers, "tokens", inputs.limit + outputs.limit, _rounded(left), full)
        return headers

    def _lane(self, account: str, model_class: str) -> Lane:
        lane = self._lanes.get((account, model_class))
        if lane is None:
            if len(self._lanes) >= MAX_ACCOUNTS:
                self._lanes.pop(next(iter(self._lanes)))
            lane = self._lanes[account, model_class] = Lane(self._dials.version, self._buckets(model_class))
        elif lane.version != self._dials.version:
            self._follow(lane, model_class)
        return lane

    def _wanted(self, model_class: str) -> dict[str, int]:
        now = self._dials.now
        return {
            "requests": _limit(now.rpm, model_class),
            "input-tokens": _limit(now.itpm, model_class),
            "output-tokens": _limit(now.otpm, model_class),
        }

    def _buckets(self, model_class: str) -> dict[str, Bucket]:
        burst_s, now = self._dials.now.burst_s, self._clock()
        return {name: Bucket(limit, burst_s, now) for name, limit in self._wanted(model_class).items()}

    def _follow(self, lane: Lane, model_class: str) -> None:
        lane.version = self._dials.version
        for name, limit in self._wanted(model_class).items():
            lane.buckets[name].change(limit, self._dials.now.burst_s, self._clock())


def _limit(limits: PerClass, model_class: str) -> int:
    return limits.get(model_class) or limits["default"]


def _rounded(tokens: int) -> int:
    return round(tokens / ROUNDED_TO) * ROUNDED_TO


def _put(headers: dict[str, str], name: str, limit: int, left: int, full_at: float) -> None:
    headers[f"anthropic-ratelimit-{name}-limit"] = str(limit)
    headers[f"anthropic-ratelimit-{name}-remaining"] = str(left)
    headers[f"anthropic-ratelimit-{name}-reset"] = rfc3339_second(math.ceil(full_at))
