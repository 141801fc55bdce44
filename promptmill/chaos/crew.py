"""The processes of the stack under test: all of them started here, and none other ever touched."""

from collections.abc import Callable
from pathlib import Path

from promptmill.chaos.patience import until
from promptmill.chaos.process import Process
from promptmill.errors import StackStartError
from promptmill.stack.leash import Leash
from promptmill.stack.part import Part, ending_of
from promptmill.stack.plan import Plan

START_S = 120.0


class Crew:
    """Starts what a plan lists, keeps it running, and lets faults get at each process."""

    def __init__(self, plan: Plan, *, logs: Path, lock: int) -> None:
        self.url = plan.url
        self._plan = plan
        self._logs = logs
        self._lock = lock
        self._leash = Leash(lock=lock, scratch=plan.scratch)
        self._processes: dict[str, Process] = {}

    @property
    def workers(self) -> list[Process]:
        """The workers, running or not."""
        return [process for name, process in self._processes.items() if name.startswith("worker")]

    @property
    def api(self) -> Process:
        """The api."""
        return self._processes["api"]

    @property
    def beat(self) -> Process:
        """The clock."""
        return self._processes["beat"]

    @property
    def broker(self) -> Process | None:
        """The embedded broker, None where one was given."""
        return self._processes.get("valkey")

    @property
    def sandbox_url(self) -> str:
        """Where the calls go."""
        return self.api.part.environment["ANTHROPIC_BASE_URL"]

    def start(self) -> None:
        """Start everything; raises `StackStartError` or `WaitedInVainError`."""
        for parts in (self._plan.foundations, self._plan.rest):
            for part in parts:
                self._start(part)
            for part in parts:
                if not part.runs_once:
                    until(part.is_ready, f"{part.name} to start; see {self._logs}", timeout_s=START_S)

    def restart_fallen(self, say: Callable[[str], None]) -> None:
        """Start again what has ended by itself, as any supervisor would, and tell of it."""
        for process in self._processes.values():
            if (code := process.ending()) is not None:
                say(f"{process.part.name} {ending_of(code)} by itself; started again")
                process.wait()
                process.start()

    def close(self) -> None:
        """End everything."""
        for process in reversed(self._processes.values()):
            process.kill()
        self._leash.close()

    def _start(self, part: Part) -> None:
        process = Process(part, log=self._logs / f"{part.name}.log", lock=self._lock, leash=self._leash)
        process.start()
        if not part.runs_once:
            self._processes[part.name] = process
        elif code := process.wait(START_S):
            raise StackStartError(f"{part.name} {ending_of(code)}; see {process.log}")
