import asyncio
import gzip
import json

import pytest

from claude.answer import Answer, TokenUsage
from claude.errors import (
    ClaudeConnectionError,
    ClaudeError,
    ClaudeResponseError,
    ClaudeStatusError,
    ConnectionFault,
    HeaderError,
    MissingKeyError,
)
from claude.request import WireRequest
from tests.claude.requests_to_send import MESSAGE, client_for, legacy_request, message_request
from tests.claude.scripted_server import Act, Reply, ScriptedServer, head, reply


def send(url: str, request: WireRequest | None = None, *, call_s: float = 20, stall_s: float = 20) -> Answer:
    async def main() -> Answer:
        client = client_for(url, call_s=call_s, stall_s=stall_s)
        try:
            return await client.send(request or message_request())
        finally:
            await client.aclose()

    return asyncio.run(main())


def failure(url: str, *, call_s: float = 20, stall_s: float = 20) -> ClaudeError:
    with pytest.raises(ClaudeError) as caught:
        send(url, call_s=call_s, stall_s=stall_s)
    return caught.value


def test_an_answer_keeps_the_body_exactly_as_it_came(server: ScriptedServer):
    body = json.dumps(MESSAGE, indent=3, ensure_ascii=False)
    limits = {"anthropic-ratelimit-requests-remaining": "7", "Request-Id": "req_1"}
    server.replies.append(reply(body, **limits))
    answer = send(server.url)
    assert answer.body == body
    assert answer.usage == TokenUsage(input=12, output=6, cache_write=5, cache_read=3, cache_write_1h=2)
    assert (answer.stop_reason, answer.request_id, answer.status) == ("end_turn", "req_1", 200)
    assert answer.headers == {"anthropic-ratelimit-requests-remaining": "7"}


def test_the_request_goes_out_as_it_is_with_the_key_in_its_header(server: ScriptedServer):
    server.replies.append(reply(MESSAGE))
    send(
        server.url + "/prefix/",
        message_request(**{"anthropic-beta": "one", "X-Api-Key": "other", "Host": "evil"}),
    )
    [received] = server.received
    assert received.line == "POST /prefix/v1/messages HTTP/1.1"
    assert received.body == message_request().body
    assert received.headers["x-api-key"] == "sk-ant-secret"
    assert received.headers["anthropic-beta"] == "one"
    assert received.headers["anthropic-version"] == "2023-06-01"
    assert received.headers["host"] in server.url


def test_a_large_body_goes_out_whole(server: ScriptedServer):
    server.replies.append(reply(MESSAGE))
    request = message_request()
    large = WireRequest(path=request.path, headers={}, body=b"x" * 3_000_001, stream=False, api=request.api)
    send(server.url, large)
    assert server.received[0].body == large.body
    assert server.received[0].headers["content-length"] == "3000001"


def test_connections_are_used_again(server: ScriptedServer):
    server.replies.append(reply(MESSAGE))

    async def main() -> None:
        client = client_for(server.url)
        for _ in range(5):
            await client.send(message_request())
        await client.aclose()

    asyncio.run(main())
    assert (len(server.received), server.connections) == (5, 1)


def test_a_legacy_answer_has_its_usage_estimated(server: ScriptedServer):
    server.replies.append(
        reply({"completion": " Hello.", "stop_reason": "stop_sequence", "model": "claude-2.1"})
    )
    answer = send(server.url, legacy_request())
    assert answer.usage.is_estimate
    assert answer.usage.input > answer.usage.output > 0


def test_an_error_answer_carries_all_that_claude_said(server: ScriptedServer):
    error = {
        "type": "rate_limit_error",
        "message": "slow down",
        "details": {"error_code": "ramp_limit_exceeded"},
    }
    body = {"type": "error", "error": error, "request_id": "req_9"}
    server.replies.append(reply(body, status=429, **{"retry-after": "7", "x-should-retry": "true"}))
    said = failure(server.url)
    assert isinstance(said, ClaudeStatusError)
    assert (said.status, said.type, said.message) == (429, "rate_limit_error", "slow down")
    assert (said.code, said.request_id) == ("ramp_limit_exceeded", "req_9")
    assert (said.retry_after_s, said.should_retry) == (7.0, True)
    assert said.headers == {"retry-after": "7"}


def test_a_redirect_is_not_followed_and_does_not_get_the_key(server: ScriptedServer):
    server.replies.append(reply("", status=307, location=f"{server.url}/elsewhere"))
    assert failure(server.url).status == 307
    assert len(server.received) == 1


def test_an_error_page_in_html_is_summed_up_by_its_title(server: ScriptedServer):
    page = "<!DOCTYPE html><html><head><title>502:  Bad\ngateway</title></head><body>...</body></html>"
    server.replies.append(reply(page, status=502, content_type="text/html"))
    said = failure(server.url)
    assert (said.type, said.message) == (
        "api_error",
        "HTTP 502 Bad Gateway with an HTML page titled '502: Bad gateway'",
    )


