"""Requests a second from a body on loopback to durable: one batch, its api process on one core.

The api takes the body, checks every request, and answers once the batch is committed in Postgres. The floor
decodes the same JSON from a file and copies it into a table of two columns. LiteLLM's proxy takes the same
requests as a file of OpenAI's and hands it on to the provider, here the stand-in; it keeps nothing itself,
and without a database of its own it takes no batch of that file (1.106 answers 500).
"""

import http.client
import json
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

import psycopg

from benchmarks.arena import Arena, ContenderError, open_arena
from benchmarks.contenders.bodies import write_jobs, write_message_batch, write_openai_file
from benchmarks.contenders.promptmill import emptied
from benchmarks.rounds import Entry, arguments, run
from benchmarks.servers import PROXY_KEY, Server, litellm_proxy, our_api
from benchmarks.table import Column, Layout, Report
from benchmarks.watching import cpu_of, forget_peak, peak_kb

FLOOR = "JSON decode + COPY"
LONGEST_S = 280.0
BLOCK = 1 << 20  # bytes that are sent at once
BOUNDARY = "bench-boundary"
LAYOUT = Layout(
    name="submit",
    question="Requests a second of one batch, from the first byte sent to durable in Postgres.",
    condition="requests",
    columns=(
        Column(title="requests/s", of=lambda told: told["jobs"] / told["seconds"]),
        Column(title="s", of=lambda told: told["seconds"], form=".2f"),
        Column(title="s CPU", of=lambda told: told["cpu_s"], form=".2f"),
        Column(title="s CPU Postgres", of=lambda told: told["postgres_cpu_s"], form=".2f"),
        Column(title="body MB", of=lambda told: told["body_bytes"] / 1e6, form=".0f"),
        Column(title="peak MB", of=lambda told: told["peak_kb"] / 1e3, form=".0f"),
        Column(title="peak of body", of=lambda told: told["peak_kb"] * 1024 / told["body_bytes"], form=".2f"),
    ),
    reference=FLOOR,
)


@dataclass(frozen=True, kw_only=True)
class Bodies:
    """The same requests in three formats."""

    messages: Path
    jobs: Path
    openai: Path
    count: int


def main() -> None:
    """Submit by each way in turn."""
    parser = arguments(__doc__)
    parser.add_argument("--requests", type=int, default=100_000)
    given = parser.parse_args()
    with open_arena() as arena:
        bodies = _written(arena.folder, given.requests)
        ways = {
            "promptmill, POST /v1/messages/batches": partial(_messages, arena, bodies),
            "promptmill, POST /v1/jobs as NDJSON": partial(_jobs, arena, bodies),
            "promptmill, OpenAI's file and batch": partial(_our_file, arena, bodies),
            FLOOR: partial(_floor, arena, bodies),
            "LiteLLM proxy, file handed on": partial(_proxy_file, arena, bodies),
        }
        count = f"{given.requests:,}"
        run(LAYOUT, [Entry(name=name, condition=count, measure=way) for name, way in ways.items()], given)


def _written(folder: Path, count: int) -> Bodies:
    bodies = Bodies(
        messages=folder / "batch.json", jobs=folder / "jobs.ndjson", openai=folder / "file.jsonl", count=count
    )
    write_message_batch(bodies.messages, count)
    write_jobs(bodies.jobs, count)
    write_openai_file(bodies.openai, count)
    return bodies


def _floor(arena: Arena, bodies: Bodies) -> Report:
    command = [
        "benchmarks.contenders.copy_floor",
        "--body",
        str(bodies.messages),
        "--jobs",
        str(bodies.count),
    ]
    before = arena.postgres_cpu_s()
    report = arena.contend(command, ours=True, pinned_here=True, calls=0)
    return {**report, "postgres_cpu_s": arena.postgres_cpu_s() - before}


def _messages(arena: Arena, bodies: Bodies) -> Report:
    with _empty_api(arena, bodies.count) as server:
        return _measured(
            arena, server, bodies.count, bodies.messages, _posted("/v1/messages/batches", "json")
        )


def _jobs(arena: Arena, bodies: Bodies) -> Report:
    with _empty_api(arena, bodies.count) as server:
        return _measured(arena, server, bodies.count, bodies.jobs, _posted("/v1/jobs", "x-ndjson"))


