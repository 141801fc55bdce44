"""Ends a stack's processes when their supervisor is gone, however it went; a program of its own.

It reads `+PID` and `-PID` lines on standard input, whose other end only the supervisor holds. When that
end closes, even by `kill -9`, the process groups still listed are told to stop, and soon after killed;
then the scratch folder that is its one argument is removed.
Only the standard library is imported, so that it starts at once and stays small.
"""

import os
import shutil
import signal
import sys
import time
from contextlib import suppress

PATIENCE_S = 5.0
PAUSE_S = 0.05


def main() -> None:
    """Serve until standard input ends."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    leaders: set[int] = set()
    for line in sys.stdin:
        pid = int(line[1:])
        if line.startswith("+"):
            leaders.add(pid)
        else:
            leaders.discard(pid)
    end(leaders)
    shutil.rmtree(sys.argv[1], ignore_errors=True)


def end(leaders: set[int]) -> None:
    """Stop these process groups, first politely."""
    signal_all(leaders, signal.SIGTERM)
    deadline = time.monotonic() + PATIENCE_S
    while leaders and time.monotonic() < deadline:
        time.sleep(PAUSE_S)
        leaders = {pid for pid in leaders if is_alive(pid)}
    signal_all(leaders, signal.SIGKILL)


def signal_all(leaders: set[int], number: signal.Signals) -> None:
    """Send a signal to each group that is still there."""
    for pid in leaders:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, number)


def is_alive(leader: int) -> bool:
    """Whether any process of the group is left."""
    try:
        os.killpg(leader, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


if __name__ == "__main__":
    main()
