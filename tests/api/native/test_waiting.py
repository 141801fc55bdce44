"""`?wait=`: one who asks is answered at the end, or once the time is over."""

import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from jobs.job import JobState
from tests.api.serving import serving
from tests.factories import move, stored_batch, stored_job

LONG = {"wait": "60"}  # far above what a test may take

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def side():
    with ThreadPoolExecutor(30) as pool:
        yield pool


def test_one_who_waits_for_a_job_is_answered_when_it_ends(http, store, side):
    job = stored_job(store)
    answer = side.submit(http.get, f"/v1/jobs/{job.id}", params=LONG)
    move(store, [job.id], JobState.SUCCEEDED)
    shown = answer.result(30).json()
    assert (shown["state"], shown["response"]["type"]) == ("succeeded", "message")


def test_one_who_waits_for_a_batch_is_answered_when_it_ends(http, store, side):
    batch_id, job_ids = stored_batch(store, 2)
    answer = side.submit(http.get, f"/v1/batches/{batch_id}", params=LONG)
    move(store, job_ids, JobState.SUCCEEDED)
    assert answer.result(30).json()["state"] == "ended"


def test_one_who_waits_is_told_at_once_of_a_cancellation(http, store, side):
    job = stored_job(store)
    answer = side.submit(http.get, f"/v1/jobs/{job.id}", params=LONG)
    http.post(f"/v1/jobs/{job.id}/cancel")
    assert answer.result(30).json()["state"] == "canceled"


def test_when_the_time_is_over_it_is_shown_as_it_is(http, store):
    job, (batch_id, _) = stored_job(store), stored_batch(store, 1)
    assert http.get(f"/v1/jobs/{job.id}", params={"wait": "0.05"}).json()["state"] == "queued"
    assert http.get(f"/v1/batches/{batch_id}", params={"wait": "0.05"}).json()["state"] == "running"


@pytest.mark.parametrize("wait", ["61", "-1", "long", "nan"])
def test_a_wait_that_cannot_be_is_refused(http, store, wait):
    job = stored_job(store)
    assert http.get(f"/v1/jobs/{job.id}", params={"wait": wait}).status_code == 400


def test_many_who_wait_hold_nobody_up_and_may_hang_up(settings, store, side):
    job = stored_job(store)
    gone = threading.Barrier(26)

    def hang_up(url):
        with pytest.raises(httpx.ReadTimeout):
            httpx.get(f"{url}/v1/jobs/{job.id}", params=LONG, timeout=httpx.Timeout(30, read=1))
        gone.wait(30)

    with serving(settings, store) as url:  # which ends only once nobody waits any more
        for _ in range(25):  # more than the api has threads
            side.submit(hang_up, url)
        assert httpx.get(f"{url}/v1/jobs/{job.id}").json()["state"] == "queued"
        gone.wait(30)
