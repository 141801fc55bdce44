"""Evaluations that recur: submitted by a schedule, each held against the run of that schedule before it."""

import json

import pytest

from evalruns.recurring_run import plan_of
from evalruns.start import RunOptions
from evalruns.told import Changes, DatasetText, ToldEvaluation
from evals.errors import EvalError
from jobs.errors import InvalidSubmissionError
from jobs.evaluation import EvalRunState
from jobs.job import Priority
from jobs.schedules.schedule import OverlapPolicy, RunState, ScheduleKind
from jobs.webhooks.destination import WebhookRefusedError
from tests.evaluating import SUMS, bench, right, wrong
from tests.scheduling import HOUR, MIDNIGHT, hall, states

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

TOLD = ToldEvaluation(definition=SUMS)


@pytest.fixture
def desk(store):
    with hall(store) as desk:
        yield desk


@pytest.fixture
def examiners(store):
    with bench(store) as examiners:
        yield examiners


def add(desk, told=TOLD, options=None, **fields):
    plan = plan_of(told, options or RunOptions())
    return desk.add(plan, kind=ScheduleKind.EVALUATION, **fields)


def latest(desk, schedule):
    run = desk.runs(schedule, RunState.STARTED)[-1]
    with desk.store.read() as tx:
        return tx.eval_runs.get(run.eval_run_id)


def night(desk, examiners, schedule, number, answer):
    """Run what is due at this hour to its end."""
    desk.tick(MIDNIGHT + number * HOUR)
    run = latest(desk, schedule)
    examiners.answer(run.batch_id, answer)
    examiners.grade()
    return json.loads(examiners.get(run).verdict)


def test_all_that_was_told_is_run_again_each_time(desk):
    told = ToldEvaluation(
        definition='{"name": "n", "model": "claude-haiku-4-5", "prompt": "{{ item.q }}", "dataset": "d.csv", '
        '"graders": [{"type": "includes", "target": "x"}]}',
        dataset=DatasetText(name="d.csv", content="id,q\na,one\nb,two\nc,three\n"),
        changes=Changes(limit=2),
    )
    options = RunOptions(priority=Priority.BACKGROUND, max_cost=1.5)
    schedule = add(desk, told, options, overlap=OverlapPolicy.CANCEL_PREVIOUS)
    for number in (1, 2):
        desk.tick(MIDNIGHT + number * HOUR)
        run = latest(desk, schedule)
        assert (run.name, run.samples, run.priority, run.max_cost) == ("n", 2, Priority.BACKGROUND, 1.5)
        assert (run.schedule_id, run.version) == (schedule.id, 1)
        assert run.batch_id == desk.runs(schedule, RunState.STARTED)[-1].batch_id


def test_a_drop_is_worse_than_the_night_before_and_an_unchanged_night_is_not(desk, examiners):
    schedule = add(desk)
    answers = (right, right, wrong)
    verdicts = [night(desk, examiners, schedule, n, answer) for n, answer in enumerate(answers, 1)]
    assert [verdict["verdict"] for verdict in verdicts] == ["first", "cannot_tell", "worse"]


def test_each_night_asks_anew_even_where_the_definition_keeps_answers(desk, examiners):
    schedule = add(desk, ToldEvaluation(definition={**SUMS, "cache": True}))
    verdicts = [night(desk, examiners, schedule, n, answer) for n, answer in enumerate((right, wrong), 1)]
    assert verdicts[-1]["verdict"] == "worse"


def test_a_run_by_hand_in_between_is_not_what_the_next_night_is_held_against(desk, examiners):
    schedule = add(desk)
    night(desk, examiners, schedule, 1, right)
    before = latest(desk, schedule)
    examiners.run(SUMS, wrong)
    verdict = night(desk, examiners, schedule, 2, right)
    assert (verdict["verdict"], verdict["compared_with"]) == ("cannot_tell", before.id)


def test_the_first_night_is_held_against_what_was_run_by_hand(desk, examiners):
    by_hand = examiners.run(SUMS, right)
    verdict = night(desk, examiners, add(desk), 1, wrong)
    assert (verdict["verdict"], verdict["compared_with"]) == ("worse", by_hand.id)


def test_the_run_before_is_going_until_it_is_graded(desk, examiners):
    schedule = add(desk, overlap=OverlapPolicy.QUEUE)
    for number in (1, 2):
        desk.tick(MIDNIGHT + number * HOUR)
    examiners.answer(latest(desk, schedule).batch_id, right)
    assert desk.tick(MIDNIGHT + 2 * HOUR) == 0
    examiners.grade()
    desk.tick(MIDNIGHT + 2 * HOUR)
    assert states(desk.runs(schedule)) == ["started", "started"]


def test_a_run_before_that_is_to_be_canceled_is_canceled_with_its_batch(desk):
    schedule = add(desk, overlap=OverlapPolicy.CANCEL_PREVIOUS)
    desk.tick(MIDNIGHT + HOUR)
    before = latest(desk, schedule)
    desk.tick(MIDNIGHT + 2 * HOUR)
    with desk.store.read() as tx:
        assert tx.eval_runs.get(before.id).state is EvalRunState.CANCELED
        assert tx.batches.get(before.batch_id).counts.canceled == len(SUMS["dataset"])


@pytest.mark.parametrize(
    ("told", "options", "error"),
    [
        (ToldEvaluation(definition={**SUMS, "graders": [{"type": "nummber"}]}), {}, EvalError),
        (ToldEvaluation(definition={**SUMS, "prompt": "{{ item.nothing }}"}), {}, EvalError),
        (ToldEvaluation(definition={**SUMS, "dataset": "far.jsonl"}), {}, EvalError),
        (ToldEvaluation(definition={**SUMS, "model": "gpt-9"}), {"max_cost": 1.0}, InvalidSubmissionError),
        (TOLD, {"webhook": "ftp://nowhere"}, WebhookRefusedError),
    ],
)
def test_what_could_never_be_run_is_found_before_it_is_scheduled(desk, told, options, error):
    desk.starter.check_told(TOLD)
    with pytest.raises(error):
        desk.starter.check_told(told, RunOptions(**options))
    with desk.store.read() as tx:
        assert tx.eval_runs.list(tenant="default", limit=1) == []


def test_an_evaluation_that_cannot_be_run_any_more_is_noted_as_failed_with_the_reason(desk):
    schedule = add(desk, ToldEvaluation(definition={**SUMS, "dataset": "far.jsonl"}))
    desk.tick(MIDNIGHT + HOUR)
    [run] = desk.runs(schedule)
    assert (run.state, run.eval_run_id) == (RunState.FAILED, None)
    assert "far.jsonl" in run.reason
