"""A stack and its keys: its own command line is let in, others need one, and nobody is by accident."""

import stat

import pytest

from promptmill.client import Client
from promptmill.errors import RefusedError
from promptmill.stack.folder import DataFolder
from promptmill.stack.plan import planned
from tests.eventually import until
from tests.promptmill.stacks import Stack, environment, running

pytestmark = pytest.mark.journey


@pytest.fixture(scope="module")
def keyed(tmp_path_factory, forked):
    """Return a stack, and a key that was made while it ran."""
    folder = tmp_path_factory.mktemp("keyed")
    with running(folder) as stack:
        key = forked.run(["keys", "create"], folder=folder, environment=environment()).stdout.strip()
        with Client(stack.url) as stranger:
            until(lambda: refusal(stranger), "the stack to ask for keys")
        yield stack, key


def refusal(client):
    try:
        client.lanes()
    except RefusedError as error:
        return error
    return None


def test_the_folders_own_command_line_needs_no_key(keyed, forked):
    stack, _ = keyed
    told = ["run", "-", "-o", "-"]
    folder = stack.data.parent
    done = forked.run(told, folder=folder, environment=environment(), stdin="What is 20 + 3?\n")
    assert done.returncode == 0, done.stderr
    assert '"text":"23"' in done.stdout


def test_others_need_one_and_are_told_where_to_put_it(keyed, promptmill):
    stack, key = keyed
    refused = promptmill("jobs", url=stack.url, PROMPTMILL_DATA="elsewhere")
    assert refused.returncode == 2
    assert "set PROMPTMILL_API_KEY" in refused.stderr
    taken = promptmill("jobs", url=stack.url, PROMPTMILL_DATA="elsewhere", PROMPTMILL_API_KEY=key)
    assert taken.returncode == 0, taken.stderr


def test_a_key_with_odd_characters_is_refused_and_not_shown(promptmill, stack):
    refused = promptmill("jobs", url=stack.url, PROMPTMILL_API_KEY="pm-\u00e9")
    assert refused.returncode == 2
    assert "PROMPTMILL_API_KEY has characters" in refused.stderr
    assert "pm-" not in refused.stderr


def test_what_a_stack_tells_of_itself_is_for_its_user_alone(stack):
    record = stack.data / "stack.json"
    assert stat.S_IMODE(record.stat().st_mode) == 0o600
    key = DataFolder(stack.data).key_for(stack.url)
    assert key
    assert DataFolder(stack.data).key_for("http://127.0.0.1:1") is None
    assert key not in stack.err


def test_a_stack_for_others_is_not_started_without_keys(tmp_path, promptmill):
    refused = Stack(tmp_path, "--host", "0.0.0.0")
    assert refused.process.wait(60) == 3
    refused.process.stdout.close()
    assert "promptmill keys create" in refused.err
    key = promptmill("keys", "create", url=None).stdout.strip()
    with running(tmp_path, "--host", "0.0.0.0") as stack:
        assert stack.url.startswith("http://127.0.0.1:")
        with Client(stack.url, api_key=key) as ours, Client(stack.url) as stranger:
            assert list(ours.jobs()) == []
            assert refusal(stranger).status == 401


@pytest.mark.parametrize(("kept", "uses_sandbox"), [("sk-ant-from-a-file", False), ("\n", True)])
def test_claudes_key_may_stand_in_a_file(tmp_path, kept, uses_sandbox):
    (tmp_path / "key").write_text(kept)
    folder = DataFolder(tmp_path / "data")
    folder.make()
    told = environment(ANTHROPIC_API_KEY_FILE=str(tmp_path / "key"))
    with planned(folder, told, port=0, workers=1) as plan:
        assert plan.uses_sandbox is uses_sandbox
        assert {part.name for part in plan.foundations} >= ({"sandbox"} if uses_sandbox else set())
        [worker] = [part for part in plan.rest if part.name == "worker"]
    assert worker.environment.get("ANTHROPIC_API_KEY") == ("sandbox" if uses_sandbox else None)
