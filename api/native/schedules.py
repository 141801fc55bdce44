"""`/v1/schedules`: what is submitted again and again, and what became of it."""

from datetime import datetime

from litestar import Controller, delete, get, post
from litestar.params import FromPath

from api.body import JSON, media_type_of, spooled
from api.connection import HttpRequest
from api.given import (
    GivenClock,
    GivenCursors,
    GivenDispatcher,
    GivenReception,
    GivenScheduleDesk,
    GivenScheduling,
    GivenStore,
    GivenTenant,
)
from api.native.errors import ErrorBody
from api.native.queries import DEFAULT_LISTED, Cursor, Limit
from api.native.schedule_intake import read_schedule
from api.native.schedule_operation import AddScheduleOperation
from api.native.schedule_views import (
    RemovedSchedule,
    ScheduleDetail,
    SchedulePage,
    ScheduleRunPage,
    ScheduleRunView,
    view_runs,
    view_schedule,
    view_schedules,
)
from api.openapi import CHANGING, READING, SUBMITTING, refusals
from api.submission import kept_headers
from jobs.clock import Clock
from jobs.schedules.schedule import Schedule
from jobs.schedules.scheduling import find_schedule
from jobs.store.store import Store

MOST_KEPT_BYTES = 512 << 20  # a cell of SQLite holds a gigabyte at most


class SchedulesController(Controller):
    """The endpoints of schedules."""

    path = "/v1/schedules"
    tags = ("schedules",)

    @post(
        "/",
        status_code=201,
        summary="Add a schedule",
        operation_class=AddScheduleOperation,
        responses=refusals(ErrorBody, SUBMITTING),
    )
    async def add_schedule(
        self,
        request: HttpRequest,
        reception: GivenReception,
        desk: GivenScheduleDesk,
        store: GivenStore,
        clock: GivenClock,
        tenant: GivenTenant,
    ) -> ScheduleDetail:
        """Accept what is to be submitted and when, or tell what is wrong by its path and store nothing."""
        media_type_of(request, JSON)
        headers = kept_headers(request)
        async with spooled(request, limit=min(reception.max_body_bytes, MOST_KEPT_BYTES)) as spool:

            def work() -> ScheduleDetail:
                added = desk.add(read_schedule(spool.whole()), tenant=tenant, headers=headers)
                return _in_full(store, added, clock)

            return await reception.run(spool, work)

    @get("/", sync_to_thread=True, summary="List schedules by name", responses=refusals(ErrorBody, READING))
    def list_schedules(
        self,
        store: GivenStore,
        cursors: GivenCursors,
        tenant: GivenTenant,
        limit: Limit = DEFAULT_LISTED,
        cursor: Cursor = None,
    ) -> SchedulePage:
        """Return one page of schedules, each with its latest run."""
        scope = ("schedules", tenant)
        after = cursors.open(cursor, scope) if cursor is not None else None
        with store.read() as tx:
            found = tx.schedules.list(tenant=tenant, after=after, limit=limit + 1)
            data = view_schedules(tx, found[:limit])
        next_cursor = cursors.seal(data[-1].name, scope) if len(found) > limit else None
        return SchedulePage(data=data, next_cursor=next_cursor)

    @get(
        "/{name:str}",
        sync_to_thread=True,
        summary="Show a schedule with its next due times",
        responses=refusals(ErrorBody, READING),
    )
    def get_schedule(
        self, store: GivenStore, clock: GivenClock, tenant: GivenTenant, name: FromPath[str]
    ) -> ScheduleDetail:
        """Return the schedule of that name or id."""
        with store.read() as tx:
            return view_schedule(tx, find_schedule(tx, name, tenant=tenant), now=clock())

    @get(
        "/{name:str}/runs",
        sync_to_thread=True,
        summary="List what became of a schedule's due times, the latest first",
        responses=refusals(ErrorBody, READING),
    )
    def list_runs(
        self,
        store: GivenStore,
        cursors: GivenCursors,
        tenant: GivenTenant,
        name: FromPath[str],
        limit: Limit = DEFAULT_LISTED,
        cursor: Cursor = None,
    ) -> ScheduleRunPage:
        """Return one page of runs, each with what became of what was submitted."""
        with store.read() as tx:
            schedule = find_schedule(tx, name, tenant=tenant)
            scope = ("schedule_runs", tenant, schedule.id)
            after = datetime.fromisoformat(cursors.open(cursor, scope)) if cursor is not None else None
            found = tx.schedule_runs.list(schedule.id, after=after, limit=limit + 1)
            data = view_runs(tx, found[:limit])
        next_cursor = cursors.seal(data[-1].due_at.isoformat(), scope) if len(found) > limit else None
        return ScheduleRunPage(data=data, next_cursor=next_cursor)

    @post(
        "/{name:str}/pause",
        status_code=200,
        sync_to_thread=True,
        summary="Pause a schedule",
        responses=refusals(ErrorBody, CHANGING),
    )
    def pause_schedule(
        self,
        scheduling: GivenScheduling,
        store: GivenStore,
        clock: GivenClock,
        tenant: GivenTenant,
        name: FromPath[str],
    ) -> ScheduleDetail:
        """Let due times pass until it is resumed; what was submitted goes on."""
        return _in_full(store, scheduling.pause(name, tenant=tenant), clock)

    @post(
        "/{name:str}/resume",
        status_code=200,
        sync_to_thread=True,
        summary="Let a schedule go on",
        responses=refusals(ErrorBody, CHANGING),
    )
    def resume_schedule(
        self,
        scheduling: GivenScheduling,
        store: GivenStore,
        clock: GivenClock,
        tenant: GivenTenant,
        name: FromPath[str],
    ) -> ScheduleDetail:
        """Go on with the next due time; what was due meanwhile is not made up for."""
        return _in_full(store, scheduling.resume(name, tenant=tenant), clock)

    @post(
        "/{name:str}/trigger",
        status_code=202,
        sync_to_thread=True,
        summary="Submit now",
        responses=refusals(ErrorBody, CHANGING),
    )
    def trigger_schedule(
        self,
        scheduling: GivenScheduling,
        dispatcher: GivenDispatcher,
        store: GivenStore,
        tenant: GivenTenant,
        name: FromPath[str],
    ) -> ScheduleRunView:
        """Queue a run beside the due times, whatever the state; a worker starts it in a second or so."""
        run = scheduling.trigger(name, tenant=tenant)
        dispatcher.post_tick()
        with store.read() as tx:
            return view_runs(tx, [run])[0]

    @delete(
        "/{name:str}",
        status_code=200,
        sync_to_thread=True,
        summary="Remove a schedule",
        responses=refusals(ErrorBody, CHANGING),
    )
    def remove_schedule(
        self, scheduling: GivenScheduling, tenant: GivenTenant, name: FromPath[str]
    ) -> RemovedSchedule:
        """Forget a schedule and the record of its runs; what it submitted stays, and goes on."""
        removed = scheduling.remove(name, tenant=tenant)
        return RemovedSchedule(id=removed.id, name=removed.name)


def _in_full(store: Store, schedule: Schedule, clock: Clock) -> ScheduleDetail:
    with store.read() as tx:
        return view_schedule(tx, schedule, now=clock())
