"""A file that a caller has uploaded, to make a batch of its lines."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A row of the files table, without its content."""

    id: str
    tenant: str
    name: str
    """As the caller named it; never used as a path."""
    purpose: str
    size: int
    """Bytes."""
    created_at: datetime
    expires_at: datetime
    """It is gone from then on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFile:
    """A file whose content is about to arrive."""

    id: str
    tenant: str
    purpose: str
    created_at: datetime
    expires_at: datetime
    """When it is given up, unless it is finished before."""
