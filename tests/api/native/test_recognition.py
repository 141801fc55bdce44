import json

import msgspec
import pytest

from api.native.recognition import recognise
from claude.dialect import Dialect

HELLO = [{"role": "user", "content": "hello"}]


def recognised(**body: object) -> Dialect:
    return recognise(msgspec.Raw(json.dumps(body)))


def test_a_legacy_prompt_is_a_text_completion():
    assert (
        recognised(model="claude-2.1", prompt="\n\nHuman: hi\n\nAssistant:", max_tokens_to_sample=9)
        == "complete"
    )


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"system": "be brief", "stop_sequences": ["x"]},
        {"tools": [{"name": "add", "input_schema": {"type": "object"}}]},
        {"messages": [{"role": "user", "content": [{"type": "text", "text": "hi"}]}]},
        {"messages": [*HELLO, {"role": "system", "content": "from now on, in French"}]},
    ],
)
def test_a_request_as_anthropic_takes_it_is_a_messages_request(more):
    assert recognised(**{"model": "claude-opus-5-5", "max_tokens": 9, "messages": HELLO} | more) == "messages"


@pytest.mark.parametrize(
    "more",
    [
        {"n": 1},
        {"stop": ["x"]},
        {"max_completion_tokens": 9},
        {"response_format": {"type": "json_object"}},
        {"tools": [{"type": "function", "function": {"name": "add"}}]},
        {"messages": [{"role": "system", "content": "be brief"}, *HELLO]},
        {"messages": [{"role": "developer", "content": "be brief"}, *HELLO]},
        {"messages": [*HELLO, {"role": "assistant", "content": None, "tool_calls": []}]},
        {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}]},
    ],
)
def test_a_request_with_something_that_only_openai_has_is_a_chat_request(more):
    assert recognised(**{"model": "claude-opus-5-5", "max_tokens": 9, "messages": HELLO} | more) == "chat"


def test_a_request_without_max_tokens_is_a_chat_request():
    assert recognised(model="claude-opus-5-5", messages=HELLO) == "chat"


@pytest.mark.parametrize("body", ["[]", "3", '{"model": 3}', '{"messages": 3, "max_tokens": 9}', "{"])
def test_what_is_wrong_in_every_format_passes_for_a_messages_request(body):
    assert recognise(msgspec.Raw(body)) == "messages"
