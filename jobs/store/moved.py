"""Which jobs a transaction has moved, to be told to their followers once it is committed."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import Connection

from jobs.store.rows import AnyRow

MOVED = "promptmill_moved"
"""The execution option under which a connection carries its transaction's `Moved`."""


@dataclass(slots=True)
class Moved:
    """What one transaction has moved so far."""

    jobs: list[str] = field(default_factory=list)
    batches: set[str] = field(default_factory=set)


def note_moved(connection: Connection, rows: Iterable[AnyRow]) -> None:
    """Note that the jobs of these rows are in another state, or in theirs for another reason.

    Claims and settlements need not: the worker tells of those itself, together with the chunks.
    """
    moved: Moved | None = connection.get_execution_options().get(MOVED)
    if moved is not None:
        for row in rows:
            moved.jobs.append(row.id)
            if row.batch_id is not None:
                moved.batches.add(row.batch_id)
