import json

import pytest

USER = {"role": "user", "content": "w?"}
WEATHER = {
    "type": "function",
    "function": {"name": "get_weather", "parameters": {"type": "object", "properties": {}}},
}


def call(call_id, name="get_weather", arguments="{}"):
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}


def asked(*calls, content=None):
    return {"role": "assistant", "content": content, "tool_calls": list(calls)}


def result(call_id, content="18C", **more):
    return {"role": "tool", "tool_call_id": call_id, "content": content, **more}


def named(name):
    return {"type": "function", "function": {"name": name}}


def test_a_function_becomes_a_tool(sent):
    function = {"name": "f", "description": "d", "parameters": {"properties": {"a": {}}}}
    tool = {"type": "function", "function": function, "cache_control": {"type": "ephemeral"}}
    assert sent(tools=[tool])["tools"] == [
        {
            "type": "custom",
            "name": "f",
            "description": "d",
            "input_schema": {"type": "object", "properties": {"a": {}}},
            "cache_control": {"type": "ephemeral"},
        }
    ]


def test_claudes_own_tools_go_out_as_they_are(sent):
    tools = [
        {"type": "web_search_20260318", "name": "web_search"},
        {"name": "f", "input_schema": {"type": "object"}},
    ]
    assert sent(tools=tools)["tools"] == tools


def test_strict_is_kept_where_there_is_such_a_thing(sent, warnings):
    tool = {"type": "function", "function": {"name": "f", "strict": True}}
    assert sent(tools=[tool])["tools"][0]["strict"] is True
    assert warnings(model="claude-3-haiku-20240307", tools=[tool]) == (
        "tools.0.function.strict was left out: the model has no strict tools",
    )


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ("auto", {"type": "auto"}),
        ("required", {"type": "any"}),
        ("none", {"type": "none"}),
        (named("get_weather"), {"type": "tool", "name": "get_weather"}),
    ],
)
def test_the_choice_of_tool_is_translated(sent, choice, expected):
    assert sent(tools=[WEATHER], tool_choice=choice)["tool_choice"] == expected


def test_parallel_calls_are_a_part_of_the_choice(sent):
    assert sent(tools=[WEATHER], parallel_tool_calls=False)["tool_choice"] == {
        "type": "auto",
        "disable_parallel_tool_use": True,
    }
    assert sent(tools=[WEATHER], parallel_tool_calls=False, tool_choice="none")["tool_choice"] == {
        "type": "none"
    }
    assert "tool_choice" not in sent(parallel_tool_calls=True)


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"tool_choice": "required"}, "tool_choice"),
        ({"tool_choice": "maybe", "tools": [WEATHER]}, "tool_choice"),
        ({"tool_choice": {"type": "allowed_tools"}, "tools": [WEATHER]}, "tool_choice"),
        ({"tool_choice": named("g"), "tools": [WEATHER]}, "tool_choice.function.name"),
        ({"tools": [{"type": "custom"}]}, "tools.0.type"),
        ({"tools": [{"type": "function"}]}, "tools.0.function"),
        ({"tools": [{"type": "function", "function": {"name": ""}}]}, "tools.0.function.name"),
        (
            {"tools": [{"type": "function", "function": {"name": "f", "parameters": []}}]},
            "tools.0.function.parameters",
        ),
        ({"functions": [{"name": "f"}]}, "functions"),
    ],
)
def test_tools_and_choices_that_cannot_be_are_refused(refused, fields, refusal):
    assert refused(**fields) == [refusal]


@pytest.mark.parametrize("choice", ["required", named("get_weather")])
def test_a_tool_is_not_forced_where_the_model_cannot_be_made_to(sent, warnings, choice):
    fields = {"tool_choice": choice, "tools": [WEATHER], "model": "claude-opus-5-5"}
    assert sent(**fields)["tool_choice"] == {"type": "auto"}
    assert warnings(**fields) == (
        "tool_choice was replaced by auto: this model cannot be made to use a tool",
    )


def test_results_stand_before_any_text_of_their_turn(sent):
    messages = [USER, asked(call("a"), call("b"), content="Checking"), result("b"), USER, result("a")]
    turns = sent(messages=messages, tools=[WEATHER])["messages"]
    assert [block["type"] for block in turns[1]["content"]] == ["text", "tool_use", "tool_use"]
    assert [block.get("tool_use_id") for block in turns[2]["content"]] == ["b", "a", None]


