import os
import signal
import socket
from contextlib import closing

import pytest

from promptmill.client import Client
from promptmill.errors import ServerUnreachableError
from promptmill.stack.discover import find_server, require_server
from promptmill.stack.folder import DataFolder
from tests.eventually import until
from tests.promptmill.stacks import Stack, is_alive, running

JOB = {
    "request": {
        "model": "claude-haiku-5-5",
        "max_tokens": 99,
        "messages": [{"role": "user", "content": "1 + 1?"}],
    }
}
SLOW = {
    "request": {
        "model": "claude-haiku-5-5",
        "max_tokens": 99,
        "messages": [{"role": "user", "content": "[[slow 3]] What is 1 + 1?"}],
    }
}
WATCHDOG = "watchdog.py"

pytestmark = pytest.mark.journey


def run_one(url):
    with Client(url) as client:
        return client.wait(client.submit([JOB]).id).counts.succeeded


def answers(url):
    try:
        require_server(url)
    except ServerUnreachableError:
        return False
    return True


@pytest.fixture
def own_stack(tmp_path):
    with running(tmp_path / "a stack") as stack:
        yield stack


@pytest.fixture(scope="module")
def furnished(tmp_path_factory):
    """A stack with two workers and a key, in a folder in which the user has modules of the same names."""
    folder = tmp_path_factory.mktemp("furnished")
    for name in ("api", "worker", "sandbox"):
        (folder / name).mkdir()
        (folder / name / "__init__.py").write_text("raise SystemExit('not this one')\n")
    with running(folder, "--workers", "2", ANTHROPIC_API_KEY="sk-never-shown") as stack:
        yield stack


def test_it_runs_jobs_and_says_where_the_answers_come_from(stack):
    assert run_one(stack.url) == 1
    assert "no ANTHROPIC_API_KEY: answers come from the built-in sandbox" in stack.err


def test_ctrl_c_stops_everything_and_ends_well(own_stack):
    parts = own_stack.parts()
    assert own_stack.stop(signal.SIGINT) == 0
    assert not any(is_alive(pid) for pid in parts.values())
    assert DataFolder(own_stack.data).announced_url() is None


def test_a_job_in_flight_is_finished_before_the_stack_stops(own_stack, tmp_path):
    with Client(own_stack.url) as client:
        batch = client.submit([SLOW])
        until(lambda: client.get_batch(batch.id).counts.running, "the job to run")
    assert own_stack.stop(signal.SIGTERM) == 0
    with running(tmp_path / "a stack") as again, Client(again.url) as client:
        assert client.wait(batch.id).counts.succeeded == 1
        [job] = client.jobs(batch_id=batch.id)
        assert job.attempt == 1


def test_a_second_ctrl_c_stops_at_once(own_stack):
    with Client(own_stack.url) as client:
        batch = client.submit([SLOW])
        until(lambda: client.get_batch(batch.id).counts.running, "the job to run")
    parts = own_stack.parts()
    own_stack.process.send_signal(signal.SIGINT)
    until(lambda: "stopping" in own_stack.err, "the first Ctrl-C to be taken")
    assert own_stack.stop(signal.SIGINT) == 130
    assert not any(is_alive(pid) for pid in parts.values())


@pytest.mark.parametrize("part", ["-m worker", "-m api", "-m worker beat", "--set-proc-title no"])
def test_a_part_that_dies_is_started_again(stack, part):
    killed = stack.part(part)
    os.kill(killed, signal.SIGKILL)
    until(lambda: stack.part(part) not in {None, killed}, f"{part} to be started again")
    until(lambda: answers(stack.url), "the api to answer again")
    assert "was ended by SIGKILL; starting it again in 0.5 s" in stack.err
    assert run_one(stack.url) == 1


def test_nothing_outlives_a_killed_supervisor_and_the_folder_can_be_used_again(tmp_path):
    with running(tmp_path) as stack:
        killed = stack.part(WATCHDOG)
        os.kill(killed, signal.SIGKILL)
        until(lambda: stack.part(WATCHDOG) not in {None, killed}, "another watchdog")
        parts = stack.parts()
        assert stack.stop(signal.SIGKILL) == -signal.SIGKILL
    with running(tmp_path) as again:
        assert run_one(again.url) == 1
        assert not any(is_alive(pid) for pid in parts.values())


def test_a_second_stack_on_the_same_folder_is_refused(stack, promptmill):
    refused = promptmill("up", "--port", "0", "--data", stack.data)
    assert refused.returncode == 2
    assert refused.stdout == ""
    assert f"another promptmill (process {stack.process.pid}) is running on" in refused.stderr


def test_a_port_that_is_taken_is_refused_before_anything_is_started(promptmill, tmp_path):
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port = listener.getsockname()[1]
        refused = promptmill("up", "--port", port)
    assert refused.returncode == 2
    assert f"port {port} on 127.0.0.1 is taken" in refused.stderr
    assert not (tmp_path / ".promptmill" / "promptmill.db").exists()


def test_a_wrong_setting_is_named(promptmill):
    refused = promptmill("up", "--port", "0", PROMPTMILL_CONCURRENCY="many")
    assert refused.returncode == 2
    assert refused.stderr.startswith("promptmill: PROMPTMILL_CONCURRENCY must be")


def test_a_database_that_cannot_be_reached_ends_the_start_with_its_reason(promptmill):
    refused = promptmill("up", "--port", "0", DATABASE_URL="postgresql://me:secret@127.0.0.1:9/none")
    assert refused.returncode == 3
    assert "migrations did not start: " in refused.stderr
    assert "secret" not in refused.stderr


def test_no_secret_stands_on_a_command_line(furnished):
    assert not any("sk-never-shown" in command for command in furnished.parts())


def test_with_a_key_there_is_no_sandbox(furnished):
    assert "sandbox" not in furnished.err
    assert not (furnished.data / "logs" / "sandbox.log").exists()


def test_several_workers_can_be_asked_for(furnished):
    names = [path.name for path in (furnished.data / "logs").glob("worker-*.log")]
    assert sorted(names) == ["worker-1.log", "worker-2.log"]


def test_modules_of_the_users_that_have_our_names_are_left_alone(furnished):
    logs = [path.read_text() for path in (furnished.data / "logs").glob("*.log")]
    assert not any("not this one" in log for log in logs)


def test_it_stops_when_its_standard_input_ends_if_asked_to(tmp_path):
    stack = Stack(tmp_path, "--until-eof")  # the tests' own standard input is empty
    assert stack.process.wait(60) == 0
    stack.process.stdout.close()


def test_a_broker_that_does_not_answer_is_told(tmp_path):
    with running(tmp_path / "a stack", REDIS_URL="redis://:secret@127.0.0.1:9/0") as stack:
        until(lambda: "the broker at REDIS_URL does not answer" in stack.err, "the warning")
        assert "secret" not in stack.err


def test_a_stack_on_a_port_of_its_own_is_found_by_that(stack, tmp_path):
    port = stack.url.rpartition(":")[2]
    assert find_server(DataFolder(tmp_path), {"PROMPTMILL_PORT": port}) == stack.url
