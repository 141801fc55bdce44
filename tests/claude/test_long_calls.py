import json

import pytest

from claude.dialect import Dialect
from claude.long_calls import longest_s, with_time
from claude.request import wire_request

LONGEST_PLAIN = 21_333
"""The official SDK refuses to send more without a stream."""


def wire(dialect=Dialect.MESSAGES, *, stream=False, **fields):
    body = {"model": "claude-opus-4-5", "messages": [{"role": "user", "content": "Hi"}], **fields}
    return wire_request(dialect, json.dumps(body), {"anthropic-beta": "b"}, stream=stream)


def legacy(max_tokens):
    body = {
        "model": "claude-2.1",
        "prompt": "\n\nHuman: Hi\n\nAssistant:",
        "max_tokens_to_sample": max_tokens,
    }
    return wire_request(Dialect.COMPLETE, json.dumps(body), {}, stream=False)


@pytest.mark.parametrize(
    "request_to_send",
    [
        wire(max_tokens=LONGEST_PLAIN),
        wire(max_tokens=LONGEST_PLAIN, stream=True),
        wire(Dialect.CHAT, max_tokens=LONGEST_PLAIN),
        wire(metadata={"max_tokens": 99_999}, max_tokens=64),
        legacy(LONGEST_PLAIN),
    ],
)
def test_a_call_of_up_to_ten_minutes_goes_out_as_it_came(request_to_send):
    assert with_time(request_to_send) is request_to_send


@pytest.mark.parametrize(
    "request_to_send",
    [
        wire(max_tokens=LONGEST_PLAIN + 1),
        wire(Dialect.CHAT, max_tokens=LONGEST_PLAIN + 1),
        wire(Dialect.CHAT, max_completion_tokens=LONGEST_PLAIN + 1),
        legacy(LONGEST_PLAIN + 1),
    ],
)
def test_a_call_that_may_take_longer_goes_out_as_a_stream(request_to_send):
    sent = with_time(request_to_send)
    assert sent.stream
    assert json.loads(sent.body) == {**json.loads(request_to_send.body), "stream": True}
    assert (sent.path, sent.headers, sent.api) == (
        request_to_send.path,
        request_to_send.headers,
        request_to_send.api,
    )


def test_a_long_call_that_is_a_stream_already_keeps_its_bytes():
    asked = wire(max_tokens=64_000, stream=True)
    assert with_time(asked).body == asked.body


@pytest.mark.parametrize(("max_tokens", "patience"), [(64, 1), (64_000, 3), (128_000, 6), (10**9, 6)])
def test_a_call_is_given_time_for_all_its_tokens(max_tokens, patience):
    assert with_time(wire(max_tokens=max_tokens)).patience == patience


@pytest.mark.parametrize(
    "body", [b"", b"5", b"{", b'{"max_tokens": "many"}', b'{"max_tokens": null}', b"\xff"]
)
def test_a_body_that_says_nothing_useful_is_not_long(body):
    assert longest_s(body) == 0
