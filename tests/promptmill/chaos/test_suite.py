"""The suite must see what it looks for: here the record is falsified under its eyes."""

import os

import msgspec
import pytest
from sqlalchemy import create_engine, text

from promptmill.chaos.faults import Fault
from promptmill.chaos.suite import ChaosOptions, prepared_ground, scene_on
from promptmill.chaos.trial import Trial

pytestmark = pytest.mark.journey

JOBS = 300
THE_FIRST = "(SELECT id FROM jobs ORDER BY created_at DESC, id LIMIT 1)"
ITS_BATCH = f"(SELECT batch_id FROM jobs WHERE id = {THE_FIRST})"
OPTIONS = ChaosOptions(kills=1, rounds=1, seed=1, jobs=JOBS, workers=1, latency_ms=100)


@pytest.fixture(scope="module")
def ground(tmp_path_factory):
    environment = {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "REDIS_URL"}}
    with prepared_ground(environment, OPTIONS, tmp_path_factory.mktemp("ground")) as ground:
        yield ground


def found_after(ground, *statements):
    """Return what a trial finds whose fault is to run `statements` once the first job has ended."""

    def strike(scene):
        scene.until(lambda: scene.record.ended(scene.sent[0].batch_id) >= JOBS / 2, "half", timeout_s=60)
        engine = create_engine(scene.database.url)
        for statement in statements:
            with engine.begin() as connection:
                changed = connection.execute(text(statement)).rowcount
            assert changed == 1
        engine.dispose()

    fault = Fault(name="falsified", title="the record falsified", strike=strike, times=1)
    return Trial(fault, scene_on(ground, OPTIONS, seed="1"), jobs=JOBS, show=lambda _: None).run()


def test_a_stack_that_nothing_happens_to_is_sound(ground):
    found = found_after(ground)
    assert found.is_sound, found
    assert (found.jobs, found.lost, found.doubled, found.duplicate_calls) == (JOBS, 0, 0, 0)


def test_a_job_that_is_gone_is_lost(ground):
    found = found_after(ground, f"UPDATE jobs SET batch_id = 'batch_elsewhere' WHERE id = {THE_FIRST}")
    assert (found.lost, found.is_sound) == (1, False)


def test_a_job_with_another_jobs_answer_is_lost(ground):
    found = found_after(
        ground, f"UPDATE responses SET body = replace(body, '000', '123') WHERE job_id = {THE_FIRST}"
    )
    assert (found.lost, found.is_sound) == (1, False)


def test_a_job_that_is_run_again_after_its_end_is_doubled_and_its_call_a_duplicate(ground):
    found = found_after(
        ground,
        f"UPDATE batches SET succeeded = succeeded - 1 WHERE id = {ITS_BATCH}",
        f"DELETE FROM responses WHERE job_id = {THE_FIRST}",
        f"UPDATE jobs SET state = 'queued', ended_at = NULL, dispatched_at = NULL WHERE id = {THE_FIRST}",
    )
    assert (found.lost, found.doubled, found.duplicate_calls) == (0, 1, 1)
    assert found.has_too_many_calls
    assert not found.is_sound


def test_a_failure_that_is_counted_is_a_broken_promise(ground):
    found = found_after(ground, f"UPDATE jobs SET failures = 1 WHERE id = {THE_FIRST}")
    assert "1 failures" in found.problems[0]
    assert not found.is_sound


def test_what_is_within_the_calls_in_flight_is_sound_and_one_more_is_not(ground):
    found = found_after(ground)
    assert msgspec.structs.replace(found, duplicate_calls=5, in_flight=5).is_sound
    assert not msgspec.structs.replace(found, duplicate_calls=6, in_flight=5).is_sound