def _our_file(arena: Arena, bodies: Bodies) -> Report:
    with _empty_api(arena, bodies.count) as server:
        return _measured(arena, server, bodies.count, bodies.openai, partial(_file_and_batch, "/openai/v1"))


def _proxy_file(arena: Arena, bodies: Bodies) -> Report:
    arena.standin.forget()
    with litellm_proxy(arena) as server:
        report = _measured(arena, server, bodies.count, bodies.openai, partial(_file, "/v1"))
    if arena.standin.calls() != 1:
        raise ContenderError(f"the proxy called the stand-in {arena.standin.calls()} times for one file")
    return report


@contextmanager
def _empty_api(arena: Arena, count: int) -> Iterator[Server]:
    """Run our api on an empty store; afterwards every request must be there, and a job for each."""
    emptied(arena.postgres_url, arena.redis_url).close()
    with our_api(arena, arena.postgres_url) as server:
        yield server
    with psycopg.connect(arena.postgres_url) as connection:
        query = "SELECT count(*) FROM jobs JOIN requests ON job_id = id WHERE length(body) > 1000"
        [(stored,)] = connection.execute(query).fetchall()
    if stored != count:
        raise ContenderError(f"{stored} of {count} jobs are in the store")


def _measured(arena: Arena, server: Server, count: int, body: Path, submit: Any) -> Report:  # noqa: ANN401 - a function
    forget_peak(server.pid)
    began, cpu, postgres_cpu = time.perf_counter(), cpu_of([server.pid]), arena.postgres_cpu_s()
    with body.open("rb") as file:
        submit(server, file)
    return {
        "jobs": count,
        "seconds": time.perf_counter() - began,
        "cpu_s": cpu_of([server.pid]) - cpu,
        "postgres_cpu_s": arena.postgres_cpu_s() - postgres_cpu,
        "body_bytes": body.stat().st_size,
        "peak_kb": peak_kb(server.pid),
    }


def _posted(path: str, kind: str) -> Any:  # noqa: ANN401 - a function
    def submit(server: Server, file: IO[bytes]) -> None:
        size = str(Path(file.name).stat().st_size)
        _post(server, path, file, {"content-type": f"application/{kind}", "content-length": size})

    return submit


def _file_and_batch(prefix: str, server: Server, file: IO[bytes]) -> None:
    stored = _file(prefix, server, file)
    new = {"input_file_id": stored["id"], "endpoint": "/v1/chat/completions", "completion_window": "24h"}
    _post(server, f"{prefix}/batches", json.dumps(new).encode(), {"content-type": "application/json"})


def _file(prefix: str, server: Server, file: IO[bytes]) -> dict[str, Any]:
    before = (
        f'--{BOUNDARY}\r\ncontent-disposition: form-data; name="purpose"\r\n\r\nbatch\r\n'
        f'--{BOUNDARY}\r\ncontent-disposition: form-data; name="file"; filename="requests.jsonl"\r\n'
        "content-type: application/jsonl\r\n\r\n"
    ).encode()
    after = f"\r\n--{BOUNDARY}--\r\n".encode()
    size = len(before) + Path(file.name).stat().st_size + len(after)
    kind = {"content-type": f"multipart/form-data; boundary={BOUNDARY}", "content-length": str(size)}
    blocks = iter(partial(file.read, BLOCK), b"")
    parts = (block for part in ([before], blocks, [after]) for block in part)
    return _post(server, f"{prefix}/files", parts, kind)


def _post(server: Server, path: str, body: Any, headers: dict[str, str]) -> dict[str, Any]:  # noqa: ANN401 - bytes, a file or blocks
    where = urlsplit(server.url)
    sent = {"authorization": f"Bearer {PROXY_KEY}", "anthropic-version": "2023-06-01", **headers}
    with closing(
        http.client.HTTPConnection(str(where.hostname), where.port, timeout=LONGEST_S, blocksize=BLOCK)
    ) as connection:
        try:
            connection.request("POST", path, body=body, headers=sent)
            answer = connection.getresponse()
            text = answer.read()
        except OSError as error:
            raise ContenderError(f"POST {path}: {error}") from None
    if answer.status >= http.client.BAD_REQUEST:
        raise ContenderError(f"POST {path}: {answer.status} {text[:1000]!r}")
    told: dict[str, Any] = json.loads(text)
    return told


if __name__ == "__main__":
    main()
