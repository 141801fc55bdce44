"""A batch of a hundred thousand requests in one body."""

import json
from pathlib import Path

import httpx
import pytest

pytestmark = [
    pytest.mark.journey,
    pytest.mark.parametrize(
        "database_url", [pytest.param("sqlite", marks=pytest.mark.long), "postgres"], indirect=True
    ),
]

REQUESTS = 100_000
PROMPT = "x" * 680  # makes about 80 MB
MOST_MEMORY_MB = 600


def body():
    params = {
        "model": "claude-haiku-5-5",
        "max_tokens": 16,
        "messages": [{"role": "user", "content": PROMPT}],
    }
    requests = ",".join(f'{{"custom_id":"r-{n}","params":{json.dumps(params)}}}' for n in range(REQUESTS))
    return f'{{"requests":[{requests}]}}'.encode()


def peak_memory_mb(pid):
    status = Path(f"/proc/{pid}/status").read_text()
    [line] = [line for line in status.splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) / 1024


def test_it_is_accepted_whole_durable_and_within_bounds(stack):
    api = stack.start("api", "api")
    content = body()
    assert len(content) > 75_000_000
    with httpx.Client(base_url=api.url(), timeout=300) as client:
        created = client.post(
            "/v1/messages/batches",
            content=content,
            headers={
                "content-type": "application/json",
                "anthropic-version": "2023-06-01",
                "x-api-key": "any",
            },
        )
        assert created.status_code == httpx.codes.OK, created.text
        batch = created.json()
    assert batch["request_counts"]["processing"] == REQUESTS
    assert peak_memory_mb(api.process.pid) < MOST_MEMORY_MB
    api.kill()  # what was answered for must be there, whatever happens next
    with httpx.Client(base_url=stack.start("api", "api").url(), timeout=60) as client:
        counts = client.get(f"/v1/batches/{batch['id']}").json()["counts"]
    assert counts["total"] == counts["queued"] == REQUESTS
