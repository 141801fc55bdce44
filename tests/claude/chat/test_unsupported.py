"""Whoever does not want parameters dropped is told which the model does not take, and nothing is sent."""

import json

import pytest

from claude.dialect import Dialect
from claude.report import Unsupported
from claude.request import InvalidRequestError, inspect_request

NEWEST = "claude-opus-5-5"
USER = {"role": "user", "content": "hi"}
TOOL = {"type": "function", "function": {"name": "f"}}


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"temperature": 0.2, "model": NEWEST}, "temperature"),
        ({"temperature": 1.8}, "temperature"),
        ({"temperature": 0.2, "top_p": 0.5}, "top_p"),
        ({"messages": [USER, {"role": "assistant", "content": "{"}], "model": NEWEST}, "messages.1"),
        ({"tools": [TOOL], "tool_choice": "required", "model": NEWEST}, "tool_choice"),
        ({"thinking": {"type": "enabled", "budget_tokens": 2000}, "model": NEWEST}, "thinking.budget_tokens"),
        ({"thinking": {"type": "disabled"}, "model": NEWEST}, "thinking"),
        ({"reasoning_effort": "low", "model": "claude-3-haiku-20240307"}, "reasoning_effort"),
        ({"response_format": {"type": "json_object"}, "model": NEWEST}, "response_format"),
        ({"service_tier": "flex"}, "service_tier"),
        ({"seed": 1}, "seed"),
    ],
)
def test_what_would_be_dropped_is_refused(sent, unsupported, fields, field):
    assert sent(**fields)
    assert unsupported(**fields) == [field]


def facts(unsupported=Unsupported.DROP, **fields):
    body = json.dumps({"model": NEWEST, "messages": [USER], "temperature": 0} | fields)
    return inspect_request(Dialect.CHAT, body, unsupported=unsupported)


def test_what_is_dropped_is_told_with_the_facts():
    assert facts().warnings == ("temperature was left out: the model does not take it",)


def test_the_request_itself_may_say_what_is_wanted():
    assert facts(Unsupported.ERROR, drop_params=True).warnings
    with pytest.raises(InvalidRequestError, match="temperature: the model does not take it"):
        facts(drop_params=False)


def test_what_is_only_put_elsewhere_is_not_refused():
    messages = [USER, {"role": "system", "content": "Be brief."}, {**USER, "name": "bob"}]
    assert len(facts(Unsupported.ERROR, messages=messages, temperature=1).warnings) == 1