@pytest.mark.parametrize(
    "body",
    [
        "<html>gateway</html>",
        "",
        "[]",
        "{",
        '{"type": "message"}',
        '{"type": "completion"}',
        b"\xff\xfe",
        "null",
        '{"a":' + "[" * 100_000,
    ],
)
def test_a_200_that_is_not_an_answer_is_an_error(server: ScriptedServer, body: str | bytes):
    server.replies.append(reply(body, **{"request-id": "req_2"}))
    said = failure(server.url)
    assert isinstance(said, ClaudeResponseError)
    assert said.request_id == "req_2"


def test_an_error_body_under_a_200_is_an_error_and_says_why(server: ScriptedServer):
    server.replies.append(
        reply({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}})
    )
    assert "Overloaded" in failure(server.url).message


def test_a_refused_connection_is_unreachable(server: ScriptedServer):
    url = server.url
    server.close()
    said = failure(url)
    assert isinstance(said, ClaudeConnectionError)
    assert (said.kind, said.was_sent) == (ConnectionFault.UNREACHABLE, False)
    assert url.removeprefix("http://") in said.message


@pytest.mark.parametrize(
    "parts", [[], [head(200, {"content-length": "100"}), b"{"], [b"HTTP/1.1 200 OK\r\nx"]]
)
def test_a_broken_connection_is_told_apart_from_one_that_never_was(
    server: ScriptedServer, parts: list[bytes]
):
    server.replies.append(Reply([*parts, Act.RESET]))
    said = failure(server.url)
    assert isinstance(said, ClaudeConnectionError)
    assert (said.kind, said.was_sent) == (ConnectionFault.DISCONNECTED, True)


def test_what_is_not_http_is_a_protocol_error(server: ScriptedServer):
    server.replies.append(Reply([b"220 mail.example.org ESMTP\r\n\r\n"]))
    said = failure(server.url)
    assert isinstance(said, ClaudeConnectionError)
    assert said.kind is ConnectionFault.PROTOCOL


def test_an_answer_that_never_begins_is_given_the_whole_call(server: ScriptedServer):
    server.replies.append(Reply([Act.HANG]))
    said = failure(server.url, call_s=0.3, stall_s=0.1)
    assert isinstance(said, ClaudeConnectionError)
    assert (said.kind, said.type) == (ConnectionFault.CALL_TIMEOUT, "timeout_error")


def test_an_answer_that_stops_halfway_has_stalled(server: ScriptedServer):
    server.replies.append(Reply([head(200, {"content-length": "100"}), b"{", Act.HANG]))
    said = failure(server.url, call_s=20, stall_s=0.1)
    assert isinstance(said, ClaudeConnectionError)
    assert said.kind is ConnectionFault.STALLED


def test_a_missing_key_is_named():
    with pytest.raises(MissingKeyError, match="ANTHROPIC_API_KEY"):
        client_for("http://127.0.0.1:1", api_key="")


@pytest.mark.parametrize("key", ["sk-ant-secret\n", "sk-ant secret", "sk-änt-secret", "\x00secret"])
def test_a_key_that_cannot_be_sent_is_refused_without_being_shown(key: str):
    with pytest.raises(HeaderError) as caught:
        client_for("http://127.0.0.1:1", api_key=key)
    assert "secret" not in str(caught.value)


def test_a_header_with_a_line_break_is_refused_without_being_shown():
    with pytest.raises(HeaderError, match="anthropic-beta") as caught:
        send("http://127.0.0.1:1", message_request(**{"anthropic-beta": "one\r\nx-evil: secret"}))
    assert "secret" not in str(caught.value)


def test_the_key_is_taken_out_of_what_a_server_echoes(server: ScriptedServer):
    details = {"error_code": "none", "key": "sk-ant-secret"}
    body = {"error": {"message": "bad key sk-ant-secret", "details": details}}
    server.replies.append(reply(body, status=401))
    said = failure(server.url)
    assert isinstance(said, ClaudeStatusError)
    assert "secret" not in f"{said} {said!r} {said.message} {said.body} {said.details}"
    assert json.loads(said.details or "")["error_code"] == said.code == "none"


@pytest.mark.parametrize("url", ["", "localhost:8000", "ftp://host", "http://", "http://[::1"])
def test_an_address_that_is_none_is_a_clear_error(url: str):
    with pytest.raises(ClaudeConnectionError, match="base URL"):
        client_for(url)


def test_a_client_that_was_closed_says_so():
    async def main() -> None:
        client = client_for("http://127.0.0.1:1")
        await client.aclose()
        await client.send(message_request())

    with pytest.raises(ClaudeConnectionError, match="closed"):
        asyncio.run(main())


def test_a_compressed_answer_is_read(server: ScriptedServer):
    body = gzip.compress(json.dumps(MESSAGE).encode())
    server.replies.append(reply(body, **{"content-encoding": "gzip"}))
    assert json.loads(send(server.url).body) == MESSAGE


def test_a_compressed_answer_that_is_damaged_is_a_connection_error(server: ScriptedServer):
    server.replies.append(reply(b"no gzip", **{"content-encoding": "gzip"}))
    assert isinstance(failure(server.url), ClaudeConnectionError)
