"""The tables of evaluations: definitions, datasets, runs, graded samples, answers kept for later."""

from sqlalchemy import Column, Double, Index, Integer, PrimaryKeyConstraint, Table, Text

from jobs.store.tables import Bulk, Key, metadata
from jobs.store.utc_datetime import UtcDateTime

evaluations = Table(
    "evaluations",
    metadata,
    Column("id", Key, primary_key=True),
    Column("tenant", Key, nullable=False),
    Column("name", Key, nullable=False),
    Column("version", Integer, nullable=False),
    Column("hash", Key, nullable=False),
    Column("definition", Bulk, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

eval_datasets = Table(
    "eval_datasets",
    metadata,
    Column("tenant", Key, nullable=False),
    Column("hash", Key, nullable=False),
    Column("content", Bulk, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("tenant", "hash"),
)

eval_runs = Table(
    "eval_runs",
    metadata,
    Column("id", Key, primary_key=True),
    Column("tenant", Key, nullable=False),
    Column("evaluation_id", Key, nullable=False),
    Column("name", Key, nullable=False),
    Column("version", Integer, nullable=False),
    Column("definition", Bulk, nullable=False),
    Column("provenance", Text, nullable=False),
    Column("dataset_hash", Key, nullable=False),
    Column("state", Text, nullable=False),
    Column("samples", Integer, nullable=False),
    Column("priority", Text, nullable=False),
    Column("max_cost", Double),
    Column("webhook", Text),
    Column("schedule_id", Key),
    Column("openai", Text),
    Column("openai_eval_id", Key),
    Column("batch_id", Key),
    Column("grading_batch_ids", Text, nullable=False),
    Column("awaited_batch_id", Key),
    Column("claim", Integer, nullable=False, server_default="0"),
    Column("claimed_until", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("summary", Bulk),
    Column("verdict", Bulk),
    Column("error", Text),
)

eval_results = Table(
    "eval_results",
    metadata,
    Column("run_id", Key, nullable=False),
    Column("place", Integer, nullable=False),
    Column("result", Bulk, nullable=False),
    PrimaryKeyConstraint("run_id", "place"),
)

eval_answers = Table(
    "eval_answers",
    metadata,
    Column("tenant", Key, nullable=False),
    Column("key", Key, nullable=False),
    Column("body", Bulk, nullable=False),
    Column("latency_s", Double),
    Column("cost", Double),
    Column("created_at", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("tenant", "key"),
)

IS_OPEN = eval_runs.c.ended_at.is_(None)

Index(
    "evaluations_by_version",
    evaluations.c.tenant,
    evaluations.c.name,
    evaluations.c.version,
    unique=True,
)
Index("eval_runs_by_name", eval_runs.c.tenant, eval_runs.c.name, eval_runs.c.id)
Index("eval_runs_by_tenant", eval_runs.c.tenant, eval_runs.c.id)
Index("eval_runs_by_batch", eval_runs.c.batch_id)
Index("eval_runs_by_openai_eval", eval_runs.c.openai_eval_id, eval_runs.c.id)
Index("eval_runs_open", eval_runs.c.id, postgresql_where=IS_OPEN, sqlite_where=IS_OPEN)
Index("eval_answers_by_time", eval_answers.c.created_at)
