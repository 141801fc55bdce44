"""Takes in schedules: what they submit is checked as if it were submitted now, then kept."""

from collections.abc import Mapping
from dataclasses import replace

from api.errors import MalformedRequestError
from api.native.errors import BadTemplateError
from api.native.evaluation_intake import SubmittedRun
from api.native.schedule_intake import RecurringRequests, SubmittedSchedule, template_told
from evalruns import recurring_run
from evalruns.start import EvalStarter
from jobs.errors import InvalidSubmissionError
from jobs.schedules import recurring_batch
from jobs.schedules.due_times import TimetableError
from jobs.schedules.schedule import Schedule, ScheduleKind
from jobs.schedules.scheduling import Scheduling
from jobs.settings import Settings


class ScheduleDesk:
    """Accepts schedules whole or not at all."""

    def __init__(self, *, scheduling: Scheduling, starter: EvalStarter, settings: Settings) -> None:
        self._scheduling = scheduling
        self._starter = starter
        self._settings = settings

    def add(self, told: SubmittedSchedule, *, tenant: str, headers: Mapping[str, str]) -> Schedule:
        """Keep a schedule, whose requests get the `headers`, and return it.

        Raises `MalformedRequestError`, `ConflictError`, and what the submission would raise now.
        """
        if told.evaluation is not None:
            kind, plan = ScheduleKind.EVALUATION, self._run_plan(told.evaluation, told.webhook)
        elif told.batch is not None:
            kind, plan = ScheduleKind.REQUESTS, self._batch_plan(told.batch, told.webhook, headers)
        else:
            raise MalformedRequestError("batch: a schedule submits either a batch or an evaluation")
        try:
            return self._scheduling.add(
                told.name,
                tenant=tenant,
                kind=kind,
                plan=plan,
                timetable=told.timetable,
                missed=told.missed,
                overlap=told.overlap,
            )
        except TimetableError as error:
            raise MalformedRequestError(f"{error.field}: {error}" if error.field else str(error)) from None

    def _run_plan(self, told: SubmittedRun, webhook: str | None) -> str:
        options = replace(told.options, webhook=told.webhook or webhook)
        self._starter.check_told(told, options)
        return recurring_run.plan_of(told, options)

    def _batch_plan(self, told: RecurringRequests, webhook: str | None, headers: Mapping[str, str]) -> str:
        template = template_told(told, webhook, headers)
        try:
            recurring_batch.check_template(template, self._settings)
        except InvalidSubmissionError as error:
            raise BadTemplateError(error, "batch.requests") from None
        return recurring_batch.plan_of(template)
