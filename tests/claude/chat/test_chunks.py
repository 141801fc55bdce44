import contextlib
import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude.assembly import MessageAssembler
from claude.chat.chunks import ChunkTranslator
from claude.chat.completion import to_completion
from claude.chat.reply import reply_shape
from claude.errors import ClaudeStreamError
from claude.events import read_event
from tests.claude.requests_to_send import LEGACY_STREAM, STREAM, legacy_request, message_request
from tests.claude.stream_cases import RICH

HI = [{"role": "user", "content": "hi"}]

Events = Sequence[dict[str, Any]]


def chunks(events: Events, **request: Any) -> list[dict[str, Any]]:
    asked = {"model": "claude-opus-5-5", "messages": HI, "stream": True, **request}
    translator = ChunkTranslator(shape=reply_shape(json.dumps(asked)), created=1_700)
    return [chunk for event in events for chunk in translator.chunks(read_event(json.dumps(event)))]


def deltas(events: Events, **request: Any) -> list[dict[str, Any]]:
    return [chunk["choices"][0]["delta"] for chunk in chunks(events, **request)]


def message_of(start: dict[str, Any], *pieces: dict[str, Any], **request: Any) -> list[dict[str, Any]]:
    begun = {"type": "content_block_start", "index": 0, "content_block": start}
    between = [{"type": "content_block_delta", "index": 0, "delta": piece} for piece in pieces]
    ended = {"type": "content_block_stop", "index": 0}
    return deltas([STREAM[0], begun, *between, ended, *STREAM[-2:]], **request)[1:-1]


def test_a_stream_opens_with_the_role_and_closes_with_the_finish_reason():
    found = chunks(STREAM)
    assert [chunk["choices"][0]["delta"] for chunk in found] == [
        {"role": "assistant", "content": ""},
        {"content": "Hello "},
        {"content": "☃"},
        {},
    ]
    assert [chunk["choices"][0]["finish_reason"] for chunk in found] == [None, None, None, "stop"]
    assert {(chunk["id"], chunk["model"], chunk["created"], chunk["object"]) for chunk in found} == {
        ("chatcmpl-msg_01", "claude-opus-5-5", 1_700, "chat.completion.chunk")
    }
    assert all("usage" not in chunk for chunk in found)


def test_usage_comes_last_and_only_when_asked_for():
    *before, last = chunks(STREAM, stream_options={"include_usage": True})
    assert all(chunk["usage"] is None for chunk in before)
    assert last["choices"] == []
    assert (last["usage"]["prompt_tokens"], last["usage"]["completion_tokens"]) == (12, 6)


def test_a_stream_that_has_not_ended_has_no_finish_reason():
    found = chunks(STREAM[:-1])
    assert [chunk["choices"][0]["finish_reason"] for chunk in found] == [None, None, None]


def test_a_tool_call_comes_in_fragments():
    start = {"type": "tool_use", "id": "a", "name": "f", "input": {}}
    pieces = [{"type": "input_json_delta", "partial_json": text} for text in ("", '{"x"', ": 1}")]
    assert message_of(start, *pieces) == [
        {
            "tool_calls": [
                {"index": 0, "id": "a", "type": "function", "function": {"name": "f", "arguments": ""}}
            ]
        },
        {"tool_calls": [{"index": 0, "function": {"arguments": '{"x"'}}]},
        {"tool_calls": [{"index": 0, "function": {"arguments": ": 1}"}}]},
    ]


@pytest.mark.parametrize(("given", "arguments"), [({}, "{}"), ({"x": 1}, '{"x":1}')])
def test_a_tool_call_without_fragments_still_has_arguments(given: dict[str, Any], arguments: str):
    found = message_of({"type": "tool_use", "id": "a", "name": "f", "input": given})
    assert found[1] == {"tool_calls": [{"index": 0, "function": {"arguments": arguments}}]}


def test_the_tool_that_stands_for_a_schema_streams_as_content():
    form = {"type": "json_schema", "json_schema": {"name": "P", "schema": {"type": "object"}}}
    start = {"type": "tool_use", "id": "a", "name": "json_tool_call", "input": {}}
    piece = {"type": "input_json_delta", "partial_json": '{"age":3}'}
    request = {"model": "claude-3-haiku-20240307", "response_format": form}
    assert message_of(start, piece, **request) == [{"content": '{"age":3}'}]
    assert message_of(start, **request) == [{"content": "{}"}]


def test_thinking_is_told_as_it_comes_and_signed_at_its_end():
    start = {"type": "thinking", "thinking": "", "signature": ""}
    thought = {"type": "thinking_delta", "thinking": "Hm."}
    signature = {"type": "signature_delta", "signature": "sig=="}
    assert message_of(start, thought, signature) == [
        {"reasoning_content": "Hm."},
        {"thinking_blocks": [{"type": "thinking", "thinking": "Hm.", "signature": "sig=="}]},
    ]


