import httpx
import pytest

from tests.eventually import until
from tests.sandbox.running import Running, question

SHORT = "[[say one two three four five six]]"


def types(events: list[tuple[str, dict]]) -> list[str]:
    assert all(name == data["type"] for name, data in events if name != "error")
    return [name for name, _ in events]


def text_of(events: list[tuple[str, dict]]) -> str:
    deltas = [data["delta"] for name, data in events if name == "content_block_delta"]
    return "".join(delta.get("text", "") for delta in deltas)


def test_a_stream_has_the_documented_events_in_order(sandbox: Running):
    events = sandbox.events(question("What is 17 + 25?"))
    assert types(events) == [
        "message_start",
        "content_block_start",
        "ping",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
    ]
    assert text_of(events) == "42"


def test_a_stream_says_the_same_as_the_whole_message(sandbox: Running):
    body = question("Tell me of the mill.", model="claude-sonnet-5")
    events, whole = sandbox.events(body), sandbox.post(body).json()
    assert text_of(events) == whole["content"][1]["text"]
    usage = next(data["usage"] for name, data in events if name == "message_delta")
    assert usage["output_tokens"] == whole["usage"]["output_tokens"]
    assert events[0][1]["message"]["content"] == []
    assert events[0][1]["message"]["usage"]["output_tokens"] == 1


def test_thinking_comes_first_and_omitted_thinking_is_only_signed(sandbox: Running):
    events = sandbox.events(question("What is 1 + 1?", model="claude-opus-5-5"))
    thinking = [data for _, data in events if data.get("index") == 0]
    assert thinking[0]["content_block"] == {"type": "thinking", "thinking": "", "signature": ""}
    assert [one["delta"]["type"] for one in thinking if "delta" in one] == ["signature_delta"]


def test_a_tool_call_streams_its_input_as_partial_json(sandbox: Running):
    events = sandbox.events(question('[[tool look {"where": "under the stone"}]]'))
    pieces = [data["delta"]["partial_json"] for name, data in events if name == "content_block_delta"]
    assert pieces[0] == ""
    assert "".join(pieces) == '{"where":"under the stone"}'


def cut_stream(sandbox: Running, script: str) -> tuple[bytes, Exception | None]:
    received = b""
    body = question(f"{SHORT} {script}", stream=True)
    try:
        with sandbox.http.stream("POST", "/v1/messages", json=body) as answer:
            for piece in answer.iter_raw():
                received += piece
    except httpx.HTTPError as error:
        return received, error
    return received, None


def test_cut_resets_the_connection_in_the_middle_of_an_event(sandbox: Running):
    received, error = cut_stream(sandbox, "[[cut after=2]]")
    assert isinstance(error, httpx.ReadError)
    assert received.count(b"text_delta") == 3
    assert not received.endswith(b"\n\n")


def test_eof_ends_the_stream_cleanly_without_message_stop(sandbox: Running):
    received, error = cut_stream(sandbox, "[[eof after=2]]")
    assert error is None
    assert received.endswith(b"\n\n")
    assert received.count(b"text_delta") == 2
    assert b"message_stop" not in received


def test_a_break_comes_before_message_delta_at_the_latest(sandbox: Running):
    received, _ = cut_stream(sandbox, "[[eof after=500]]")
    assert b"five" in received
    assert b"message_delta" not in received


def test_malformed_sends_an_event_that_is_no_json_and_goes_on(sandbox: Running):
    received, error = cut_stream(sandbox, "[[malformed after=1]]")
    assert error is None
    assert b"message_stop" in received
    broken = [
        line for line in received.split(b"\n") if line.startswith(b"data: ") and not line.endswith(b"}")
    ]
    assert len(broken) == 1


def test_an_error_event_ends_the_stream(sandbox: Running):
    events = sandbox.events(question(f"{SHORT} [[error-event overloaded_error after=1]]"))
    assert events[-1] == (
        "error",
        {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}},
    )


def test_unknown_events_and_crlf_and_single_bytes_change_nothing_else(sandbox: Running):
    events = sandbox.events(question(f"{SHORT} [[unknown-event after=1]] [[bytes]]"))
    assert text_of(events) == "one two three four five six"
    assert "weather" in types(events)
    received, error = cut_stream(sandbox, "[[crlf]]")
    assert error is None
    assert received.count(b"\r\n\r\n") > 5


def test_a_stalled_stream_can_send_pings_and_go_on(sandbox: Running):
    events = sandbox.events(question(f"{SHORT} [[stall pings for=0.1 after=1]]"))
    assert types(events).count("ping") == 2
    assert types(events)[-1] == "message_stop"


@pytest.mark.parametrize("stream", [True, False])
def test_a_stall_lasts_until_the_client_hangs_up_and_the_ledger_says_so(sandbox: Running, *, stream: bool):
    marker = f"stall-{stream}"
    body = question(f"{SHORT} [[stall after=1]] [[mark {marker}]]", stream=stream)
    with pytest.raises(httpx.ReadTimeout), httpx.Client(timeout=0.3) as client:
        client.post(f"{sandbox.url}/v1/messages", json=body, headers=dict(sandbox.http.headers))
    until(lambda: sandbox.calls(marker=marker)[-1]["ended"] == "disconnected", "the call to be given up")


def test_a_refusal_may_come_before_or_after_some_text(sandbox: Running):
    message = sandbox.message("[[refusal category=cyber]]")
    assert (message["stop_reason"], message["content"]) == ("refusal", [])
    assert message["stop_details"]["category"] == "cyber"
    events = sandbox.events(question("[[refusal after=3]]"))
    assert types(events).count("content_block_delta") == 3
    assert next(data for name, data in events if name == "message_delta")["delta"]["stop_reason"] == "refusal"
