import pytest

from tests.sandbox.running import Json, Running, question


def test_a_plain_message_has_the_documented_shape(sandbox: Running):
    answer = sandbox.ask("What is 17 + 25?")
    message = answer.json()
    assert message["content"] == [{"type": "text", "text": "42"}]
    assert message["id"].startswith("msg_01")
    assert (message["type"], message["role"], message["stop_reason"]) == ("message", "assistant", "end_turn")
    assert message["model"] == "claude-haiku-4-5-20251001"
    assert message["usage"]["output_tokens"] == 1
    assert answer.headers["request-id"].startswith("req_01")
    assert answer.headers["content-type"] == "application/json"


def test_the_same_prompt_gets_the_same_text(sandbox: Running):
    assert sandbox.text("Tell me of the mill.") == sandbox.text("Tell me of the mill.")


def test_a_model_that_thinks_puts_a_thinking_block_first(sandbox: Running):
    message = sandbox.message("What is 6 * 7?", model="claude-opus-5-5")
    assert [block["type"] for block in message["content"]] == ["thinking", "text"]
    assert message["content"][0]["thinking"] == ""
    assert message["content"][0]["signature"]
    thought = message["usage"]["output_tokens_details"]["thinking_tokens"]
    assert message["usage"]["output_tokens"] == thought + 1


def test_thinking_is_shown_when_asked_for(sandbox: Running):
    thinking = {"type": "adaptive", "display": "summarized"}
    message = sandbox.message("What is 6 * 7?", model="claude-opus-5-5", thinking=thinking)
    assert message["content"][0]["thinking"]


def test_max_tokens_cuts_the_answer_and_says_so(sandbox: Running):
    message = sandbox.message("[[tokens 500]]", max_tokens=20)
    assert (message["stop_reason"], message["usage"]["output_tokens"]) == ("max_tokens", 20)


def test_the_first_stop_sequence_ends_the_answer(sandbox: Running):
    message = sandbox.message("[[say one two three four]]", stop_sequences=["four", "three"])
    assert message["content"][0]["text"] == "one two "
    assert (message["stop_reason"], message["stop_sequence"]) == ("stop_sequence", "three")


def test_max_tokens_0_writes_nothing(sandbox: Running):
    message = sandbox.message("What is 1 + 1?", max_tokens=0)
    assert (message["content"], message["usage"]["output_tokens"]) == ([], 0)


WEATHER = {
    "name": "get_weather",
    "input_schema": {
        "type": "object",
        "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
    },
}


def test_a_tool_is_called_with_an_input_that_fits_its_schema(sandbox: Running):
    message = sandbox.message("How is the weather?", tools=[WEATHER])
    call = message["content"][-1]
    assert (message["stop_reason"], call["type"], call["name"]) == ("tool_use", "tool_use", "get_weather")
    assert call["id"].startswith("toolu_01")
    assert isinstance(call["input"]["city"], str)
    assert isinstance(call["input"]["days"], int)


def test_a_tool_result_is_answered_in_words(sandbox: Running):
    used = {"type": "tool_use", "id": "toolu_1", "name": "get_weather", "input": {}}
    result = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "sunny"}
    turns = [
        {"role": "user", "content": "How is the weather?"},
        {"role": "assistant", "content": [used]},
        {"role": "user", "content": [result]},
    ]
    message = sandbox.post(question("") | {"messages": turns, "tools": [WEATHER]}).json()
    assert message["stop_reason"] == "end_turn"


@pytest.mark.parametrize(("choice", "stop"), [({"type": "none"}, "end_turn"), ({"type": "any"}, "tool_use")])
def test_the_tool_choice_is_obeyed(sandbox: Running, choice: Json, stop: str):
    assert sandbox.message("Weather?", tools=[WEATHER], tool_choice=choice)["stop_reason"] == stop


def test_scripted_tool_calls_are_made_as_written(sandbox: Running):
    message = sandbox.message('[[tool a {"x": 1}]] [[tool b {"y": 2}]]')
    assert [(block["name"], block["input"]) for block in message["content"]] == [
        ("a", {"x": 1}),
        ("b", {"y": 2}),
    ]


def test_a_structured_answer_fits_its_schema_and_holds_the_sum(sandbox: Running):
    schema = {
        "type": "object",
        "properties": {"answer": {"type": "integer"}, "sure": {"type": "boolean"}},
        "additionalProperties": False,
    }
    output = {"format": {"type": "json_schema", "schema": schema}}
    assert sandbox.text("What is 20 + 22?", output_config=output) == '{"answer":42,"sure":true}'


def test_a_schema_that_leaves_objects_open_is_refused(sandbox: Running):
    output = {"format": {"type": "json_schema", "schema": {"type": "object", "properties": {}}}}
    assert "additionalProperties" in sandbox.ask("Hi", output_config=output).json()["error"]["message"]


def test_echo_repeats_the_prompt_the_system_or_the_whole_request(sandbox: Running):
    assert sandbox.text("[[echo]] over here") == "over here"
    assert sandbox.text("[[echo system]]", system="Be brief.") == "Be brief."
    assert '"max_tokens":1024' in sandbox.text("[[echo request]]")


def test_a_prefilled_answer_is_continued_not_repeated(sandbox: Running):
    turns = [{"role": "user", "content": "What is 40 + 2, as JSON?"}, {"role": "assistant", "content": "{"}]
    message = sandbox.post(question("") | {"messages": turns}).json()
    assert message["content"][0]["text"] == '"answer": 42}'


def test_usage_can_be_scripted(sandbox: Running):
    usage = sandbox.message("[[usage input=1000 output=200 cache-read=50]]")["usage"]
    assert (usage["input_tokens"], usage["output_tokens"], usage["cache_read_input_tokens"]) == (
        1000,
        200,
        50,
    )


def test_counted_tokens_are_the_tokens_used(sandbox: Running):
    body = question("How long is this?", system="Be brief.", tools=[WEATHER])
    counted = {name: value for name, value in body.items() if name != "max_tokens"}
    count = sandbox.post(counted, "/v1/messages/count_tokens").json()["input_tokens"]
    assert count == sandbox.post(body).json()["usage"]["input_tokens"]


def test_newer_models_count_more_tokens(sandbox: Running):
    old = sandbox.message("How many tokens are in this sentence?")["usage"]["input_tokens"]
    new = sandbox.message("How many tokens are in this sentence?", model="claude-opus-5")["usage"][
        "input_tokens"
    ]
    assert new > old


def test_a_prompt_larger_than_the_window_is_refused(sandbox: Running):
    error = sandbox.ask("word " * 200_000).json()["error"]
    assert error["message"].startswith("prompt is too long: ")
    assert error["message"].endswith(" tokens > 200000 maximum")
