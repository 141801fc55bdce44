import os
from datetime import timedelta

import pytest

from jobs.clock import utc_now
from jobs.ids import IDS, WORKER_PREFIX
from jobs.job import JobError, JobState, Usage
from jobs.outcome import Reason
from tests.factories import a_failure, an_outcome, move, stored_batch, the_job
from tests.worker.claiming import claim
from tests.worker.outage import Outage
from tests.worker.record_clock import age
from worker.engine.recorder import Recorder
from worker.engine.register import Register
from worker.engine.spill import Spill, spill_folder
from worker.maintenance.rescuer import Rescuer

EXPIRES = {"expires_at": utc_now() + timedelta(days=1)}
LEASE = timedelta(seconds=600)


@pytest.fixture
def spill(database_url, tmp_path):
    return Spill(tmp_path / "spill", database_url=database_url)


def a_recorder(store, spill):
    register = Register(store=store, worker_id=IDS.make(WORKER_PREFIX), slot_count=10, clock=utc_now)
    register.enter()
    recorder = Recorder(store=store, register=register, clock=utc_now, spill=spill)
    recorder.start()
    return recorder


def states(store, ids):
    return [the_job(store, job_id).state for job_id in ids]


def spilled_in_an_outage(store, spill, database_url, ids):
    """Stop a worker whose answers have come back while the database is away; the database is back then."""
    recorder = a_recorder(store, spill)
    claim(recorder, ids)
    outage = Outage(database_url)
    outage.begin()
    for job_id in ids:
        recorder.settle(an_outcome(job_id))
    unwritten = recorder.stop(patience_s=0.1)
    outage.end()
    return unwritten


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_answers_of_a_worker_stopped_during_an_outage_are_written_by_the_next(
    store, spill, database_url, tmp_path
):
    _, ids = stored_batch(store, 3, **EXPIRES)
    assert spilled_in_an_outage(store, spill, database_url, ids) == 3
    assert states(store, ids) == [JobState.RUNNING] * 3
    a_recorder(store, spill).stop(patience_s=5)
    assert states(store, ids) == [JobState.SUCCEEDED] * 3
    assert list((tmp_path / "spill").iterdir()) == []


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_a_job_that_was_rescued_meanwhile_does_not_take_its_spilled_answer(store, spill, database_url):
    _, ids = stored_batch(store, 2, **EXPIRES)
    spilled_in_an_outage(store, spill, database_url, ids)
    age(database_url, 2 * LEASE)
    rescuer = Rescuer(store=store, judge="worker_judge", worker_lease=LEASE, may_judge=lambda: True)
    assert rescuer.run_once(utc_now()) == 2
    assert spill.settle(store) == 0
    assert states(store, ids) == [JobState.QUEUED] * 2


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_a_worker_that_has_written_everything_leaves_nothing_on_disk(store, spill, tmp_path):
    _, ids = stored_batch(store, 2, **EXPIRES)
    recorder = a_recorder(store, spill)
    claim(recorder, ids)
    recorder.settle(an_outcome(ids[0]))
    assert recorder.stop(patience_s=5) == 0
    assert not (tmp_path / "spill").exists()


def running_batch(store, size):
    _, ids = stored_batch(store, size, **EXPIRES)
    with store.write() as tx:
        tx.jobs.claim(ids, worker_id="worker_gone", now=utc_now())
    return ids


def test_every_field_of_an_outcome_survives_the_disk(store, spill):
    [answered, failed] = running_batch(store, 2)
    run_at = utc_now() + timedelta(hours=1)
    error = JobError(type="overloaded_error", message="Überlastet\n", status=529, request_id="req_9")
    usage = Usage(input_tokens=7, output_tokens=5, cache_read_tokens=3, cost=0.125)
    spill.keep([an_outcome(answered, usage=usage), a_failure(failed, run_at=run_at, error=error)])
    assert spill.settle(store) == 2
    assert the_job(store, answered).usage == usage
    waiting = the_job(store, failed)
    assert (waiting.state, waiting.run_at, waiting.error) == (JobState.WAITING, run_at, error)
    assert (waiting.reason, waiting.failures) == (Reason.RETRY, 1)


def test_only_its_owner_may_read_a_spilled_answer(spill):
    path = spill.keep([an_outcome("job_1")])
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_the_spill_of_another_database_is_left_alone(store, spill, tmp_path):
    other = Spill(tmp_path / "spill", database_url="postgresql://user:secret@elsewhere/other")
    path = other.keep([an_outcome("job_1")])
    assert spill.settle(store) == 0
    assert path.exists()
    assert "secret" not in path.name


def test_a_file_that_cannot_be_read_is_kept_and_does_not_hold_up_the_others(store, spill):
    broken = spill.keep([an_outcome("job_1")])
    broken.write_bytes(b'{"job_id": "jo')
    [job_id] = running_batch(store, 1)
    spill.keep([an_outcome(job_id)])
    assert spill.settle(store) == 1
    assert broken.exists()


def test_what_was_settled_already_is_not_settled_twice(store, spill):
    batch_id, ids = stored_batch(store, 1, **EXPIRES)
    spill.keep([an_outcome(ids[0])])
    move(store, ids, JobState.SUCCEEDED)
    assert spill.settle(store) == 0
    with store.read() as tx:
        assert tx.batches.get(batch_id).counts.succeeded == 1


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_a_spill_that_is_not_to_be_had_does_not_keep_a_worker_from_stopping(
    store, spill, database_url, tmp_path
):
    (tmp_path / "spill").write_text("a file is in the way")
    _, ids = stored_batch(store, 1, **EXPIRES)
    assert spilled_in_an_outage(store, spill, database_url, ids) == 1


@pytest.mark.parametrize(
    ("environment", "url", "folder"),
    [
        ({"PROMPTMILL_SPILL_DIR": "/var/spill"}, "sqlite:////data/jobs.db", "/var/spill"),
        ({}, "sqlite:////data/jobs.db", "/data/spill"),
        ({"XDG_STATE_HOME": "/state"}, "postgresql://host/name", "/state/promptmill/spill"),
    ],
)
def test_the_folder_is_the_one_that_is_named_or_one_that_outlives_the_process(environment, url, folder):
    assert os.fspath(spill_folder(environment, url)) == folder
