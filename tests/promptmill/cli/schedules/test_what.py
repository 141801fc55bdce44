"""What a schedule submits, read from files."""

import json

import msgspec
import pytest

from jobs.errors import PromptmillError
from promptmill.cli.schedules.what import Files, Limits, Reading, told_what

EVALUATION = """\
name: greeting
model: claude-haiku-5-5
dataset: items.jsonl
prompt: What is 1 + 1?
graders: [{type: number, target: 2}]
"""


@pytest.fixture
def told(tmp_path):
    """Say what to submit in terms of files with some content."""

    def told(reading=(), limits=(), **contents):
        (tmp_path / "items.jsonl").write_text('{"id": "one"}\n')
        files = dict.fromkeys(("prompts", "batch", "evaluation"))
        for name, content in contents.items():
            files[name] = str(tmp_path / name)
            (tmp_path / name).write_text(content)
        with told_what(Files(**files), Reading(**dict(reading)), Limits(**dict(limits))) as what:
            return json.loads(msgspec.json.encode(what))

    return told


def test_prompts_become_requests_with_what_they_lack(told):
    what = told(
        {"model": "claude-opus-5-5", "system": "Be brief."}, {"max_cost": 5, "priority": None}, prompts="Hi\n"
    )
    [job] = what["batch"].pop("requests")
    assert what == {"batch": {"max_cost": 5}}
    assert (job["custom_id"], job["request"]["model"], job["request"]["system"]) == (
        "line-1",
        "claude-opus-5-5",
        "Be brief.",
    )


def test_an_evaluation_goes_with_its_items_and_its_bar(told):
    what = told({"fail_below": 0.9, "model": None}, {"max_cost": 5}, evaluation=EVALUATION)["evaluation"]
    assert (what["definition"], what["dataset"]["content"]) == (EVALUATION, '{"id": "one"}\n')
    assert (what["changes"]["fail_below"], what["changes"]["models"], what["max_cost"]) == (0.9, None, 5)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "say what to submit"),
        ({"prompts": "x", "evaluation": EVALUATION}, "say what to submit"),
        ({"prompts": ""}, "is empty"),
        ({"prompts": '{"question": 1}'}, "has 1 bad request"),
        ({"evaluation": "name: x"}, "evaluation:1: dataset: is missing"),
        ({"evaluation": EVALUATION.replace("items", "nowhere")}, "there is no file .*nowhere.jsonl"),
        ({"evaluation": EVALUATION, "reading": {"system": "x"}}, "--system belongs to --prompts"),
        ({"evaluation": EVALUATION, "limits": {"max_time_s": 3}}, "--max-time belongs to --prompts"),
        ({"prompts": "x", "reading": {"fail_below": 1}}, "--fail-below belongs to --eval"),
    ],
)
def test_what_is_wrong_is_told_before_anything_is_sent(told, given, message):
    with pytest.raises(PromptmillError, match=message):
        told(**given)
