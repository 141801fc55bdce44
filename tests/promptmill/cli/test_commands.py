import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.promptmill.stacks import COMMAND, NOBODY, environment

pytestmark = pytest.mark.journey

PROMPTS = "".join(f"What is {number} + 1?\n" for number in range(30))
REFUSED = "What is 1 + 1? [[400]]\nWhat is 2 + 2?\n"


def rows(text):
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def prompts(tmp_path):
    path = tmp_path / "my prompts.txt"
    path.write_text(PROMPTS)
    return path


@pytest.fixture
def submitted(promptmill, stack, prompts):
    return promptmill("submit", prompts, url=stack.url).stdout.strip()


def test_run_writes_every_result_in_order_and_says_where(promptmill, stack, prompts, tmp_path):
    done = promptmill("run", prompts, url=stack.url)
    assert done.returncode == 0, done.stderr
    results = rows((tmp_path / "my prompts.results.jsonl").read_text())
    assert [result["custom_id"] for result in results] == [f"line-{number}" for number in range(1, 31)]
    assert [result["text"] for result in results] == [str(number + 1) for number in range(30)]
    assert "my prompts.results.jsonl" in done.stderr
    assert done.stdout == ""


def test_run_prints_a_summary_as_json(promptmill, stack, prompts, tmp_path):
    done = promptmill("run", prompts, "--json", "-o", "out.jsonl", url=stack.url)
    summary = json.loads(done.stdout)
    assert summary["counts"]["succeeded"] == 30
    assert summary["usage"]["cost"] > 0
    assert summary["results"] == "out.jsonl"
    assert len(rows((tmp_path / "out.jsonl").read_text())) == 30


def test_results_may_go_to_standard_output_and_prompts_come_from_standard_input(promptmill, stack):
    done = promptmill("run", "-", "-o", "-", url=stack.url, stdin="What is 20 + 3?\n")
    [result] = rows(done.stdout)
    assert (result["custom_id"], result["state"], result["text"]) == ("line-1", "succeeded", "23")


def test_a_summary_does_not_mix_with_results_on_standard_output(promptmill, stack):
    done = promptmill("run", "-", "-o", "-", "--json", url=stack.url, stdin="What is 20 + 3?\n")
    assert [row["custom_id"] for row in rows(done.stdout)] == ["line-1"]
    assert "1 succeeded" in done.stderr


def test_a_device_is_written_to_and_not_replaced(promptmill, stack, prompts, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with os.fdopen(os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)) as end:
        done = promptmill("run", prompts, "-o", pipe, url=stack.url)
        assert done.returncode == 0, done.stderr
        assert len(rows(end.read())) == 30
    assert pipe.is_fifo()


def test_a_link_to_earlier_results_stays_one(promptmill, stack, submitted, tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "target")
    promptmill("watch", submitted, url=stack.url)
    promptmill("results", submitted, "-o", "link", url=stack.url)
    assert (tmp_path / "link").is_symlink()
    assert len(rows((tmp_path / "target").read_text())) == 30


@pytest.mark.parametrize("command", ["run", "jobs", "status"])
def test_a_full_disk_is_said_in_a_sentence(stack, submitted, command):
    more = {"run": ["-", "-o", "-"], "jobs": [], "status": [submitted]}[command]
    line = [*COMMAND, command, *more]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            line,
            input="What is 1 + 1?\n",
            stdout=full,
            stderr=subprocess.PIPE,
            env=environment(PROMPTMILL_URL=stack.url),
            text=True,
            check=False,
        )
    assert "No space left on device" in done.stderr
    assert "Traceback" not in done.stderr


def test_canceling_what_has_ended_says_that_it_was_too_late(promptmill, stack, submitted):
    promptmill("watch", submitted, url=stack.url)
    [job] = rows(promptmill("jobs", "--batch", submitted, "-n", 1, "--json", url=stack.url).stdout)
    for over in (submitted, job["id"]):
        assert "had ended already" in promptmill("cancel", over, url=stack.url).stderr


def test_the_jobs_of_an_unknown_batch_are_no_empty_list(promptmill, stack):
    done = promptmill("jobs", "--batch", "batch_nothing", url=stack.url)
    assert (done.returncode, done.stdout) == (2, "")
    assert "batch_nothing" in done.stderr


