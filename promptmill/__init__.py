"""What users import and run: `completion()`, the client, the command line."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from promptmill.chat import completion

__all__ = ["completion"]


def __getattr__(name: str) -> object:
    """Import `completion` when it is first asked for: the command line starts without it in half the time."""
    if name != "completion":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from promptmill.chat import completion  # noqa: PLC0415 - as said above

    return completion
