"""Fills a store with jobs by SQL: of a hundred, 60 succeeded, 5 errored, 5 wait for a day, 30 are queued."""

import json
from contextlib import closing

import psycopg

from benchmarks.contenders.loop import REQUEST
from claude.model_class import model_class
from jobs.store import migrate

MODEL = str(REQUEST["model"])
BATCH_SIZE = 1000
JOB_ID = "'job_' || lpad(i::text, 25, '0')"
BATCH_ID = f"'batch_' || lpad((i / {BATCH_SIZE})::text, 25, '0')"
STATE = """
CASE WHEN i % 100 < 60 THEN 'succeeded' WHEN i % 100 < 65 THEN 'errored'
     WHEN i % 100 < 70 THEN 'waiting' ELSE 'queued' END
"""
HAS_STARTED = "i % 100 < 65"
RESPONSE = '{"id": "msg_1", "type": "message", "content": [{"type": "text", "text": "fine"}]}'
STATEMENTS = (
    f"""
    INSERT INTO jobs (id, tenant, batch_id, custom_id, dialect, model, lane, stream, priority,
        input_tokens_estimate, state, attempt, max_failures, vstart, run_at, created_at, first_started_at,
        started_at, ended_at, expires_at)
    SELECT {JOB_ID}, 'default', {BATCH_ID}, 'row-' || i, 'messages', %(model)s, %(lane)s, false, 'normal',
        250, {STATE}, CASE WHEN {HAS_STARTED} THEN 1 ELSE 0 END, 5, i,
        CASE WHEN i %% 100 BETWEEN 65 AND 69 THEN now() + interval '1 day' END, now(),
        CASE WHEN {HAS_STARTED} THEN now() END, CASE WHEN {HAS_STARTED} THEN now() END,
        CASE WHEN {HAS_STARTED} THEN now() END, now() + interval '7 days'
    FROM generate_series(0, %(count)s - 1) AS i
    """,
    f"""
    INSERT INTO requests (job_id, body, headers)
    SELECT {JOB_ID}, CASE WHEN {HAS_STARTED} THEN %(short)s ELSE %(body)s END, '{{}}'
    FROM generate_series(0, %(count)s - 1) AS i
    """,
    f"""
    INSERT INTO responses (job_id, attempt, body)
    SELECT {JOB_ID}, 1, %(response)s FROM generate_series(0, %(count)s - 1) AS i WHERE i %% 100 < 60
    """,
    f"""
    INSERT INTO attempts (job_id, attempt, worker_id, started_at, ended_at, state)
    SELECT {JOB_ID}, 1, 'worker_of_the_past', now(), now(), {STATE}
    FROM generate_series(0, %(count)s - 1) AS i WHERE {HAS_STARTED}
    """,
    """
    INSERT INTO batches (id, id_prefix, serial, tenant, dialect, total, succeeded, errored, created_at,
        expires_at)
    SELECT batch_id, 'batch_', substr(batch_id, 7), 'default', 'messages', count(*),
        count(*) FILTER (WHERE state = 'succeeded'), count(*) FILTER (WHERE state = 'errored'),
        now(), now() + interval '7 days'
    FROM jobs GROUP BY batch_id
    """,
)
INDEXES = """
SELECT indexname, indexdef FROM pg_indexes
WHERE schemaname = 'public' AND indexdef NOT LIKE 'CREATE UNIQUE%' AND tablename = 'jobs'
"""


def fill(database_url: str, count: int) -> None:
    """Bring an empty database up to date and store `count` jobs; indexes are built once they are there."""
    migrate.upgrade(database_url)
    given = {
        "count": count,
        "model": MODEL,
        "lane": model_class(MODEL),
        "body": json.dumps(REQUEST),
        "short": json.dumps({**REQUEST, "messages": [{"role": "user", "content": "2+2?"}]}),
        "response": RESPONSE,
    }
    with closing(psycopg.connect(database_url, autocommit=True)) as connection:
        indexes = connection.execute(INDEXES).fetchall()
        for name, _ in indexes:
            connection.execute(f"DROP INDEX {name}")
        for statement in STATEMENTS:
            connection.execute(_escaped(statement), given)
        for _, definition in indexes:
            connection.execute(definition)
        connection.execute("VACUUM (ANALYZE)")


def job_id(number: int) -> str:
    """Return the id of that job."""
    return f"job_{number:025}"


def batch_id(number: int) -> str:
    """Return the id of the batch of that job."""
    return f"batch_{number // BATCH_SIZE:025}"


def _escaped(statement: str) -> str:
    return statement.replace(" % 100", " %% 100")
