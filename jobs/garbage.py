"""Garbage collection in the processes that serve."""

import gc

ALLOCATIONS = 50_000  # more objects than were freed, from which on the young ones are looked through


def collect_rarely() -> None:
    """Have what is alive by now never looked at again, and what comes seldom; call it once all is loaded.

    A call's objects die by their reference counts. At Python's own threshold of 700 they were looked
    through in vain for every few calls (docs/decisions/0008).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(ALLOCATIONS)
