import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from claude.direct import ChangedRequestWarning, complete_directly
from claude.errors import (
    ClaudeConnectionError,
    ClaudeResponseError,
    ClaudeStatusError,
    ClaudeStreamError,
    ConnectionFault,
    HeaderError,
    MissingKeyError,
)
from claude.request import InvalidRequestError
from tests.claude.requests_to_send import LEGACY_STREAM, MESSAGE, STREAM
from tests.claude.scripted_server import Act, Reply, ScriptedServer, head, reply, sse, stream_reply

HI = [{"role": "user", "content": "Hey! how's it going?"}]

LEGACY = {"completion": " Fine.", "stop_reason": "stop_sequence", "model": "claude-2.1"}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, server: ScriptedServer):
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-secret")
    monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)


def chunks(**request: Any) -> Iterator[dict[str, Any]]:
    found = complete_directly(**{"model": "claude-opus-5-5", "messages": HI, "stream": True, **request})
    assert not isinstance(found, dict)
    return found


def completion(**request: Any) -> dict[str, Any]:
    found = complete_directly(**{"model": "claude-opus-5-5", "messages": HI, **request})
    assert isinstance(found, dict)
    return found


def test_a_completion_comes_back_in_openais_format(server: ScriptedServer):
    server.replies.append(reply(MESSAGE))
    found = completion(max_tokens=50)
    assert found["choices"][0]["message"]["content"] == "Hello ☃"
    [received] = server.received
    assert received.line == "POST /v1/messages HTTP/1.1"
    assert received.headers["x-api-key"] == "sk-ant-secret"
    assert json.loads(received.body)["max_tokens"] == 50


def test_the_key_may_lie_in_a_file(server: ScriptedServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    monkeypatch.setenv("ANTHROPIC_API_KEY_FILE", str(tmp_path / "key"))
    with pytest.raises(MissingKeyError, match="ANTHROPIC_API_KEY_FILE cannot be read"):
        completion()
    (tmp_path / "key").write_text("sk-ant-filed\n")
    server.replies.append(reply(MESSAGE))
    completion()
    assert server.received[0].headers["x-api-key"] == "sk-ant-filed"


def test_the_caller_is_warned_of_what_is_left_out(server: ScriptedServer):
    server.replies.append(reply(MESSAGE))
    with pytest.warns(ChangedRequestWarning, match="temperature") as warned:
        completion(temperature=0.5)
    assert warned[0].filename == __file__
    assert "temperature" not in json.loads(server.received[0].body)


@pytest.mark.parametrize("model", ["claude-2.1", "claude-2", "claude-instant-1", "claude-instant-1.2"])
def test_the_old_models_are_asked_with_a_prompt(server: ScriptedServer, model: str):
    server.replies.append(reply(LEGACY))
    assert completion(model=model)["choices"][0]["message"]["content"] == "Fine."
    [received] = server.received
    assert received.line == "POST /v1/complete HTTP/1.1"
    assert json.loads(received.body)["prompt"] == "\n\nHuman: Hey! how's it going?\n\nAssistant:"


@pytest.mark.parametrize(("events", "model"), [(STREAM, "claude-opus-5-5"), (LEGACY_STREAM, "claude-2.1")])
def test_a_stream_comes_back_as_chunks(
    server: ScriptedServer, events: tuple[dict[str, object], ...], model: str
):
    server.replies.append(stream_reply(sse(*events)))
    found = list(chunks(model=model))
    assert "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in found).startswith("Hello")
    assert found[-1]["choices"][0]["finish_reason"] == "stop"


def test_a_missing_key_is_named(monkeypatch: pytest.MonkeyPatch, server: ScriptedServer):
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    with pytest.raises(MissingKeyError, match="ANTHROPIC_API_KEY"):
        completion()
    assert server.received == []


def test_a_given_key_and_address_come_before_those_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, server: ScriptedServer
):
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:1")
    server.replies.append(reply(MESSAGE))
    completion(api_key="sk-other", base_url=server.url)
    assert server.received[0].headers["x-api-key"] == "sk-other"


@pytest.mark.parametrize("stream", [True, False])
def test_what_can_be_known_beforehand_is_an_error_at_once(server: ScriptedServer, stream: bool):
    with pytest.raises(InvalidRequestError):
        complete_directly(model="claude-opus-5-5", messages=[], stream=stream)
    with pytest.raises(HeaderError):
        complete_directly(model="claude-opus-5-5", messages=HI, stream=stream, api_key="sk\n")
    assert server.received == []


@pytest.mark.parametrize("stream", [True, False])
def test_an_error_answer_is_a_status_error_without_the_key(server: ScriptedServer, stream: bool):
    server.replies.append(reply({"error": {"type": "api_error", "message": "sk-ant-secret?"}}, status=500))
    with pytest.raises(ClaudeStatusError) as caught:
        list(chunks()) if stream else completion()
    assert (caught.value.status, caught.value.type) == (500, "api_error")
    assert "secret" not in f"{caught.value} {caught.value.body}"


def test_a_broken_connection_is_a_connection_error(server: ScriptedServer):
    server.replies.append(Reply([head(200, {"content-length": "100"}), b"{", Act.RESET]))
    with pytest.raises(ClaudeConnectionError) as caught:
        completion()
    assert caught.value.kind is ConnectionFault.DISCONNECTED


def test_an_answer_that_takes_too_long_is_a_call_timeout(server: ScriptedServer):
    server.replies.append(Reply([Act.HANG]))
    with pytest.raises(ClaudeConnectionError) as caught:
        completion(timeout_s=0.2)
    assert caught.value.kind is ConnectionFault.CALL_TIMEOUT


def test_an_answer_that_is_none_is_a_response_error(server: ScriptedServer):
    server.replies.append(reply("<html>"))
    with pytest.raises(ClaudeResponseError):
        completion()


def test_a_stream_that_breaks_off_is_a_stream_error(server: ScriptedServer):
    server.replies.append(stream_reply(sse(*STREAM[:4])))
    found = chunks()
    assert next(found)["choices"][0]["delta"]["role"] == "assistant"
    with pytest.raises(ClaudeStreamError):
        list(found)


def test_a_stream_that_is_left_early_lets_go_of_its_connection(server: ScriptedServer):
    server.replies.append(stream_reply(sse(*STREAM[:4]), Act.HANG))
    found = chunks()
    next(found)
    found.close()
    with pytest.raises(StopIteration):
        next(found)