@pytest.mark.parametrize("content", [None, "", " \n", []])
def test_beside_calls_nothing_need_be_said(sent, content):
    turns = sent(messages=[USER, asked(call("a"), content=content), result("a")])["messages"]
    assert [block["type"] for block in turns[1]["content"]] == ["tool_use"]


def test_a_result_may_be_empty_or_hold_parts(sent):
    parts = [{"type": "text", "text": "see"}, {"type": "image_url", "image_url": "https://a/b.png"}]
    marker = {"type": "ephemeral"}
    messages = [USER, asked(call("a"), call("b")), result("a", ""), result("b", parts, cache_control=marker)]
    empty, full = sent(messages=messages)["messages"][2]["content"]
    assert empty["content"] == ""
    assert [block["type"] for block in full["content"]] == ["text", "image"]
    assert full["cache_control"] == marker


def test_arguments_go_out_as_they_were_written(sent):
    arguments = '{"n": 123456789012345678901234567890, "x": 1.10}'
    messages = [
        USER,
        asked(call("a", arguments=arguments), call("b", arguments=" ")),
        result("a"),
        result("b"),
    ]
    first, second = sent(messages=messages)["messages"][1]["content"]
    assert first["input"] == json.loads(arguments)
    assert second["input"] == {}


@pytest.mark.parametrize("arguments", ["{", "[1]", "7", '"x"', "null", "{} {}", 7, None])
def test_arguments_that_are_no_object_are_refused(refused, arguments):
    fields = refused(messages=[USER, asked(call("a", arguments=arguments)), result("a")])
    assert fields == ["messages.1.tool_calls.0.function.arguments"]


@pytest.mark.parametrize(
    ("history", "field"),
    [
        ([asked(call("a"))], "messages.1.tool_calls.0"),
        ([asked(call("a"), call("b")), result("a"), asked(content="ok")], "messages.1.tool_calls.1"),
        ([result("a")], "messages.1.tool_call_id"),
        ([asked(call("a")), result("a"), result("a")], "messages.3.tool_call_id"),
        ([asked(call("a"), call("a")), result("a")], "messages.1.tool_calls.1.id"),
        ([asked({"function": {"name": "f", "arguments": ""}})], "messages.1.tool_calls.0.id"),
        ([asked({"id": "a"})], "messages.1.tool_calls.0.function"),
    ],
)
def test_calls_and_results_must_belong_together(refused, history, field):
    assert field in refused(messages=[USER, *history])


def test_ids_that_claude_does_not_take_stay_apart_and_matched(sent):
    messages = [
        USER,
        asked(call("a:1"), call("a.1"), call("a_1")),
        result("a.1"),
        result("a_1"),
        result("a:1"),
    ]
    turns = sent(messages=messages)["messages"]
    ids = [block["id"] for block in turns[1]["content"]]
    assert len(set(ids)) == 3
    assert [block["tool_use_id"] for block in turns[2]["content"]] == [ids[1], ids[2], ids[0]]


def test_names_that_claude_does_not_take_are_replaced_the_same_everywhere(sent):
    tools = [named("a.b"), named("a_b"), named("x" * 65)]
    messages = [USER, asked(call("c", "a.b")), result("c")]
    body = sent(tools=tools, messages=messages, tool_choice=named("a.b"))
    names = [tool["name"] for tool in body["tools"]]
    assert names == ["a_b_2", "a_b", "x" * 64]
    assert body["messages"][1]["content"][0]["name"] == body["tool_choice"]["name"] == "a_b_2"


def test_a_function_call_of_old_is_matched_with_its_result(sent):
    old = {"role": "assistant", "content": None, "function_call": {"name": "f", "arguments": "{}"}}
    messages = [USER, old, {"role": "function", "name": "f", "content": "1"}]
    turns = sent(messages=messages)["messages"]
    assert turns[1]["content"][0]["id"] == turns[2]["content"][0]["tool_use_id"]
    assert sent(messages=messages)["messages"] == turns


def test_a_result_that_comes_after_the_next_turn_is_too_late(refused):
    history = [asked(call("a")), asked(content="ok"), result("a")]
    assert refused(messages=[USER, *history]) == ["messages.1.tool_calls.0", "messages.3.tool_call_id"]
