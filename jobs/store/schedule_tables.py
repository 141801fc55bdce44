"""The tables of schedules: the schedules, what each of them submits, and what became of each due time."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    Index,
    PrimaryKeyConstraint,
    Table,
    Text,
    literal_column,
)

from jobs.schedules.schedule import RunState, ScheduleState
from jobs.store.tables import Bulk, Key, metadata
from jobs.store.utc_datetime import UtcDateTime

schedules = Table(
    "schedules",
    metadata,
    Column("id", Key, primary_key=True),
    Column("tenant", Key, nullable=False),
    Column("name", Key, nullable=False),
    Column("kind", Text, nullable=False),
    Column("cron", Text),
    Column("time_zone", Text, nullable=False),
    Column("every_s", Double),
    Column("start_at", UtcDateTime),
    Column("end_at", UtcDateTime),
    Column("jitter_s", Double, nullable=False),
    Column("missed", Text, nullable=False),
    Column("overlap", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("decided_until", UtcDateTime, nullable=False),
    Column("next_at", UtcDateTime),
    Column("missed_count", BigInteger, nullable=False, server_default="0"),
    Column("last_due_at", UtcDateTime),
    Column("claimed_until", UtcDateTime),
)

schedule_plans = Table(
    "schedule_plans",
    metadata,
    Column("schedule_id", Key, primary_key=True),
    Column("plan", Bulk, nullable=False),
)

schedule_runs = Table(
    "schedule_runs",
    metadata,
    Column("schedule_id", Key, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("state", Text, nullable=False),
    Column("decided_at", UtcDateTime, nullable=False),
    Column("is_triggered", Boolean, nullable=False),
    Column("batch_id", Key),
    Column("eval_run_id", Key),
    Column("reason", Text),
    PrimaryKeyConstraint("schedule_id", "due_at"),  # each due time once, whoever runs it
)

IS_ACTIVE = schedules.c.state == literal_column(f"'{ScheduleState.ACTIVE.value}'")
IS_QUEUED = schedule_runs.c.state == literal_column(f"'{RunState.QUEUED.value}'")

Index("schedules_by_name", schedules.c.tenant, schedules.c.name, unique=True)
Index("schedules_due", schedules.c.next_at, postgresql_where=IS_ACTIVE, sqlite_where=IS_ACTIVE)
Index(
    "schedule_runs_queued",
    schedule_runs.c.schedule_id,
    schedule_runs.c.due_at,
    postgresql_where=IS_QUEUED,
    sqlite_where=IS_QUEUED,
)
Index("schedule_runs_by_time", schedule_runs.c.decided_at)
