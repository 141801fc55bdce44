"""What users of Anthropic's Python SDK do, as one program that any version of the SDK can run.

`python anthropic_journey.py BASE_URL`: ends with 0 if all went well; behind the server there is a sandbox.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anthropic

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.eventually import until

MODEL = "claude-haiku-5-5"
GENERATION = int(anthropic.__version__.split(".", maxsplit=1)[0])


def ask(text: str, **fields: Any) -> dict[str, Any]:
    return {
        "model": MODEL,
        "max_tokens": 64,
        "messages": [{"role": "user", "content": text}],
        **fields,
    }


def text_of(message: Any) -> str:
    return "".join(block.text for block in message.content if block.type == "text")


def refusal(call: Callable[[], object]) -> Any:
    try:
        call()
    except anthropic.APIStatusError as error:
        return error
    raise AssertionError("it was not refused")


def create_a_message(client: Any) -> None:
    message = client.messages.create(**ask("What is 17 + 25?"), system="Be brief.")
    assert text_of(message) == "42"
    assert message.stop_reason == "end_turn"
    assert message.usage.output_tokens > 0
    assert message._request_id.startswith("req_")


def see_the_raw_response(client: Any) -> None:
    raw = client.messages.with_raw_response.create(**ask("What is 1 + 1?"))
    assert raw.headers["promptmill-job-id"].startswith("job_")
    assert text_of(raw.parse()) == "2"


def use_a_tool(client: Any) -> None:
    tool = {"name": "look", "input_schema": {"type": "object", "properties": {"where": {"type": "string"}}}}
    message = client.messages.create(**ask('[[tool look {"where": "here"}]]'), tools=[tool])
    [used] = [block for block in message.content if block.type == "tool_use"]
    assert (used.name, used.input, message.stop_reason) == ("look", {"where": "here"}, "tool_use")


def stream_with_the_helper(client: Any) -> None:
    with client.messages.stream(**ask("[[say one two three four]]")) as stream:
        pieces = list(stream.text_stream)
        message = stream.get_final_message()
    assert len(pieces) > 1
    assert "".join(pieces) == text_of(message) == "one two three four"
    assert message.stop_reason == "end_turn"
    assert message.usage.output_tokens > 0


def stream_raw_events(client: Any) -> None:
    events = [event.type for event in client.messages.create(**ask("[[say one two]]"), stream=True)]
    assert events[0] == "message_start"
    assert events[-2:] == ["message_delta", "message_stop"]


def use_the_async_client(client: Any) -> None:
    import asyncio  # noqa: PLC0415 - only this step needs it

    async def main() -> None:
        async with anthropic.AsyncAnthropic(base_url=str(client.base_url), api_key="any") as other:
            answers = await asyncio.gather(
                *[other.messages.create(**ask(f"What is {n} + 1?")) for n in range(5)]
            )
            assert [text_of(answer) for answer in answers] == [str(n + 1) for n in range(5)]
            async with other.messages.stream(**ask("[[say one two]]")) as stream:
                assert text_of(await stream.get_final_message()) == "one two"

    asyncio.run(main())


def keep_to_the_rules_of_its_version(client: Any) -> None:
    old = "claude-haiku-4-5"
    warm = ask("What is 2 + 2?", model=old, extra_body={"temperature": 0.5})
    if GENERATION < 2:  # 2.0 was the first to send anthropic-version 2026-10-21
        assert text_of(client.messages.create(**warm)) == "4"
        return
    assert "temperature: Extra inputs are not permitted" in str(
        refusal(lambda: client.messages.create(**warm))
    )
    back = {"anthropic-version": "2023-06-01"}
    assert text_of(client.messages.create(**warm, extra_headers=back)) == "4"


def meet_errors(client: Any) -> None:
    no_model = refusal(lambda: client.messages.create(**ask("hi", model="claude-none-9")))
    assert isinstance(no_model, anthropic.NotFoundError)
    assert no_model.body["error"]["type"] == "not_found_error"
    bad = refusal(lambda: client.messages.create(**{**ask("hi"), "messages": []}))
    assert isinstance(bad, anthropic.BadRequestError)
    assert "messages: must hold at least one message" in str(bad)
    at_once = {"promptmill-max-failures": "1"}
    crowded = refusal(lambda: client.messages.create(**ask("[[529]]"), extra_headers=at_once))
    assert crowded.status_code == 529
    assert crowded.request_id == crowded.body["request_id"]


def meet_an_error_in_a_stream(client: Any) -> None:
    request = ask("[[say one two three]] [[cut after=2]]", stream=True)
    cut = refusal(lambda: list(client.messages.create(**request)))
    assert cut.body["type"] == "error"
    assert cut.body["error"]["type"] == "api_error"


def count_tokens(client: Any) -> None:
    assert client.messages.count_tokens(model=MODEL, messages=ask("hi")["messages"]).input_tokens > 0


def list_models(client: Any) -> None:
    ids = [model.id for model in client.models.list(limit=5)]
    assert len(ids) == len(set(ids))
    assert MODEL in ids
    assert client.models.retrieve("claude-haiku-4-5").id == "claude-haiku-4-5-20251001"


def run_a_batch(client: Any) -> None:
    requests = [{"custom_id": f"sum-{n}", "params": ask(f"What is {n} + 1?")} for n in range(20)]
    batch = client.messages.batches.create(requests=requests)
    assert batch.request_counts.processing == len(requests)
    until(lambda: client.messages.batches.retrieve(batch.id).processing_status == "ended", "the batch to end")
    found = {
        line.custom_id: text_of(line.result.message) for line in client.messages.batches.results(batch.id)
    }
    assert found == {f"sum-{n}": str(n + 1) for n in range(20)}
    assert client.messages.batches.delete(batch.id).type == "message_batch_deleted"


def cancel_batches_and_page_through_them(client: Any) -> None:
    slow = [{"custom_id": "a", "params": ask("[[slow 600]]")}]
    made = [client.messages.batches.create(requests=slow).id for _ in range(5)]
    for batch_id in made:
        assert client.messages.batches.cancel(batch_id).processing_status in {"canceling", "ended"}
    assert [batch.id for batch in client.messages.batches.list(limit=2)][:5] == made[::-1]
    newer = [batch.id for batch in client.messages.batches.list(limit=2, before_id=made[0])]
    assert sorted(newer) == sorted(made[1:])


def complete_a_legacy_prompt(client: Any) -> None:
    if not hasattr(client, "completions"):
        return  # gone with 1.0
    legacy = {
        "model": "claude-2.1",
        "max_tokens_to_sample": 64,
        "prompt": "\n\nHuman: What is 20 + 3?\n\nAssistant:",
    }
    whole = client.completions.create(**legacy)
    assert whole.completion.strip() == "23"
    pieces = list(client.completions.create(**legacy, stream=True))
    assert "".join(piece.completion for piece in pieces) == whole.completion
    assert pieces[-1].stop_reason == whole.stop_reason == "stop_sequence"


STEPS = (
    create_a_message,
    see_the_raw_response,
    use_a_tool,
    stream_with_the_helper,
    stream_raw_events,
    use_the_async_client,
    keep_to_the_rules_of_its_version,
    meet_errors,
    meet_an_error_in_a_stream,
    count_tokens,
    list_models,
    run_a_batch,
    cancel_batches_and_page_through_them,
    complete_a_legacy_prompt,
)


def main(base_url: str) -> None:
    """Walk through all steps; the first that fails ends the program."""
    client = anthropic.Anthropic(base_url=base_url, api_key="any", max_retries=0)
    for step in STEPS:
        step(client)
        sys.stdout.write(f"{anthropic.__version__} {step.__name__}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1])
