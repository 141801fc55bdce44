import pytest

from evals.definition.definition import content_hash
from evals.definition.read import definition_from, load_definition
from evals.errors import DefinitionError

PLAIN = """\
name: gsm8k
model: claude-opus-5-5          # or models: [...]
dataset: gsm8k.jsonl
messages:
  - role: user
    content: "{{ item.question }}"
graders:
  - type: number
    target: "{{ item.answer }}"
"""


JUDGE = {"type": "model", "model": "m", "rubric": "r"}
EXACT = {"type": "exact", "target": "x"}


def test_the_plain_definition_of_the_readme_loads():
    definition = load_definition(PLAIN, "gsm8k.yaml")
    assert definition.asked_models == ["claude-opus-5-5"]
    assert [*definition.named_graders] == ["number"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("type: number", "type: nummber", "8: graders[0].type: unknown grader 'nummber', did you mean 'num"),
        ("type: number", "type: vibes", "8: graders[0].type: unknown grader 'vibes', there are all, any, "),
        ("target:", "tarrget:", "9: graders[0].tarrget: there is no such field, did you mean 'target'?"),
        ("type: number", "name: n", "8: graders[0].type: is missing"),
        ("name: gsm8k", "name: 3", "1: name: must be text, not a whole number"),
        ("name: gsm8k", "description: x", "1: name: is missing"),
        ("name: gsm8k", "name: a\nname: b", "2: not YAML: the key 'name' stands here twice"),
        ("name: gsm8k", "name: [gsm8k", "2: not YAML: expected ',' or ']', but got ':'"),
        ("model: claude-opus-5-5", "epochs: 2", "1: model: is missing: name one, or several as models"),
        ("model:", "epochs: many\nmodel:", "2: epochs: must be a whole number, not text"),
        ("model:", "epochs: 0\nmodel:", "2: epochs: must be 1 to 1,000"),
        ("model:", "errors: drop\nmodel:", "2: errors: unknown value 'drop', must be one of exclude, zero"),
        ("model:", "parameters: {model: x}\nmodel:", "2: parameters.model: is no parameter"),
        ("model:", "pass_at: [1, 5]\nmodel:", "2: pass_at[1]: must be 1 to the number of epochs, 1"),
        ("model:", "alpha: 5\nmodel:", "2: alpha: must lie between 0 and 1"),
        ("model:", "prompt: hi\nmodel:", "2: prompt: stands for one user message"),
        ("dataset: gsm8k.jsonl", "dataset: []", "3: dataset: is empty"),
        ("role: user", "role: usr", "5: messages[0].role: must be one of user, assistant, system, not 'usr'"),
        ("item.question", "item.question(", "6: messages[0].content: not a template"),
        ('  - type: number\n    target: "{{ item.answer }}"', "  []", "7: graders: must hold at least one"),
        ("    target:", "    tolerance: -1\n    target:", "9: graders[0].tolerance: must be 0 or more"),
    ],
)  # fmt: skip
def test_a_bad_definition_is_one_message_with_line_and_path(old, new, message):
    with pytest.raises(DefinitionError) as caught:
        load_definition(PLAIN.replace(old, new, 1), "gsm8k.yaml")
    assert str(caught.value).startswith(f"gsm8k.yaml:{message}")


@pytest.mark.parametrize(
    ("grader", "path"),
    [
        ({"type": "regex", "pattern": "("}, "pattern"),
        ({"type": "exact", "target": []}, "target"),
        ({"type": "choice", "target": "A", "choices": "AA"}, "choices"),
        ({"type": "json_schema", "schema": {"type": 3}}, "schema"),
        ({"type": "json_fields", "fields": {}}, "fields"),
        ({"type": "similarity", "target": "x", "metric": "cosine"}, "metric"),
        ({"type": "length"}, "max"),
        ({"type": "length", "min": 3, "max": 2}, "min"),
        ({"type": "model", "model": "m"}, "rubric"),
        ({**JUDGE, "range": [1, 0]}, "range"),
        ({**JUDGE, "labels": ["a", "b"]}, "passing_labels"),
        ({**JUDGE, "labels": ["a", "b"], "passing_labels": ["c"]}, "passing_labels"),
        ({"type": "python", "source": "def grade(:"}, "source"),
        ({"type": "all", "graders": []}, "graders"),
        ({"type": "all", "graders": [{"type": "regex", "pattern": "["}]}, "graders[0].pattern"),
        ({"type": "multi", "graders": {"a": EXACT}, "calculate_output": "a + b"}, "calculate_output"),
        ({"type": "exact", "target": "x", "name": "a/b"}, "name"),
        ({"type": "exact", "target": "x", "weight": -1}, "weight"),
    ],
)  # fmt: skip
def test_a_grader_that_could_never_grade_is_refused(grader, path):
    fields = {"name": "n", "model": "m", "dataset": "d.csv", "prompt": "p", "graders": [grader]}
    with pytest.raises(DefinitionError) as caught:
        definition_from(fields, "flags")
    assert caught.value.path == f"graders[0].{path}"


def test_the_hash_tells_what_is_asked_and_not_how_it_is_spelled():
    spelled = (
        '{"graders": [{"target": "{{ item.answer }}", "type": "number"}], "name": "gsm8k", "epochs": 1,\t\
    "messages": [{"content": "{{ item.question }}", "role": "user"}], "dataset": "gsm8k.jsonl",\
    "model": "claude-opus-5-5"}'
    )
    first = content_hash(load_definition(PLAIN, "a.yaml"))
    assert content_hash(load_definition(spelled, "b.json")) == first
    assert content_hash(load_definition(PLAIN.replace("number", "exact"), "a.yaml")) != first


def test_yes_is_a_word_and_leading_zeros_make_no_octals():
    text = PLAIN.replace("type: number", "type: exact").replace('"{{ item.answer }}"', "[yes, no, '1']")
    grader = load_definition(text.replace("model:", "seed: 010\nmodel:"), "a.yaml")
    assert grader.graders[0].target == ["yes", "no", "1"]
    assert grader.seed == 10


def test_json_with_tabs_is_read_and_its_lines_are_found():
    text = '{\n\t"name": "n",\n\t"model": "m",\n\t"dataset": "d.csv",\n\t"prompt": "p",\n\t"graders": 3\n}'
    with pytest.raises(DefinitionError, match=r"^d.json:6: graders: must be a list, not a whole number$"):
        load_definition(text, "d.json")


@pytest.mark.parametrize(
    "text",
    ["", "- a", "{", '{"a": NaN}', "a: &a [*a]", "\0", "? [a]\n: b", '{"a": 1, "a": 2}', "[" * 5000],
)
def test_whatever_the_text_the_error_is_ours(text):
    with pytest.raises(DefinitionError):
        load_definition(text, "x.yaml")


def test_a_bomb_of_aliases_is_refused_before_it_grows():
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    levels += [f"a{at}: &a{at} [{', '.join([f'*a{at - 1}'] * 10)}]" for at in range(1, 9)]
    with pytest.raises(DefinitionError, match="grows to more than"):
        load_definition("\n".join(levels), "bomb.yaml")
