import json

import pytest

from claude.dialect import Dialect
from claude.request import API_VERSION, InvalidRequestError, WireApi, inspect_request, wire_request

SOUND = {"model": "claude-haiku-4-5", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]}
COMPLETE = {"model": "claude-2", "max_tokens_to_sample": 9, "prompt": "\n\nHuman: hi\n\nAssistant:"}


def problems(dialect, request):
    with pytest.raises(InvalidRequestError) as raised:
        inspect_request(dialect, json.dumps(request))
    return {problem.field: problem.message for problem in raised.value.problems}


def messages(*contents):
    roles = ["user", "assistant"] * len(contents)
    return SOUND | {"messages": [{"role": r, "content": c} for r, c in zip(roles, contents, strict=False)]}


def test_the_facts_of_a_sound_request_are_read():
    facts = inspect_request(Dialect.MESSAGES, json.dumps(SOUND | {"stream": True}))
    assert (facts.model, facts.stream, facts.max_tokens) == ("claude-haiku-4-5", True, 9)


def test_the_facts_of_a_legacy_request_are_read():
    facts = inspect_request(Dialect.COMPLETE, json.dumps(COMPLETE))
    assert (facts.model, facts.stream, facts.max_tokens) == ("claude-2", False, 9)


def test_fields_that_are_not_known_pass():
    assert inspect_request(Dialect.MESSAGES, json.dumps(SOUND | {"speed": "fast", "x": [1]})).model


def test_every_problem_is_reported_at_once_with_its_path():
    request = {
        "max_tokens": -1,
        "stream": "yes",
        "system": [{"type": "image"}],
        "messages": [
            {"role": "critic", "content": ""},
            7,
            {"content": [{"text": "x"}, {"type": "text", "text": " "}]},
        ],
    }
    assert problems(Dialect.MESSAGES, request).keys() == {
        "model",
        "max_tokens",
        "stream",
        "system.0.type",
        "messages.0.role",
        "messages.0.content",
        "messages.1",
        "messages.2.role",
        "messages.2.content.0.type",
        "messages.2.content.1.text",
    }


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"max_tokens": 1.5}, "max_tokens"),
        ({"max_tokens": True}, "max_tokens"),
        ({"max_tokens": 10**30}, "max_tokens"),
        ({"max_tokens": None}, "max_tokens"),
        ({"messages": []}, "messages"),
        ({"messages": {}}, "messages"),
        ({"messages": None}, "messages"),
        ({"messages": [{"role": "user", "content": []}]}, "messages.0.content"),
        ({"messages": [{"role": "user", "content": None}]}, "messages.0.content"),
        ({"messages": [{"role": "user", "content": 7}]}, "messages.0.content"),
        ({"messages": [{"role": None, "content": "x"}]}, "messages.0.role"),
        ({"system": 7}, "system"),
        ({"system": [{"type": "text", "text": ""}]}, "system.0.text"),
        ({"tools": {}}, "tools"),
    ],
)
def test_a_problem_is_found_by_its_field(changed, field):
    request = {"model": "m"} | SOUND | changed
    assert list(problems(Dialect.MESSAGES, request)) == [field]


def test_an_empty_last_assistant_message_counts_as_none_as_the_api_documents():
    for content in ("", []):
        assert inspect_request(Dialect.MESSAGES, json.dumps(messages("hi", content))).model
    assert list(problems(Dialect.MESSAGES, messages("hi", "", "hi"))) == ["messages.1.content"]


def test_a_system_message_inside_the_conversation_passes():
    request = SOUND | {"messages": [*SOUND["messages"], {"role": "system", "content": "in Dutch"}]}
    assert inspect_request(Dialect.MESSAGES, json.dumps(request)).model


@pytest.mark.parametrize(
    "prompt",
    ["\n\nHuman: hi\n\nAssistant:", "Human: hi\n\nAssistant: {", "Be terse.\n\nHuman: a\n\nAssistant:"],
)
def test_prompts_that_the_api_takes_pass(prompt):
    assert inspect_request(Dialect.COMPLETE, json.dumps(COMPLETE | {"prompt": prompt})).model


@pytest.mark.parametrize(
    "prompt",
    ["", "hi", "\n\nHuman: hi", "hi\n\nAssistant:", "\n\nAssistant: a\n\nHuman: b\n\nAssistant:", 7, None],
)
def test_prompts_without_their_turns_are_problems(prompt):
    assert list(problems(Dialect.COMPLETE, COMPLETE | {"prompt": prompt})) == ["prompt"]


