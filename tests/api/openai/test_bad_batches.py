"""What an input file can have wrong with it, told by line in OpenAI's words."""

import openai
import pytest

from tests.api.openai.uploads import ENDPOINT, a_chat, a_line, created, uploaded


def errors_of(sdk, *lines, **fields):
    batch = created(sdk, *lines, **fields)
    assert (batch.status, batch.failed_at, batch.request_counts.total) == ("failed", batch.created_at, 0)
    return batch.errors.data


def without(name):
    return {key: value for key, value in a_line().items() if key != name}


@pytest.mark.parametrize(
    ("line", "code", "param"),
    [
        (b"{not json", "invalid_json_line", None),
        (b"[]", "invalid_json_line", None),
        (b'{"custom_id": "\xff"}', "invalid_json_line", None),
        (without("custom_id"), "missing_required_parameter", "custom_id"),
        (without("body"), "missing_required_parameter", "body"),
        (a_line(""), "invalid_custom_id", "custom_id"),
        (a_line("x" * 513), "invalid_custom_id", "custom_id"),
        (a_line("a\0"), "invalid_custom_id", "custom_id"),
        (a_line(custom_id=7), "invalid_request", "custom_id"),
        (a_line(method="GET"), "invalid_method", "method"),
        (a_line(url="/v1/embeddings"), "url_mismatch", "url"),
        (a_line(body=a_chat(stream=True)), "invalid_request", "body.stream"),
        (a_line(body=a_chat(n=2)), "invalid_request", "body.n"),
        (a_line(body=[]), "invalid_request", "body"),
        (a_line(body=a_chat(messages=[{"role": "robot"}])), "invalid_request", "body.messages.0.role"),
    ],
)
def test_a_bad_line_is_named_with_its_number_and_field(shared_sdk, line, code, param):
    [error] = errors_of(shared_sdk, a_line("first"), b"", line)
    assert (error.code, error.line, error.param) == (code, 3, param)
    assert error.message


def test_a_custom_id_may_be_used_once(shared_sdk):
    [error] = errors_of(shared_sdk, a_line("a"), a_line("b"), a_line("a"))
    assert (error.code, error.line, error.param) == ("duplicate_custom_id", 3, "custom_id")


def test_every_bad_line_is_named_up_to_a_hundred(shared_sdk):
    errors = errors_of(shared_sdk, *(a_line(str(number), method="PUT") for number in range(120)))
    assert [error.line for error in errors] == list(range(1, 101))


@pytest.mark.parametrize("lines", [[], [b"", b"  "]])
def test_an_empty_file_makes_no_batch(shared_sdk, lines):
    file = shared_sdk.files.create(file=("in.jsonl", b"\n".join(lines)), purpose="batch")
    batch = shared_sdk.batches.create(input_file_id=file.id, endpoint=ENDPOINT, completion_window="24h")
    [error] = batch.errors.data
    assert (batch.status, error.code, error.line) == ("failed", "empty_file", None)


def test_a_refused_batch_can_be_looked_up_and_listed_and_holds_no_job(http, openai_sdk):
    batch = created(openai_sdk, a_line("a"), b"{")
    assert openai_sdk.batches.retrieve(batch.id) == batch
    assert [each.id for each in openai_sdk.batches.list()] == [batch.id]
    assert http.get("/v1/jobs").json()["data"] == []
    with pytest.raises(openai.ConflictError):
        openai_sdk.batches.cancel(batch.id)


def test_a_byte_order_mark_does_no_harm(shared_sdk):
    file = shared_sdk.files.create(
        file=(
            "in.jsonl",
            b"\xef\xbb\xbf" + shared_sdk.files.content(uploaded(shared_sdk, a_line()).id).content,
        ),
        purpose="batch",
    )
    batch = shared_sdk.batches.create(input_file_id=file.id, endpoint=ENDPOINT, completion_window="24h")
    assert batch.status == "in_progress"


def test_parameters_that_the_model_does_not_take_may_be_refused(shared_sdk):
    line = a_line(body=a_chat(model="claude-opus-5-5", temperature=0))
    assert created(shared_sdk, line).status == "in_progress"
    strict = shared_sdk.with_options(default_headers={"promptmill-unsupported": "error"})
    [error] = errors_of(strict, line)
    assert (error.param, error.message) == ("body.temperature", "the model does not take it")


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"endpoint": "/v1/embeddings"}, "endpoint"),
        ({"completion_window": "1w"}, "completion_window"),
        ({"completion_window": "31d"}, "completion_window"),
        ({"metadata": {str(number): "x" for number in range(17)}}, "metadata"),
        ({"metadata": {"k": "x" * 513}}, "metadata"),
        ({"metadata": {"k": 1}}, "metadata"),
        (
            {"extra_body": {"output_expires_after": {"anchor": "now", "seconds": 3600}}},
            "output_expires_after.anchor",
        ),
        (
            {"extra_body": {"output_expires_after": {"anchor": "created_at", "seconds": 1}}},
            "output_expires_after.seconds",
        ),
        ({"extra_body": {"surprise": 1}}, "surprise"),
    ],
)
def test_a_bad_parameter_is_refused_by_name(shared_sdk, fields, param):
    given = {"input_file_id": "file-x", "endpoint": ENDPOINT, "completion_window": "24h", **fields}
    with pytest.raises(openai.BadRequestError) as refused:
        shared_sdk.batches.create(**given)
    assert refused.value.param.startswith(param)


@pytest.mark.parametrize("file_id", ["file-x", "file-" + "0" * 25, "a\0"])
def test_a_file_that_is_not_there_is_not_found(shared_sdk, file_id):
    with pytest.raises(openai.NotFoundError, match="No such File object"):
        shared_sdk.batches.create(input_file_id=file_id, endpoint=ENDPOINT, completion_window="24h")


@pytest.mark.parametrize("batch_id", ["batch_x", "x", "msgbatch_" + "0" * 25])
def test_a_batch_that_is_not_there_is_not_found(shared_sdk, batch_id):
    with pytest.raises(openai.NotFoundError, match="No batch found"):
        shared_sdk.batches.retrieve(batch_id)
