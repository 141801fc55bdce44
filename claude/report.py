"""What was found while a request was read: what makes it unusable, and what was left out of it."""

from dataclasses import dataclass, field
from enum import StrEnum

import msgspec


class Unsupported(StrEnum):
    """What becomes of the parameters of a chat request that the chosen model does not take."""

    DROP = "drop"
    """They are left out, or changed to what it takes, with a warning."""

    ERROR = "error"
    """The request is refused."""


@dataclass(slots=True)
class Report:
    """Gathers findings, so that a person is told of all of them at once."""

    refusals: list[tuple[str, str]] = field(default_factory=list)
    """Path of each offending field, as `messages.0.role` (empty for the whole request), and the reason."""
    warnings: list[str] = field(default_factory=list)
    """What Claude has no place for and what was therefore left out or changed."""
    adapted: list[tuple[str, str]] = field(default_factory=list)
    """Of these, the parameters that the model does not take: their paths, and why not."""
    unsupported: Unsupported = Unsupported.DROP
    """What the caller wants done about those."""

    def refuse(self, path: str, reason: str) -> None:
        """Note what makes the request unusable."""
        self.refusals.append((path, reason))

    def warn(self, message: str) -> None:
        """Note what was left out or changed."""
        self.warnings.append(message)

    def adapt(self, path: str, reason: str, *, deed: str = "was left out") -> None:
        """Note a parameter that the model does not take, and what was done about it."""
        self.warnings.append(f"{path} {deed}: {reason}")
        self.adapted.append((path, reason))

    def conclude(self) -> None:
        """Refuse what was adapted, where the caller would rather know than have it done."""
        if self.unsupported is Unsupported.ERROR:
            self.refusals += self.adapted


class Found(msgspec.Struct, frozen=True):
    """What each format's reading of a request brings to light."""

    model: str
    stream: bool
    max_tokens: int | None
    input_tokens: int
    """An estimate."""
