import json
from typing import Any

import pytest

from claude.chat.completion import to_completion
from claude.chat.finish import FINISH_REASONS
from claude.chat.reply import reply_shape
from claude.request import WireApi

HI = [{"role": "user", "content": "hi"}]

USAGE = {
    "input_tokens": 2,
    "output_tokens": 5,
    "cache_creation_input_tokens": 3,
    "cache_read_input_tokens": 4,
}


def completion(
    *blocks: dict[str, Any], request: dict[str, Any] | None = None, **fields: Any
) -> dict[str, Any]:
    answer = {
        "id": "msg_7",
        "model": "claude-opus-5-5",
        "content": blocks,
        "stop_reason": "end_turn",
        "usage": USAGE,
    }
    asked = {"model": "anthropic/claude-opus-5-5", "messages": HI, **(request or {})}
    return to_completion(
        json.dumps({**answer, **fields}),
        WireApi.MESSAGES,
        shape=reply_shape(json.dumps(asked)),
        created=1_700,
    )


def message(*blocks: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return completion(*blocks, **fields)["choices"][0]["message"]


def legacy(text: str, *, messages: list[dict[str, str]] | None = None, **fields: Any) -> dict[str, Any]:
    answer = {"completion": text, "stop_reason": "stop_sequence", "model": "claude-2.1", **fields}
    asked = {"model": "claude-2.1", "messages": messages or HI}
    return to_completion(
        json.dumps(answer), WireApi.COMPLETE, shape=reply_shape(json.dumps(asked)), created=1_700
    )


def test_a_completion_keeps_claudes_id_and_names_the_model_that_answered():
    found = completion({"type": "text", "text": "Hello"})
    assert (found["id"], found["model"], found["created"]) == ("chatcmpl-msg_7", "claude-opus-5-5", 1_700)
    assert found["object"] == "chat.completion"
    assert found["choices"][0]["finish_reason"] == "stop"


def test_what_was_read_from_the_cache_counts_as_prompt():
    assert completion()["usage"] == {
        "prompt_tokens": 9,
        "completion_tokens": 5,
        "total_tokens": 14,
        "prompt_tokens_details": {"cached_tokens": 4, "cache_creation_tokens": 3},
        "cache_creation_input_tokens": 3,
        "cache_read_input_tokens": 4,
    }


def test_thinking_tokens_are_counted_where_claude_counts_them():
    usage = completion(usage={**USAGE, "output_tokens_details": {"thinking_tokens": 4}})["usage"]
    assert usage["completion_tokens_details"] == {"reasoning_tokens": 4}


def test_thinking_is_told_and_can_be_sent_back():
    thought = {"type": "thinking", "thinking": "Hm.", "signature": "sig=="}
    hidden = {"type": "redacted_thinking", "data": "EnC"}
    found = message(thought, hidden, {"type": "text", "text": "42"})
    assert found == {
        "role": "assistant",
        "content": "42",
        "reasoning_content": "Hm.",
        "thinking_blocks": [thought, hidden],
    }


def test_tool_calls_are_numbered_from_zero_and_keep_their_arguments_as_written():
    answer = (
        '{"stop_reason": "tool_use", "content": [{"type": "text", "text": "Well."},'
        ' {"type": "tool_use", "id": "a", "name": "f", "input": {"x": 1e2}},'
        ' {"type": "tool_use", "id": "b", "name": "g", "input": {}}]}'
    )
    shape = reply_shape(json.dumps({"model": "claude-opus-5-5", "messages": HI}))
    choice = to_completion(answer, WireApi.MESSAGES, shape=shape, created=0)["choices"][0]
    assert choice["finish_reason"] == "tool_calls"
    assert choice["message"]["content"] == "Well."
    assert choice["message"]["tool_calls"] == [
        {"index": 0, "id": "a", "type": "function", "function": {"name": "f", "arguments": '{"x": 1e2}'}},
        {"index": 1, "id": "b", "type": "function", "function": {"name": "g", "arguments": "{}"}},
    ]


def test_content_is_null_only_beside_tool_calls():
    call = {"type": "tool_use", "id": "a", "name": "f", "input": {}}
    assert message(call)["content"] is None
    assert message()["content"] == ""


def test_a_tool_gets_back_the_name_that_the_caller_gave_it():
    tools = [{"type": "function", "function": {"name": "get.weather"}}]
    call = {"type": "tool_use", "id": "a", "name": "get_weather", "input": {}}
    found = message(call, request={"tools": tools})
    assert found["tool_calls"][0]["function"]["name"] == "get.weather"


def test_the_tool_that_stands_for_a_schema_is_content():
    form = {"type": "json_schema", "json_schema": {"name": "P", "schema": {"type": "object"}}}
    call = {"type": "tool_use", "id": "a", "name": "json_tool_call", "input": {"age": 3}}
    request = {"model": "claude-3-haiku-20240307", "response_format": form}
    choice = completion(call, request=request, stop_reason="tool_use")["choices"][0]
    assert choice["message"] == {"role": "assistant", "content": '{"age": 3}'}
    assert choice["finish_reason"] == "stop"


def test_citations_and_server_tools_are_kept_beside_the_message():
    searched = {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {"query": "x"}}
    cited = {
        "type": "text",
        "text": "It is so.",
        "citations": [{"type": "char_location", "cited_text": "so"}],
    }
    found = message(searched, cited)
    assert "tool_calls" not in found
    assert found["provider_specific_fields"] == {
        "citations": [[{"type": "char_location", "cited_text": "so", "supported_text": "It is so."}]],
        "server_tool_blocks": [searched],
    }


@pytest.mark.parametrize(
    ("stop_reason", "finish_reason"),
    [
        ("end_turn", "stop"),
        ("stop_sequence", "stop"),
        ("tool_use", "tool_calls"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("pause_turn", "length"),
        ("compaction", "length"),
        ("refusal", "content_filter"),
        ("something_new", "stop"),
    ],
)
def test_every_reason_for_stopping_has_its_word(stop_reason: str, finish_reason: str):
    choice = completion({"type": "text", "text": "a"}, stop_reason=stop_reason)["choices"][0]
    assert choice["finish_reason"] == finish_reason
    kept = choice["message"].get("provider_specific_fields", {}).get("stop_reason", stop_reason)
    assert kept == stop_reason


def test_every_documented_reason_is_in_the_table():
    documented = "end_turn max_tokens stop_sequence tool_use pause_turn refusal model_context_window_exceeded"
    assert set(FINISH_REASONS) == {*documented.split(), "compaction"}


def test_a_refusal_says_why():
    details = {"type": "refusal", "category": "cyber", "explanation": None}
    fields = message(stop_reason="refusal", stop_details=details)["provider_specific_fields"]
    assert fields == {"stop_reason": "refusal", "stop_details": details}


@pytest.mark.parametrize(
    ("text", "shown"), [(" Hello", "Hello"), ("  Hello", " Hello"), ("Hello", "Hello"), ("", ""), (" ", "")]
)
def test_a_legacy_completion_loses_the_one_space_after_its_prompt(text: str, shown: str):
    choice = legacy(text)["choices"][0]
    assert (choice["message"]["content"], choice["finish_reason"]) == (shown, "stop")


def test_a_legacy_completion_after_a_prefill_is_kept_to_the_letter():
    prefilled = [*HI, {"role": "assistant", "content": "{"}]
    found = legacy(' "Hello": "Hallo" }', messages=prefilled)
    assert found["choices"][0]["message"]["content"] == ' "Hello": "Hallo" }'


def test_a_legacy_completion_that_was_cut_off_says_so():
    assert legacy(" Hel", stop_reason="max_tokens")["choices"][0]["finish_reason"] == "length"


def test_a_legacy_completion_without_an_id_gets_one_that_stays_the_same():
    assert legacy(" a")["id"] == legacy(" a")["id"]
    assert legacy(" a")["id"].startswith("chatcmpl-")
    assert legacy(" a", id="compl_1")["id"] == "chatcmpl-compl_1"


def test_a_legacy_completions_usage_is_estimated():
    usage = legacy(" Hello there")["usage"]
    assert usage["completion_tokens"] > 0
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]
