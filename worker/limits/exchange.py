"""What a worker process and a lane's state in Redis tell each other, as `lane.lua` reads and writes it."""

import msgspec

from worker.limits.limiter import Drawn


class BucketSeen(msgspec.Struct, frozen=True, omit_defaults=True):
    """One bucket as an answer's headers showed it."""

    limit: int
    """A minute."""
    left: int
    full_at: float | None = None
    """Unix seconds by Claude's clock."""


class Observed(msgspec.Struct, frozen=True, kw_only=True):
    """What the headers of one answer showed, and when its call had been admitted."""

    at: float
    born: float
    drawn: Drawn
    buckets: dict[str, BucketSeen]


class Tally(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Sums over the calls of one lane that came down since they were last told."""

    requests: float = 0
    """Added to what was drawn when the calls were admitted, as are the next two."""
    input: float = 0
    output: float = 0
    measured: int = 0
    """Answers that told their usage."""
    measured_output: int = 0
    """Their output tokens."""
    good: int = 0
    """Calls that found the other side in order."""
    good_at: float = 0
    """When the last of them had been admitted."""
    bad: int = 0
    """Calls that found the other side in trouble."""
    bad_at: float = 0
    late: float = 0
    """Seconds by which calls that are kept apart left later than they were to."""


class Refused(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A 429 that asks for patience."""

    at: float
    """When the call had been admitted."""
    wait_s: float
    is_crowd: bool = False
    """Whether it was about calls at once rather than calls a minute."""


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """A fault of the account."""

    at: float
    reason: str


class StartLimits(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Limits a minute before any were learned, and in flight."""

    requests: int | None = None
    input: int | None = None
    output: int | None = None
    in_flight: int | None = None


class Message(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All that a process has to say about a lane."""

    holder: str
    """The process."""
    held: int
    """Its permits that have not come back."""
    start: StartLimits
    asks: list[int] | None = None
    """Input tokens of each call that would like to start."""
    tally: Tally | None = None
    observed: Observed | None = None
    refused: Refused | None = None
    fault: Fault | None = None
    now: float | None = None
    """Unix seconds; the server's own clock where it is absent, as it is outside of tests."""


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What the lane answers."""

    count: int
    wait: float
    now: float
    born: float
    output: int
    """Output tokens reserved for each call."""
    drawn: Drawn
    """Before these calls."""
    is_apart: bool = False
    """Whether these calls must reach Claude as far apart as they were admitted."""
    until: float | None = None
    """The end of the pause that the lane is in."""
    reason: str | None = None


encode_message = msgspec.json.Encoder().encode
decode_reply = msgspec.json.Decoder(Reply).decode
