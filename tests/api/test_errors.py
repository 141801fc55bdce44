import json
import re
import socket

import httpx
import pytest

from jobs.store.connect import open_engine
from jobs.store.store import Store
from tests.api.conftest import NOWHERE, settings_for
from tests.api.requests import JSON, NDJSON, a_line, a_request, ndjson
from tests.api.serving import serving

REQUEST_ID = re.compile(r"req_[0-9a-z]{25}")
CLOSED = "postgresql://somebody:hunter2@127.0.0.1:1/none"


@pytest.fixture
def without_database():
    """Return a client of an api whose database is down."""
    store = Store(open_engine(CLOSED))
    with serving(settings_for(CLOSED, NOWHERE), store) as url, httpx.Client(base_url=url) as client:
        yield client
    store.close()


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/v1/nope", 404),
        ("GET", "/v1/jobs/a/b/c", 404),
        ("PUT", "/v1/jobs", 405),
        ("DELETE", "/v1/jobs/job_x", 405),
        ("POST", "/healthz", 405),
    ],
)
def test_unknown_paths_and_wrong_methods_are_errors_in_our_shape(refusing, method, path, status):
    answered = refusing.request(method, path)
    assert answered.status_code == status
    assert answered.json()["error"].keys() == {"type", "message", "request_id"}
    assert ("allow" in answered.headers) == (status == 405)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/messages", 405),
        ("GET", "/v1/complete", 405),
        ("GET", "/v1/messages/nope", 404),
        ("PUT", "/v1/messages/batches", 405),
        ("PATCH", "/v1/messages/batches/msgbatch_x", 405),
    ],
)
def test_below_messages_they_are_errors_in_anthropics_shape(refusing, method, path, status):
    answered = refusing.request(method, path)
    assert answered.status_code == status
    assert answered.json().keys() == {"type", "error", "request_id"}
    assert answered.json()["error"].keys() == {"type", "message"}


@pytest.mark.parametrize("path", ["/healthz", "/nope", "/v1/jobs", "/v1/messages/batches", "/schema"])
def test_every_answer_has_a_request_id_of_its_own(refusing, path):
    ids = [refusing.get(path).headers["request-id"] for _ in range(2)]
    assert all(map(REQUEST_ID.fullmatch, ids))
    assert ids[0] != ids[1]


@pytest.mark.parametrize(
    ("method", "path", "content", "headers"),
    [
        ("GET", "/v1/jobs", None, {}),
        ("POST", "/v1/jobs", json.dumps(a_line()), JSON),
        ("POST", "/v1/jobs", ndjson(a_line()), NDJSON),
        ("GET", "/v1/batches/batch_06h0aeeea6wd8g6rdy5nbd08b/results", None, {}),
        ("POST", "/v1/messages/batches", json.dumps({"requests": [a_request()]}), JSON),
    ],
)
def test_without_a_database_the_caller_is_told_to_come_back(without_database, method, path, content, headers):
    answered = without_database.request(method, path, content=content, headers=headers)
    assert answered.status_code == 503
    assert int(answered.headers["retry-after"]) > 0
    assert answered.json()["error"]["type"] == "api_error"
    assert "127.0.0.1" not in answered.text


def test_an_upload_that_breaks_off_is_not_stored(refusing):
    address = (refusing.base_url.host, refusing.base_url.port)
    head = (
        "POST /v1/jobs HTTP/1.1",
        "host: localhost",
        "content-type: application/x-ndjson",
        "content-length: 900000",
    )
    # The blank lines fill the server's buffer, so that it has taken in both jobs when the end comes.
    begun = ndjson(a_line("a"), a_line("b")) + b"\n" * 600_000
    with socket.create_connection(address) as connection:
        connection.sendall("\r\n".join([*head, "", ""]).encode() + begun)
    assert refusing.get("/v1/jobs").json()["data"] == []
