"""How much of a rate limit whole workers deliver, and how many calls are refused.

For each row a sandbox with that limit and a fresh stack are started on this machine, and a batch is sent
that is more than the limit allows; the minute is counted from its first call, by the sandbox's ledger. A
limit that changes does so after a while of work, and the minute begins five seconds later. A bucket of one
second is as strict as Anthropic's documentation allows: "60 requests a minute may be enforced as 1 request a
second".
"""

import argparse
import time
from collections.abc import Iterable
from dataclasses import dataclass

from benchmarks.fleet import Sandbox, fleet, sandbox
from promptmill.client import Client

MODEL = "claude-haiku-4-5"
SETTLING_S = 5.0  # a limit that was changed must be followed within
BEFORE_CHANGE_S = 10.0
START_S = 60.0
CHARACTERS_A_TOKEN = 4  # in the sandbox
SPARE = 1.3  # more jobs than the limit lets through
PAUSE_S = 0.2


@dataclass(frozen=True, kw_only=True)
class Row:
    """One kind of work under one limit a minute, which may change."""

    dial: str
    limit: int
    becomes: int | None = None
    input_tokens: int = 20
    output_tokens: int = 5

    @property
    def name(self) -> str:
        """What the row is called on the command line and in the table."""
        change = f"->{self.becomes}" if self.becomes else ""
        return f"{self.dial}={self.limit}{change}"

    @property
    def amount(self) -> int:
        """What one call draws from the limit."""
        return {"rpm": 1, "itpm": self.input_tokens, "otpm": self.output_tokens}[self.dial]


ROWS = (
    Row(dial="rpm", limit=50),
    Row(dial="rpm", limit=60),
    Row(dial="rpm", limit=1_000),
    Row(dial="rpm", limit=4_000),
    Row(dial="itpm", limit=50_000, input_tokens=800),
    Row(dial="itpm", limit=500_000, input_tokens=1_000),
    Row(dial="itpm", limit=2_000_000, input_tokens=1_000),
    Row(dial="otpm", limit=80_000, output_tokens=200),
    Row(dial="otpm", limit=400_000, output_tokens=300),
    Row(dial="rpm", limit=600, becomes=2_400),
    Row(dial="rpm", limit=2_400, becomes=600),
)


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What came of a row."""

    share: float
    calls: int
    refused: int


def measure(row: Row, *, workers: int, seconds: float, burst_s: float, database_url: str | None) -> Measured:
    """Run one row."""
    flags = {row.dial: row.limit, "burst_s": burst_s, "token_rate": 0}
    with sandbox(**flags) as upstream, fleet(upstream, workers=workers, database_url=database_url) as client:
        largest = max(row.limit, row.becomes or 0) * (seconds + BEFORE_CHANGE_S + SETTLING_S) / 60
        batch = client.submit(jobs(row, int(SPARE * largest / row.amount) + 10))
        start = first_call(upstream)
        if row.becomes:
            time.sleep(BEFORE_CHANGE_S)
            upstream.turn(**{row.dial: row.becomes})
            start = time.time() + SETTLING_S
        time.sleep(max(0.0, start + seconds + 2 - time.time()))
        answered = within(upstream.moments(200), start, seconds)
        refused = within(upstream.moments(429), start, seconds)
        drawn = answered * drawn_by_one(client, batch.id, row)
    share = drawn / ((row.becomes or row.limit) * seconds / 60)
    return Measured(share=share, calls=answered + refused, refused=refused)


def jobs(row: Row, count: int) -> Iterable[dict[str, object]]:
    """Yield so many jobs, all of the same size and no two alike."""
    for number in range(count):
        text = f"{number:09} [[tokens {row.output_tokens}]] "
        prompt = text.ljust(row.input_tokens * CHARACTERS_A_TOKEN, "x")
        yield {
            "request": {
                "model": MODEL,
                "max_tokens": 1024,
                "messages": [{"role": "user", "content": prompt}],
            }
        }


def first_call(upstream: Sandbox) -> float:
    """Return when the first call came in, once there is one."""
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        if moments := upstream.moments(200) + upstream.moments(429):
            return min(moments)
        time.sleep(PAUSE_S)
    raise SystemExit(f"no call within {START_S:.0f} s")


def within(moments: list[float], start: float, seconds: float) -> int:
    """Return how many moments lie in the measured time."""
    return sum(start <= moment < start + seconds for moment in moments)


def drawn_by_one(client: Client, batch_id: str, row: Row) -> int:
    """Return what each answer drew from the limit, by its own word."""
    usage = next(iter(client.results(batch_id))).usage
    return {"rpm": 1, "itpm": usage.input_tokens, "otpm": usage.output_tokens}[row.dial]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="how long each row runs (60)")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 4], help="processes (1 4)")
    parser.add_argument("--burst-s", type=float, nargs="+", default=[1], help="Claude's buckets (1)")
    parser.add_argument("--row", nargs="+", metavar="NAME", help="only these, such as rpm=60")
    parser.add_argument("--database-url", help="an empty Postgres database (default: a SQLite file)")
    options = parser.parse_args()
    print("| limit a minute | bucket | workers | delivered | calls | refused |\n|---|---|---|---|---|---|")
    for row in (row for row in ROWS if not options.row or row.name in options.row):
        for burst_s in options.burst_s:
            for workers in options.workers:
                found = measure(
                    row,
                    workers=workers,
                    seconds=options.seconds,
                    burst_s=burst_s,
                    database_url=options.database_url,
                )
                print(
                    f"| {row.name} | {burst_s:.0f} s | {workers} | {found.share:.1%} | {found.calls:,}"
                    f" | {found.refused} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
