"""One message batch: its requests, its times, and how it looks from outside."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec

from sandbox.ids import rfc3339

KINDS = ("succeeded", "errored", "canceled", "expired")


class Item(msgspec.Struct, frozen=True):
    """One request of a batch, its params still as they came."""

    custom_id: str
    params: msgspec.Raw


@dataclass(slots=True, kw_only=True)
class Batch:
    """A batch; until it has ended, all its requests count as processing."""

    id: str
    account: str
    version: str
    betas: str
    created_at: datetime
    expires_at: datetime
    waiting: list[Item]
    total: int
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    lines: list[bytes] = field(default_factory=list)
    stopped: asyncio.Event = field(default_factory=asyncio.Event)
    ended_at: datetime | None = None
    cancel_initiated_at: datetime | None = None
    archived_at: datetime | None = None

    @property
    def status(self) -> str:
        """The processing status: in_progress, canceling or ended."""
        if self.ended_at is not None:
            return "ended"
        return "in_progress" if self.cancel_initiated_at is None else "canceling"

    def cancel(self, now: datetime) -> None:
        """Ask for the end of the batch; asking twice changes nothing."""
        if self.cancel_initiated_at is None:
            self.cancel_initiated_at = now
            self.stopped.set()

    def settle(self, custom_id: str, result: dict[str, object]) -> None:
        """Keep the result of one request."""
        self.counts[str(result["type"])] += 1
        self.lines.append(msgspec.json.encode({"custom_id": custom_id, "result": result}) + b"\n")

    def archive(self, now: datetime, kept: timedelta) -> None:
        """Let go of the results when they have been kept for long enough."""
        if self.ended_at is not None and self.archived_at is None and now - self.created_at >= kept:
            self.archived_at = now
            self.lines = []

    def shown(self, origin: str) -> dict[str, object]:
        """Return the batch as the API shows it; `origin` is how the caller reached this server."""
        ended = self.ended_at is not None
        counts = self.counts if ended else dict.fromkeys(KINDS, 0)
        has_results = ended and self.archived_at is None
        return {
            "id": self.id,
            "type": "message_batch",
            "processing_status": self.status,
            "request_counts": {"processing": 0 if ended else self.total} | counts,
            "created_at": rfc3339(self.created_at),
            "expires_at": rfc3339(self.expires_at),
            "ended_at": _time(self.ended_at),
            "cancel_initiated_at": _time(self.cancel_initiated_at),
            "archived_at": _time(self.archived_at),
            "results_url": f"{origin}/v1/messages/batches/{self.id}/results" if has_results else None,
        }


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else rfc3339(moment)
