"""How commands come by the database itself, without a server."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from promptmill.stack.folder import DataFolder

if TYPE_CHECKING:
    from jobs.store.store import Store


@contextmanager
def opened(data: Path, *, may_make: bool = False) -> Iterator[tuple["Store", str]]:
    """Yield the store that DATABASE_URL or the folder names, and its address, fit to be shown."""
    # Here, because the database's libraries would slow down the start of every other command.
    from promptmill.database import database  # noqa: PLC0415

    with database(DataFolder(data), may_make=may_make) as found:
        yield found
