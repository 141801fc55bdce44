from collections.abc import Iterator

import anthropic
import pytest

from tests.eventually import until
from tests.sandbox.running import Running

MODEL = "claude-opus-5-5"


@pytest.fixture
def client(sandbox: Running) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(base_url=sandbox.url, api_key="sk-ant-sdk", max_retries=0) as made:
        yield made


def ask(client: anthropic.Anthropic, text: str) -> anthropic.types.Message:
    return client.messages.create(model=MODEL, max_tokens=200, messages=[{"role": "user", "content": text}])


def test_create(client: anthropic.Anthropic):
    message = ask(client, "What is 6 * 7?")
    assert [block.text for block in message.content if block.type == "text"] == ["42"]
    assert message.usage.output_tokens > 0
    assert message._request_id


def test_stream(client: anthropic.Anthropic):
    turn: anthropic.types.MessageParam = {"role": "user", "content": "Tell me of the mill."}
    with client.messages.stream(model=MODEL, max_tokens=200, messages=[turn]) as stream:
        text = "".join(stream.text_stream)
        message = stream.get_final_message()
    assert message.content[-1].type == "text"
    assert message.content[-1].text == text
    assert message.stop_reason == "end_turn"


def test_count_tokens_and_models(client: anthropic.Anthropic):
    counted = client.messages.count_tokens(model=MODEL, messages=[{"role": "user", "content": "Hi"}])
    assert counted.input_tokens > 0
    listed = [model.id for model in client.models.list(limit=5)]
    assert len(listed) == len(set(listed)) > 15
    retrieved = client.models.retrieve("claude-haiku-4-5")
    assert retrieved.id == "claude-haiku-4-5-20251001"
    assert retrieved.capabilities is not None
    assert retrieved.capabilities.thinking.types.enabled.supported


def test_batches(client: anthropic.Anthropic):
    requests: list[anthropic.types.messages.batch_create_params.Request] = [
        {
            "custom_id": f"n{n}",
            "params": {
                "model": MODEL,
                "max_tokens": 100,
                "messages": [{"role": "user", "content": f"What is {n} + 1?"}],
            },
        }
        for n in range(20)
    ]
    batch = client.messages.batches.create(requests=requests)
    until(
        lambda: client.messages.batches.retrieve(batch.id).processing_status == "ended",
        "the batch to end",
    )
    results = {line.custom_id: line.result for line in client.messages.batches.results(batch.id)}
    assert len(results) == 20
    assert all(result.type == "succeeded" for result in results.values())
    assert batch.id in [one.id for one in client.messages.batches.list(limit=1)]
    assert client.messages.batches.delete(batch.id).id == batch.id


@pytest.mark.parametrize(
    ("script", "error"),
    [
        ("400", anthropic.BadRequestError),
        ("401", anthropic.AuthenticationError),
        ("402", anthropic.PaymentRequiredError),
        ("403", anthropic.PermissionDeniedError),
        ("404", anthropic.NotFoundError),
        ("408", anthropic.RequestTimeoutError),
        ("409", anthropic.ConflictError),
        ("413", anthropic.ContentTooLargeError),
        ("422", anthropic.UnprocessableEntityError),
        ("429", anthropic.RateLimitError),
        ("500", anthropic.InternalServerError),
        ("503", anthropic.ServiceUnavailableError),
        ("504", anthropic.GatewayTimeoutError),
        ("529", anthropic.OverloadedError),
        ("html 502", anthropic.InternalServerError),
        ("reset", anthropic.APIConnectionError),
    ],
)
def test_each_error_arrives_as_its_class(client: anthropic.Anthropic, script: str, error: type[Exception]):
    with pytest.raises(error):
        ask(client, f"[[{script}]] sdk")


def test_the_sdk_retries_what_it_is_told_to(sandbox: Running):
    with anthropic.Anthropic(base_url=sandbox.url, api_key="sk-ant-sdk", max_retries=2) as client:
        message = ask(client, "[[529 retry-after-ms=1 x2, then ok]] What is 2 + 3? (sdk)")
    assert message.content[-1].type == "text"
    assert message.content[-1].text == "5"
    assert [call["status"] for call in sandbox.calls(text="(sdk)")] == [529, 529, 200]


def test_an_error_event_arrives_as_an_error_with_status_200(client: anthropic.Anthropic):
    turn: anthropic.types.MessageParam = {
        "role": "user",
        "content": "[[error-event overloaded_error after=1]]",
    }
    stream = client.messages.create(model=MODEL, max_tokens=200, messages=[turn], stream=True)
    with stream, pytest.raises(anthropic.APIStatusError) as caught:
        list(stream)
    assert caught.value.status_code == 200
