"""What can be said about a batch when it is submitted."""

from typing import Any, Literal, TypedDict


class BatchOptions(TypedDict, total=False):
    """Options of a batch; None is as good as left out."""

    name: str | None
    """For people."""
    priority: Literal["interactive", "normal", "background"] | None
    """For the jobs that do not say their own, as the next two."""
    max_failures: int | None
    """Failed attempts at which a job ends `errored`."""
    max_time_s: float | None
    """Seconds after its first start for which a job is tried again."""
    expires_in_s: float | None
    """Seconds until jobs that were not started expire."""
    max_cost: float | None
    """US dollars: once the batch has cost as much, none of its jobs is started until that is raised."""
    webhook: str | None
    """URL that is told when the batch has ended."""


def query_of(options: BatchOptions) -> dict[str, Any]:
    """Return the options as the query of a submission."""
    return {name: value for name, value in options.items() if value is not None}
