from collections.abc import Callable
from typing import Any

import pytest

from sandbox.errors import ApiError
from sandbox.legacy_prompt import read_prompt
from tests.sandbox.running import Json, Running

PATH = "/v1/complete"


def prompt(text: str, **more: Any) -> Json:
    body = {"model": "claude-2.1", "max_tokens_to_sample": 100, "prompt": f"\n\nHuman: {text}\n\nAssistant:"}
    return body | more


@pytest.mark.parametrize("model", ["claude-2.1", "claude-2", "claude-instant-1", "claude-instant-1.2"])
def test_the_legacy_models_answer_and_have_no_usage(sandbox: Running, model: str):
    answer = sandbox.post(prompt("What is 17 + 25?", model=model), PATH).json()
    assert (answer["type"], answer["completion"], answer["model"]) == ("completion", " 42", model)
    assert (answer["stop_reason"], answer["stop"]) == ("stop_sequence", "\n\nHuman:")
    assert answer["id"].startswith("compl_01")
    assert "usage" not in answer


def test_a_stream_ends_with_its_stop_reason_and_no_other_sign(sandbox: Running):
    events = sandbox.events(prompt("[[say one two]]"), PATH)
    completions = [data for name, data in events if name == "completion"]
    assert "".join(one["completion"] for one in completions) == " one two"
    assert [one["stop_reason"] for one in completions] == [None, None, "stop_sequence"]
    assert events[-1][0] == "completion"


def test_a_cut_stream_has_no_stop_reason(sandbox: Running):
    events = sandbox.events(prompt("[[say one two three]] [[eof after=2]]"), PATH)
    assert all(data.get("stop_reason") is None for _, data in events)


def test_an_error_event_has_no_outer_type(sandbox: Running):
    events = sandbox.events(prompt("[[error-event overloaded_error after=1]]"), PATH)
    assert events[-1] == ("error", {"error": {"type": "overloaded_error", "message": "Overloaded"}})


def test_max_tokens_and_stop_sequences_are_obeyed(sandbox: Running):
    answer = sandbox.post(prompt("[[tokens 50]]", max_tokens_to_sample=5), PATH).json()
    assert (answer["stop_reason"], answer["stop"]) == ("max_tokens", None)
    answer = sandbox.post(prompt("[[say one two three]]", stop_sequences=["two"]), PATH).json()
    assert (answer["completion"], answer["stop"]) == (" one ", "two")


def test_text_before_the_first_turn_is_the_system_prompt(sandbox: Running):
    body = prompt("") | {"prompt": "Be brief.\n\nHuman: [[echo system]]\n\nAssistant:"}
    assert sandbox.post(body, PATH).json()["completion"] == " Be brief."


def test_a_prefilled_answer_is_continued(sandbox: Running):
    body = prompt("") | {"prompt": "\n\nHuman: What is 40 + 2?\n\nAssistant: {"}
    assert sandbox.post(body, PATH).json()["completion"] == '"answer": 42}'


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Hello", 'start with "\\n\\nHuman:"'),
        ("\n\nAssistant: Hi\n\nHuman: x\n\nAssistant:", 'start with "\\n\\nHuman:"'),
        ("\n\nHuman: Hello", 'end with "\\n\\nAssistant:"'),
        ("\n\nHuman: Hello\nAssistant:", 'end with "\\n\\nAssistant:"'),
        ("\n\nHuman: Hello\n\nAssistant: Hi\n\nHuman: x", 'end with "\\n\\nAssistant:"'),
    ],
)
def test_a_prompt_without_its_turns_is_refused(text: str, says: str):
    with pytest.raises(ApiError, match="prompt must") as caught:
        read_prompt(text)
    assert says in caught.value.message


def test_a_missing_blank_line_at_the_start_is_forgiven():
    assert read_prompt("Human: Hello\n\nAssistant: ").asked == "Hello"


def test_models_of_today_belong_to_the_messages_api(sandbox: Running):
    answer = sandbox.post(prompt("Hi", model="claude-opus-5-5"), PATH)
    assert answer.status_code == 400
    assert "Please use the Messages API instead" in answer.json()["error"]["message"]
    assert sandbox.post(prompt("Hi", model="claude-1"), PATH).status_code == 404


def test_with_retired_the_legacy_models_are_gone_as_from_the_real_api(start: Callable[..., Running]):
    answer = start("--retired").post(prompt("Hi"), PATH)
    assert answer.status_code == 404
    assert answer.json()["error"]["message"] == "model: claude-2.1"
