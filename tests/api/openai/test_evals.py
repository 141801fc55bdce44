"""OpenAI's evals through the official SDK: kept, run, graded, looked at."""

import openai
import pytest

from tests.api.openai.uploads import jsonl
from tests.evaluating import bench, right, wrong

CONFIG = {
    "type": "custom",
    "item_schema": {
        "type": "object",
        "properties": {"sum": {"type": "string"}, "answer": {"type": "string"}},
    },
    "include_sample_schema": True,
}
CRITERION = {
    "type": "string_check",
    "name": "right",
    "input": "{{sample.output_text}}",
    "operation": "ilike",
    "reference": "{{item.answer}}",
}
ROWS = [{"item": {"sum": f"{n} + {n}", "answer": f"is {2 * n}."}} for n in range(1, 5)]
ASKED = {"type": "template", "template": [{"role": "user", "content": "What is {{item.sum}}?"}]}


def source(**changes):
    held = {"type": "file_content", "content": ROWS}
    return {
        "type": "completions",
        "source": held,
        "input_messages": ASKED,
        "model": "claude-haiku-4-5",
        **changes,
    }


@pytest.fixture
def made(openai_sdk):
    return openai_sdk.evals.create(
        name="sums", data_source_config=CONFIG, testing_criteria=[CRITERION], metadata={"team": "blue"}
    )


def completed(store, sdk, made, answer, **changes):
    """Start a run, let Claude answer, and return it graded."""
    run = sdk.evals.runs.create(made.id, name="nightly", data_source=source(**changes))
    with bench(store) as desk, store.read() as tx:
        batch_id = tx.eval_runs.get(run.id).batch_id
        desk.answer(batch_id, answer)
        desk.grade()
    return sdk.evals.runs.retrieve(run.id, eval_id=made.id)


def test_an_eval_is_kept_listed_changed_and_deleted(openai_sdk, made):
    assert openai_sdk.evals.retrieve(made.id).to_dict() == made.to_dict()
    assert [each.id for each in openai_sdk.evals.list()] == [made.id]
    changed = openai_sdk.evals.update(made.id, name="more sums")
    assert (changed.name, changed.metadata, changed.object) == ("more sums", {"team": "blue"}, "eval")
    assert openai_sdk.evals.delete(made.id).deleted
    with pytest.raises(openai.NotFoundError):
        openai_sdk.evals.retrieve(made.id)


def test_a_run_is_in_progress_and_then_completed_with_its_counts(openai_sdk, store, made):
    started = openai_sdk.evals.runs.create(made.id, name="nightly", data_source=source())
    assert (started.status, started.result_counts.total, started.name) == ("in_progress", 4, "nightly")
    run = completed(
        store, openai_sdk, made, lambda one, body: (right if one.endswith("1") else wrong)(one, body)
    )
    counts = run.result_counts
    assert (run.status, counts.total, counts.passed, counts.failed, counts.errored) == (
        "completed",
        4,
        1,
        3,
        0,
    )
    [criterion] = run.per_testing_criteria_results
    assert (criterion.testing_criteria, criterion.passed, criterion.failed) == ("right", 1, 3)
    listed = openai_sdk.evals.runs.list(made.id, status="completed")
    assert [each.id for each in listed] == [run.id]


def test_output_items_show_what_was_asked_answered_and_graded_page_by_page(openai_sdk, store, made):
    run = completed(store, openai_sdk, made, right)
    items = list(openai_sdk.evals.runs.output_items.list(run.id, eval_id=made.id, limit=3))
    assert [item.datasource_item["sum"] for item in items] == [row["item"]["sum"] for row in ROWS]
    first = openai_sdk.evals.runs.output_items.retrieve(items[0].id, eval_id=made.id, run_id=run.id)
    assert (first.status, first.results[0].name, first.results[0].passed) == ("pass", "right", True)
    assert first.sample.input[0].content == "What is 1 + 1?"
    assert first.sample.output[0].content == "That is 2."
    assert list(openai_sdk.evals.runs.output_items.list(run.id, eval_id=made.id, status="fail")) == []


def test_the_items_may_come_from_an_uploaded_file(openai_sdk, store, made):
    file = openai_sdk.files.create(file=("rows.jsonl", jsonl(*ROWS[:2])), purpose="evals")
    assert file.purpose == "evals"
    run = completed(store, openai_sdk, made, right, source={"type": "file_id", "id": file.id})
    assert (run.result_counts.total, run.result_counts.passed) == (2, 2)


def test_a_run_is_canceled_and_deleted(openai_sdk, made):
    run = openai_sdk.evals.runs.create(made.id, data_source=source())
    assert openai_sdk.evals.runs.cancel(run.id, eval_id=made.id).status == "canceled"
    assert openai_sdk.evals.runs.delete(run.id, eval_id=made.id).deleted
    assert list(openai_sdk.evals.runs.list(made.id)) == []


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"model": "gpt-4o"}, "data_source.model"),
        ({"source": {"type": "file_content", "content": []}}, "data_source.source.content"),
        ({"input_messages": {"type": "prompt"}}, "data_source.input_messages"),
    ],
)
def test_what_cannot_be_run_is_refused_by_its_field_and_nothing_is_stored(openai_sdk, made, changes, param):
    with pytest.raises(openai.BadRequestError) as caught:
        openai_sdk.evals.runs.create(made.id, data_source=source(**changes))
    assert caught.value.param == param
    assert list(openai_sdk.evals.runs.list(made.id)) == []


def test_an_unknown_grader_is_refused_by_its_field(openai_sdk):
    with pytest.raises(openai.BadRequestError) as caught:
        openai_sdk.evals.create(data_source_config=CONFIG, testing_criteria=[{"type": "vibes"}])
    assert caught.value.param == "testing_criteria[0].type"


def test_the_addresses_of_openai_lead_here_as_well(url):
    with openai.OpenAI(base_url=f"{url}/v1", api_key="sk-test", max_retries=0) as sdk:
        assert list(sdk.evals.list()) == []
