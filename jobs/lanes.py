"""What the lanes say of themselves: the workers keep it in the broker's Redis, and everybody may look."""

from datetime import UTC, datetime
from typing import Any, Literal

import msgspec
from redis import Redis
from redis.exceptions import RedisError

from jobs.errors import BrokerUnavailableError, NotFoundError
from jobs.settings import redis_py_url

KEY_PREFIX = "promptmill:lane:{"
KEY_END = "}"
RESUME_SUFFIX = ":resume"
RESUME_KEPT_S = 86_400  # until a worker comes by to see it
TIMEOUT_S = 1.0
LaneState = Literal["open", "resting", "paused"]


class _Fault(msgspec.Struct):
    reason: str
    since: float
    probe_at: float


class _Seen(msgspec.Struct):
    left: float


class _Bucket(msgspec.Struct):
    limit: float
    seen: _Seen | None = None


class _Record(msgspec.Struct):
    """A lane's record, as far as it is of interest here; `worker/limits/lua` writes it."""

    at: float
    held: float
    buckets: dict[str, _Bucket]
    fault: _Fault | None = None
    reason: str | None = None
    resting: float | None = None


class LaneStatus(msgspec.Struct, frozen=True, kw_only=True):
    """How a lane stands."""

    name: str
    """The class of models."""
    account: str
    """A name made from the key, which does not reveal it."""
    state: LaneState
    """`resting`: Claude asked to wait. `paused`: a fault of the account; probed now and then."""
    reason: str | None
    since: datetime | None
    until: datetime | None
    """When it goes on, or is probed next."""
    in_flight: int
    limits: dict[str, int]
    """A minute: `requests`, `input`, `output`, or `total` tokens."""
    remaining: dict[str, int]
    """Of the same, as Claude's last answer had it."""


class LaneBoard:
    """Reads and resumes lanes; may be used from several threads."""

    def __init__(self, redis_url: str) -> None:
        self._redis = Redis.from_url(
            redis_py_url(redis_url),
            socket_timeout=TIMEOUT_S,
            socket_connect_timeout=TIMEOUT_S,
            decode_responses=True,
        )

    def all(self) -> list[LaneStatus]:
        """Return every lane that was used within a day; raises `BrokerUnavailableError`."""
        try:
            keys = sorted(self._redis.scan_iter(f"{KEY_PREFIX}*{KEY_END}", count=1000))
            texts: list[Any] = self._redis.mget(keys) if keys else []
        except (RedisError, OSError) as error:
            raise BrokerUnavailableError from error
        return [_status(key, text) for key, text in zip(keys, texts, strict=True) if text]

    def paused(self) -> list[LaneStatus]:
        """Return the lanes that a fault of the account has paused; none if the broker cannot be asked."""
        try:
            return [lane for lane in self.all() if lane.state == "paused"]
        except BrokerUnavailableError:
            return []

    def resume(self, name: str | None = None) -> list[LaneStatus]:
        """Have the paused lane of that name, or every one, go on at once; return which.

        Raises `NotFoundError` if `name` is no lane, `BrokerUnavailableError`.
        """
        lanes = [lane for lane in self.all() if name in (None, lane.name)]
        if name is not None and not lanes:
            raise NotFoundError(f"there is no lane {name[:80]!r}")
        resumed = [lane for lane in lanes if lane.state != "open"]
        try:
            for lane in resumed:
                self._redis.set(f"{_key(lane)}{RESUME_SUFFIX}", "1", ex=RESUME_KEPT_S)
        except (RedisError, OSError) as error:
            raise BrokerUnavailableError from error
        return resumed

    def close(self) -> None:
        """Close the connections."""
        self._redis.close()


def _key(lane: LaneStatus) -> str:
    return f"{KEY_PREFIX}{lane.account}/{lane.name}{KEY_END}"


def _status(key: str, text: str) -> LaneStatus:
    record = msgspec.json.decode(text, type=_Record)
    account, _, name = key.removeprefix(KEY_PREFIX).removesuffix(KEY_END).partition("/")
    is_resting = record.resting is not None and record.resting > datetime.now(UTC).timestamp()
    until = record.fault.probe_at if record.fault else record.resting if is_resting else None
    return LaneStatus(
        name=name,
        account=account,
        state="paused" if record.fault else "resting" if is_resting else "open",
        reason=record.fault.reason if record.fault else record.reason if is_resting else None,
        since=_moment(record.fault.since) if record.fault else None,
        until=_moment(until),
        in_flight=int(record.held),
        limits={bucket: int(each.limit) for bucket, each in record.buckets.items()},
        remaining={bucket: int(each.seen.left) for bucket, each in record.buckets.items() if each.seen},
    )


def _moment(unix_s: float | None) -> datetime | None:
    return None if unix_s is None else datetime.fromtimestamp(unix_s, UTC)
