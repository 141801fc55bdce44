"""What our children have had of the processors, and how long they had to wait for them, on Linux."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")


@dataclass(frozen=True, kw_only=True)
class Share:
    """A process' share of the processors so far; of children that cannot be found, nothing."""

    used_s: float = 0.0
    waited_s: float = 0.0
    """How long its main thread could have run but for others."""

    def since(self, before: "Share") -> "Share":
        """Return the difference."""
        return Share(used_s=self.used_s - before.used_s, waited_s=self.waited_s - before.waited_s)


def share_of(module: str) -> Share:
    """Return the share of our child that runs `python -m module`."""
    return next(_shares(module), Share())


def _shares(module: str) -> Iterator[Share]:
    for process in PROC.glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_text().split("\0")
            fields = (process / "stat").read_text().rpartition(") ")[2].split()
            waited_ns = int((process / "schedstat").read_text().split()[1])
        except OSError:
            continue  # it has ended
        if int(fields[1]) == os.getpid() and words[1:3] == ["-m", module]:
            used_s = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
            yield Share(used_s=used_s, waited_s=waited_ns / 1e9)
