"""Why jobs failed, counted by cause."""

import re
from dataclasses import dataclass

from promptmill.records import Result

LONGEST_MESSAGE = 160
VARYING = re.compile(r"\b[\w-]*\d[\w.:-]*")  # ids, numbers, times: what differs between two of a kind


@dataclass(slots=True)
class Cause:
    """One kind of failure."""

    state: str
    type: str
    status: int | None
    message: str
    """As the first job of this kind had it."""
    example: str
    """The custom id of that job."""
    count: int = 0


class Tally:
    """Counts results as they go by."""

    def __init__(self) -> None:
        self.states: dict[str, int] = {}
        self._causes: dict[tuple[str, str, int | None, str], Cause] = {}

    def add(self, result: Result) -> None:
        """Count one result."""
        self.states[result.state] = self.states.get(result.state, 0) + 1
        if result.state == "succeeded":
            return
        error = result.error
        kind, status = (error.type, error.status) if error else (result.state, None)
        message = (error.message if error else "").partition("\n")[0][:LONGEST_MESSAGE]
        key = (result.state, kind, status, VARYING.sub("#", message))
        example = result.custom_id or result.job_id
        cause = self._causes.setdefault(key, Cause(result.state, kind, status, message, example))
        cause.count += 1

    @property
    def causes(self) -> list[Cause]:
        """Return the causes, the most frequent first."""
        return sorted(self._causes.values(), key=lambda cause: -cause.count)
