"""`/events` of jobs and batches as a client sees them, over a real connection."""

import json
import socket
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from api.protocol import Bounds
from claude.sse import SseDecoder
from jobs.job import JobState
from tests.api.serving import serving
from tests.eventually import until
from tests.factories import NOW, a_failure, an_outcome, move, stored_batch, stored_job

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def events_of(http, path, *, after=None, then=None):
    """Yield a stream's events; `then` maps an id to what is done once it has come."""
    headers = {} if after is None else {"last-event-id": after}
    decoder = SseDecoder()
    with http.stream("GET", path, headers=headers) as answered:
        assert answered.status_code == 200
        for piece in answered.iter_raw():
            for event in decoder.feed(piece):
                yield event
                (then or {}).pop(event.id, lambda: None)()


def names_and_ids(events):
    return [(event.name, event.id) for event in events if event.name != "state"]


def test_a_late_reader_gets_all_and_then_the_end(http, job, write, settle):
    write(*range(1, 4))
    settle(an_outcome(job.id))
    *chunks, end = events_of(http, f"/v1/jobs/{job.id}/events")
    assert [event.id for event in chunks] == ["1.1", "1.2", "1.3"]
    assert [piece["type"] for piece in json.loads(chunks[0].data)] == ["content_block_delta"] * 2
    assert (end.name, end.id) == ("ended", "1.3.ended")
    assert json.loads(end.data)["state"] == "succeeded"


def test_one_who_comes_back_in_the_middle_gets_what_followed_then_what_comes(http, job, write, settle):
    write(1, 2)
    comes = {"1.2": lambda: write(3), "1.3": lambda: settle(an_outcome(job.id))}
    events = events_of(http, f"/v1/jobs/{job.id}/events", after="1.1", then=comes)
    assert names_and_ids(events) == [("chunk", "1.2"), ("chunk", "1.3"), ("ended", "1.3.ended")]


def test_a_stream_that_is_retried_is_reset(http, job, write, settle):
    write(1, 2)

    def fail_and_run_again():
        settle(a_failure(job.id, state=JobState.QUEUED, run_at=None))
        write(1, attempt=2)
        settle(an_outcome(job.id, attempt=2))

    events = [*events_of(http, f"/v1/jobs/{job.id}/events", then={"1.2": fail_and_run_again})]
    assert names_and_ids(events)[2:] == [("reset", "2.0"), ("chunk", "2.1"), ("ended", "2.1.ended")]
    assert names_and_ids(events_of(http, f"/v1/jobs/{job.id}/events", after="1.2"))[0] == ("reset", "2.0")


def test_one_who_knows_the_end_is_told_that_nothing_follows(http, store):
    job = stored_job(store, state=JobState.SUCCEEDED)
    ended = {"last-event-id": f"{job.attempt}.0.ended"}
    assert http.get(f"/v1/jobs/{job.id}/events", headers=ended).status_code == 204


@pytest.mark.parametrize("place", ["x", "1", "1.2.3", "-1.2", "1.2.ended.", "9" * 30 + ".1"])
def test_a_place_that_cannot_be_is_refused(http, job, place):
    refused = http.get(f"/v1/jobs/{job.id}/events", headers={"last-event-id": place})
    assert (refused.status_code, refused.json()["error"]["type"]) == (400, "invalid_request_error")


def test_a_batch_is_followed_to_its_end(http, store):
    batch_id, job_ids = stored_batch(store, 2)
    events = events_of(http, f"/v1/batches/{batch_id}/events")
    assert json.loads(next(events).data)["counts"]["total"] == 2
    move(store, job_ids, JobState.SUCCEEDED)
    *_, end = events
    assert (end.name, json.loads(end.data)["counts"]["succeeded"]) == ("ended", 2)
    again = http.get(f"/v1/batches/{batch_id}/events", headers={"last-event-id": end.id})
    assert again.status_code == 204


def named(events):
    return [(event.id, [job["custom_id"] for job in json.loads(event.data)]) for event in of_jobs(events)]


def of_jobs(events):
    return [event for event in events if event.name == "jobs"]


