import json

import pytest

from evals.dataset.read import inline_dataset, read_dataset
from evals.errors import DatasetError
from evals.plan import plan

ITEMS = inline_dataset(
    [{"question": "2 + 2?", "answer": "4"}, {"question": "3 + 3?", "answer": "6"}], "d.jsonl"
)


def test_the_matrix_of_models_parameters_items_and_epochs(make_definition):
    definition = make_definition(
        model=None, models=["claude-haiku-5-5", "claude-haiku-4-5"], parameters=[{}, {"top_k": 5}], epochs=3
    )
    found = plan(definition, ITEMS)
    assert len(found.requests) == 2 * 2 * 2 * 3
    assert len({request.address.custom_id for request in found.requests}) == 24
    assert found.provenance.variants[1] == "claude-haiku-5-5 top_k=5"
    assert json.loads(found.requests[-1].body) == {
        "model": "claude-haiku-4-5",
        "max_tokens": 4096,
        "messages": [{"role": "user", "content": "3 + 3?"}],
        "top_k": 5,
    }


def test_system_texts_come_together_and_before_the_messages(make_definition):
    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "{{ item.question }}"},
    ]
    definition = make_definition(prompt=None, system="Answer {{ item.answer }}.", messages=messages)
    body = json.loads(plan(definition, ITEMS).requests[0].body)
    assert body["system"] == "Answer 4.\n\nBe brief."
    assert body["messages"] == [{"role": "user", "content": "2 + 2?"}]


def test_inspects_input_is_asked_without_being_told_to(make_definition):
    asked = [{"role": "system", "content": "S"}, {"role": "user", "content": "Q"}]
    dataset = read_dataset(json.dumps({"input": asked, "target": "4", "answer": "4"}), "d.jsonl")
    body = json.loads(plan(make_definition(prompt=None), dataset).requests[0].body)
    assert (body["system"], body["messages"]) == ("S", [{"role": "user", "content": "Q"}])


@pytest.mark.parametrize(
    ("second", "message"),
    [
        ('{"answer": "6"}', "d.jsonl:2: prompt: there is no field 'question'; the item has answer"),
        (
            '{"question": "3?"}',
            "d.jsonl:2: there is no field 'answer', which exact needs; the item has question",
        ),
        ('{"question": " ", "answer": "6"}', "d.jsonl:2: messages.0.content: must not be empty"),
    ],
)
def test_an_item_that_does_not_fit_is_named_by_its_line(make_definition, second, message):
    dataset = read_dataset('{"question": "2?", "answer": "4"}\n' + second, "d.jsonl")
    with pytest.raises(DatasetError) as caught:
        plan(make_definition(), dataset)
    assert str(caught.value).startswith(message)


def test_given_answers_are_graded_and_nothing_is_asked(make_definition):
    dataset = read_dataset('{"item": {"answer": "4"}, "sample": {"output_text": "4"}}', "d.jsonl")
    found = plan(make_definition(model=None, prompt=None), dataset)
    assert found.requests == []
    assert [sample.output_text for sample in found.given] == ["4"]


def test_with_no_model_and_no_answers_there_is_nothing_to_do(make_definition):
    with pytest.raises(DatasetError, match="no model to ask"):
        plan(make_definition(model=None, prompt=None), ITEMS)


def test_a_run_knows_what_it_was_made_of(make_definition):
    whole, part = plan(make_definition(), ITEMS).provenance, plan(make_definition(limit=1), ITEMS).provenance
    assert (whole.items, part.items) == (2, 1)
    assert whole.dataset_hash != part.dataset_hash
    assert whole.definition_hash != part.definition_hash
    assert whole.software.startswith("promptmill ")
