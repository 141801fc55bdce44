import json

import pytest

from evals.dataset.read import inline_dataset
from evals.errors import DefinitionError
from evals.grading import grade
from evals.openai.read import check_eval, import_eval
from evals.plan import plan

MODEL = "claude-haiku-5-5"
ANSWER = "{{ sample.output_text }}"
LABEL = "{{item.label}}"
CRITERIA = [
    {"type": "string_check", "name": "Match", "input": ANSWER, "reference": LABEL, "operation": "eq"},
    {
        "type": "text_similarity",
        "name": "Near",
        "input": ANSWER,
        "reference": LABEL,
        "evaluation_metric": "fuzzy_match",
        "pass_threshold": 0.8,
    },
    {
        "type": "label_model",
        "name": "Label",
        "model": "gpt-4o",
        "input": [
            {"role": "developer", "content": "Classify."},
            {"role": "user", "content": {"type": "input_text", "text": "{{item.ticket}}"}},
        ],
        "labels": ["a", "b"],
        "passing_labels": ["a"],
    },
    {
        "type": "score_model",
        "name": "Score",
        "model": "o3-mini",
        "input": [{"role": "user", "content": ANSWER}],
        "range": [1, 5],
        "pass_threshold": 4,
    },
    {"type": "python", "name": "Code", "source": "def grade(sample, item):\n    return 1.0"},
]
CRITERIA.append({
    "type": "multi",
    "name": "Both",
    "graders": {"match": CRITERIA[0], "near": CRITERIA[1]},
    "calculate_output": "(match + near) / 2",
})  # fmt: skip
CONFIG = {
    "type": "custom",
    "item_schema": {"type": "object", "properties": {"ticket": {"type": "string"}}, "required": ["ticket"]},
    "include_sample_schema": True,
}
SOURCE = {
    "type": "responses",
    "model": "gpt-4.1",
    "input_messages": {
        "type": "template",
        "template": [
            {"role": "developer", "content": "Sort {% it."},
            {"role": "user", "content": "{{ item.ticket }}"},
        ],
    },
    "sampling_params": {"temperature": 0.5, "max_completion_tokens": 99, "seed": 1},
    "source": {"type": "file_content", "content": [{"item": {"ticket": "broken", "label": "Hardware"}}]},
}
COSINE = {**CRITERIA[1], "evaluation_metric": "cosine"}
NO_TICKET = {"type": "file_content", "content": [{"item": {"label": "x"}}]}
EVAL = {"name": "tickets", "data_source_config": CONFIG, "testing_criteria": CRITERIA, "data_source": SOURCE}


def imported(**changes):
    return import_eval(json.dumps({**EVAL, **changes}), "eval.json", model=MODEL)


def test_an_eval_with_all_six_graders_becomes_a_definition():
    found = imported()
    kinds = [grader.kind for grader in found.definition.graders]
    assert kinds == ["exact", "similarity", "model", "model", "python", "multi"]
    assert found.definition.asked_models == [MODEL]
    assert found.definition.graders[3].range == (1, 5)
    assert found.warnings == ["sampling_params.seed was left out: Claude has no counterpart"]


def test_its_requests_say_what_it_said_at_openai():
    definition = imported().definition
    found = plan(definition, inline_dataset(definition.dataset, "eval.json"))
    assert json.loads(found.requests[0].body) == {
        "model": MODEL,
        "max_tokens": 99,
        "system": "Sort {% it.",
        "messages": [{"role": "user", "content": "broken"}],
        "temperature": 0.5,
    }


@pytest.mark.parametrize(
    ("operation", "answer", "value"),
    [("eq", "Hardware", 1), ("eq", " Hardware", 0), ("ne", "Software", 1), ("like", "a Hardware fault", 1),
     ("like", "a hardware fault", 0), ("ilike", "a hardware fault", 1)],
)  # fmt: skip
def test_string_checks_compare_as_openai_does(make_sample, operation, answer, value):
    definition = imported(testing_criteria=[{**CRITERIA[0], "operation": operation}]).definition
    item = inline_dataset(definition.dataset, "eval.json").items[0]
    assert grade(definition, item, make_sample(answer)).result.score("Match").value == value


def test_given_samples_are_graded_without_asking():
    rows = [{"item": {"ticket": "broken", "label": "Hardware"}, "sample": {"output_text": "Hardware"}}]
    source = {"type": "jsonl", "source": {"type": "file_content", "content": rows}}
    definition = imported(data_source=source, testing_criteria=CRITERIA[:1]).definition
    found = plan(definition, inline_dataset(definition.dataset, "eval.json"))
    assert (found.requests, found.given[0].output_text) == ([], "Hardware")


def test_an_uploaded_file_is_named_for_whoever_has_it():
    found = imported(data_source={**SOURCE, "source": {"type": "file_id", "id": "file-1"}})
    assert (found.file_id, found.definition.dataset.file) == ("file-1", "file-1")


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"data_source_config": None}, "data_source_config"),
        ({"data_source_config": {"type": "logs"}}, "data_source_config.type"),
        ({"testing_criteria": []}, "testing_criteria"),
        ({"testing_criteria": [{"type": "vibes"}]}, "testing_criteria[0].type"),
        ({"testing_criteria": [{**CRITERIA[0], "operation": "is"}]}, "testing_criteria[0].operation"),
        ({"testing_criteria": [{**CRITERIA[0], "reference": None}]}, "testing_criteria[0].reference"),
        ({"testing_criteria": [COSINE]}, "testing_criteria[0].evaluation_metric"),
        ({"testing_criteria": [{**CRITERIA[0], "reference": "{{ item."}]}, "testing_criteria[0].reference"),
        ({"data_source": None}, "data_source"),
        ({"data_source": {**SOURCE, "type": "logs"}}, "data_source.type"),
        ({"data_source": {**SOURCE, "input_messages": None}}, "data_source.input_messages"),
        ({"data_source": {**SOURCE, "source": {"type": "responses"}}}, "data_source.source.type"),
        ({"data_source": {**SOURCE, "source": NO_TICKET}}, "data_source.source.content[0].item"),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_over_is_named_by_its_path(changes, path):
    with pytest.raises(DefinitionError) as caught:
        imported(**changes)
    assert caught.value.path == path
    assert str(caught.value).startswith("eval.json:1: ")


def test_a_model_that_is_not_claudes_needs_a_stand_in():
    with pytest.raises(DefinitionError, match="'gpt-4o' is not a Claude model: say which one"):
        import_eval(json.dumps(EVAL), "eval.json")


def test_an_eval_is_checked_before_it_has_a_run():
    assert len(check_eval(EVAL, model=MODEL)) == 6
    with pytest.raises(DefinitionError):
        check_eval({**EVAL, "testing_criteria": [{"type": "vibes"}]}, model=MODEL)
