"""Chat completions that are refused, and how a stream is told what happens to its job."""

import asyncio
import json
from contextlib import closing

import openai
import pytest

from api.calls import CallStream
from api.errors import RefusedError
from api.openai.answers import ChatChunks
from api.openai.wire import AWAKE, DONE
from api.push.events import Ended, Moved, Pieces, Quiet, Reset
from jobs.job import JobState
from jobs.store.connect import open_engine
from jobs.store.store import Store
from tests.api.access import made_key
from tests.api.openai.uploads import a_chat
from tests.factories import stored_job

START = (
    '{"type":"message_start","message":{"id":"msg_1","model":"claude-sonnet-4-5","usage":{"input_tokens":3}}}'
)
TEXT = '{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}'
HELLO = '{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"hello"}}'
CLOSE = '{"type":"content_block_stop","index":0}'
LAST = '{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":2}}'
STOP = '{"type":"message_stop"}'


def pieces(events):
    return Pieces(1, 1, f"[{','.join(events)}]")


WHOLE = pieces([START, '{"type":"ping"}', TEXT, HELLO, CLOSE, LAST, STOP])


def streamed(*events):
    """Give these events to a stream and return the frames that it makes of them."""

    async def given():
        for event in events:
            yield event

    async def frames():
        chunks = ChatChunks(CallStream("job_1", given()), json.dumps(a_chat(stream=True)), "req_1")
        first = await chunks.first()
        return [frame async for frame in chunks.frames(first)]

    return asyncio.run(frames())


def texts(frames):
    data = [line[6:] for frame in frames for line in frame.split(b"\n\n") if line.startswith(b"data: {")]
    return "".join(json.loads(each)["choices"][0]["delta"].get("content") or "" for each in data)


@pytest.fixture
def job_in(sqlite_url):
    with closing(Store(open_engine(sqlite_url))) as store:
        yield lambda state: stored_job(store, state=state)


def test_a_stream_ends_with_its_last_word(job_in):
    frames = streamed(Moved(job_in(JobState.RUNNING)), WHOLE, Ended(job_in(JobState.SUCCEEDED)))
    assert texts(frames) == "hello"
    assert frames[-1] == DONE
    assert all(frame.startswith(b"data: ") and b"event:" not in frame for frame in frames)


def test_a_retry_before_the_first_word_goes_unnoticed(job_in):
    ping = pieces(['{"type":"ping"}'])
    frames = streamed(
        ping, Moved(job_in(JobState.WAITING)), Reset(2), WHOLE, Ended(job_in(JobState.SUCCEEDED))
    )
    assert (texts(frames), frames[-1]) == ("hello", DONE)


@pytest.mark.parametrize("what", [Reset(2), JobState.WAITING, JobState.ERRORED])
def test_what_breaks_after_the_first_word_is_an_error_and_has_no_last_word(job_in, what):
    event = what if isinstance(what, Reset) else Moved(job_in(what))
    frames = streamed(pieces([START, TEXT, HELLO]), event, WHOLE)
    error = json.loads(frames[-1].removeprefix(b"data: "))["error"]
    assert error["type"] == "server_error"
    assert "job_1" in error["message"]
    assert DONE not in frames


def test_a_failure_before_the_first_word_has_a_status(job_in):
    with pytest.raises(RefusedError) as refused:
        streamed(Ended(job_in(JobState.ERRORED)))
    assert refused.value.refusal.status == 529


def test_a_stream_without_a_word_is_not_taken_for_an_answer(job_in):
    frames = streamed(Ended(job_in(JobState.SUCCEEDED)))
    assert b"server_error" in frames[-1]


def test_while_nothing_comes_the_way_is_kept_open(job_in):
    frames = streamed(*[Quiet()] * 4, WHOLE, Quiet(), Ended(job_in(JobState.SUCCEEDED)))
    assert frames[:2] == [AWAKE, AWAKE]
    assert frames[-2:] == [AWAKE, DONE]


def test_events_that_make_no_sense_are_an_error_of_the_servers():
    with pytest.raises(RefusedError) as refused:
        streamed(pieces([HELLO]))
    assert refused.value.refusal.status >= 500


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"messages": [{"role": "robot", "content": "x"}]}, "messages.0.role"),
        ({"messages": []}, "messages"),
        ({"model": "openai/gpt-4o"}, "model"),
        ({"n": 2}, "n"),
        ({"temperature": 0, "model": "claude-opus-5-5", "extra_body": {"drop_params": False}}, "temperature"),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_a_bad_request_is_refused_by_its_parameter(shared_sdk, fields, param, stream):
    with pytest.raises(openai.BadRequestError) as refused:
        shared_sdk.chat.completions.create(**a_chat(stream=stream, **fields))
    assert refused.value.param == param
    assert refused.value.message.count(param) >= 1


@pytest.mark.parametrize("header", ["promptmill-unsupported", "promptmill-nothing"])
def test_a_header_of_ours_that_cannot_be_is_refused_by_name(shared_sdk, header):
    with pytest.raises(openai.BadRequestError, match=header):
        shared_sdk.chat.completions.create(**a_chat(), extra_headers={header: "perhaps"})


def test_a_body_that_is_no_json_is_refused(shared_http):
    headers = {"content-type": "application/json"}
    refused = shared_http.post("/v1/chat/completions", content=b"{", headers=headers)
    assert (refused.status_code, refused.json()["error"]["type"]) == (400, "invalid_request_error")


def test_a_key_that_is_none_raises_the_right_class(url, store):
    key = made_key(store)
    with openai.OpenAI(base_url=f"{url}/openai/v1", api_key="sk-wrong", max_retries=0) as sdk:
        with pytest.raises(openai.AuthenticationError) as refused:
            sdk.files.list()
        assert refused.value.code == "invalid_api_key"
        assert sdk.with_options(api_key=key).files.list().data == []


def test_a_tenant_sees_nothing_of_anothers(url, store):
    def as_tenant(name):
        return openai.OpenAI(base_url=f"{url}/v1", api_key=made_key(store, name), max_retries=0)

    with as_tenant("a") as mine, as_tenant("b") as theirs:
        file = mine.files.create(file=("in", b"x"), purpose="batch")
        with pytest.raises(openai.NotFoundError):
            theirs.files.content(file.id)
        with pytest.raises(openai.NotFoundError):
            theirs.batches.create(
                input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h"
            )
        assert theirs.files.list().data == []
