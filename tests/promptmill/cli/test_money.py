"""Money on the command line: an estimate before, a budget meanwhile."""

import json

import pytest

MIXED = [
    {"body": {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi there"}]}},
    {
        "params": {
            "model": "claude-opus-5-5",
            "max_tokens": 10,
            "messages": [{"role": "user", "content": "Hi"}],
        }
    },
    {"prompt": "And a plain one"},
]


def write(tmp_path, lines):
    path = tmp_path / "prompts.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def test_an_estimate_needs_no_server_and_names_every_model(promptmill, tmp_path):
    told = promptmill("estimate", write(tmp_path, MIXED), "--max-tokens", 100, "--json")
    assert told.returncode == 0, told.stderr
    estimate = json.loads(told.stdout)
    models = {each["model"]: each for each in estimate["models"]}
    assert models["claude-opus-5-5"]["output_tokens_most"] == 10
    assert models["claude-haiku-5-5"]["output_tokens_most"] == 100
    assert estimate["unpriced_models"] == [name for name in models if models[name]["cost_low"] is None]
    total = estimate["total"]
    assert (total["jobs"], total["output_tokens_most"]) == (3, 210)
    assert 0 < total["cost_low"] < total["cost_high"]


def test_an_estimate_says_in_words_what_it_is_worth(promptmill, tmp_path):
    told = promptmill("estimate", write(tmp_path, MIXED[1:2]))
    assert "claude-opus-5-5" in told.stdout
    assert "max_tokens" in told.stderr
    unknown = promptmill("estimate", write(tmp_path, MIXED[2:]), "--model", "claude-unheard-9")
    assert "?" in unknown.stdout
    assert "claude-unheard-9 is not known" in unknown.stderr


def test_an_estimate_of_what_no_server_takes_names_the_line(promptmill, tmp_path):
    bad = {"params": {"model": "claude-opus-5-5", "max_tokens": 0, "messages": []}}
    told = promptmill("estimate", write(tmp_path, [MIXED[1], bad]))
    assert told.returncode == 2
    assert "line 2: messages" in told.stderr


@pytest.mark.journey
def test_a_batch_without_money_says_so_and_is_raised(promptmill, stack, tmp_path):
    prompts = tmp_path / "prompts.txt"
    prompts.write_text("".join(f"What is {n} + 1?\n" for n in range(5)))
    batch_id = promptmill("submit", prompts, "--max-cost", 0, url=stack.url).stdout.strip()
    status = promptmill("status", batch_id, url=stack.url)
    assert f"promptmill budget {batch_id} --max-cost USD" in status.stdout
    assert "held" in promptmill("budget", batch_id, url=stack.url).stdout
    raised = promptmill("budget", batch_id, "--no-max-cost", "--json", url=stack.url)
    assert json.loads(raised.stdout)["held"] is None
    assert promptmill("watch", batch_id, url=stack.url).returncode == 0


@pytest.mark.journey
def test_options_of_a_batch_reach_its_jobs(promptmill, stack, tmp_path):
    options = ["--priority", "background", "--max-failures", 2, "--max-time", 50, "--expires-in", 500]
    (tmp_path / "prompts.txt").write_text("What is 1 + 1?\n")
    batch_id = promptmill("submit", "prompts.txt", *options, url=stack.url).stdout.strip()
    [job] = map(
        json.loads, promptmill("jobs", "--batch", batch_id, "--json", url=stack.url).stdout.splitlines()
    )
    assert (job["max_failures"], job["max_time_s"]) == (2, 50)
