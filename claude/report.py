"""What was found while a request was read: what makes it unusable, and what was left out of it."""

from dataclasses import dataclass, field
from typing import NamedTuple


@dataclass(slots=True)
class Report:
    """Gathers findings, so that a person is told of all of them at once."""

    refusals: list[tuple[str, str]] = field(default_factory=list)
    """Path of each offending field, as `messages.0.role` (empty for the whole request), and the reason."""
    warnings: list[str] = field(default_factory=list)
    """What Claude has no place for and what was therefore left out or changed."""

    def refuse(self, path: str, reason: str) -> None:
        """Note what makes the request unusable."""
        self.refusals.append((path, reason))

    def warn(self, message: str) -> None:
        """Note what was left out or changed."""
        self.warnings.append(message)


class Found(NamedTuple):
    """What each format's reading of a request brings to light."""

    model: str
    stream: bool
    max_tokens: int | None
    input_tokens: int
    """An estimate."""
