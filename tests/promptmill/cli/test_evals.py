"""`promptmill eval`: from a definition to a verdict, and everything that looks at runs."""

import csv
import io
import json
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.leashed import let_go, popen
from tests.promptmill.stacks import environment, running

EXAMPLES = Path(__file__).parents[3] / "examples" / "evals"
pytestmark = pytest.mark.journey
ERROR_RATE = 0.2


@pytest.fixture(scope="module")
def sandbox():
    """A sandbox that gets one sum in five wrong; yield its URL."""
    flags = ["--error-rate", str(ERROR_RATE), "--latency-ms", "1"]
    process = popen(
        [sys.executable, "-m", "sandbox", *flags], stdout=subprocess.PIPE, text=True, env=environment()
    )
    yield process.stdout.readline().split()[-1]
    process.terminate()
    process.wait(30)
    let_go(process)
    process.stdout.close()


@pytest.fixture(scope="module")
def stack(tmp_path_factory, sandbox):
    folder = tmp_path_factory.mktemp("evals")
    with running(folder, ANTHROPIC_BASE_URL=sandbox, ANTHROPIC_API_KEY="sk-ant-eval") as stack:
        yield stack


@pytest.fixture
def evaluate(promptmill, stack):
    """Run `promptmill eval ...` against the stack."""
    return lambda *arguments: promptmill("eval", *arguments, "--data", stack.data, url="")


def set_error_rate(sandbox, rate):
    httpx.put(f"{sandbox}/_sandbox/settings", json={"error_rate": rate}).raise_for_status()


def test_the_known_accuracy_lies_within_the_interval_that_is_reported(evaluate):
    done = evaluate("run", EXAMPLES / "arithmetic.yaml", "--json")
    assert done.returncode == 0, done.stderr
    run = json.loads(done.stdout)
    overall = run["summary"]["variants"][0]["graders"][0]
    assert overall["samples"] == 400
    assert overall["interval"]["low"] <= 1 - ERROR_RATE <= overall["interval"]["high"]
    assert run["provenance"]["software"].startswith("promptmill ")


def test_a_planted_drop_is_worse_and_an_unchanged_run_is_not(evaluate, sandbox):
    file = EXAMPLES / "arithmetic.yaml"
    assert evaluate("run", file, "--limit", "200", "--fail-if-worse").returncode == 0
    assert evaluate("run", file, "--limit", "200", "--fail-if-worse").returncode == 0
    set_error_rate(sandbox, 0.35)
    worse = evaluate("run", file, "--limit", "200", "--fail-if-worse")
    set_error_rate(sandbox, ERROR_RATE)
    assert worse.returncode == 4, worse.stderr
    assert re.search(r"^worse +claude-haiku-4-5: worse, ", worse.stdout, re.MULTILINE)
    history = evaluate("history", "arithmetic").stdout
    assert history.startswith("claude-haiku-4-5  ")
    assert history.splitlines()[-2].endswith("worse") or "worse" in history


def test_a_run_below_the_bar_ends_with_4_and_says_so(evaluate):
    done = evaluate("run", EXAMPLES / "arithmetic.yaml", "--limit", "50", "--fail-below", "0.99")
    assert (done.returncode, "is below the bar of 0.99" in done.stderr) == (4, True)


def test_an_evaluation_is_made_of_flags_and_looked_at_from_all_sides(evaluate, tmp_path):
    (tmp_path / "sums.csv").write_text("id,sum,answer\na,2 + 2,4\nb,3 + 3,99\n")
    flags = (
        "--dataset",
        "sums.csv",
        "--prompt",
        "What is {{ item.sum }}?",
        "--grader",
        "number={{ item.answer }}",
    )
    done = evaluate("run", *flags, "--json")
    run = json.loads(done.stdout)
    assert (run["name"], run["provenance"]["items"]) == ("sums", 2)
    assert "sums, version 1" in evaluate("show", "sums").stdout
    failed = evaluate("failures", run["id"]).stdout
    assert "What is 3 + 3?" in failed
    assert "the target is 99" in failed
    rows = list(csv.DictReader(io.StringIO(evaluate("export", "sums", "--format", "csv").stdout)))
    assert [row["item_id"] for row in rows] == ["a", "b"]
    assert evaluate("report", "sums", "--output", "sums.html").returncode == 0
    page = (tmp_path / "sums.html").read_text()
    assert "<svg" in page
    assert "What is 3 + 3?" in page
    again = json.loads(evaluate("run", *flags, "--json").stdout)
    assert "cannot tell" in evaluate("diff", run["id"], again["id"]).stdout
    assert "sums" in evaluate("list").stdout


@pytest.mark.parametrize(
    ("definition", "told"),
    [
        (
            "graders: [{type: nummber, target: 1}]",
            "graders[0].type: unknown grader 'nummber', did you mean 'number'?",
        ),
        ("graders: [{type: number, target: '{{ item.x }}'}]", "bad.yaml:4: there is no field 'x'"),
        ("epochs: 0\ngraders: [{type: refusal}]", "bad.yaml:5: epochs: must be 1 to 1,000"),
        ("dataset: []\ngraders: [{type: refusal}]", "dataset: is empty"),
        (
            "dataset:\n- {id: a}\n- {id: a}\ngraders: [{type: refusal}]",
            "bad.yaml:6: id: the id 'a' is that of line 5 already",
        ),
        (
            "dataset:\n- {id: a}\nsystem: '{{ item.x }}'\ngraders: [{type: refusal}]",
            "bad.yaml:5: system: there is no field 'x'; the item has id",
        ),
        ("dataset: nowhere.jsonl\ngraders: [{type: refusal}]", "there is no file nowhere.jsonl"),
        ("graders: 7", "graders: must be a list, not a whole number"),
    ],
)
def test_a_bad_definition_is_told_in_one_line_with_its_place_and_nothing_is_sent(
    promptmill, tmp_path, definition, told
):
    head = "name: bad\nmodel: claude-haiku-4-5\nprompt: hello\n"
    dataset = "" if "dataset" in definition else "dataset: [{a: 1}]\n"
    (tmp_path / "bad.yaml").write_text(head + dataset + definition)
    done = promptmill("eval", "run", "bad.yaml")
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert told in done.stderr
    assert re.match(r"promptmill: bad\.yaml:\d+: ", done.stderr), done.stderr


def test_an_eval_of_openais_becomes_a_definition_of_ours(promptmill, tmp_path):
    (tmp_path / "eval.json").write_text(json.dumps(OPENAI))
    done = promptmill("eval", "import", "eval.json", "--model", "claude-haiku-4-5", "--output", "ours.yaml")
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "ours.yaml").read_text()
    assert "model: claude-haiku-4-5" in text
    assert "type: exact" in text


OPENAI = {
    "name": "tickets",
    "data_source_config": {"type": "custom", "item_schema": {"type": "object"}},
    "testing_criteria": [
        {
            "type": "string_check",
            "name": "match",
            "input": "{{sample.output_text}}",
            "operation": "eq",
            "reference": "{{item.label}}",
        }
    ],
    "data_source": {
        "type": "completions",
        "model": "gpt-4o",
        "source": {"type": "file_content", "content": [{"item": {"text": "broken", "label": "Hardware"}}]},
        "input_messages": {
            "type": "template",
            "template": [{"role": "user", "content": "Which kind? {{item.text}}"}],
        },
    },
}
