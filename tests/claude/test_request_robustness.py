"""Whatever is handed in, the answer is facts or a list of problems; never another exception."""

import contextlib
import itertools
import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claude.dialect import Dialect
from claude.request import InvalidRequestError, inspect_request, wire_request
from tests.claude.any_request import CHAT, JSON, REQUEST

DIALECTS = st.sampled_from(Dialect)


def survives(dialect, body):
    for attempt in (
        lambda: inspect_request(dialect, body),
        lambda: wire_request(dialect, body, {}, stream=True),
        lambda: wire_request(dialect, body, {}, stream=False),
    ):
        with contextlib.suppress(InvalidRequestError):
            attempt()


@settings(max_examples=100, deadline=None)
@given(DIALECTS, st.binary(max_size=200))
def test_any_bytes_are_facts_or_problems(dialect, body):
    survives(dialect, body)


@settings(max_examples=100, deadline=None)
@given(DIALECTS, st.text(max_size=200))
def test_any_text_is_facts_or_problems(dialect, body):
    survives(dialect, body)


@settings(max_examples=300, deadline=None)
@given(DIALECTS, JSON | REQUEST)
def test_any_json_is_facts_or_problems(dialect, value):
    survives(dialect, json.dumps(value))


@settings(max_examples=200, deadline=None)
@given(CHAT)
def test_what_a_chat_becomes_is_sound_in_claudes_format(chat):
    wire = wire_request(Dialect.CHAT, json.dumps(chat), {}, stream=False)
    facts = inspect_request(Dialect.MESSAGES, wire.body)
    assert facts.max_tokens == inspect_request(Dialect.CHAT, json.dumps(chat)).max_tokens
    body = json.loads(wire.body)
    roles = [message["role"] for message in body["messages"]]
    assert all(role != after for role, after in itertools.pairwise(roles))
    assert all(re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", tool["name"]) for tool in body.get("tools", []))
    if body.get("thinking", {}).get("type") == "enabled":
        assert 1_024 <= body["thinking"]["budget_tokens"] < body["max_tokens"]
        assert body.get("tool_choice", {}).get("type") not in {"any", "tool"}


@settings(max_examples=200, deadline=None)
@given(CHAT)
def test_the_results_of_all_calls_come_first_in_the_next_turn(chat):
    messages = json.loads(wire_request(Dialect.CHAT, json.dumps(chat), {}, stream=False).body)["messages"]
    turns = [blocks if isinstance(blocks := message["content"], list) else [] for message in messages]
    for said, answered in itertools.pairwise(turns):
        called = [block["id"] for block in said if block["type"] == "tool_use"]
        results = [block.get("tool_use_id") for block in answered[: len(called)]]
        assert sorted(called) == sorted(results)


NESTED = b'{"model":"m","max_tokens":1,"messages":[{"role":"user","content":"hi"}],"x":%s}'


@pytest.mark.parametrize("dialect", Dialect)
@pytest.mark.parametrize("levels", [200, 1_000, 100_000])
@pytest.mark.parametrize("brackets", [(b"[", b"]"), (b'{"a":', b"}")])
def test_deep_nesting_is_a_problem(dialect, levels, brackets):
    opening, closing = brackets
    body = NESTED % (opening * levels + b"1" + closing * levels)
    with pytest.raises(InvalidRequestError, match="levels deep"):
        inspect_request(dialect, body)
    with pytest.raises(InvalidRequestError, match="levels deep"):
        wire_request(dialect, body, {}, stream=False)


def test_deep_nesting_inside_a_tools_arguments_is_a_problem():
    call = {
        "id": "c",
        "type": "function",
        "function": {"name": "f", "arguments": '{"a":' * 5000 + "1" + "}" * 5000},
    }
    messages = [
        {"role": "assistant", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c", "content": "1"},
    ]
    body = json.dumps(
        {"model": "claude-sonnet-4-5", "messages": [{"role": "user", "content": "hi"}, *messages]}
    )
    with pytest.raises(InvalidRequestError, match="arguments: must be a JSON object"):
        inspect_request(Dialect.CHAT, body)


def test_brackets_inside_texts_are_no_nesting():
    text = json.dumps('["{' * 1_000)
    body = b'{"model":"m","max_tokens":1,"messages":[{"role":"user","content":%s}]}' % text.encode()
    assert inspect_request(Dialect.MESSAGES, body).model == "m"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"\xff\xfe", "not UTF-8"),
        (b'{"model":"\xff"}', "not UTF-8"),
        (b'{"x":"\xff","model":"m"}', "not UTF-8"),
        ("\ud800", "not UTF-8"),
        (b'{"model":"a\0b"}', "NUL"),
        (b"[]", "must be a JSON object, not a list"),
        (b"7", "must be a JSON object, not a number"),
        (b"null", "must be a JSON object, not null"),
    ],
)
@pytest.mark.parametrize("dialect", Dialect)
def test_what_is_no_json_object_is_one_problem_of_the_whole_body(dialect, body, message):
    with pytest.raises(InvalidRequestError, match=message) as raised:
        inspect_request(dialect, body)
    assert [problem.field for problem in raised.value.problems] == [""]


@pytest.mark.parametrize("dialect", [Dialect.MESSAGES, Dialect.COMPLETE, Dialect.CHAT])
@pytest.mark.parametrize("model", ["a\0b", "a\nb", "x" * 257, "", " ", 7, None])
def test_a_model_id_that_cannot_be_one_is_a_problem(dialect, model):
    request = {"model": model, "max_tokens": 1, "messages": [{"role": "user", "content": "hi"}]}
    request |= {"prompt": "\n\nHuman: hi\n\nAssistant:", "max_tokens_to_sample": 1}
    with pytest.raises(InvalidRequestError) as raised:
        inspect_request(dialect, json.dumps(request))
    assert [problem.field for problem in raised.value.problems] == ["model"]
