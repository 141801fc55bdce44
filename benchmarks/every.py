"""Runs all benchmarks one after another, each as a process of its own, then writes their tables."""

import argparse
import subprocess
import sys
import time

from benchmarks.machine import ROOT

EVERY = ("execute", "stream", "submit", "latency", "scale", "fanout", "memory")
LONGEST_S = 3 * 3600.0  # for one of them


def main() -> None:
    """Run them; exits with 1 if one failed, after all have run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=EVERY, metavar="name", help=", ".join(EVERY))
    parser.add_argument("--write", action="store_true", help="write the tables into benchmarks/README.md")
    given = parser.parse_args()
    if unknown := set(given.names) - set(EVERY):
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}: there are {', '.join(EVERY)}")
    failed = [name for name in given.names if not _run(name)]
    if given.write:
        _run("publish", "--write")
    if failed:
        sys.exit(f"failed, at least in part: {', '.join(failed)}")


def _run(name: str, *options: str) -> bool:
    began = time.monotonic()
    command = [sys.executable, "-m", f"benchmarks.{name}", *options]
    try:
        code = subprocess.run(command, cwd=ROOT, check=False, timeout=LONGEST_S).returncode
    except subprocess.TimeoutExpired:
        print(f"{name} was stopped after {LONGEST_S / 3600:.0f} h", file=sys.stderr)
        return False
    print(f"{name} took {(time.monotonic() - began) / 60:.1f} min", file=sys.stderr, flush=True)
    return code == 0


if __name__ == "__main__":
    main()
