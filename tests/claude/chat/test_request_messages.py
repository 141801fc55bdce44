import pytest


def said(*pairs):
    return [{"role": role, "content": content} for role, content in pairs]


def test_system_messages_are_hoisted_and_the_prefix_is_taken_off(sent):
    body = sent(
        model="anthropic/claude-haiku-4-5",
        messages=said(("system", "A."), ("developer", "B."), ("user", "x")),
    )
    assert body["model"] == "claude-haiku-4-5"
    assert body["system"] == [{"type": "text", "text": "A."}, {"type": "text", "text": "B."}]
    assert body["messages"] == [{"role": "user", "content": "x"}]


def test_a_plain_text_stays_a_string(sent):
    body = sent(messages=said(("system", "A."), ("user", [{"type": "text", "text": "x"}])))
    assert (body["system"], body["messages"][0]["content"]) == ("A.", "x")


def test_neighbours_of_one_role_merge(sent):
    body = sent(
        messages=said(("user", "a"), ("user", "b"), ("assistant", "c"), ("assistant", "d"), ("user", "e"))
    )
    assert [message["role"] for message in body["messages"]] == ["user", "assistant", "user"]
    assert [block["text"] for block in body["messages"][1]["content"]] == ["c", "d"]


@pytest.mark.parametrize("model", ["claude-opus-4-8", "claude-sonnet-5", "claude-haiku-5-5"])
def test_a_later_system_message_stays_in_place_where_the_model_takes_it(sent, model):
    body = sent(
        model=model, messages=said(("user", "a"), ("system", "B."), ("assistant", "c"), ("user", "d"))
    )
    assert [message["role"] for message in body["messages"]] == ["user", "system", "assistant", "user"]


def test_a_later_system_message_goes_behind_the_user_turn_that_it_precedes(sent):
    messages = said(("user", "a"), ("assistant", "b"), ("system", "C."), ("user", "d"), ("user", "e"))
    body = sent(model="claude-sonnet-5", messages=messages)
    assert [message["role"] for message in body["messages"]] == ["user", "assistant", "user", "system"]


def test_a_later_system_message_without_a_place_is_hoisted(sent):
    messages = said(("user", "a"), ("assistant", "b"), ("system", "C."), ("assistant", "d"), ("user", "e"))
    body = sent(model="claude-sonnet-5", messages=messages)
    assert body["system"] == "C."
    assert [message["role"] for message in body["messages"]] == ["user", "assistant", "user"]


def test_hoisting_a_later_system_message_is_told(sent, warnings):
    messages = said(("user", "a"), ("system", "B."))
    assert sent(messages=messages)["system"] == "B."
    assert warnings(messages=messages) == (
        "messages.1 was moved to the system prompt: the model takes none later",
    )


def test_a_prefill_loses_the_white_space_behind_it(sent):
    body = sent(messages=said(("user", "JSON"), ("assistant", " { \n")))
    assert body["messages"][-1] == {"role": "assistant", "content": " {"}


@pytest.mark.parametrize("model", ["claude-opus-4-6", "claude-sonnet-5", "claude-opus-5-5"])
def test_a_prefill_is_left_out_where_the_model_takes_none(sent, warnings, refused, model):
    fields = {"model": model, "messages": said(("user", "JSON"), ("assistant", "{"))}
    assert sent(**fields)["messages"] == [{"role": "user", "content": "JSON"}]
    assert warnings(**fields)[0].startswith("messages.1 was left out: this model does not go on with")
    assert refused(model=model, messages=said(("assistant", "{"))) == ["messages"]


def test_an_unknown_model_may_be_prefilled(sent):
    assert len(sent(model="claude-next", messages=said(("user", "a"), ("assistant", "b")))["messages"]) == 2


