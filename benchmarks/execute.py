"""Completed jobs a second and CPU a job: one worker process on one core, beside what people use instead.

Every contender makes the same 1 KB calls to the same stand-in. Promptmill's jobs count when they are settled
in SQL; the loops keep nothing, and the queues keep their results in Redis.
"""

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.arena import ROOT, Arena, open_arena
from benchmarks.table import Report, Row, save, show

PEERS = ROOT / ".peers" / "bin" / "python"
LOOP = "httpx + aiohttp loop"


@dataclass(frozen=True, kw_only=True)
class Contender:
    """One row of the table: what is run, and for how many jobs so that a round takes seconds."""

    name: str
    module: str
    jobs: int
    flags: tuple[str, ...] = ()
    database: str | None = None
    is_ours: bool = False

    def contend(self, arena: Arena, in_flight: int) -> Report:
        """Run one round."""
        command = [
            f"benchmarks.contenders.{self.module}",
            "--jobs",
            str(self.jobs),
            "--in-flight",
            str(in_flight),
        ]
        command += self.flags
        if self.module not in {"promptmill", "queue"}:
            return arena.contend(str(PEERS), [*command, "--url", arena.upstream], pinned=True)
        if self.database is not None:
            command += ["--database", self._database_url(arena)]
        return arena.contend(sys.executable if self.is_ours else str(PEERS), command, pinned=False)

    def _database_url(self, arena: Arena) -> str:
        return arena.postgres_url if self.database == "postgres" else f"sqlite:///{arena.folder / 'bench.db'}"


def _ours(name: str, database: str, *flags: str) -> Contender:
    return Contender(
        name=name, module="promptmill", jobs=12_000, database=database, is_ours=True, flags=flags
    )


CONTENDERS = (
    _ours("promptmill, Postgres", "postgres"),
    _ours("promptmill, SQLite", "sqlite"),
    _ours("promptmill, Postgres, 2 processes", "postgres", "--workers", "2"),
    Contender(name="aiohttp loop (the floor)", module="aiohttp_loop", jobs=12_000),
    Contender(name=LOOP, module="httpx_loop", jobs=6_000),
    Contender(name="anthropic SDK loop", module="anthropic_sdk", jobs=1_500),
    Contender(name="litellm.acompletion loop", module="litellm_loop", jobs=600),
    Contender(name="litellm batch_completion", module="litellm_batch", jobs=300),
    Contender(
        name="Celery, a task each, threads", module="queue", jobs=1_500, flags=("--kind", "celery-threads")
    ),
    Contender(
        name="Celery, a task each, prefork", module="queue", jobs=1_500, flags=("--kind", "celery-prefork")
    ),
    Contender(name="taskiq, a task each", module="queue", jobs=3_000, flags=("--kind", "taskiq")),
)


def main() -> None:
    """Alternate the contenders for as many rounds as asked, then show the medians."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--in-flight", type=int, nargs="+", default=[20, 100, 1000])
    parser.add_argument("--only", nargs="+", default=[""], help="parts of the names of contenders")
    told = parser.parse_args()
    if not PEERS.exists():
        sys.exit("the contenders are not installed: run it as `make bench`")
    chosen = [each for each in CONTENDERS if any(part in each.name for part in told.only)]
    rows = {(each.name, count): Row(each.name, count) for count in told.in_flight for each in chosen}
    with open_arena() as arena:
        for turn in range(told.rounds):
            order = chosen if turn % 2 == 0 else list(reversed(chosen))
            for count in told.in_flight:
                for each in order:
                    rows[each.name, count].reports.append(each.contend(arena, count))
                    print(f"round {turn + 1}: {each.name}, {count} in flight", file=sys.stderr, flush=True)
    show("execute", list(rows.values()), reference=LOOP)
    print(f"all rounds are in {save('execute', list(rows.values())).relative_to(Path.cwd())}")


if __name__ == "__main__":
    main()
