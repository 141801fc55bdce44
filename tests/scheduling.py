"""Schedules in tests: kept in a real store, run by a real scheduler at whatever time the test says it is."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from claude.dialect import Dialect
from evalruns.recurring_run import RecurringRun
from evalruns.start import EvalStarter
from jobs.celery_app import make_celery
from jobs.clock import utc_now
from jobs.dispatch import Dispatcher
from jobs.ids import IDS, SCHEDULE_PREFIX
from jobs.schedules.kinds import Kinds
from jobs.schedules.moves import decided
from jobs.schedules.recurring_batch import BatchTemplate, RecurringBatch, plan_of
from jobs.schedules.schedule import (
    MissedPolicy,
    OverlapPolicy,
    RunState,
    Schedule,
    ScheduleKind,
    ScheduleRun,
    ScheduleState,
    Timetable,
)
from jobs.settings import Settings, read_settings
from jobs.store.store import Store
from jobs.submission import BatchOptions, SubmittedRequest
from jobs.submit import Submitter
from tests.factories import BODY
from worker.maintenance.scheduler import Scheduler

MIDNIGHT = datetime(2026, 11, 23, tzinfo=UTC)
HOUR = timedelta(hours=1)
HOURLY = Timetable(every=HOUR)


def a_schedule(**fields: Any) -> Schedule:
    """Return an hourly schedule that was added at midnight."""
    defaults: dict[str, Any] = {
        "id": IDS.make(SCHEDULE_PREFIX),
        "tenant": "default",
        "name": "nightly",
        "kind": ScheduleKind.REQUESTS,
        "timetable": HOURLY,
        "missed": MissedPolicy.LATEST,
        "overlap": OverlapPolicy.SKIP,
        "state": ScheduleState.ACTIVE,
        "created_at": MIDNIGHT,
        "decided_until": MIDNIGHT,
        "next_at": None,
    }
    schedule = Schedule(**{**defaults, **fields})
    return decided(schedule, until=schedule.decided_until)


def a_plan(body: str = BODY, size: int = 1, **options: Any) -> str:
    """Return the plan of a batch of `size` requests."""
    requests = [
        SubmittedRequest(custom_id=f"row-{n}", dialect=Dialect.MESSAGES, body=body) for n in range(size)
    ]
    return plan_of(BatchTemplate(requests=requests, headers={}, options=BatchOptions(**options)))


class Hall:
    """A store with schedules, and the means to run them."""

    def __init__(self, store: Store, submitter: Submitter, settings: Settings) -> None:
        self.store = store
        self.starter = EvalStarter(store=store, submitter=submitter, settings=settings, clock=utc_now)
        self.kinds = _kinds(submitter, self.starter)
        self.scheduler = self.another_scheduler()

    def another_scheduler(self) -> Scheduler:
        """Return a scheduler as another worker would have it."""
        return Scheduler(store=self.store, kinds=self.kinds)

    def add(self, plan: str | None = None, **fields: Any) -> Schedule:
        """Store a schedule."""
        schedule = a_schedule(**fields)
        with self.store.write() as tx:
            tx.schedules.add(schedule, plan or a_plan())
        return schedule

    def tick(self, now: datetime) -> int:
        """Do one pass as of `now`."""
        return self.scheduler.run_once(now)

    def get(self, schedule: Schedule) -> Schedule:
        """Return the schedule as it stands."""
        with self.store.read() as tx:
            found = tx.schedules.get(schedule.id)
        assert found is not None
        return found

    def runs(self, schedule: Schedule, state: RunState | None = None) -> list[ScheduleRun]:
        """Return the schedule's runs in the order in which they were due."""
        with self.store.read() as tx:
            found = tx.schedule_runs.list(schedule.id, limit=1000)[::-1]
        return [run for run in found if state in {None, run.state}]

    def batches(self) -> list[str]:
        """Return the names of all batches in the order in which they were submitted."""
        with self.store.read() as tx:
            return [batch.name or "" for batch in tx.batches.list(tenant="default", limit=1000)][::-1]

    def end(self, run: ScheduleRun) -> None:
        """End the batch of a run."""
        with self.store.write() as tx:
            tx.jobs.cancel_batch(run.batch_id or "", now=utc_now())


@contextmanager
def hall(store: Store, **settings: str) -> Iterator[Hall]:
    """Yield a hall whose broker is away: nobody needs it here."""
    read = read_settings({"REDIS_URL": "redis://127.0.0.1:1/0", **settings})
    with closing(Dispatcher(celery=make_celery(read), clock=utc_now)) as dispatcher:
        submitter = Submitter(store=store, dispatcher=dispatcher, settings=read, clock=utc_now)
        yield Hall(store, submitter, read)


def _kinds(submitter: Submitter, starter: EvalStarter) -> Kinds:
    return {
        ScheduleKind.REQUESTS: RecurringBatch(submitter),
        ScheduleKind.EVALUATION: RecurringRun(starter),
    }


def states(runs: list[ScheduleRun]) -> list[str]:
    """Return where the runs stand."""
    return [run.state.value for run in runs]


def hours(runs: list[ScheduleRun]) -> list[float]:
    """Return how many hours after midnight the runs were due."""
    return [(run.due_at - MIDNIGHT) / HOUR for run in runs]
