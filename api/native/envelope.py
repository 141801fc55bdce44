"""The job object of `POST /v1/jobs`: what stands around a request, checked before the request itself is."""

import datetime as dt
from dataclasses import dataclass
from typing import Annotated

import msgspec

from api.decoding import JsonDecoder, UndecodableError, text_of
from api.native.recognition import recognise
from claude.dialect import Dialect
from claude.request import Problem
from jobs.job import Priority
from jobs.submission import SubmittedRequest

LINE_BYTES = 32 << 20  # Anthropic's own limit for one request

LONGEST_LIFE_S = 30 * 86_400

MaxFailures = Annotated[int, msgspec.Meta(ge=1, le=1000)]
Seconds = Annotated[float, msgspec.Meta(gt=0, le=LONGEST_LIFE_S)]
RunAt = Annotated[dt.datetime, msgspec.Meta(tz=True)]


class JobEnvelope(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One job as submitted."""

    request: msgspec.Raw
    custom_id: str | None = None
    format: Dialect | None = None
    priority: Priority | None = None
    max_failures: MaxFailures | None = None
    max_time_s: Seconds | None = None
    expires_in_s: Seconds | None = None
    run_at: RunAt | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobDefaults:
    """What holds for the jobs of a submission that do not say their own."""

    headers: dict[str, str]
    priority: Priority = Priority.NORMAL
    max_failures: int | None = None
    max_time_s: float | None = None


class _NamedJob(msgspec.Struct):
    custom_id: str | None = None


_envelopes = JsonDecoder(JobEnvelope)
_names = JsonDecoder(_NamedJob)


def read_job(
    line: bytes | memoryview, defaults: JobDefaults, known_format: Dialect | None = None
) -> SubmittedRequest:
    """Return the job in `line`; one that cannot be read comes with its fault, to be listed with others.

    `known_format` is what an earlier reading of the line has found, which then need not be found again.
    """
    if len(line) > LINE_BYTES:
        return _faulty(None, "", f"longer than {LINE_BYTES >> 20} MB, the most that one request may have")
    try:
        envelope = _envelopes.decode(line)
        _check_run_at(envelope.run_at)
        return SubmittedRequest(
            custom_id=envelope.custom_id,
            dialect=known_format or envelope.format or recognise(envelope.request),
            body=text_of(envelope.request),
            headers=defaults.headers,
            priority=envelope.priority or defaults.priority,
            run_at=envelope.run_at,
            max_failures=envelope.max_failures or defaults.max_failures,
            max_time_s=envelope.max_time_s or defaults.max_time_s,
            expires_in=dt.timedelta(seconds=envelope.expires_in_s) if envelope.expires_in_s else None,
        )
    except UndecodableError as error:
        return _faulty(_custom_id(line), error.field, error.message)


def _check_run_at(run_at: dt.datetime | None) -> None:
    try:
        _ = run_at and run_at.astimezone(dt.UTC)
    except OverflowError:
        raise UndecodableError("run_at", "is outside of the years 1 to 9999 in UTC") from None


def _custom_id(line: bytes | memoryview) -> str | None:
    try:
        return _names.decode(line).custom_id
    except UndecodableError:
        return None


def _faulty(custom_id: str | None, field: str, message: str) -> SubmittedRequest:
    fault = Problem(field=field, message=message)
    return SubmittedRequest(custom_id=custom_id, dialect=Dialect.MESSAGES, body="", fault=fault)
