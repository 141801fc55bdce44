import json
import os
import pty
import signal
from contextlib import suppress

import pytest

from tests.eventually import until
from tests.leashed import let_go, popen
from tests.promptmill.stacks import COMMAND, environment, is_alive, processes

pytestmark = pytest.mark.journey

NEVER = "".join(f"[[slow 600]] What is {number} + 1?\n" for number in range(3))


class Terminal:
    """A command that believes it has a terminal; what it shows there is kept."""

    def __init__(self, folder, *arguments, **changes):
        self._controller, end = pty.openpty()
        self.shown = ""
        self.process = popen(
            [*COMMAND, *arguments],
            cwd=folder,
            env=environment(TERM="xterm", COLUMNS="100", **changes),
            stdin=end,
            stdout=end,
            stderr=end,
        )
        os.close(end)
        os.set_blocking(self._controller, False)

    def shows(self, words):
        with suppress(OSError):  # nothing new, or nobody there any more
            self.shown += os.read(self._controller, 65536).decode(errors="replace")
        return words in self.shown

    def close(self):
        self.process.kill()
        self.process.wait()
        let_go(self.process)
        os.close(self._controller)


@pytest.fixture
def terminal(tmp_path):
    opened = []

    def start(*arguments, **changes):
        opened.append(Terminal(tmp_path, *arguments, **changes))
        return opened[-1]

    yield start
    for one in opened:
        one.close()


def test_without_a_server_a_stack_is_started_for_the_run_and_stopped_again(promptmill, tmp_path):
    done = promptmill("run", "-", "-o", "out.jsonl", url=None, stdin="What is 20 + 3?\n")
    assert done.returncode == 0, done.stderr
    assert "answers come from the built-in sandbox" in done.stderr
    [result] = map(json.loads, (tmp_path / "out.jsonl").read_text().splitlines())
    assert result["text"] == "23"
    assert [command for _, _, command in processes() if str(tmp_path) in command] == []


def test_a_stack_that_runs_on_the_folder_is_used(promptmill, stack):
    done = promptmill("run", "-", "-o", "-", "--data", stack.data, url=None, stdin="What is 20 + 3?\n")
    assert done.returncode == 0
    assert f"submitted to {stack.url}" in done.stderr


def test_a_start_that_fails_says_why_and_has_the_exit_code_of_no_server(promptmill):
    done = promptmill(
        "run", "-", url=None, stdin="Hello\n", DATABASE_URL="postgresql://me:pw@127.0.0.1:9/none"
    )
    assert done.returncode == 3
    assert "promptmill: migrations did not start: " in done.stderr
    assert done.stderr.count("migrations did not start") == 1


def test_ctrl_c_leaves_the_batch_alone_and_says_how_to_watch_it_again(terminal, stack, tmp_path, promptmill):
    (tmp_path / "slow.txt").write_text(NEVER)
    run = terminal("run", "slow.txt", PROMPTMILL_URL=stack.url)
    until(lambda: run.shows("0/3 done"), "the bar")
    run.process.send_signal(signal.SIGINT)
    assert run.process.wait(20) == 130
    assert run.shows("the batch goes on: `promptmill watch batch_")
    assert "Traceback" not in run.shown
    batch = run.shown.partition("promptmill watch ")[2].partition("`")[0]
    canceled = json.loads(promptmill("cancel", batch, "--json", url=stack.url).stdout)
    assert canceled["counts"]["total"] == 3
    assert canceled["counts"]["succeeded"] == 0


def test_a_terminal_gets_a_bar(terminal, stack, tmp_path):
    (tmp_path / "quick.txt").write_text("What is 20 + 3?\n")
    run = terminal("run", "quick.txt", PROMPTMILL_URL=stack.url)
    until(lambda: run.shows("quick.results.jsonl"), "the summary")
    assert "━" in run.shown
    assert "1/1 done, 0 failed" in run.shown


def test_ctrl_c_stops_the_runs_own_stack_and_says_where_the_batch_is_kept(terminal, tmp_path):
    (tmp_path / "slow.txt").write_text(NEVER)
    run = terminal("run", "slow.txt", "--data", "own data", PROMPTMILL_GRACE_S="1")
    until(lambda: run.shows("0/3 done"), "the bar")
    run.process.send_signal(signal.SIGINT)
    assert run.process.wait(30) == 130
    assert run.shows("the batch is kept in own data")
    assert [command for _, _, command in processes() if "own data" in command] == []


def test_the_stack_of_a_run_that_is_killed_stops_by_itself(terminal, tmp_path):
    (tmp_path / "slow.txt").write_text(NEVER)
    run = terminal("run", "slow.txt", "--data", "killed", PROMPTMILL_GRACE_S="1")
    until(lambda: run.shows("0/3 done"), "the bar")
    [stack] = [pid for pid, parent, _ in processes() if parent == run.process.pid]
    run.process.kill()
    until(lambda: not is_alive(stack), "the stack to stop")
