"""What a trial found."""

import msgspec


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the table."""

    fault: str
    title: str
    struck: int
    """How often the fault was injected before the batch had ended."""
    jobs: int
    lost: int
    """Jobs that did not end with their right answer."""
    doubled: int
    """Jobs that ended more than once."""
    duplicate_calls: int
    """Calls beyond the first of each job."""
    answered_twice: int
    """Jobs of which more than one call was answered to the end."""
    in_flight: int
    """Calls that were in flight where a worker was lost: as many may be made twice."""
    recovery_s: float | None
    """The longest time from a fault, or its end, to the next job that the api shows as ended."""
    took_s: float
    problems: list[str]
    """Every other promise that was not kept."""
    remarks: list[str]

    @property
    def is_sound(self) -> bool:
        """Whether every promise was kept."""
        return not (self.lost or self.doubled or self.problems or self.has_too_many_calls)

    @property
    def has_too_many_calls(self) -> bool:
        """Whether more calls were made twice than the faults can explain."""
        return self.duplicate_calls > self.in_flight
