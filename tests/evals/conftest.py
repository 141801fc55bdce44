from collections.abc import Callable
from dataclasses import replace

import pytest

from evals.address import SampleAddress
from evals.dataset.read import inline_dataset
from evals.definition.read import definition_from
from evals.grading import grade
from evals.sample import Sample

Answer = Callable[..., Sample]


@pytest.fixture
def make_definition():
    """Returns a definition with one item-free exact grader, but for the fields given."""

    def make(**fields):
        plain = {
            "name": "sums",
            "model": "claude-haiku-5-5",
            "prompt": "{{ item.question }}",
            "dataset": [{"question": "2 + 2?", "answer": "4"}],
            "graders": [{"type": "exact", "target": "{{ item.answer }}"}],
        }
        return definition_from({**plain, **fields}, "sums.yaml")

    return make


@pytest.fixture
def make_item():
    """Returns one item with the fields given."""
    return lambda **fields: inline_dataset([fields], "sums.yaml").items[0]


@pytest.fixture
def make_sample():
    """Returns an answer to item 1."""
    address = SampleAddress(variant=0, item_id="1", epoch=1)
    return lambda text="", **fields: replace(Sample(address=address, output_text=text), **fields)


@pytest.fixture
def score(make_definition, make_item, make_sample):
    """Returns one grader's score: score({...the grader...}, "the answer", field="of the item")."""

    def graded(grader, answer, *, replies=None, sample=None, **item):
        definition = make_definition(graders=[{"name": "it", **grader}])
        given = make_sample(answer, **(sample or {}))
        return grade(definition, make_item(**item), given, replies).result.score("it")

    return graded