@pytest.mark.parametrize(
    ("messages", "field"),
    [
        (None, "messages"),
        ([], "messages"),
        ("hi", "messages"),
        ([7], "messages.0"),
        (said(("system", "A.")), "messages"),
        (said(("critic", "x")), "messages.0.role"),
        ([{"content": "x"}], "messages.0.role"),
        (said(("user", "")), "messages.0.content"),
        (said(("user", " \n")), "messages.0.content"),
        (said(("user", None)), "messages.0.content"),
        (said(("user", [])), "messages.0.content"),
        (said(("user", 7)), "messages.0.content"),
        (said(("user", [7])), "messages.0.content.0"),
        (said(("user", [{"text": "x"}])), "messages.0.content.0.type"),
        (said(("user", [{"type": "text", "text": ""}])), "messages.0.content.0.text"),
        (said(("user", [{"type": "input_audio"}])), "messages.0.content.0.type"),
        (said(("system", [{"type": "image_url"}]), ("user", "x")), "messages.0.content.0.type"),
        (said(("user", "a"), ("assistant", None)), "messages.1.content"),
        (said(("user", "a"), ("assistant", " ")), "messages.1.content"),
    ],
)
def test_what_cannot_be_sent_is_refused_by_its_path(refused, messages, field):
    assert refused(messages=messages)[0] == field


def test_a_cache_marker_on_a_message_goes_to_its_last_block(sent):
    marker = {"type": "ephemeral", "ttl": "1h"}
    parts = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
    body = sent(messages=[{"role": "user", "content": parts, "cache_control": marker}])
    assert [block.get("cache_control") for block in body["messages"][0]["content"]] == [None, marker]


def test_a_cache_marker_on_a_part_stays_there(sent):
    part = {"type": "text", "text": "A.", "cache_control": {"type": "ephemeral"}}
    assert sent(messages=[*said(("system", [part])), *said(("user", "x"))])["system"] == [part]


def test_thoughts_go_first_and_unchanged(sent):
    thought = {"type": "thinking", "thinking": "hm", "signature": "s"}
    answer = {"role": "assistant", "content": "ok", "thinking_blocks": [thought], "reasoning_content": "hm"}
    body = sent(messages=[*said(("user", "a")), answer, *said(("user", "b"))])
    assert body["messages"][1]["content"] == [thought, {"type": "text", "text": "ok"}]


def test_a_refusal_in_the_history_is_what_the_assistant_said(sent):
    answer = {"role": "assistant", "content": None, "refusal": "No."}
    body = sent(messages=[*said(("user", "a")), answer, *said(("user", "b"))])
    assert body["messages"][1] == {"role": "assistant", "content": "No."}


def test_names_are_left_out_with_a_warning(warnings):
    assert warnings(messages=[{"role": "user", "content": "x", "name": "bob"}]) == (
        "messages.0.name was left out: Claude's messages have no names",
    )


@pytest.mark.parametrize(
    "model", ["claude-2.1", "claude-instant-1", "anthropic/claude-2", "claude-instant-1.2"]
)
def test_legacy_models_get_a_prompt(sent, model):
    body = sent(
        model=model, messages=said(("user", "Hi"), ("assistant", "{ ")), max_completion_tokens=5, stop="E"
    )
    assert body == {
        "model": model.removeprefix("anthropic/"),
        "prompt": "\n\nHuman: Hi\n\nAssistant: {",
        "max_tokens_to_sample": 5,
        "stop_sequences": ["E"],
    }


def test_legacy_models_have_no_tools_and_no_pictures(refused):
    picture = {"type": "image_url", "image_url": "https://a/b.png"}
    fields = refused(
        model="claude-2.1",
        tools=[{"type": "function"}],
        messages=[*said(("user", [picture])), {"role": "tool", "tool_call_id": "c", "content": "x"}],
        response_format={"type": "json_schema", "json_schema": {"schema": {}}},
    )
    assert fields == ["tools", "messages.0.content.0.type", "messages.1.role", "response_format.type"]


def test_turn_markers_that_were_rewritten_are_told(warnings):
    assert "H: and A:" in warnings(model="claude-2", messages=said(("user", "a\n\nHuman: b")))[0]
