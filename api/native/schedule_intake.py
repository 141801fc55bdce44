"""The body of `POST /v1/schedules`: what is submitted again and again, and when."""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import Annotated

import msgspec
import msgspec.structs

from api.decoding import JsonDecoder, UndecodableError
from api.errors import MalformedRequestError
from api.ids import is_id
from api.native.envelope import JobDefaults, MaxFailures, Seconds, read_job
from api.native.evaluation_intake import SubmittedRun
from claude.request import Problem
from jobs.ids import SCHEDULE_PREFIX
from jobs.job import Priority
from jobs.schedules.due_times import LONGEST_CRON, LONGEST_JITTER, LONGEST_STEP, SHORTEST_STEP
from jobs.schedules.recurring_batch import BatchTemplate
from jobs.schedules.schedule import MissedPolicy, OverlapPolicy, Timetable
from jobs.submission import BatchOptions, SubmittedRequest
from jobs.webhooks.destination import LONGEST as LONGEST_URL

LONGEST_NAME = 100
LONGEST_ZONE = 64
NAME = re.compile(r"\w(?:[\w .-]*[\w.-])?")
SHORTEST_S, LONGEST_S = SHORTEST_STEP.total_seconds(), LONGEST_STEP.total_seconds()
MOST_JITTER_S = LONGEST_JITTER.total_seconds()
ALWAYS_SO = Problem(field="run_at", message="belongs to a job that runs once: the schedule says when")

Moment = Annotated[dt.datetime, msgspec.Meta(tz=True)]


class RecurringRequests(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A batch that is submitted each time."""

    requests: Annotated[list[msgspec.Raw], msgspec.Meta(min_length=1)]
    """Job objects, as the lines of `POST /v1/jobs`."""
    priority: Priority = Priority.NORMAL
    max_failures: MaxFailures | None = None
    max_time_s: Seconds | None = None
    expires_in_s: Seconds | None = None
    max_cost: Annotated[float, msgspec.Meta(ge=0)] | None = None


class SubmittedSchedule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A schedule as a caller hands it in."""

    name: str
    cron: Annotated[str, msgspec.Meta(max_length=LONGEST_CRON)] | None = None
    time_zone: Annotated[str, msgspec.Meta(max_length=LONGEST_ZONE)] = "UTC"
    every_s: Annotated[float, msgspec.Meta(ge=SHORTEST_S, le=LONGEST_S)] | None = None
    start_at: Moment | None = None
    end_at: Moment | None = None
    jitter_s: Annotated[float, msgspec.Meta(ge=0, le=MOST_JITTER_S)] = 0.0
    missed: MissedPolicy = MissedPolicy.LATEST
    overlap: OverlapPolicy = OverlapPolicy.SKIP
    webhook: Annotated[str, msgspec.Meta(max_length=LONGEST_URL)] | None = None
    batch: RecurringRequests | None = None
    evaluation: SubmittedRun | None = None

    @property
    def timetable(self) -> Timetable:
        """Return when it is due."""
        return Timetable(
            cron=self.cron,
            time_zone=self.time_zone,
            every=None if self.every_s is None else dt.timedelta(seconds=self.every_s),
            start_at=self.start_at,
            end_at=self.end_at,
            jitter=dt.timedelta(seconds=self.jitter_s),
        )


_schedules = JsonDecoder(SubmittedSchedule)


def read_schedule(body: memoryview) -> SubmittedSchedule:
    """Return what the body says; raises `MalformedRequestError`."""
    try:
        told = _schedules.decode(body)
    except UndecodableError as error:
        raise MalformedRequestError(
            f"{error.field}: {error.message}" if error.field else f"the body {error.message}"
        ) from None
    if not is_name(told.name):
        raise MalformedRequestError(
            f"name: must be 1 to {LONGEST_NAME} letters, digits, and within them spaces, dots, - and _; "
            f"and no id"
        )
    if (told.batch is None) == (told.evaluation is None):
        raise MalformedRequestError("batch: a schedule submits either a batch or an evaluation")
    if told.evaluation is not None and told.evaluation.webhook is not None and told.webhook is not None:
        raise MalformedRequestError("evaluation.webhook: is said twice, here and as webhook")
    _check_moment("start_at", told.start_at)
    _check_moment("end_at", told.end_at)
    return told


def is_name(text: str) -> bool:
    """Return whether `text` can be the name of a schedule: it has its place in a path, and is no id."""
    return len(text) <= LONGEST_NAME and bool(NAME.fullmatch(text)) and not is_id(text, SCHEDULE_PREFIX)


def template_told(batch: RecurringRequests, webhook: str | None, headers: Mapping[str, str]) -> BatchTemplate:
    """Return what is submitted each time; a request that cannot be read comes with its fault."""
    defaults = JobDefaults(
        headers=dict(headers),
        priority=batch.priority,
        max_failures=batch.max_failures,
        max_time_s=batch.max_time_s,
    )
    expires_in = None if batch.expires_in_s is None else dt.timedelta(seconds=batch.expires_in_s)
    return BatchTemplate(
        requests=_requests(batch.requests, defaults),
        headers=dict(headers),
        options=BatchOptions(expires_in=expires_in, max_cost=batch.max_cost, webhook=webhook),
    )


def _requests(told: Sequence[msgspec.Raw], defaults: JobDefaults) -> list[SubmittedRequest]:
    read = (read_job(memoryview(one), defaults) for one in told)
    return [one if one.run_at is None else msgspec.structs.replace(one, fault=ALWAYS_SO) for one in read]


def _check_moment(field: str, moment: dt.datetime | None) -> None:
    try:
        _ = moment and moment.astimezone(dt.UTC)
    except OverflowError:
        raise MalformedRequestError(f"{field}: is outside of the years 1 to 9999 in UTC") from None
