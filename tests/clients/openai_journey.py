"""All that the official OpenAI SDK does with Promptmill, as a script: `python openai_journey.py URL`.

It runs under any version of the SDK, the one that stands first on PYTHONPATH, against a stack whose
Claude is the sandbox.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openai

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.eventually import until

MODEL = "anthropic/claude-haiku-5-5"
NEWEST = "claude-opus-5-5"
TOOL = {
    "type": "function",
    "function": {
        "name": "look up",
        "parameters": {"type": "object", "properties": {"where": {"type": "string"}}, "required": ["where"]},
    },
}


def asked(text: str, **fields: Any) -> dict[str, Any]:
    return {"model": MODEL, "messages": [{"role": "user", "content": text}], **fields}


def a_completion(client: openai.OpenAI) -> None:
    answer = client.chat.completions.create(**asked("What is 17 + 25?"), max_completion_tokens=500)
    assert answer.object == "chat.completion"
    assert answer.choices[0].message.content == "42"
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens > 0
    assert answer.id.startswith("chatcmpl-")


def a_stream_with_usage(client: openai.OpenAI) -> None:
    asked_for = {"stream": True, "stream_options": {"include_usage": True}}
    chunks = list(client.chat.completions.create(**asked("[[say hello out there]]"), **asked_for))
    said = [chunk.choices[0].delta for chunk in chunks if chunk.choices]
    assert said[0].role == "assistant"
    assert "".join(delta.content or "" for delta in said) == "hello out there"
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == "stop"
    assert chunks[-1].choices == []
    assert chunks[-1].usage.total_tokens > 0
    assert all(chunk.usage is None for chunk in chunks[:-1])
    assert len({chunk.id for chunk in chunks}) == 1


def tools_streamed_and_not(client: openai.OpenAI) -> None:
    request = asked('[[tool look_up {"where": "there"}]]', tools=[TOOL], tool_choice="auto")
    message = client.chat.completions.create(**request).choices[0].message
    [call] = message.tool_calls
    assert (call.function.name, json.loads(call.function.arguments)) == ("look up", {"where": "there"})
    pieces = [
        delta.tool_calls[0]
        for chunk in client.chat.completions.create(**request, stream=True)
        if (delta := chunk.choices[0].delta).tool_calls
    ]
    assert (pieces[0].id[:6], pieces[0].function.name) == ("toolu_", "look up")
    assert json.loads("".join(piece.function.arguments or "" for piece in pieces)) == {"where": "there"}
    history = [
        *request["messages"],
        message.model_dump(exclude_none=True),
        {"role": "tool", "tool_call_id": call.id, "content": "nothing there"},
    ]
    again = client.chat.completions.create(**{**request, "messages": history})
    assert again.choices[0].finish_reason == "stop"


def thinking_in_the_words_of_litellm(client: openai.OpenAI) -> None:
    answer = client.chat.completions.create(**asked("What is 2 + 2?"), reasoning_effort="low")
    message = answer.choices[0].message
    assert message.content == "4"
    assert isinstance(message.reasoning_content, str)
    assert message.thinking_blocks[0]["signature"]


def what_was_left_out_is_told(client: openai.OpenAI) -> None:
    request = {**asked("What is 2 + 2?"), "model": NEWEST, "temperature": 0, "seed": 7}
    raw = client.chat.completions.with_raw_response.create(**request)
    assert raw.parse().choices[0].message.content == "4"
    warnings = json.loads(raw.headers["promptmill-warnings"])
    assert warnings[1] == "temperature was left out: the model does not take it"
    assert raw.headers["promptmill-job-id"].startswith("job_")
    assert raw.headers["x-request-id"]
    for strict in (
        {"extra_body": {"drop_params": False}},
        {"extra_headers": {"promptmill-unsupported": "error"}},
    ):
        refused = raised(openai.BadRequestError, client.chat.completions.create, **request, **strict)
        assert "temperature: the model does not take it" in refused.message


def raised(kind: type[openai.APIError], call: Callable[..., Any], **fields: Any) -> Any:
    error: Any = None
    try:
        call(**fields)
    except openai.APIError as caught:
        error = caught
    assert type(error) is kind, (kind, error)
    return error


def errors_have_the_right_class(client: openai.OpenAI) -> None:
    create = client.chat.completions.create
    bad = raised(openai.BadRequestError, create, model=MODEL, messages=[{"role": "robot", "content": "x"}])
    assert (bad.param, bad.type) == ("messages.0.role", "invalid_request_error")
    assert "messages.0.role" in bad.message
    for text, kind in (
        ("[[400]]", openai.BadRequestError),
        ("[[404]]", openai.NotFoundError),
        ("[[413]]", openai.APIStatusError),
        ("[[429 no-retry-after]]", openai.RateLimitError),
        ("[[500]]", openai.InternalServerError),
        ("[[529]]", openai.InternalServerError),
    ):
        headers = {"promptmill-max-failures": "1", "promptmill-max-time-s": "2"}
        error = raised(kind, create, **asked(text), extra_headers=headers)
        assert error.body.keys() >= {"message", "type", "param", "code"}, error.body


def a_stream_that_breaks(client: openai.OpenAI) -> None:
    stream = client.chat.completions.create(
        **asked("[[cut after=2]] Tell me a story"),
        stream=True,
        extra_headers={"promptmill-max-failures": "1"},
    )
    seen: list[Any] = []
    error = raised(openai.APIError, lambda: seen.extend(stream))
    assert seen or error
    assert "job_" in error.message


def a_batch(client: openai.OpenAI) -> None:
    texts = {"sum": "What is 3 + 4?", "bad": "[[400]]", "said": "[[say hi]]"}
    lines = [
        {"custom_id": name, "method": "POST", "url": "/v1/chat/completions", "body": asked(text)}
        for name, text in texts.items()
    ]
    content = "".join(json.dumps(line) + "\n" for line in lines).encode()
    file = client.files.create(file=("in.jsonl", content), purpose="batch")
    assert client.files.content(file.id).content == content
    batch = client.batches.create(
        input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h", metadata={"a": "b"}
    )
    batch = ended(client, batch.id)
    assert (batch.status, batch.request_counts.completed, batch.request_counts.failed) == ("completed", 2, 1)
    answers = results(client, batch.output_file_id)
    assert {name: line["body"]["choices"][0]["message"]["content"] for name, line in answers.items()} == {
        "sum": "7",
        "said": "hi",
    }
    [failed] = results(client, batch.error_file_id).values()
    assert failed["status_code"] == 400
    assert failed["body"]["error"]["type"] == "invalid_request_error"
    assert client.files.delete(file.id).deleted
    assert batch.id in {each.id for each in client.batches.list(limit=1)}


def a_batch_with_a_bad_line(client: openai.OpenAI) -> None:
    content = b'{"custom_id": "a"}\nnonsense\n'
    file = client.files.create(file=("in.jsonl", content), purpose="batch")
    batch = client.batches.create(
        input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h"
    )
    assert batch.status == "failed"
    assert [(error.line, error.code) for error in batch.errors.data] == [
        (1, "missing_required_parameter"),
        (2, "invalid_json_line"),
    ]


def a_batch_that_is_canceled(client: openai.OpenAI) -> None:
    lines = [
        {
            "custom_id": str(number),
            "method": "POST",
            "url": "/v1/chat/completions",
            "body": asked(f"[[slow 600]] {number}"),
        }
        for number in range(20)
    ]
    content = "".join(json.dumps(line) + "\n" for line in lines).encode()
    file = client.files.create(file=("in.jsonl", content), purpose="batch")
    batch = client.batches.create(
        input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h"
    )
    assert client.batches.cancel(batch.id).status in {"cancelling", "cancelled"}
    batch = ended(client, batch.id)
    assert (batch.status, batch.request_counts.failed) == ("cancelled", 20)
    assert len(client.files.content(batch.error_file_id).text.splitlines()) == 20


def ended(client: openai.OpenAI, batch_id: str) -> Any:
    def look() -> Any:
        batch = client.batches.retrieve(batch_id)
        return None if batch.status in {"in_progress", "cancelling"} else batch

    return until(look, f"{batch_id} to end", timeout_s=60)


def results(client: openai.OpenAI, file_id: str) -> dict[str, Any]:
    lines = [json.loads(line) for line in client.files.content(file_id).text.splitlines()]
    return {line["custom_id"]: line["response"] for line in lines}


def models(client: openai.OpenAI) -> None:
    assert NEWEST in {model.id for model in client.models.list()}
    assert client.models.retrieve(NEWEST).object == "model"
    raised(openai.NotFoundError, client.models.retrieve, model="gpt-4o")


STEPS = (
    a_completion,
    a_stream_with_usage,
    tools_streamed_and_not,
    thinking_in_the_words_of_litellm,
    what_was_left_out_is_told,
    errors_have_the_right_class,
    a_stream_that_breaks,
    a_batch,
    a_batch_with_a_bad_line,
    a_batch_that_is_canceled,
    models,
)


def main(url: str) -> None:
    """Take every step against the service at `url`, at both of its addresses."""
    for address in ("/openai/v1", "/v1"):
        with openai.OpenAI(base_url=url + address, api_key="sk-any", max_retries=0, timeout=60) as client:
            for step in STEPS:
                step(client)
                sys.stdout.write(f"openai {openai.__version__} {address} {step.__name__}: ok\n")
                sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1])
