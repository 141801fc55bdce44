import pytest

SCHEMA = {"type": "object", "properties": {"age": {"type": "integer", "minimum": 0}}}
BY_SCHEMA = {"type": "json_schema", "json_schema": {"name": "P", "schema": SCHEMA}}
TOOL = {"type": "function", "function": {"name": "f"}}
OLD = "claude-3-haiku-20240307"
PREFILLED = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "{"}]


def without_messages(body):
    return {key: value for key, value in body.items() if key not in {"model", "messages", "max_tokens"}}


@pytest.mark.parametrize(
    ("fields", "limit"),
    [
        ({}, 21_333),
        ({"model": OLD}, 4_096),
        ({"model": "claude-next"}, 4_096),
        ({"max_tokens": 10}, 10),
        ({"max_tokens": 10, "max_completion_tokens": 55}, 55),
        ({"max_tokens": 100_000}, 100_000),
    ],
)
def test_the_limit_is_the_callers_or_the_models_default(sent, fields, limit):
    assert sent(**fields)["max_tokens"] == limit


@pytest.mark.parametrize(
    ("model", "given", "expected"),
    [
        (OLD, {"temperature": 0, "top_p": 0.5, "top_k": 4}, {"temperature": 0, "top_p": 0.5, "top_k": 4}),
        (OLD, {"temperature": 1.8}, {"temperature": 1}),
        ("claude-sonnet-4-5", {"temperature": 0.5, "top_p": 0.5}, {"temperature": 0.5}),
        ("claude-sonnet-4-5", {"top_p": 0.5}, {"top_p": 0.5}),
        ("claude-opus-5-5", {"temperature": 0.5, "top_p": 0.5, "top_k": 4}, {}),
        ("claude-2.1", {"temperature": 0.5, "top_p": 0.5}, {"temperature": 0.5, "top_p": 0.5}),
    ],
)
def test_sampling_is_what_the_model_takes(sent, model, given, expected):
    body = sent(model=model, **given)
    assert {key: body[key] for key in ("temperature", "top_p", "top_k") if key in body} == expected


def test_what_a_model_does_not_take_is_told_unless_it_is_the_default(warnings):
    assert warnings(model="claude-opus-5-5", temperature=1, top_p=1) == ()
    assert warnings(model="claude-opus-5-5", temperature=0) == (
        "temperature was left out: the model does not take it",
    )


@pytest.mark.parametrize(
    ("stop", "expected"),
    [("a", ["a"]), (["a", "", "\n", "b"], ["a", "b"]), ("", None), ([], None), (None, None)],
)
def test_blank_stop_sequences_are_left_out(sent, stop, expected):
    assert sent(stop=stop).get("stop_sequences") == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"user": "u-1"}, {"user_id": "u-1"}),
        ({"user": "1234567890"}, {"user_id": "1234567890"}),
        ({"user": "a@example.com"}, None),
        ({"metadata": {"user_id": "m", "x": "y"}}, {"user_id": "m"}),
        ({"user": "u", "metadata": {"user_id": "m"}}, {"user_id": "u"}),
        ({"metadata": {"x": "y"}}, None),
    ],
)
def test_the_user_is_an_opaque_id(sent, fields, expected):
    assert sent(**fields).get("metadata") == expected


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"n": 2}, "n"),
        ({"n": 0}, "n"),
        ({"modalities": ["text", "audio"]}, "modalities"),
        ({"temperature": -1}, "temperature"),
        ({"temperature": "hot"}, "temperature"),
        ({"top_p": 2}, "top_p"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"stop": 7}, "stop"),
        ({"stop": [7]}, "stop.0"),
        ({"system": "Be terse."}, "system"),
        ({"model": "bedrock/anthropic.claude-v2:1"}, "model"),
        ({"response_format": {"type": "xml"}}, "response_format.type"),
        ({"response_format": {"type": "json_schema"}}, "response_format.json_schema"),
        (
            {"response_format": {"type": "json_schema", "json_schema": {}}},
            "response_format.json_schema.schema",
        ),
    ],
)
def test_what_would_change_the_answer_is_refused(refused, fields, field):
    assert refused(**fields) == [field]


def test_what_claude_has_no_place_for_is_left_out_with_a_warning(sent, warnings):
    fields = {"seed": 1, "logprobs": True, "made_up": {}, "n": 1, "store": True, "presence_penalty": None}
    assert without_messages(sent(**fields)) == {}
    assert [warning.split()[0] for warning in warnings(**fields)] == ["seed", "logprobs", "made_up"]


def test_claudes_own_fields_go_out_as_they_are(sent):
    fields = {
        "cache_control": {"type": "ephemeral"},
        "service_tier": "auto",
        "output_config": {"effort": "low"},
    }
    assert without_messages(sent(**fields)) == fields


def test_a_schema_goes_out_in_the_form_that_structured_outputs_take(sent):
    assert without_messages(sent(response_format=BY_SCHEMA, output_config={"effort": "low"})) == {
        "output_config": {
            "effort": "low",
            "format": {
                "type": "json_schema",
                "schema": {
                    "type": "object",
                    "properties": {"age": {"type": "integer", "description": "{minimum: 0}"}},
                    "additionalProperties": False,
                },
            },
        }
    }


def test_a_model_without_structured_outputs_is_made_to_call_a_tool(sent):
    assert without_messages(sent(model=OLD, response_format=BY_SCHEMA)) == {
        "tools": [{"name": "json_tool_call", "input_schema": SCHEMA}],
        "tool_choice": {"type": "tool", "name": "json_tool_call"},
    }


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ("auto", {"type": "any"}),
        ("required", {"type": "any"}),
        ("none", {"type": "tool", "name": "json_tool_call"}),
        ({"type": "function", "function": {"name": "f"}}, {"type": "tool", "name": "f"}),
    ],
)
def test_beside_the_callers_tools_the_answer_is_one_of_them_or_the_json(sent, choice, expected):
    body = sent(model=OLD, response_format=BY_SCHEMA, tools=[TOOL], tool_choice=choice)
    assert body["tool_choice"] == expected
    assert [tool["name"] for tool in body["tools"]] == ["json_tool_call", "f"]


def test_a_caller_may_have_a_tool_of_that_name(sent):
    mine = {"type": "function", "function": {"name": "json_tool_call"}}
    body = sent(model=OLD, response_format=BY_SCHEMA, tools=[mine])
    assert [tool["name"] for tool in body["tools"]] == ["json_tool_call_2", "json_tool_call"]


def test_any_json_is_made_sure_of_by_a_tool_that_takes_any_object(sent):
    body = sent(response_format={"type": "json_object"})
    assert body["tool_choice"] == {"type": "tool", "name": "json_tool_call"}


@pytest.mark.parametrize(
    "fields",
    [
        {"model": "claude-opus-5-5"},
        {"tools": [TOOL]},
        {"messages": PREFILLED},
        {"thinking": {"type": "enabled", "budget_tokens": 2000}},
        {"model": "claude-2.1"},
    ],
)
def test_where_no_tool_can_be_forced_any_json_is_left_to_the_prompt(sent, warnings, fields):
    fields = fields | {"response_format": {"type": "json_object"}}
    assert "tool_choice" not in sent(**fields)
    assert warnings(**fields) == ("response_format json_object was left out: only the prompt asks for JSON",)
