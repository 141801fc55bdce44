"""The tables, their indexes, and the conditions that the partial indexes share with the queries they serve.

There are no foreign keys: every row is written by the one move that also writes what it belongs to, and
a check per inserted row costs more than the row. Conditions on `state` are written out as literals,
because neither planner can match a bound parameter to the condition of a partial index.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Double,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    and_,
    false,
    literal_column,
)

from jobs.job import JobState
from jobs.outcome import Reason
from jobs.store.utc_datetime import UtcDateTime

FILL_PERCENT = 70  # of a page: room for the one update that such a row gets, beside its first version

VACUUM_SHARE = 0.05  # of the jobs table may be dead rows before Postgres clears them away; a queue makes many

metadata = MetaData()

# Byte order on both: ids are compared as they sort, whatever the database's locale is.
Key = Text().with_variant(Text(collation="C"), "postgresql")
Bulk = Text()


def usage_columns() -> list[Column[int] | Column[float]]:
    """Return the columns that keep a `Usage`."""
    return [
        Column("input_tokens", BigInteger, nullable=False, server_default="0"),
        Column("output_tokens", BigInteger, nullable=False, server_default="0"),
        Column("cache_write_tokens", BigInteger, nullable=False, server_default="0"),
        Column("cache_read_tokens", BigInteger, nullable=False, server_default="0"),
        Column("cost", Double, nullable=False, server_default="0"),
    ]


jobs = Table(
    "jobs",
    metadata,
    Column("id", Key, primary_key=True),
    Column("tenant", Key, nullable=False),
    Column("batch_id", Key),
    Column("custom_id", Text),
    Column("dialect", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("lane", Key, nullable=False),
    Column("stream", Boolean, nullable=False),
    Column("priority", Text, nullable=False),
    Column("input_tokens_estimate", Integer, nullable=False),
    Column("state", Key, nullable=False),
    Column("reason", Text),
    Column("attempt", Integer, nullable=False, server_default="0"),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("max_failures", Integer, nullable=False),
    Column("max_time_s", Double),
    Column("warnings", Text),
    Column("vstart", Double, nullable=False),
    Column("run_at", UtcDateTime),
    Column("dispatched_at", UtcDateTime),
    Column("worker_id", Key),
    Column("created_at", UtcDateTime, nullable=False),
    Column("first_started_at", UtcDateTime),
    Column("started_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("cancel_requested_at", UtcDateTime),
    Column("error_type", Text),
    Column("error_message", Text),
    Column("error_status", Integer),
    Column("error_request_id", Text),
    Column("error_details", Text),
    *usage_columns(),
    postgresql_with={"autovacuum_vacuum_scale_factor": VACUUM_SHARE},
)

requests = Table(
    "requests",
    metadata,
    Column("job_id", Key, primary_key=True),
    Column("body", Bulk, nullable=False),
    Column("headers", Text, nullable=False),
)

responses = Table(
    "responses",
    metadata,
    Column("job_id", Key, primary_key=True),
    Column("attempt", Integer, nullable=False),
    Column("body", Bulk, nullable=False),
)

attempts = Table(
    "attempts",
    metadata,
    Column("job_id", Key, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("worker_id", Key, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("state", Text),
    Column("reason", Text),
    Column("is_failure", Boolean, nullable=False, server_default=false()),
    Column("status", Integer),
    Column("request_id", Text),
    Column("error_type", Text),
    Column("error_message", Text),
    *usage_columns(),
    PrimaryKeyConstraint("job_id", "attempt"),
    postgresql_with={"fillfactor": FILL_PERCENT},
)

chunks = Table(
    "chunks",
    metadata,
    Column("job_id", Key, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("data", Bulk, nullable=False),
    PrimaryKeyConstraint("job_id", "attempt", "seq"),
)

batches = Table(
    "batches",
    metadata,
    Column("id", Key, primary_key=True),
    Column("id_prefix", Key, nullable=False),
    Column("serial", Key, nullable=False),
    Column("tenant", Key, nullable=False),
    Column("dialect", Text, nullable=False),
    Column("name", Text),
    Column("total", Integer, nullable=False),
    Column("succeeded", Integer, nullable=False, server_default="0"),
    Column("errored", Integer, nullable=False, server_default="0"),
    Column("canceled", Integer, nullable=False, server_default="0"),
    Column("expired", Integer, nullable=False, server_default="0"),
    *usage_columns(),
    Column("max_cost", Double),
    Column("webhook", Text),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("cancel_requested_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    postgresql_with={"fillfactor": FILL_PERCENT},
)

endings = Table(
    "endings",
    metadata,
    Column("batch_id", Key, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("jobs", Bulk, nullable=False),
    PrimaryKeyConstraint("batch_id", "seq"),
)

workers = Table(
    "workers",
    metadata,
    Column("id", Key, primary_key=True),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("slots", Integer, nullable=False),
    Column("in_flight", Integer, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("beat_at", UtcDateTime, nullable=False),
)

submissions = Table(
    "submissions",
    metadata,
    Column("tenant", Key, nullable=False),
    Column("key", Key, nullable=False),
    Column("digest", Text, nullable=False),
    Column("target_id", Key, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("tenant", "key"),
)


def is_in(*states: JobState) -> ColumnElement[bool]:
    """Return the condition that a job is in one of `states`, as both planners can match it to an index."""
    literals = [literal_column(f"'{state.value}'", Key) for state in states]
    return jobs.c.state == literals[0] if len(literals) == 1 else jobs.c.state.in_(literals)


def _is_held(reason: Reason) -> ColumnElement[bool]:
    return and_(is_in(JobState.WAITING), jobs.c.reason == literal_column(f"'{reason.value}'", Text))


IS_STARTABLE = is_in(JobState.QUEUED, JobState.WAITING)
IS_READY = and_(is_in(JobState.QUEUED), jobs.c.dispatched_at.is_(None))
IS_DISPATCHED = and_(is_in(JobState.QUEUED), jobs.c.dispatched_at.is_not(None))
IS_UNWANTED = and_(is_in(JobState.RUNNING), jobs.c.cancel_requested_at.is_not(None))
IS_OVER_COST = _is_held(Reason.MAX_COST)
IS_OVER_BUDGET = _is_held(Reason.DAILY_BUDGET)
IS_CAPPED = and_(batches.c.max_cost.is_not(None), batches.c.ended_at.is_(None))
IS_ENDED_ALONE = and_(jobs.c.ended_at.is_not(None), jobs.c.batch_id.is_(None))


def _index(name: str, *columns: Column[object], where: ColumnElement[bool] | None = None) -> Index:
    return Index(name, *columns, postgresql_where=where, sqlite_where=where)


_index("jobs_by_tenant", jobs.c.tenant, jobs.c.state, jobs.c.id)
_index("jobs_by_model", jobs.c.tenant, jobs.c.model, jobs.c.state, jobs.c.id)
_index("jobs_by_batch", jobs.c.batch_id, jobs.c.state, jobs.c.id, where=jobs.c.batch_id.is_not(None))
_index("jobs_ready", jobs.c.lane, jobs.c.tenant, jobs.c.vstart, jobs.c.id, where=IS_READY)
_index("jobs_dispatched", jobs.c.dispatched_at, jobs.c.lane, where=IS_DISPATCHED)
_index("jobs_waiting", jobs.c.run_at, where=is_in(JobState.WAITING))
_index("jobs_over_cost", jobs.c.batch_id, jobs.c.id, where=IS_OVER_COST)
_index("jobs_over_budget", jobs.c.tenant, jobs.c.id, where=IS_OVER_BUDGET)
_index("jobs_running", jobs.c.worker_id, jobs.c.id, where=is_in(JobState.RUNNING))
_index("jobs_unwanted", jobs.c.worker_id, where=IS_UNWANTED)
_index("jobs_expiring", jobs.c.expires_at, where=IS_STARTABLE)
_index("jobs_ended_alone", jobs.c.ended_at, where=IS_ENDED_ALONE)
_index("batches_by_time", batches.c.tenant, batches.c.serial)
_index("batches_by_prefix", batches.c.tenant, batches.c.id_prefix, batches.c.serial)
_index("batches_capped", batches.c.id, where=IS_CAPPED)
_index("batches_ended", batches.c.ended_at, where=batches.c.ended_at.is_not(None))
_index("submissions_by_target", submissions.c.target_id)
