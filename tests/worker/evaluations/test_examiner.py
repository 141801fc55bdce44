"""The examiner: runs whose answers are there are graded, once, whoever dies in between."""

import json
from datetime import timedelta

import msgspec
import pytest

from evalruns.reading import results_of_run
from evalruns.start import RunOptions
from evalruns.told import ToldEvaluation
from evals.summary import Summary
from jobs.evaluation import EvalRunEnd, EvalRunState
from jobs.webhooks.delivery import EventType
from tests.evaluating import SUMS, bench, right, wrong
from worker.evaluations.examiner import LEASE

JUDGED = {
    **SUMS,
    "dataset": SUMS["dataset"][:3],
    "graders": [{"type": "model", "model": "claude-opus-4-5", "rubric": "right?"}],
}
PROGRAM = "def grade(sample, item):\n    return float(str(item['answer']) in sample['output_text'])"
WEBHOOKS = {"PROMPTMILL_WEBHOOK_SECRET": "x" * 32, "PROMPTMILL_WEBHOOK_PRIVATE": "allow"}


@pytest.fixture
def desk(store):
    with bench(store, PROMPTMILL_PYTHON_GRADERS="allow", **WEBHOOKS) as desk:
        yield desk


def overall(run):
    return msgspec.json.decode(run.summary, type=Summary).variants[0].overall


def verdict(run):
    return json.loads(run.verdict)["verdict"]


def first_ten(custom_id, body):
    return right(custom_id, body) if int(custom_id.rpartition("s")[2]) <= 10 else wrong(custom_id, body)


def test_a_run_is_graded_once_its_batch_has_ended(desk):
    run = desk.start(SUMS)
    assert desk.grade() == 0
    desk.answer(run.batch_id, first_ten)
    assert desk.grade() == 1
    ended = desk.get(run)
    assert (ended.state, verdict(ended)) == (EvalRunState.ENDED, "first")
    assert (overall(ended).mean, overall(ended).samples, overall(ended).errors) == (0.5, 20, 0)
    assert [result.item_id for result in results_of_run(desk.store, run)] == [f"s{n}" for n in range(1, 21)]
    assert desk.grade() == 0


def test_samples_without_an_answer_are_counted_apart_with_the_reason(desk):
    run = desk.run(SUMS, lambda custom_id, body: None if custom_id.endswith("s7") else right(custom_id, body))
    found = overall(run)
    assert (found.mean, found.samples, found.errors) == (1.0, 19, 1)
    [failed] = [result for result in results_of_run(desk.store, run) if result.error]
    assert (failed.item_id, failed.error) == ("s7", "api_error: Claude was not well")


def test_a_planted_drop_is_worse_and_an_unchanged_run_is_not(desk):
    desk.run(SUMS, right)
    same = desk.run(SUMS, right)
    drop = desk.run(SUMS, first_ten)
    assert (verdict(same), verdict(drop)) == ("cannot_tell", "worse")
    assert json.loads(drop.verdict)["compared_with"] == same.id


def test_a_run_below_its_bar_is_worse_even_as_the_first(desk):
    run = desk.run({**SUMS, "fail_below": 0.6}, first_ten)
    assert verdict(run) == "worse"
    assert "0.500 is below the bar of 0.6" in json.loads(run.verdict)["reason"]


def test_the_webhook_is_told_of_each_end_and_by_name_of_what_is_worse(desk):
    for answer in (right, wrong):
        desk.run(SUMS, answer, webhook="http://127.0.0.1:9999/told")
    with desk.store.read() as tx:
        told = tx.deliveries.list(tenant="default", limit=10)
        payload = json.loads(tx.deliveries.payload(told[0].id))
    assert [each.event for each in told] == [EventType.EVAL_RUN_WORSE, EventType.EVAL_RUN_ENDED]
    assert payload["data"]["scores"] == {"claude-haiku-4-5": 0.0}


def test_a_run_that_cannot_be_graded_has_failed_and_its_webhook_is_told_why(desk):
    graders = [{"type": "model", "model": "claude-nobody", "rubric": "right?"}]
    definition = {**SUMS, "graders": graders}
    options = RunOptions(webhook="http://127.0.0.1:9999/told", max_cost=1.0)
    run = desk.starter.start_told(ToldEvaluation(definition=definition), tenant="default", options=options)
    desk.answer(run.batch_id, right)
    desk.grade()
    with desk.store.read() as tx:
        [told] = tx.deliveries.list(tenant="default", subject_id=run.id, limit=9)
        data = json.loads(tx.deliveries.payload(told.id))["data"]
    assert (told.event, data["state"], data["verdict"]) == (EventType.EVAL_RUN_FAILED, "failed", None)
    assert data["reason"] == desk.get(run).error


def test_a_run_of_which_nothing_could_be_graded_is_no_first_one(desk):
    desk.run(SUMS, right)
    assert verdict(desk.run(SUMS, lambda *_: None)) == "cannot_tell"


