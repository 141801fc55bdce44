"""`promptmill schedule`: added, run by the workers, looked at, paused, triggered, removed."""

import json
import re

import pytest

from tests.eventually import until

pytestmark = pytest.mark.journey

EVALUATION = """\
name: greeting
model: claude-haiku-5-5
dataset: [{id: one}]
prompt: What is 1 + 1?
graders: [{type: number, target: 2}]
"""


@pytest.fixture
def schedule(promptmill, stack, tmp_path):
    """Run `promptmill schedule ...` against the shared stack, in a folder with some files."""
    (tmp_path / "prompts.txt").write_text("What is 1 + 1?\nWhat is 2 + 2?\n")
    (tmp_path / "bad.jsonl").write_text('{"prompt": "fine"}\n{"messages": []}\n')
    (tmp_path / "greeting.yaml").write_text(EVALUATION)
    return lambda *arguments, **changes: promptmill("schedule", *arguments, url=stack.url, **changes)


def runs_of(schedule, name):
    return [json.loads(line) for line in schedule("runs", name, "--json").stdout.splitlines()]


def test_prompts_are_run_again_and_again_until_the_schedule_is_removed(schedule, promptmill, stack):
    added = schedule("add", "pulse", "--every", "1s", "--prompts", "prompts.txt", "--system", "Be brief.")
    assert (added.returncode, added.stderr) == (0, "")
    assert added.stdout.startswith("pulse is due every 1 second: next ")
    ended = until(
        lambda: [run for run in runs_of(schedule, "pulse") if run["outcome"] == "ended"][1:], "two ended runs"
    )
    assert ended[0]["counts"]["succeeded"] == 2
    results = promptmill("results", ended[0]["batch_id"], url=stack.url).stdout
    assert [json.loads(line)["text"] for line in results.splitlines()] == ["2", "4"]
    assert schedule("pause", "pulse").stdout == "pulse is paused\n"
    assert re.search(r"^pulse +paused .+ every 1 second *$", schedule("list").stdout, re.MULTILINE)
    assert re.search(
        rf" 2 succeeded +{ended[0]['batch_id']} *$", schedule("runs", "pulse").stdout, re.MULTILINE
    )
    assert schedule("remove", "pulse").stdout == "pulse is removed\n"
    gone = schedule("show", "pulse")
    assert (gone.returncode, gone.stderr) == (2, "promptmill: there is no schedule 'pulse'\n")


def test_an_evaluation_is_triggered_and_its_verdict_is_told(schedule):
    when = ("--cron", "0 5 * * *", "--zone", "Europe/Berlin")
    added = schedule("add", "nightly", "--eval", "greeting.yaml", "--fail-below", "1.5", *when)
    assert added.stdout.startswith("nightly is due at 05:00 every day, Europe/Berlin: next 20"), added.stderr
    shown = schedule("show", "nightly").stdout
    assert len(re.findall(r" 05:00 CES?T  (?:in \d|now)", shown)) == 5
    triggered = schedule("trigger", "nightly")
    [run] = until(lambda: [run for run in runs_of(schedule, "nightly") if run["verdict"]], "the verdict")
    assert triggered.stdout == f"{run['eval_run_id']}\n" or "nightly waits: " in triggered.stderr
    assert (run["verdict"], run["is_triggered"]) == ("worse", True)
    assert "below the bar" in run["reason"]
    failed = schedule("runs", "nightly", "--fail-if-worse")
    assert (failed.returncode, "asked for" in failed.stdout) == (4, True)
    schedule("remove", "nightly")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--every", "1h"), "say what to submit by one of --eval FILE, --prompts FILE and --batch FILE"),
        (("--every", "1h", "--batch", "bad.jsonl"), "bad.jsonl has 1 bad request; nothing was submitted"),
        (("--every", "1h", "--prompts", "prompts.txt", "--webhook", "ftp://x"), "webhook must be a URL"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_stored(schedule, arguments, told):
    done = schedule("add", "bad", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"promptmill: {told}")
    assert "bad.jsonl" not in told or "  line 2 (line-2): messages: " in done.stderr
    assert '"name":"bad"' not in schedule("list", "--json").stdout
