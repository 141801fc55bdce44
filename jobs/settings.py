"""Settings, read once from the environment by each process; a bad one stops it with a sentence."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from claude.report import Unsupported
from jobs.errors import SettingError

ANTHROPIC_URL = "https://api.anthropic.com"
LOCAL_REDIS_URL = "redis://127.0.0.1:6379/0"
LOOPBACK = "127.0.0.1"
SHORTEST_SECRET = 24  # characters
LogFormat = Literal["text", "json"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything a process may be told from outside."""

    anthropic_api_key: str | None = field(repr=False)
    """`ANTHROPIC_API_KEY`, or a file at `..._FILE`: needed by the worker."""
    anthropic_base_url: str
    """`ANTHROPIC_BASE_URL`."""
    database_url: str = field(repr=False)
    """`DATABASE_URL`: `sqlite:////absolute/path` or `postgresql://user:password@host/name`."""
    redis_url: str = field(repr=False)
    """`REDIS_URL`: the broker, Redis 6.2 or later, or any Valkey."""
    host: str
    """`PROMPTMILL_HOST`: where the api listens."""
    port: int
    """`PROMPTMILL_PORT`; 0 picks a free one."""
    max_connections: int
    """`PROMPTMILL_MAX_CONNECTIONS`: those that one api process serves at once."""
    allowed_hosts: frozenset[str]
    """`PROMPTMILL_ALLOWED_HOSTS`: names besides loopback's under which an open api is spoken to."""
    stack_key: str | None = field(repr=False)
    """`PROMPTMILL_STACK_KEY`: what a stack's own command line shows its api; `promptmill up` makes it."""
    concurrency: int
    """`PROMPTMILL_CONCURRENCY`: calls in flight at most, per worker process."""
    has_limits: bool
    """`PROMPTMILL_LIMITS`: `off` admits everything, for a private endpoint without rate limits."""
    grace: timedelta
    """`PROMPTMILL_GRACE_S`: how long a stopping worker waits for its calls before it gives the jobs back."""
    max_failures: int
    """`PROMPTMILL_MAX_FAILURES`: failed attempts at which a job ends `errored`, unless it says otherwise."""
    max_time: timedelta | None
    """`PROMPTMILL_MAX_TIME_S`: how long after its first start a job is tried again at most."""
    expires_in: timedelta
    """`PROMPTMILL_EXPIRES_IN_S`: a job that was not started by then ends `expired`."""
    call_timeout: timedelta
    """`PROMPTMILL_CALL_TIMEOUT_S`: one whole call to Claude."""
    stall_timeout: timedelta
    """`PROMPTMILL_STALL_TIMEOUT_S`: the longest silence on an open connection."""
    dispatch_lease: timedelta
    """`PROMPTMILL_DISPATCH_LEASE_S`: a dispatched job that nobody claimed by then is sent again."""
    worker_lease: timedelta
    """`PROMPTMILL_WORKER_LEASE_S`: a worker silent for that long is lost, and its jobs are queued again."""
    retention: timedelta
    """`PROMPTMILL_RETENTION_DAYS`: ended jobs and batches are deleted after that."""
    push_lifetime: timedelta
    """`PROMPTMILL_PUSH_LIFETIME_S`: a connection that follows a job or a batch ends after that."""
    max_calls: int
    """`PROMPTMILL_MAX_CALLS`: callers who may wait at once for an answer, per api process."""
    max_body_bytes: int
    """`PROMPTMILL_MAX_BODY_MB`: the largest submission that the api takes."""
    unsupported: Unsupported
    """`PROMPTMILL_UNSUPPORTED`: what becomes of a chat request's parameters that the model does not take."""
    webhook_masters: tuple[str, ...] = field(repr=False)
    """`PROMPTMILL_WEBHOOK_SECRET`, or a file at `..._FILE`: the newest first; none: no webhooks are taken."""
    allows_private_webhooks: bool
    """`PROMPTMILL_WEBHOOK_PRIVATE`: `allow` lets webhooks go to loopback and private addresses."""
    allows_python_graders: bool
    """`PROMPTMILL_PYTHON_GRADERS`: `allow` lets evaluations run programs of their authors' in the worker."""
    metrics_host: str
    """`PROMPTMILL_METRICS_HOST`: where a worker serves its metrics."""
    metrics_port: int | None
    """`PROMPTMILL_METRICS_PORT`; 0 picks a free one, None serves none."""
    log_format: LogFormat
    """`PROMPTMILL_LOG`: `text` for people, `json` for collectors."""

    def anthropic_key(self) -> str:
        """Return the key; raises `SettingError` naming the variable if there is none that can be sent."""
        if not self.anthropic_api_key:
            raise SettingError(
                "ANTHROPIC_API_KEY is not set: put your Claude API key into the environment, or name a file "
                "that holds it as ANTHROPIC_API_KEY_FILE; for a sandbox at ANTHROPIC_BASE_URL any key does"
            )
        if not (self.anthropic_api_key.isascii() and self.anthropic_api_key.isprintable()):
            raise SettingError("ANTHROPIC_API_KEY has characters that no key has: copy it once more")
        return self.anthropic_api_key


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Return the settings in `environment`; raises `SettingError` naming the first bad variable."""
    _refuse_unknown(environment)
    read = _Reader(environment)
    return Settings(
        anthropic_api_key=read.secret("ANTHROPIC_API_KEY").strip() or None,
        anthropic_base_url=read.url("ANTHROPIC_BASE_URL", ANTHROPIC_URL, ("http", "https")).rstrip("/"),
        database_url=read.url("DATABASE_URL", _default_database_url(), ("sqlite", "postgresql", "postgres")),
        redis_url=read.url("REDIS_URL", LOCAL_REDIS_URL, ("redis", "rediss", "valkey", "unix")),
        host=environment.get("PROMPTMILL_HOST", "127.0.0.1"),
        port=read.whole("PROMPTMILL_PORT", 8000, 0, 65535),
        max_connections=read.whole("PROMPTMILL_MAX_CONNECTIONS", 2000, 1, 1_000_000),
        allowed_hosts=frozenset(read.words("PROMPTMILL_ALLOWED_HOSTS")),
        stack_key=environment.get("PROMPTMILL_STACK_KEY") or None,
        concurrency=read.whole("PROMPTMILL_CONCURRENCY", 200, 1, 10_000),
        has_limits=read.choice("PROMPTMILL_LIMITS", ("on", "off")) == "on",
        grace=read.seconds("PROMPTMILL_GRACE_S", 30, 0, 3600),
        max_failures=read.whole("PROMPTMILL_MAX_FAILURES", 6, 1, 1000),
        max_time=read.seconds_or_none("PROMPTMILL_MAX_TIME_S", 1, 30 * 86_400),
        expires_in=read.seconds("PROMPTMILL_EXPIRES_IN_S", 86_400, 1, 30 * 86_400),
        call_timeout=read.seconds("PROMPTMILL_CALL_TIMEOUT_S", 600, 1, 86_400),
        stall_timeout=read.seconds("PROMPTMILL_STALL_TIMEOUT_S", 120, 0.05, 3600),
        dispatch_lease=read.seconds("PROMPTMILL_DISPATCH_LEASE_S", 10, 0.5, 3600),
        worker_lease=read.seconds("PROMPTMILL_WORKER_LEASE_S", 6, 3, 3600),
        retention=timedelta(days=read.whole("PROMPTMILL_RETENTION_DAYS", 29, 1, 3650)),
        push_lifetime=read.seconds("PROMPTMILL_PUSH_LIFETIME_S", 900, 0.1, 86_400),
        max_calls=read.whole("PROMPTMILL_MAX_CALLS", 1000, 1, 100_000),
        max_body_bytes=read.whole("PROMPTMILL_MAX_BODY_MB", 256, 1, 4096) * 1024 * 1024,
        webhook_masters=read.secrets("PROMPTMILL_WEBHOOK_SECRET"),
        allows_private_webhooks=read.choice("PROMPTMILL_WEBHOOK_PRIVATE", ("refuse", "allow")) == "allow",
        allows_python_graders=read.choice("PROMPTMILL_PYTHON_GRADERS", ("refuse", "allow")) == "allow",
        metrics_host=environment.get("PROMPTMILL_METRICS_HOST") or LOOPBACK,
        metrics_port=read.whole_or_none("PROMPTMILL_METRICS_PORT", 0, 65535),
        unsupported=Unsupported(read.choice("PROMPTMILL_UNSUPPORTED", tuple(Unsupported))),
        log_format="json" if read.choice("PROMPTMILL_LOG", ("text", "json")) == "json" else "text",
    )


OURS = "PROMPTMILL_"
KNOWN = frozenset({
    "PROMPTMILL_ALLOWED_HOSTS",
    "PROMPTMILL_API_KEY",
    "PROMPTMILL_CALL_TIMEOUT_S",
    "PROMPTMILL_CONCURRENCY",
    "PROMPTMILL_DATA",
    "PROMPTMILL_DISPATCH_LEASE_S",
    "PROMPTMILL_EXPIRES_IN_S",
    "PROMPTMILL_GRACE_S",
    "PROMPTMILL_HOST",
    "PROMPTMILL_LIMITS",
    "PROMPTMILL_LOG",
    "PROMPTMILL_MAX_BODY_MB",
    "PROMPTMILL_MAX_CONNECTIONS",
    "PROMPTMILL_MAX_CALLS",
    "PROMPTMILL_MAX_FAILURES",
    "PROMPTMILL_MAX_TIME_S",
    "PROMPTMILL_METRICS_HOST",
    "PROMPTMILL_METRICS_PORT",
    "PROMPTMILL_MIGRATE",
    "PROMPTMILL_MODEL",
    "PROMPTMILL_PORT",
    "PROMPTMILL_PUSH_LIFETIME_S",
    "PROMPTMILL_PYTHON_GRADERS",
    "PROMPTMILL_RETENTION_DAYS",
    "PROMPTMILL_SPILL_DIR",
    "PROMPTMILL_STACK_KEY",
    "PROMPTMILL_STALL_TIMEOUT_S",
    "PROMPTMILL_UNSUPPORTED",
    "PROMPTMILL_URL",
    "PROMPTMILL_WEBHOOK_PRIVATE",
    "PROMPTMILL_WEBHOOK_SECRET",
    "PROMPTMILL_WEBHOOK_SECRET_FILE",
    "PROMPTMILL_WORKER_LEASE_S",
})  # fmt: skip
"""All of them, those that only the command line reads included: a misspelt one must not pass unnoticed."""


def _refuse_unknown(environment: Mapping[str, str]) -> None:
    for name in sorted(environment):
        if name.startswith(OURS) and name not in KNOWN:
            near = get_close_matches(name, KNOWN, n=1)
            meant = f", did you mean {near[0]}?" if near else "; docs/settings.md lists them"
            raise SettingError(f"{name} is no setting{meant}")


REDIS_PY_SCHEMES = {"valkey": "redis", "valkeys": "rediss"}  # redis-py knows Valkey under these names


def redis_py_url(redis_url: str) -> str:
    """Return `redis_url` as redis-py takes it."""
    scheme, separator, rest = redis_url.partition("://")
    return REDIS_PY_SCHEMES.get(scheme, scheme) + separator + rest


def _default_database_url() -> str:
    return f"sqlite:///{Path('.promptmill').absolute() / 'promptmill.db'}"


@dataclass(frozen=True, slots=True)
class _Reader:
    environment: Mapping[str, str]

    def whole(self, name: str, default: int, low: int, high: int) -> int:
        return int(self._number(name, default, low, high, "a whole number", int))

    def whole_or_none(self, name: str, low: int, high: int) -> int | None:
        return self.whole(name, low, low, high) if self.environment.get(name) else None

    def words(self, name: str) -> list[str]:
        return self.environment.get(name, "").lower().replace(",", " ").split()

    def secret(self, name: str) -> str:
        """Return what the variable says, or the file that it names with `_FILE`; empty if neither does."""
        text, path = self.environment.get(name, ""), self.environment.get(f"{name}_FILE")
        if not path:
            return text
        if text:
            raise SettingError(f"{name} and {name}_FILE are both set: keep one of them")
        try:
            return Path(path).read_text(encoding="ascii")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no text"
            raise SettingError(f"{name}_FILE cannot be read: {reason}") from None

    def secrets(self, name: str) -> tuple[str, ...]:
        """Return the secrets in the variable, or in the file at `_FILE`, parted by commas or lines."""
        parts = map(str.strip, self.secret(name).replace(",", "\n").splitlines())
        found = tuple(part for part in parts if part)
        if any(len(secret) < SHORTEST_SECRET for secret in found):
            raise SettingError(f"{name} must have at least {SHORTEST_SECRET} characters")
        return found

    def seconds(self, name: str, default: float, low: float, high: float) -> timedelta:
        return timedelta(seconds=self._number(name, default, low, high, "a number of seconds", float))

    def seconds_or_none(self, name: str, low: float, high: float) -> timedelta | None:
        return self.seconds(name, high, low, high) if self.environment.get(name) else None

    def choice(self, name: str, choices: tuple[str, ...]) -> str:
        value = self.environment.get(name) or choices[0]
        if value not in choices:
            raise SettingError(f"{name} must be one of {', '.join(choices)}, not {value!r}")
        return value

    def url(self, name: str, default: str, schemes: tuple[str, ...]) -> str:
        value = self.environment.get(name) or default
        scheme = urlsplit(value).scheme.partition("+")[0]
        if scheme not in schemes:
            # The value itself may hold a password, so it is not repeated here.
            raise SettingError(f"{name} must start with {' or '.join(s + '://' for s in schemes)}")
        return value

    def _number(
        self, name: str, default: float, low: float, high: float, kind: str, parse: type[int] | type[float]
    ) -> float:
        text = self.environment.get(name)
        if not text:
            return default
        try:
            number = parse(text)
        except ValueError:
            raise SettingError(f"{name} must be {kind} from {low} to {high}, not {text!r}") from None
        if not low <= number <= high:
            raise SettingError(f"{name} must be {kind} from {low} to {high}, not {text!r}")
        return number
