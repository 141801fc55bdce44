"""The floor under every submission: the body's JSON decoded, and its requests copied into one table.

Nothing comes over HTTP, no request is checked, there is one index, and nothing else is written.
"""

import argparse
import json
import os
import time
from pathlib import Path

import msgspec
import psycopg

from benchmarks.contenders.loop import cpu_s
from benchmarks.watching import forget_peak, peak_kb

TABLE = "floor_requests"


class Request(msgspec.Struct, gc=False):
    """One of the batch."""

    custom_id: str
    params: msgspec.Raw


class Body(msgspec.Struct):
    """The batch."""

    requests: list[Request]


def contend() -> None:
    """Read, decode, copy, commit."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--body", type=Path, required=True)
    parser.add_argument("--jobs", type=int, required=True)
    told = parser.parse_args()
    with psycopg.connect(os.environ["POSTGRES_URL"], autocommit=True) as connection:
        connection.execute(f"DROP TABLE IF EXISTS {TABLE}")
        connection.execute(f"CREATE TABLE {TABLE} (id text PRIMARY KEY, body text NOT NULL)")
        forget_peak(os.getpid())
        began, cpu = time.perf_counter(), cpu_s()
        submit(connection, told.body)
        report = {"seconds": time.perf_counter() - began, "cpu_s": cpu_s() - cpu}
        report |= {"jobs": told.jobs, "body_bytes": told.body.stat().st_size, "peak_kb": peak_kb(os.getpid())}
        [(count,)] = connection.execute(f"SELECT count(*) FROM {TABLE}").fetchall()
        connection.execute(f"DROP TABLE {TABLE}")
    if count != told.jobs:
        raise SystemExit(f"{count} of {told.jobs} requests were stored")
    print(json.dumps(report))


def submit(connection: "psycopg.Connection[tuple[int]]", body: Path) -> None:
    """Store every request of the body in one transaction."""
    decoded = msgspec.json.decode(body.read_bytes(), type=Body)
    statement = f"COPY {TABLE} (id, body) FROM STDIN"
    with connection.transaction(), connection.cursor() as cursor, cursor.copy(statement) as copy:
        for request in decoded.requests:
            copy.write_row((request.custom_id, str(request.params, "utf-8")))


if __name__ == "__main__":
    contend()