def test_a_citation_and_a_server_tools_block_are_kept_beside_the_content():
    cited = {"type": "citations_delta", "citation": {"cited_text": "so"}}
    found = message_of({"type": "text", "text": ""}, cited)
    assert found == [{"provider_specific_fields": {"citation": {"cited_text": "so"}}}]
    result = {"type": "web_search_tool_result", "content": []}
    assert message_of(result) == [{"provider_specific_fields": {"server_tool_blocks": [result]}}]


def test_a_refusal_finishes_as_content_filter_and_says_why():
    details = {"type": "refusal", "category": "bio"}
    ending = {
        "type": "message_delta",
        "delta": {"stop_reason": "refusal", "stop_details": details},
        "usage": {},
    }
    last = chunks([STREAM[0], ending, STREAM[-1]])[-1]["choices"][0]
    assert last["finish_reason"] == "content_filter"
    assert last["delta"] == {"provider_specific_fields": {"stop_reason": "refusal", "stop_details": details}}


def test_a_legacy_stream_loses_no_text():
    found = chunks(LEGACY_STREAM, model="claude-2.1", stream_options={"include_usage": True})
    assert [choice["delta"] for chunk in found for choice in chunk["choices"]] == [
        {"role": "assistant", "content": ""},
        {"content": "Hel"},
        {"content": "lo"},
        {},
    ]
    assert found[-2]["choices"][0]["finish_reason"] == "stop"
    assert found[-1]["usage"]["completion_tokens"] > 0


@pytest.mark.parametrize("pieces", [[" One", " two"], ["", " One two"], [" ", "One two"], ["One", " two"]])
def test_a_legacy_stream_loses_only_the_first_space(pieces: list[str]):
    events = [{"type": "completion", "completion": piece, "stop_reason": None} for piece in pieces]
    events.append({"type": "completion", "completion": ".", "stop_reason": "stop_sequence"})
    found = deltas(events, model="claude-2.1")
    assert "".join(delta.get("content", "") for delta in found) == "One two."


def test_a_legacy_stream_after_a_prefill_is_kept_to_the_letter():
    prefilled = [*HI, {"role": "assistant", "content": "{"}]
    found = deltas(LEGACY_STREAM, model="claude-2.1", messages=prefilled)
    assert "".join(delta.get("content", "") for delta in found) == " Hello"


@pytest.mark.parametrize("events", [STREAM, RICH, LEGACY_STREAM])
def test_a_stream_reads_the_same_as_the_answer_it_makes(events: Events):
    is_legacy = events is LEGACY_STREAM
    request = legacy_request(stream=True) if is_legacy else message_request(stream=True)
    asked = {"model": "claude-2.1" if is_legacy else "claude-opus-5-5", "messages": HI}
    assembler = MessageAssembler(request)
    for event in events:
        assembler.feed(read_event(json.dumps(event)))
    answer = assembler.answer(request_id=None).body
    whole = to_completion(answer, request.api, shape=reply_shape(json.dumps(asked)), created=1_700)
    found = chunks(events, **asked, stream_options={"include_usage": True})
    said = [choice["delta"] for chunk in found for choice in chunk["choices"]]
    message = whole["choices"][0]["message"]
    assert "".join(delta.get("content") or "" for delta in said) == message["content"]
    assert "".join(delta.get("reasoning_content", "") for delta in said) == message.get(
        "reasoning_content", ""
    )
    assert found[-2]["choices"][0]["finish_reason"] == whole["choices"][0]["finish_reason"]
    assert found[-1]["usage"] == whole["usage"]
    assert found[0]["id"] == whole["id"] or is_legacy


@pytest.mark.parametrize(
    "events",
    [
        STREAM[-1:],
        STREAM[1:],
        (STREAM[0], STREAM[3]),
        (*STREAM[:2], STREAM[1]),
        (*STREAM[:2], STREAM[5], STREAM[3]),
        (STREAM[0], {"type": "message_delta", "delta": {}, "usage": {"output_tokens": "many"}}, STREAM[-1]),
    ],
)
def test_events_that_make_no_sense_are_a_stream_error(events: Events):
    with pytest.raises(ClaudeStreamError):
        chunks(events)


ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3), st.lists, max_leaves=3
) | st.just({})


@given(st.data())
def test_events_of_any_shape_are_chunks_or_a_stream_error(data: st.DataObject):
    events = json.loads(
        json.dumps(data.draw(st.lists(st.sampled_from([*RICH, *LEGACY_STREAM]), max_size=12)))
    )
    for event in events:
        for owner in (
            event,
            event.get("message"),
            event.get("content_block"),
            event.get("delta"),
            event.get("usage"),
        ):
            if owner and data.draw(st.booleans()):
                field = data.draw(st.sampled_from(sorted(owner)))
                owner[field] = data.draw(ODD)
        event["type"] = str(event["type"])
    with contextlib.suppress(ClaudeStreamError):
        assert json.dumps(chunks(events))
