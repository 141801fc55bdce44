import gzip
import json

import httpx
import pytest

from tests.sandbox.running import HEADERS, Json, Running, question


@pytest.mark.parametrize("headers", [{"x-api-key": "k"}, {"authorization": "Bearer k"}])
def test_a_key_is_taken_from_either_header(sandbox: Running, headers: dict[str, str]):
    headers |= {"anthropic-version": "2023-06-01"}
    assert httpx.post(f"{sandbox.url}/v1/messages", json=question("Hi"), headers=headers).status_code == 200


def test_no_key_is_401_in_the_documented_error_shape(sandbox: Running):
    answer = httpx.post(f"{sandbox.url}/v1/messages", json=question("Hi"))
    assert answer.status_code == 401
    assert answer.json() == {
        "type": "error",
        "error": {"type": "authentication_error", "message": "x-api-key header is required"},
        "request_id": answer.headers["request-id"],
    }


@pytest.mark.parametrize(
    ("key", "status", "kind"),
    [
        ("sk-ant-invalid", 401, "authentication_error"),
        ("sk-ant-forbidden", 403, "permission_error"),
        ("sk-ant-billing", 402, "billing_error"),
        ("sk-ant-credit", 400, "invalid_request_error"),
        ("sk-ant-usage-limit", 400, "invalid_request_error"),
        ("sk-ant-hold", 400, "invalid_request_error"),
        ("sk-ant-spend-cap-2", 429, "rate_limit_error"),
    ],
)
def test_keys_can_be_scripted_as_bad(sandbox: Running, key: str, status: int, kind: str):
    answer = sandbox.post(question("Hi"), x_api_key=key)
    assert (answer.status_code, answer.json()["error"]["type"]) == (status, kind)
    assert "retry-after" not in answer.headers


@pytest.mark.parametrize("version", ["", "2020-01-01"])
def test_a_version_that_is_missing_or_unknown_is_400(sandbox: Running, version: str):
    answer = sandbox.post(question("Hi"), anthropic_version=version)
    assert answer.status_code == 400
    assert answer.json()["error"]["message"].startswith("anthropic-version: ")


def test_an_unknown_beta_is_400(sandbox: Running):
    assert sandbox.post(question("Hi"), anthropic_beta="files-api-2025-04-14").status_code == 200
    assert sandbox.post(question("Hi"), anthropic_beta="nonsense").status_code == 400


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"hello", "not valid JSON"),
        (b"[]", "valid dictionary"),
        (b"\xff\xfe", "not valid JSON"),
        (b'{"a":' + b"[" * 5_000 + b"]" * 5_000 + b"}", "nested too deeply"),
    ],
)
def test_a_body_that_is_no_json_object_is_400(sandbox: Running, content: bytes, says: str):
    headers = HEADERS | {"content-type": "application/json"}
    answer = sandbox.http.post("/v1/messages", content=content, headers=headers)
    assert answer.status_code == 400
    assert says in answer.json()["error"]["message"]


def test_a_body_of_another_content_type_is_400(sandbox: Running):
    answer = sandbox.http.post("/v1/messages", content=b"{}", headers={"content-type": "text/plain"})
    assert answer.json()["error"]["message"] == "content-type: must be application/json"


def test_a_compressed_body_is_understood(sandbox: Running):
    content = gzip.compress(json.dumps(question("What is 1 + 1?")).encode())
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    assert (
        sandbox.http.post("/v1/messages", content=content, headers=headers).json()["content"][0]["text"]
        == "2"
    )
    headers["content-encoding"] = "br"
    error = sandbox.http.post("/v1/messages", content=content, headers=headers).json()["error"]
    assert error["details"]["error_code"] == "request_body_encoding_unsupported"


def test_a_body_over_32_mb_is_413_as_an_html_page(sandbox: Running):
    answer = sandbox.http.post("/v1/messages", content=b" " * (32 * 1024 * 1024 + 1))
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "text/html"
    assert answer.headers["request-id"]
    assert answer.text.startswith("<html>")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model": None}, "model: Field required"),
        ({"max_tokens": None}, "max_tokens: Field required"),
        ({"max_tokens": "9"}, "max_tokens: Input should be a valid integer"),
        ({"messages": []}, "messages: at least one message is required"),
        ({"messages": [{"role": "tool", "content": "x"}]}, "messages.0.role: Input should be"),
        ({"messages": [{"role": "user"}]}, "messages.0.content: Field required"),
        ({"messages": [{"role": "user", "content": ""}]}, "messages.0: all messages must have non-empty"),
        ({"messages": [{"role": "user", "content": " "}]}, "messages: text content blocks must contain"),
        ({"messages": [{"role": "assistant", "content": "x"}]}, "messages: first message must use"),
        ({"messages": [{"role": "user", "content": [{"type": "poem"}]}]}, "messages.0.content.0: Input tag"),
        ({"system": [{"type": "text", "text": ""}]}, "messages: text content blocks must be non-empty"),
        ({"stop_sequences": "x"}, "stop_sequences: Input should be a valid list"),
        ({"colour": 1}, "colour: Extra inputs are not permitted"),
        (
            {"tools": [{"name": "a b", "input_schema": {"type": "object"}}]},
            "tools.0.custom.name: String should",
        ),
        ({"tools": [{"name": "a"}]}, "tools.0.custom.input_schema: Field required"),
        ({"tool_choice": {"type": "any"}}, "tool_choice: tools must be given"),
    ],
)
def test_a_field_that_is_wrong_is_named(sandbox: Running, change: Json, message: str):
    body = {name: value for name, value in (question("Hi") | change).items() if value is not None}
    answer = sandbox.post(body)
    assert answer.status_code == 400
    assert answer.json()["error"]["message"].startswith(message)


def test_unknown_paths_are_404_and_wrong_methods_405(sandbox: Running):
    assert sandbox.http.get("/v1/nothing").status_code == 404
    assert sandbox.http.get("/v1/messages").status_code == 405
    assert sandbox.http.post("/v1/models/claude-opus-5").status_code == 405


def test_unknown_query_parameters_are_ignored(sandbox: Running):
    assert sandbox.post(question("Hi"), "/v1/messages?beta=true").status_code == 200
