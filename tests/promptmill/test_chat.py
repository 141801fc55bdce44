import subprocess
import sys

import pytest

from claude.errors import ClaudeStatusError, MissingKeyError
from claude.request import InvalidRequestError
from promptmill import completion
from promptmill.client import Client
from promptmill.errors import CompletionError, ServerUnreachableError
from tests.promptmill.stacks import COMMAND, NOBODY, environment

SUM = [{"role": "user", "content": "What is 20 + 3?"}]

SEED = {
    "usage": """
messages = [{"role": "user", "content": "Hey! how's it going?"}]
response = completion(model="claude-instant-1", messages=messages)
print(response)
""",
    "prefill": """
messages = [
{"role": "user", "content": "How do you say 'Hello' in German? Return your answer as a JSON object, \
like this:\\n\\n{ \\"Hello\\": \\"Hallo\\" }"},
{"role": "assistant", "content": "{"},
]
response = completion(model="claude-2.1", messages=messages)
print(response)
""",
    "system": """
messages = [
{"role": "system", "content": "You are a snarky assistant."},
{"role": "user", "content": "How do I boil water?"},
]
response = completion(model="claude-2.1", messages=messages)
print(response)
""",
    "streaming": """
messages = [{"role": "user", "content": "Hey! how's it going?"}]
response = completion(model="claude-instant-1", messages=messages, stream=True)
for chunk in response:
    print(chunk["choices"][0]["delta"]["content"]) # same as openai format
""",
}
OPENING = """
import os
from promptmill import completion
os.environ["ANTHROPIC_API_KEY"] = "your-api-key"
"""

pytestmark = pytest.mark.journey


@pytest.fixture(scope="module")
def sandbox():
    command = [*COMMAND, "sandbox", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment(), text=True) as process:
        yield process.stdout.readline().removeprefix("ready ").strip()
        process.terminate()
        assert process.wait(20) == 0


@pytest.fixture(params=["directly", "through the service"])
def way(request, monkeypatch):
    """Let `completion` go each way in turn."""
    if request.param == "directly":
        monkeypatch.delenv("PROMPTMILL_URL", raising=False)
        monkeypatch.setenv("ANTHROPIC_BASE_URL", request.getfixturevalue("sandbox"))
        monkeypatch.setenv("ANTHROPIC_API_KEY", "any")
    else:
        monkeypatch.setenv("PROMPTMILL_URL", request.getfixturevalue("stack").url)
        monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    return request.param


@pytest.mark.parametrize("snippet", SEED)
@pytest.mark.parametrize("service", [False, True])
def test_the_seeds_snippets_run_with_only_the_import_changed(sandbox, stack, snippet, service):
    named = {"PROMPTMILL_URL": stack.url} if service else {"ANTHROPIC_BASE_URL": sandbox}
    done = subprocess.run(
        [sys.executable, "-P", "-c", OPENING + SEED[snippet]],
        env=environment(**named),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.strip()


@pytest.mark.usefixtures("way")
def test_a_reply_prints_indexes_and_has_attributes():
    reply = completion("claude-haiku-5-5", SUM)
    assert reply["choices"][0]["message"]["content"] == "23"
    assert reply.choices[0].message.content == "23"
    assert reply.usage.completion_tokens > 0
    assert "'content': '23'" in str(reply)


@pytest.mark.usefixtures("way")
def test_chunks_can_all_be_asked_for_their_content():
    chunks = list(completion(model="claude-haiku-5-5", messages=SUM, stream=True))
    contents = [chunk["choices"][0]["delta"]["content"] for chunk in chunks]
    assert "".join(content or "" for content in contents) == "23"
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert {chunk.object for chunk in chunks} == {"chat.completion.chunk"}


@pytest.mark.usefixtures("way")
def test_a_refusal_of_claudes_is_raised_with_its_status():
    refused = [{"role": "user", "content": "[[400]]"}]
    with pytest.raises((ClaudeStatusError, CompletionError)) as caught:
        completion("claude-haiku-5-5", refused)
    assert (caught.value.status, caught.value.type) == (400, "invalid_request_error")


@pytest.mark.usefixtures("way")
def test_a_request_that_is_wrong_is_refused_with_its_reason():
    with pytest.raises((InvalidRequestError, CompletionError), match="messages"):
        completion("claude-haiku-5-5", [])


def test_without_a_key_the_variable_is_named(monkeypatch):
    monkeypatch.delenv("PROMPTMILL_URL", raising=False)
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    with pytest.raises(MissingKeyError, match="ANTHROPIC_API_KEY"):
        completion("claude-haiku-5-5", SUM)


def test_a_key_that_is_given_means_that_claude_is_called_directly(monkeypatch, sandbox):
    monkeypatch.setenv("PROMPTMILL_URL", NOBODY)
    assert completion("claude-haiku-5-5", SUM, api_key="any", base_url=sandbox).choices


def test_a_service_that_does_not_answer_is_named(monkeypatch):
    monkeypatch.setenv("PROMPTMILL_URL", NOBODY)
    with pytest.raises(ServerUnreachableError, match=NOBODY):
        completion("claude-haiku-5-5", SUM)


def test_a_completion_that_takes_too_long_leaves_its_job_to_be_fetched(monkeypatch, stack):
    monkeypatch.setenv("PROMPTMILL_URL", stack.url)
    slow = [{"role": "user", "content": "[[slow 2]] What is 20 + 3?"}]
    with pytest.raises(CompletionError, match="goes on") as caught:
        completion("claude-haiku-5-5", slow, timeout_s=0.1)
    with Client(stack.url) as client:
        assert client.wait_for_job(caught.value.job_id).state == "succeeded"


@pytest.mark.usefixtures("way")
def test_an_unknown_field_of_a_reply_is_named():
    with pytest.raises(AttributeError, match="'choice'"):
        _ = completion("claude-haiku-5-5", SUM).choice