def test_model_graders_ask_in_a_batch_of_their_own_and_again_where_no_verdict_can_be_read(desk):
    run = desk.run(JUDGED, right)
    assert (desk.get(run).state, len(desk.get(run).grading_batch_ids)) == (EvalRunState.GRADING, 1)
    desk.answer(
        desk.get(run).awaited_batch_id,
        lambda custom_id, _: '{"reasoning": "", "score": 1}' if "s1" in custom_id else "well",
    )
    desk.grade()
    again = desk.get(run)
    with desk.store.read() as tx:
        assert tx.batches.get(again.awaited_batch_id).counts.total == 2
    desk.answer(again.awaited_batch_id, lambda *_: '{"reasoning": "so", "score": 0}')
    desk.grade()
    found = overall(desk.get(run))
    assert (found.mean, found.samples, found.errors) == (pytest.approx(1 / 3), 3, 0)


def test_programs_grade_where_they_are_allowed_and_say_so_where_not(store):
    asked = {**SUMS, "dataset": SUMS["dataset"][:3], "graders": [{"type": "python", "source": PROGRAM}]}
    with bench(store, PROMPTMILL_PYTHON_GRADERS="allow") as allowed:
        assert overall(allowed.run(asked, right)).mean == 1.0
    with bench(store) as refusing:
        run = refusing.run(asked, right)
    assert (overall(run).samples, overall(run).errors) == (0, 3)
    assert "switched off" in results_of_run(store, run)[0].scores[0].error


def test_a_run_left_by_a_dead_worker_is_taken_on_after_its_lease_and_graded_once(desk):
    run = desk.start(SUMS)
    desk.answer(run.batch_id, right)
    with desk.store.write() as tx:
        tx.eval_runs.claim(now=run.created_at + timedelta(hours=1), lease=LEASE)
        tx.eval_runs.add_results(run.id, {0: results_text()})
    assert desk.grade(after=timedelta(hours=1)) == 0
    assert desk.grade(after=timedelta(hours=2)) == 1
    results = results_of_run(desk.store, run)
    assert (desk.get(run).state, len(results), results[0].output_text) == (EvalRunState.ENDED, 20, "kept")


def test_what_a_worker_writes_after_another_has_taken_its_run_on_is_refused(desk):
    run = desk.start(SUMS)
    desk.answer(run.batch_id, right)
    late, ended = (
        run.created_at + timedelta(hours=1),
        EvalRunEnd(state=EvalRunState.FAILED, ended_at=run.created_at),
    )
    with desk.store.write() as tx:
        first = tx.eval_runs.claim(now=run.created_at, lease=LEASE)
        second = tx.eval_runs.claim(now=late, lease=LEASE)
        assert not tx.eval_runs.end(first, ended)
        assert not tx.eval_runs.renew(first, until=late)
        assert not tx.eval_runs.await_grading(first, "batch_x")
        assert tx.eval_runs.end(second, ended)
        assert not tx.eval_runs.end(second, ended)


def results_text():
    score = {"grader": "overall", "value": 1.0, "passed": True}
    return json.dumps(
        {
            "variant": 0,
            "item_id": "s1",
            "item_digest": "",
            "epoch": 1,
            "scores": [score],
            "output_text": "kept",
        }
    )


def test_an_answer_is_used_again_only_where_that_is_asked_for(desk):
    first = desk.run(SUMS, right, cache=True)
    assert desk.start(SUMS).batch_id is not None
    second = desk.start(SUMS, cache=True)
    assert (second.batch_id, desk.grade()) == (None, 1)
    assert overall(desk.get(second)).mean == overall(first).mean == 1.0
    third = desk.start({**SUMS, "max_tokens": 99}, cache=True)
    assert third.batch_id is not None


def test_a_canceled_batch_cancels_its_run(desk):
    run = desk.start(SUMS)
    with desk.store.write() as tx:
        tx.jobs.cancel_batch(run.batch_id, now=run.created_at)
    desk.grade()
    assert (desk.get(run).state, desk.get(run).summary) == (EvalRunState.CANCELED, None)


def test_epochs_and_models_make_a_matrix_in_the_plans_order(desk):
    definition = {
        **SUMS,
        "model": None,
        "models": ["claude-haiku-4-5", "claude-opus-4-5"],
        "dataset": SUMS["dataset"][:2],
    }
    run = desk.run(definition, right, epochs=2)
    found = [(one.variant, one.item_id, one.epoch) for one in results_of_run(desk.store, run)]
    assert found == [
        (variant, item, epoch) for variant in (0, 1) for item in ("s1", "s2") for epoch in (1, 2)
    ]


def test_versions_are_counted_by_content_and_changes_for_one_run_are_none(desk):
    desk.start(SUMS, limit=3)
    desk.start(SUMS)
    desk.start({**SUMS, "max_tokens": 50})
    with desk.store.read() as tx:
        assert [each.version for each in tx.evaluations.versions("sums", tenant="default")] == [2, 1]
        runs = tx.eval_runs.list(tenant="default", name="sums", limit=9)
    assert [(run.version, run.samples) for run in runs] == [(2, 20), (1, 20), (1, 3)]