def test_each_job_of_a_batch_is_told_of_once_and_from_where_one_was(http, store):
    batch_id, job_ids = stored_batch(store, 4)
    path = f"/v1/batches/{batch_id}/events"
    move(store, job_ids[2:3], JobState.SUCCEEDED)
    rest = {
        "1": lambda: move(store, job_ids[:1], JobState.ERRORED),
        "2": lambda: end_the_rest(store, job_ids),
    }
    events = list(events_of(http, path, then=rest))
    assert named(events) == [("1", ["row-2"]), ("2", ["row-0"]), ("3", ["row-1", "row-3"])]
    assert json.loads(of_jobs(events)[1].data)[0] == {
        "id": job_ids[0],
        "custom_id": "row-0",
        "state": "errored",
    }
    assert events[-1].id == "3.ended"
    again = list(events_of(http, path, after="2"))
    assert [event.id for event in again] == ["3", "3.ended"]


def end_the_rest(store, job_ids):
    move(store, [job_ids[1], job_ids[3]], JobState.SUCCEEDED)


def test_one_who_knows_the_end_of_a_batch_is_told_what_was_run_again(http, store):
    batch_id, job_ids = stored_batch(store, 1)
    move(store, job_ids, JobState.ERRORED)
    with store.write() as tx:
        tx.jobs.retry_batch(batch_id, expires_at=NOW + timedelta(days=9))
    move(store, job_ids, JobState.CANCELED)
    events = events_of(http, f"/v1/batches/{batch_id}/events", after="1.ended")
    assert [event.id for event in events] == ["2", "2.ended"]


def test_a_batch_can_be_followed_without_its_jobs(http, store):
    batch_id, job_ids = stored_batch(store, 3)
    move(store, job_ids, JobState.SUCCEEDED)
    [end] = events_of(http, f"/v1/batches/{batch_id}/events?jobs=false")
    assert end.name == "ended"


@pytest.mark.parametrize("place", ["x", "1.2", "-1", "1.ended.", "9" * 30])
def test_a_place_in_a_batch_that_cannot_be_is_refused(http, store, place):
    batch_id, _ = stored_batch(store, 1)
    refused = http.get(f"/v1/batches/{batch_id}/events", headers={"last-event-id": place})
    assert (refused.status_code, refused.json()["error"]["type"]) == (400, "invalid_request_error")


def test_a_connection_has_a_lifetime_and_ends_with_the_hint_to_come_back(settings, store, job):
    short = replace(settings, push_lifetime=timedelta(seconds=0.1))
    with serving(short, store) as url:
        answered = httpx.get(f"{url}/v1/jobs/{job.id}/events")
    assert answered.text.startswith("event: state\n")
    assert answered.text.endswith("\n\nretry: 100\n\n")


def test_a_reader_who_takes_nothing_is_cut_off_and_can_go_on(settings, store, job, write, settle):
    write(*range(1, 101), data=f'[{{"type": "x", "text": "{"a" * 200_000}"}}]')
    settle(an_outcome(job.id))
    with serving(settings, store, bounds=Bounds(stall_timeout_s=0.2)) as url:
        address = httpx.URL(url)
        with socket.create_connection((address.host, address.port), timeout=30) as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.sendall(f"GET /v1/jobs/{job.id}/events HTTP/1.1\r\nhost: localhost\r\n\r\n".encode())
            seen = rest_after_a_stall(connection)
        last = seen.rpartition(b"\nid: ")[2].partition(b"\n")[0].decode()
        assert b"event: ended" not in seen
        with httpx.Client(base_url=url) as http:
            [*_, end] = names_and_ids(events_of(http, f"/v1/jobs/{job.id}/events", after=last))
    assert end == ("ended", "1.100.ended")


def rest_after_a_stall(connection):
    """Read nothing until the server has hung up, then what is left."""
    error = []
    until(lambda: has_failed(connection, error), "the server to cut the connection")
    rest = bytearray()
    with suppress(ConnectionError):
        while piece := connection.recv(1 << 16):
            rest += piece
    return bytes(rest)


def has_failed(connection, error):
    """Send what no server waits for, to learn whether it is still there."""
    try:
        connection.sendall(b"\r\n")
    except ConnectionError as cause:
        error.append(cause)
    return error
