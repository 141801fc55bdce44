"""`python -m api` as a process."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from jobs.store.connect import open_engine
from jobs.store.migrate import current
from jobs.store.store import Store
from tests.api.access import made_key
from tests.api.requests import JSON, a_line

ROOT = Path(__file__).parents[2]
MOST_MEMORY_KB = 600 * 1024


@pytest.fixture
def start(valkey_url, tmp_path):
    """Return a function that starts the api with some settings; it is killed if the test leaves it behind."""
    started = []

    def run(**environment):
        known = {
            "PATH": os.environ["PATH"],
            "DATABASE_URL": f"sqlite:///{tmp_path}/new.db",
            "REDIS_URL": valkey_url,
            "PROMPTMILL_PORT": "0",
            "PROMPTMILL_MIGRATE": "1",
        }
        with (tmp_path / "stderr").open("wb") as stderr:
            process = subprocess.Popen(
                [sys.executable, "-m", "api"],
                cwd=ROOT,
                env=known | environment,
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
            )
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


def url_of(process):
    word, url = process.stdout.readline().split()
    assert word == "ready"
    return url


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_migrates_says_when_it_is_ready_and_ends_well_on_a_signal(start, tmp_path, number):
    process = start()
    url = url_of(process)
    assert httpx.post(f"{url}/v1/jobs", json=a_line()).status_code == 202
    assert current(f"sqlite:///{tmp_path}/new.db") is not None
    process.send_signal(number)
    assert process.wait(timeout=20) == 0
    assert process.stdout.read() == ""


def test_it_logs_json_to_standard_error_without_the_callers_key(start, tmp_path):
    process = start(PROMPTMILL_LOG="json")
    url = url_of(process)
    answered = httpx.get(f"{url}/v1/jobs", headers={"x-api-key": "sk-ant-secret"})
    process.terminate()
    process.wait(timeout=20)
    records = [json.loads(line) for line in (tmp_path / "stderr").read_text().splitlines()]
    [record] = [record for record in records if record["event"] == "request"]
    assert record["request_id"] == answered.headers["request-id"]
    assert (record["method"], record["path"], record["status"]) == ("GET", "/v1/jobs", 200)
    assert "sk-ant-secret" not in json.dumps(records)


def test_a_fault_of_ours_shows_only_an_id_and_the_log_has_the_rest_under_it(start, tmp_path):
    process = start()
    url = url_of(process)
    job_id = httpx.post(f"{url}/v1/jobs", json=a_line()).json()["id"]
    with closing(sqlite3.connect(tmp_path / "new.db", isolation_level=None)) as connection:
        connection.execute("UPDATE jobs SET priority = 'nonsense'")
    answered = httpx.get(f"{url}/v1/jobs/{job_id}")
    error = answered.json()["error"]
    assert (answered.status_code, error["type"]) == (500, "api_error")
    assert "nonsense" not in answered.text
    assert error["request_id"] == answered.headers["request-id"]
    logged = (tmp_path / "stderr").read_text()
    assert error["request_id"] in logged
    assert "'nonsense' is not a valid Priority" in logged


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PROMPTMILL_PORT", "http"),
        ("PROMPTMILL_HOST", "203.0.113.1"),
        ("DATABASE_URL", "mysql://root:hunter2@h/d"),
        ("DATABASE_URL", "sqlite:////proc/nowhere/a.db"),
        ("PROMPTMILL_MAX_BODY_MB", "0"),
    ],
)
def test_a_bad_setting_ends_it_with_one_sentence_that_names_it(start, tmp_path, name, value):
    process = start(**{name: value})
    assert process.wait(timeout=20) == 2
    said = (tmp_path / "stderr").read_text()
    assert name in said
    assert "hunter2" not in said
    assert said.count("\n") == 1


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_beyond_loopback_it_starts_with_keys_only(start, tmp_path, host):
    refused = start(PROMPTMILL_HOST=host)
    assert refused.wait(timeout=20) == 2
    said = (tmp_path / "stderr").read_text()
    assert "promptmill keys create" in said
    assert "127.0.0.1" in said
    assert said.count("\n") == 1
    with closing(Store(open_engine(f"sqlite:///{tmp_path}/new.db"))) as store:
        key = made_key(store)
    url = f"http://127.0.0.1:{url_of(start(PROMPTMILL_HOST=host)).rpartition(':')[2]}"
    assert httpx.get(f"{url}/v1/jobs").status_code == 401
    assert httpx.get(f"{url}/v1/jobs", headers={"x-api-key": key}).status_code == 200


def test_beyond_loopback_a_database_without_tables_is_said_to_be_one(start, tmp_path):
    refused = start(PROMPTMILL_HOST="0.0.0.0", PROMPTMILL_MIGRATE="")
    assert refused.wait(timeout=20) == 2
    assert "promptmill db upgrade" in (tmp_path / "stderr").read_text()


@pytest.mark.journey
def test_a_batch_of_a_hundred_thousand_is_taken_whole_in_bounded_memory(start):
    process = start()
    url = url_of(process)
    text = "All happy families are alike. " * 22
    request = '{{"custom_id":"row-{0}","params":{{"model":"claude-x","max_tokens":99,"messages":[{1}]}}}}'
    message = json.dumps({"role": "user", "content": text})
    body = '{"requests":[' + ",".join(request.format(n, message) for n in range(100_000)) + "]}"
    assert len(body) > 75_000_000
    answered = httpx.post(f"{url}/v1/messages/batches", content=body, headers=JSON, timeout=120)
    assert answered.json()["request_counts"]["processing"] == 100_000
    status = Path(f"/proc/{process.pid}/status").read_text()
    [peak] = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")]
    assert int(peak) < MOST_MEMORY_KB
