from typing import Any

import pytest

from tests.claude.requests_to_send import LEGACY_STREAM, MESSAGE, STREAM, legacy_request
from tests.claude.scripted_server import sse
from tests.claude.stream_cases import ENDING, RICH, START, assembled, run


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
