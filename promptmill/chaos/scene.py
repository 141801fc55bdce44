"""What a fault finds when it strikes: the stack in the middle of its work, and a place to leave notes."""

import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from promptmill.chaos.broker import Broker
from promptmill.chaos.crew import Crew
from promptmill.chaos.database import Database
from promptmill.chaos.patience import until
from promptmill.chaos.record import Record
from promptmill.client import Client
from promptmill.errors import RefusedError, ServerUnreachableError
from promptmill.records import Batch

MODEL = "claude-haiku-5-5"
ASIDE = 20  # jobs submitted in the middle of a fault
SUBMIT_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A batch, and which sums its jobs were to do."""

    batch_id: str
    sums: range


@dataclass(slots=True, kw_only=True)
class Scene:
    """One trial's surroundings."""

    crew: Crew
    broker: Broker
    database: Database
    record: Record
    client: Client
    chance: random.Random
    outage_s: float
    """How long something stays away that is to stay away."""
    lease_s: float
    """After which silence a worker is given up."""
    first: int
    """The first number to do a sum with: no two trials ask Claude the same, or calls would seem doubled."""
    sent: list[Sent] = field(default_factory=list)
    in_flight: int = 0
    """Calls whose worker was lost under them: those may be made twice."""
    problems: list[str] = field(default_factory=list)
    """What a fault found broken."""
    remarks: list[str] = field(default_factory=list)
    """What is worth knowing and no breach."""

    def submit(self, count: int) -> Sent:
        """Submit a batch, trying for as long as the api is away, and remember it."""
        first = self.sent[-1].sums.stop if self.sent else self.first
        sums = range(first, first + count)
        batch = until(lambda: self._submitted(sums), "a batch to be accepted", timeout_s=SUBMIT_S)
        self.sent.append(Sent(batch_id=batch.id, sums=sums))
        return self.sent[-1]

    def submit_aside(self, during: str) -> None:
        """Submit a few jobs at once, in the middle of a fault; being refused is a problem."""
        first = self.sent[-1].sums.stop
        sums = range(first, first + ASIDE)
        try:
            batch = self.client.submit(map(_job, sums))
        except (ServerUnreachableError, RefusedError) as error:
            self.problems.append(f"{during}: a submission failed: {error}")
        else:
            self.sent.append(Sent(batch_id=batch.id, sums=sums))

    def lose(self, worker_id: str | None) -> None:
        """Note that the calls of a worker that was just lost may be made twice."""
        self.in_flight += self.record.held_by(worker_id)

    def look(self, batch_id: str) -> Batch | None:
        """Return the batch as the api shows it, None while it does not answer."""
        self.crew.restart_fallen(self.remarks.append)
        with suppress(ServerUnreachableError, RefusedError):
            return self.client.get_batch(batch_id)
        return None

    def until(self, look: Callable[[], object], what: str, *, timeout_s: float) -> None:
        """Wait for something while the crew is looked after."""

        def tended() -> bool:
            self.crew.restart_fallen(self.remarks.append)
            return bool(look())

        until(tended, what, timeout_s=timeout_s)

    def _submitted(self, sums: range) -> Batch | None:
        with suppress(ServerUnreachableError, RefusedError):
            return self.client.submit(map(_job, sums))
        return None


def custom_id(number: int) -> str:
    """Return the name of the job that does the sum of this number."""
    return f"sum-{number}"


def answer(number: int) -> str:
    """Return what that job is to find."""
    return str(number + number % 7)


def _job(number: int) -> dict[str, object]:
    question = f"What is {number} + {number % 7}?"
    request = {"model": MODEL, "max_tokens": 64, "messages": [{"role": "user", "content": question}]}
    return {"custom_id": custom_id(number), "request": request}
