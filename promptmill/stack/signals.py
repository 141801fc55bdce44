"""Signals as something to wait for: they wake the supervisor, which then looks what there is to do."""

import os
import select
import signal
import socket
from types import FrameType, TracebackType
from typing import Self

STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Signals:
    """Counts requests to stop while it is entered; works in the main thread only."""

    def __init__(self, *, until_eof: int | None = None) -> None:
        """Watch the signals, and the end of the stream `until_eof` (a descriptor) as a request to stop."""
        self.stops = 0
        self._until_eof = until_eof
        self._previous: dict[int, object] = {}

    def __enter__(self) -> Self:
        self._inner, outer = socket.socketpair()
        self._outer = outer
        for end in (self._inner, outer):
            end.setblocking(False)
        self._previous_wakeup = signal.set_wakeup_fd(outer.fileno(), warn_on_full_buffer=False)
        for number in STOPS:
            if (
                number is not signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN
            ):  # as under nohup
                self._previous[number] = signal.signal(number, self._stop)
        self._previous[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, self._wake)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)  # type: ignore[arg-type] # what signal() returned, it takes
        signal.set_wakeup_fd(self._previous_wakeup)
        self._inner.close()
        self._outer.close()

    def wait(self, seconds: float) -> None:
        """Return after `seconds`, or sooner if something happened."""
        watched: list[int] = [self._inner.fileno()]
        if self._until_eof is not None:
            watched.append(self._until_eof)
        ready, _, _ = select.select(watched, [], [], max(seconds, 0))
        if self._inner.fileno() in ready:
            self._inner.recv(4096)
        if self._until_eof in ready and not os.read(self._until_eof, 4096):
            self._until_eof = None
            self.stops += 1

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stops += 1

    def _wake(self, _number: int, _frame: FrameType | None) -> None:
        """Let the wakeup descriptor do its work."""
