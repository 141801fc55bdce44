"""Claude's side of a lane by a clock moved by hand: buckets, refusals and rate-limit headers."""

import math
from datetime import UTC, datetime

NAMES = ("requests", "input-tokens", "output-tokens")


class Bucket:
    """As the documentation has it: refilled evenly, and holding `width_s` seconds of the limit."""

    def __init__(self, limit, width_s, now):
        self.limit, self.width_s, self.at = limit, width_s, now
        self.level = self.capacity

    @property
    def capacity(self):
        return max(1.0, self.limit * self.width_s / 60)

    def turn(self, limit, now):
        self.refill(now)
        self.limit = limit
        self.level = min(self.level, self.capacity)

    def refill(self, now):
        self.level = min(self.capacity, self.level + (now - self.at) * self.limit / 60)
        self.at = now

    def wait_s(self, amount, now):
        self.refill(now)
        return (min(amount, self.capacity) - self.level) * 60 / self.limit


class ClaudeBuckets:
    """The three buckets of one lane; `others` can be drawn from them behind our back."""

    def __init__(self, *, requests=10**6, input_tokens=10**10, output_tokens=10**10, width_s=60.0, now=0.0):
        limits = (requests, input_tokens, output_tokens)
        self.buckets = {name: Bucket(limit, width_s, now) for name, limit in zip(NAMES, limits, strict=True)}
        self.admitted = self.refused = self.input = self.output = 0

    def call(self, input_tokens, now):
        """Return the headers, and how long to wait if the call is refused."""
        amounts = dict(zip(NAMES, (1, input_tokens, 1), strict=True))
        wait_s = max(bucket.wait_s(amounts[name], now) for name, bucket in self.buckets.items())
        if wait_s > 0:
            self.refused += 1
            return self.headers(now), math.ceil(wait_s)
        self.admitted += 1
        self.input += input_tokens
        self.take(now, requests=1, input_tokens=input_tokens)
        return self.headers(now), None

    def answer(self, output_tokens, now):
        self.output += output_tokens
        self.take(now, output_tokens=output_tokens)

    def take(self, now, *, requests=0, input_tokens=0, output_tokens=0):
        for name, amount in zip(NAMES, (requests, input_tokens, output_tokens), strict=True):
            self.buckets[name].refill(now)
            self.buckets[name].level -= amount

    def headers(self, now):
        headers = {}
        for name, bucket in self.buckets.items():
            bucket.refill(now)
            left = max(0, int(bucket.level))
            full = math.ceil(now + (bucket.capacity - bucket.level) * 60 / bucket.limit)
            headers[f"anthropic-ratelimit-{name}-limit"] = str(bucket.limit)
            headers[f"anthropic-ratelimit-{name}-remaining"] = str(
                left if name == "requests" else round(left / 1000) * 1000
            )
            headers[f"anthropic-ratelimit-{name}-reset"] = datetime.fromtimestamp(full, UTC).isoformat()
        return headers
