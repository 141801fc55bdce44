import contextlib
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claude.errors import ClaudeStreamError
from claude.request import WireApi, WireRequest
from tests.claude.requests_to_send import LEGACY_STREAM, STREAM, legacy_request, message_request
from tests.claude.scripted_server import sse
from tests.claude.stream_cases import ENDING, RICH, START, Events, assembled, run


def test_a_data_frame_without_an_event_name_is_read_by_its_type():
    body = b"".join(b"data: " + json.dumps(event).encode() + b"\n\n" for event in STREAM)
    assert run([body])[1].stop_reason == "end_turn"


def test_an_event_that_does_not_tell_its_type_is_read_by_its_name():
    typeless = ({name: value for name, value in event.items() if name != "type"} for event in STREAM)
    frames = [
        f"event: {event['type']}\ndata: {json.dumps(bare)}\n\n".encode()
        for event, bare in zip(STREAM, typeless, strict=True)
    ]
    events, answer = run(frames)
    assert [event.type for event in events] == [event["type"] for event in STREAM]
    assert answer == run([sse(*STREAM)])[1]


def test_what_comes_after_the_end_is_ignored():
    events, _ = run([sse(*STREAM) + b"data: [DONE]\n\n" + sse(*STREAM)])
    assert len(events) == len(STREAM)


@pytest.mark.parametrize(
    "events",
    [
        STREAM[:-2] + STREAM[-1:],
        STREAM[-2:],
        STREAM[-1:],
        (START, *STREAM),
        (*STREAM[:2], *STREAM[1:]),
        (START, STREAM[3], *ENDING),
        ({"type": "message_start", "message": {"type": "pong"}}, *ENDING),
        ({"type": "message_start", "message": {"usage": 5}}, *ENDING),
        ({"type": "message_start"}, *ENDING),
        (START, {"type": "message_delta", "delta": {"stop_reason": 5}}, ENDING[-1]),
        ({"type": "error"},),
        ({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}},),
    ],
)
def test_a_stream_that_makes_no_sense_is_a_stream_error(events: Events):
    with pytest.raises(ClaudeStreamError):
        assembled(events)


@pytest.mark.parametrize(
    "data", ["", "[DONE]", "{", "[]", "5", '{"type": 5}', '{"type":"message_stop"', "\ud800", "[" * 100_000]
)
def test_malformed_data_is_a_stream_error(data: str):
    with pytest.raises(ClaudeStreamError):
        run([f"event: message_stop\ndata: {data}\n\n".encode(errors="surrogatepass")])


@pytest.mark.parametrize(
    ("events", "request_to_send"), [(RICH, None), (LEGACY_STREAM, legacy_request(stream=True))]
)
def test_cutting_the_bytes_anywhere_gives_the_same_answer(
    events: Events, request_to_send: WireRequest | None
):
    body = sse(*events).replace(b"\n", b"\r\n")
    whole = run([body], request_to_send)
    for at in range(len(body)):
        assert run([body[:at], body[at:]], request_to_send) == whole


def broken(data: st.DataObject, events: list[dict[str, Any]]) -> bytes:
    """Shuffle, drop, double and truncate a stream."""
    chosen = data.draw(st.lists(st.sampled_from(events), max_size=len(events) + 3) | st.just(events))
    body = bytearray(sse(*chosen))
    for _ in range(data.draw(st.integers(0, 3))):
        at = data.draw(st.integers(0, len(body)))
        body[at : at + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=3))
    return bytes(body)


def pieces(data: st.DataObject, body: bytes) -> list[bytes]:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(body)), max_size=5)))
    return [body[start:end] for start, end in zip([0, *cuts], [*cuts, len(body)], strict=True)]


@settings(deadline=None)
@given(st.data(), st.sampled_from([(RICH, WireApi.MESSAGES), (LEGACY_STREAM, WireApi.COMPLETE)]))
def test_a_broken_stream_is_a_stream_error_or_an_answer_with_an_end(
    data: st.DataObject, kind: tuple[Events, WireApi]
):
    events, api = kind
    request = message_request(stream=True) if api is WireApi.MESSAGES else legacy_request(stream=True)
    try:
        seen, answer = run(pieces(data, broken(data, list(events))), request)
    except ClaudeStreamError:
        return
    assert answer.stop_reason
    assert seen[-1].type == ("message_stop" if api is WireApi.MESSAGES else "completion")


@settings(deadline=None)
@given(st.data(), st.sampled_from([(RICH, WireApi.MESSAGES), (LEGACY_STREAM, WireApi.COMPLETE)]))
def test_a_stream_without_its_last_event_is_never_whole_in_whatever_order_the_others_come(
    data: st.DataObject, kind: tuple[Events, WireApi]
):
    events, api = kind
    request = message_request(stream=True) if api is WireApi.MESSAGES else legacy_request(stream=True)
    others = data.draw(st.permutations(events[:-1]) | st.lists(st.sampled_from(events[:-1]), max_size=30))
    with pytest.raises(ClaudeStreamError):
        run(pieces(data, sse(*others)), request)


ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3), st.lists, max_leaves=3
) | st.just({})


@settings(deadline=None)
@given(st.data())
def test_events_of_any_shape_are_an_answer_or_a_stream_error(data: st.DataObject):
    events = json.loads(json.dumps(data.draw(st.just(RICH) | st.lists(st.sampled_from(RICH), max_size=12))))
    for event in events:
        for owner in (
            event,
            event.get("message"),
            event.get("content_block"),
            event.get("delta"),
            event.get("usage"),
        ):
            if owner and data.draw(st.booleans()):
                owner[data.draw(st.sampled_from(sorted(owner)))] = data.draw(ODD)
        event["type"] = str(event["type"])
    with contextlib.suppress(ClaudeStreamError):
        assert json.loads(run([sse(*events)])[1].body)["stop_reason"]