def test_failed_jobs_have_an_exit_code_of_their_own_and_their_causes_counted(promptmill, stack):
    done = promptmill("run", "-", url=stack.url, stdin=REFUSED)
    assert done.returncode == 1
    assert "1 succeeded, 1 errored" in done.stderr
    assert "invalid_request_error (400)" in done.stderr


def test_bad_lines_are_listed_and_nothing_is_submitted(promptmill, stack, tmp_path):
    (tmp_path / "bad.jsonl").write_text('{"prompt": "ok"}\n\n{"promt": "typo"}\n')
    done = promptmill("run", "bad.jsonl", url=stack.url)
    assert done.returncode == 2
    assert done.stderr.startswith(
        "promptmill: bad.jsonl has 1 bad request; nothing was submitted\n  line 3: "
    )
    assert not (tmp_path / "bad.results.jsonl").exists()


def test_what_the_server_refuses_is_told_by_line(promptmill, stack):
    odd = '\n{"custom_id": "a", "prompt": "x"}\n{"custom_id": "b", "messages": []}\n'
    done = promptmill("submit", "-", url=stack.url, stdin=odd)
    assert done.returncode == 2
    assert "line 3 (b): messages" in done.stderr


def test_a_submitted_batch_can_be_watched_looked_at_and_fetched(promptmill, stack, submitted):
    watched = promptmill("watch", submitted, url=stack.url)
    assert watched.returncode == 0
    assert "30/30 done, 0 failed" in watched.stderr
    assert "30 succeeded" in promptmill("status", submitted, url=stack.url).stdout
    assert json.loads(promptmill("status", submitted, "--json", url=stack.url).stdout)["state"] == "ended"
    assert len(rows(promptmill("results", submitted, url=stack.url).stdout)) == 30


def test_a_job_can_be_looked_at_by_its_id(promptmill, stack, submitted):
    promptmill("watch", submitted, url=stack.url)
    [listed] = rows(promptmill("jobs", "--batch", submitted, "-n", 1, "--json", url=stack.url).stdout)
    assert "answer     30" in promptmill("status", listed["id"], url=stack.url).stdout
    [result] = rows(promptmill("results", listed["id"], url=stack.url).stdout)
    assert result["text"] == "30"


def test_jobs_are_listed_one_a_line_where_no_terminal_is(promptmill, stack, submitted):
    promptmill("watch", submitted, url=stack.url)
    listed = promptmill("jobs", "--batch", submitted, "--state", "succeeded", url=stack.url).stdout
    lines = listed.splitlines()
    assert len(lines) == 20
    assert lines[0].split("\t")[1:] == ["succeeded", "line-30", "claude-haiku-5-5", ""]


def test_a_batch_can_be_canceled_and_its_jobs_run_again(promptmill, stack):
    later = json.dumps(
        {"request": {"messages": [{"role": "user", "content": "1 + 1?"}]}, "run_at": "2100-01-01T00:00:00Z"}
    )
    batch = promptmill("submit", "-", url=stack.url, stdin=later).stdout.strip()
    canceled = promptmill("cancel", batch, "--json", url=stack.url)
    assert json.loads(canceled.stdout)["counts"]["canceled"] == 1
    assert promptmill("watch", batch, url=stack.url).returncode == 1
    assert promptmill("retry", batch, url=stack.url).returncode == 0
    assert promptmill("watch", batch, url=stack.url).returncode == 0


@pytest.mark.parametrize("command", ["status", "watch", "results", "cancel", "retry"])
@pytest.mark.parametrize("unknown", ["batch_nothing", "job_nothing"])
def test_an_unknown_id_is_said_to_be_unknown(promptmill, stack, command, unknown):
    done = promptmill(command, unknown, url=stack.url)
    assert done.returncode == 2
    assert done.stderr.startswith("promptmill: ")
    assert unknown in done.stderr


@pytest.mark.parametrize("command", ["run", "submit"])
def test_a_named_server_that_does_not_answer_has_an_exit_code_of_its_own(promptmill, prompts, command):
    done = promptmill(command, prompts, url=NOBODY)
    assert done.returncode == 3
    assert done.stderr.splitlines()[-1].startswith(f"promptmill: no server answers at {NOBODY}")


def test_a_url_that_is_none_is_bad_usage(promptmill, prompts):
    assert promptmill("run", prompts, url="localhost:8000").returncode == 2


def test_a_server_of_another_kind_is_recognised_as_such(promptmill, prompts, stack):
    done = promptmill("run", prompts, url=f"{stack.url}/schema")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
