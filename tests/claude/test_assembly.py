from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claude.answer import TokenUsage
from claude.assembly import MessageAssembler
from claude.request import WireRequest
from claude.stream import EventReader
from tests.claude.requests_to_send import (
    LEGACY_STREAM,
    MESSAGE,
    STREAM,
    legacy_request,
    message_request,
)
from tests.claude.scripted_server import sse
from tests.claude.stream_cases import ENDING, RICH, START, Events, assembled, run


def block(start: dict[str, Any], *deltas: dict[str, Any]) -> dict[str, Any]:
    begun = {"type": "content_block_start", "index": 0, "content_block": start}
    pieces = [{"type": "content_block_delta", "index": 0, "delta": delta} for delta in deltas]
    [content] = assembled([START, begun, *pieces, *ENDING])["content"]
    return content


def test_a_stream_is_put_together_to_the_answer_it_would_have_been():
    expected = {**MESSAGE, "usage": {"input_tokens": 12, "output_tokens": 6}}
    assert assembled(STREAM) == expected
    assert list(assembled(STREAM)) == list(expected)


def test_every_kind_of_block_is_put_together():
    message = assembled(RICH)
    assert message["content"] == [
        {"type": "thinking", "thinking": "Hmmm.", "signature": "sig=="},
        {"type": "text", "text": "It is so.", "citations": [{"cited_text": "a"}]},
        {"type": "tool_use", "id": "t", "name": "f", "input": {"n": 100.0}},
        {"type": "web_search_tool_result", "content": [{"u": 1}]},
    ]
    assert message["stop_reason"] == "tool_use"
    assert message["usage"] == {"input_tokens": 12, "output_tokens": 9}


def test_a_tool_input_keeps_its_numbers_as_they_were_written():
    _, answer = run([sse(*RICH)])
    assert '"input":{"n": 1e2}' in answer.body


@pytest.mark.parametrize("text", ['{"city": "Par', "5", '"x"', "{} {}"])
def test_a_tool_input_that_is_no_object_is_kept_as_text(text: str):
    start = {"type": "tool_use", "id": "t", "name": "f", "input": {}}
    assert block(start, {"type": "input_json_delta", "partial_json": text})["input"] == {"INVALID_JSON": text}


def test_a_tool_without_input_has_an_empty_one():
    assert block({"type": "tool_use", "id": "t", "name": "f", "input": {}})["input"] == {}


def test_a_compaction_is_put_together():
    deltas = [
        {"type": "compaction_delta", "content": "In "},
        {"type": "compaction_delta", "content": "short."},
    ]
    assert block({"type": "compaction", "content": None}, *deltas) == {
        "type": "compaction",
        "content": "In short.",
    }


def test_a_delta_of_an_unknown_kind_leaves_no_trace():
    assert block({"type": "text", "text": "a"}, {"type": "new_delta", "new": {"x": 1}}) == {
        "type": "text",
        "text": "a",
    }


def test_a_legacy_stream_is_put_together():
    message = assembled(LEGACY_STREAM, legacy_request(stream=True))
    assert (message["completion"], message["stop_reason"]) == (" Hello", "stop_sequence")


def usage_after(events: Events, request: WireRequest | None = None) -> TokenUsage:
    request = request or message_request(stream=True)
    assembler = MessageAssembler(request)
    for event in EventReader(request.api).feed(sse(*events)):
        assembler.feed(event)
    return assembler.usage


def test_a_stream_that_breaks_off_tells_what_it_has_used_so_far():
    assert usage_after(STREAM[:4]) == TokenUsage(input=12, output=1)
    assert usage_after(STREAM[:-1]) == TokenUsage(input=12, output=6)
    assert usage_after(()) == TokenUsage()


def test_a_legacy_stream_that_breaks_off_has_its_usage_estimated():
    begun = usage_after(LEGACY_STREAM[:1], legacy_request(stream=True))
    assert begun.is_estimate
    assert begun.input > 0
    assert begun.output > 0
    assert usage_after((), legacy_request(stream=True)) == TokenUsage()


@settings(deadline=None)
@given(st.none() | st.integers() | st.text() | st.lists(st.none()) | st.dictionaries(st.text(), st.text()))
def test_usage_of_an_odd_shape_is_no_usage(usage: object):
    odd = {"type": "message_start", "message": {"type": "message", "usage": usage}}
    assert usage_after((odd,)) == TokenUsage()