def test_a_legacy_request_needs_a_limit():
    request = {key: value for key, value in COMPLETE.items() if key != "max_tokens_to_sample"}
    assert list(problems(Dialect.COMPLETE, request)) == ["max_tokens_to_sample"]


def test_the_token_estimate_grows_with_the_text_and_not_with_a_pictures_bytes():
    def estimate(*contents):
        return inspect_request(Dialect.MESSAGES, json.dumps(messages(*contents))).input_tokens_estimate

    source = {"type": "base64", "media_type": "image/png", "data": "A" * 1_000_000}
    picture = [{"type": "image", "source": source}]
    result = [{"type": "tool_result", "tool_use_id": "t", "content": picture}]
    assert 250 < estimate("word " * 200) < 350
    assert estimate("語" * 400) > 300
    assert 1_000 < estimate(picture) < 3_000
    assert estimate(result) < 40_000


def test_the_message_of_the_error_names_field_and_reason():
    with pytest.raises(InvalidRequestError, match=r"messages\.0\.content: must not be empty") as raised:
        inspect_request(Dialect.MESSAGES, json.dumps(messages("")))
    assert raised.value.type == "invalid_request_error"


@pytest.mark.parametrize(
    ("dialect", "request_", "path", "api"),
    [
        (Dialect.MESSAGES, SOUND, "/v1/messages", WireApi.MESSAGES),
        (Dialect.COMPLETE, COMPLETE, "/v1/complete", WireApi.COMPLETE),
    ],
)
def test_anthropics_own_formats_go_out_byte_for_byte(dialect, request_, path, api):
    body = json.dumps(request_, indent=3).replace("9", "9.0e0").encode() + b"\n"
    wire = wire_request(dialect, body, {}, stream=False)
    assert (wire.body, wire.path, wire.api, wire.stream) == (body, path, api, False)
    assert wire_request(dialect, body.decode(), {}, stream=False).body == body


STREAMED = (
    b'{"model":"m", "stream" : true,\n"max_tokens":1e0,"messages":[{"role":"user","content":"\\u00e9"}]}'
)


def test_a_stream_that_is_already_wanted_changes_no_byte():
    assert wire_request(Dialect.MESSAGES, STREAMED, {}, stream=True).body == STREAMED


def test_only_stream_changes_where_it_must_and_the_order_stays():
    plain = wire_request(Dialect.MESSAGES, STREAMED, {}, stream=False).body
    assert plain == (
        b'{"model":"m","stream":false,"max_tokens":1e0,"messages":[{"role":"user","content":"\\u00e9"}]}'
    )
    again = wire_request(Dialect.MESSAGES, plain, {}, stream=True).body
    assert again == plain.replace(b"false", b"true")


def test_a_stream_key_written_with_escapes_is_seen():
    body = b'{"model":"m","\\u0073tream":true}'
    assert json.loads(wire_request(Dialect.MESSAGES, body, {}, stream=False).body) == {
        "model": "m",
        "stream": False,
    }


def test_a_text_about_streams_is_no_stream():
    body = b'{"model":"m","messages":[{"role":"user","content":"say \\"stream\\":true"}]}'
    assert wire_request(Dialect.MESSAGES, body, {}, stream=False).body == body


def test_the_callers_headers_go_out_in_lower_case_beside_the_default_version():
    wire = wire_request(Dialect.MESSAGES, json.dumps(SOUND), {"Anthropic-Beta": "b"}, stream=False)
    assert wire.headers == {"anthropic-version": API_VERSION, "anthropic-beta": "b"}
    newer = {"Anthropic-Version": "2026-10-21"}
    assert wire_request(Dialect.MESSAGES, json.dumps(SOUND), newer, stream=False).headers == {
        "anthropic-version": "2026-10-21"
    }


def test_a_chat_request_keeps_the_version_that_its_translation_is_written_for():
    body = json.dumps({"model": "claude-haiku-4-5", "messages": SOUND["messages"], "temperature": 0})
    wire = wire_request(Dialect.CHAT, body, {"anthropic-version": "2026-10-21"}, stream=False)
    assert wire.headers == {"anthropic-version": API_VERSION}
