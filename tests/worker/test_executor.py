import asyncio
import json
from datetime import timedelta

import pytest

from claude.answer import TokenUsage
from claude.client import ClaudeClient
from claude.dialect import Dialect
from claude.prices import cost
from jobs.clock import utc_now
from jobs.job import ClaimedJob, JobState
from jobs.outcome import Reason
from tests.claude.requests_to_send import LEGACY_STREAM, MESSAGE, STREAM
from tests.claude.scripted_server import Act, ScriptedServer, reply, sse, stream_reply
from tests.factories import stored_job
from tests.worker.claiming import claim
from worker.engine.executor import Executor

LONG = 30_000
MODEL = "claude-opus-5-5"
ENDING = (
    {
        "type": "message_delta",
        "delta": {"stop_reason": "end_turn", "stop_sequence": None},
        "usage": {**MESSAGE["usage"], "output_tokens": 6},
    },
    {"type": "message_stop"},
)
ERROR = {"error": {"type": "invalid_request_error", "message": "Your credit balance is too low to go on."}}


@pytest.fixture
def server():
    server = ScriptedServer()
    yield server
    server.close()


@pytest.fixture
def execute(server, recorder):
    """Run one attempt against the scripted server, with short patience."""

    async def run(job):
        client = ClaudeClient(
            base_url=server.url, api_key="k", call_timeout_s=10, stall_timeout_s=2, max_connections=5
        )
        attempted = await Executor(client=client, recorder=recorder, clock=utc_now).execute(job)
        await client.aclose()
        return attempted.outcome

    return lambda **fields: asyncio.run(run(a_claimed_job(**fields)))


@pytest.fixture(params=["sqlite"])
def database_url(request):
    return request.getfixturevalue(f"{request.param}_url")


def a_claimed_job(*, max_tokens=64, job_id="job_1", **fields):
    messages = [{"role": "user", "content": "2+2?"}]
    defaults = {
        "id": job_id,
        "attempt": 1,
        "failures": 0,
        "max_failures": 3,
        "tenant": "default",
        "batch_id": None,
        "dialect": Dialect.MESSAGES,
        "model": MODEL,
        "stream": False,
        "body": json.dumps({"model": MODEL, "max_tokens": max_tokens, "messages": messages}),
        "headers": {},
        "expires_at": utc_now() + timedelta(days=1),
    }
    return ClaimedJob(**{**defaults, **fields})


def sent(server):
    return json.loads(server.received[-1].body)


def chunks(store, job_id):
    with store.read() as tx:
        return tx.chunks.read_since(job_id, 1, 0, limit=100)


def test_a_plain_answer_is_kept_as_it_came(server, execute):
    server.replies.append(reply(MESSAGE, request_id="req_1"))
    outcome = execute()
    assert (outcome.state, outcome.request_id, outcome.status) == (JobState.SUCCEEDED, "req_1", 200)
    assert json.loads(outcome.response) == MESSAGE
    assert "stream" not in sent(server)


def test_a_call_that_may_take_ten_minutes_is_streamed_and_its_answer_is_none_the_less_the_same(
    server, execute
):
    server.replies.append(stream_reply(sse(*STREAM[:-2], *ENDING), request_id="req_1"))
    outcome = execute(max_tokens=LONG)
    assert sent(server)["stream"] is True
    assert (outcome.state, outcome.request_id) == (JobState.SUCCEEDED, "req_1")
    assert json.loads(outcome.response) == MESSAGE
    assert outcome.usage.cache_read_tokens == 3


@pytest.mark.parametrize(("is_asked_for", "pieces"), [(True, len(STREAM)), (False, 0)])
def test_the_pieces_of_a_stream_are_kept_only_for_a_caller_who_asked_for_it(
    server, store, recorder, execute, is_asked_for, pieces
):
    job = stored_job(store, stream=is_asked_for, expires_at=utc_now() + timedelta(days=1))
    claim(recorder, [job.id])
    server.replies.append(stream_reply(sse(*STREAM)))
    outcome = execute(job_id=job.id, stream=is_asked_for, max_tokens=LONG)
    assert outcome.state is JobState.SUCCEEDED
    assert recorder.stop(patience_s=30) == 0
    assert sum(len(json.loads(chunk.data)) for chunk in chunks(store, job.id)) == pieces


def test_a_long_legacy_call_is_put_together_too(server, execute):
    server.replies.append(stream_reply(sse(*LEGACY_STREAM)))
    prompt = "\n\nHuman: Hi\n\nAssistant:"
    body = json.dumps({"model": "claude-2.1", "prompt": prompt, "max_tokens_to_sample": LONG})
    outcome = execute(dialect=Dialect.COMPLETE, body=body, model="claude-2.1")
    answer = json.loads(outcome.response)
    assert (answer["completion"], answer["stop_reason"]) == (" Hello", "stop_sequence")


@pytest.mark.parametrize(
    ("tail", "error_type"),
    [
        ((), "stream_cut"),
        ((Act.HANG,), "timeout_error"),
        ((b"data: {\n\n",), "stream_malformed"),
        ((b"data: \xff\n\n",), "stream_malformed"),
        ((sse(STREAM[0]),), "stream_malformed"),
    ],
    ids=repr,
)
def test_a_stream_that_breaks_off_is_tried_again_and_what_it_has_used_is_billed(
    server, execute, tail, error_type
):
    server.replies.append(stream_reply(sse(*STREAM[:4]), *tail, request_id="req_1"))
    outcome = execute(stream=True)
    assert (outcome.state, outcome.reason, outcome.is_failure) == (JobState.WAITING, Reason.RETRY, True)
    assert (outcome.error.type, outcome.request_id) == (error_type, "req_1")
    assert (outcome.usage.input_tokens, outcome.usage.output_tokens) == (12, 1)
    assert outcome.usage.cost == pytest.approx(cost(MODEL, TokenUsage(input=12, output=1)))


def test_a_fault_of_the_account_puts_the_job_back_with_nothing_counted(server, execute):
    server.replies.append(reply(ERROR, status=400))
    outcome = execute(failures=2)
    assert (outcome.state, outcome.reason) == (JobState.WAITING, Reason.LANE_PAUSED)
    assert not outcome.is_failure
    assert outcome.run_at > outcome.ended_at
    assert outcome.error.message.startswith("Your credit balance")


def test_a_job_that_cannot_be_tried_again_in_time_ends(server, execute):
    server.replies.append(reply({}, status=529, retry_after="3600"))
    outcome = execute(expires_at=utc_now() + timedelta(hours=1))
    assert (outcome.state, outcome.reason) == (JobState.ERRORED, Reason.TIME_SPENT)
    assert (outcome.status, outcome.run_at) == (529, None)


def test_a_request_that_cannot_be_sent_ends_before_anything_is(server, execute):
    outcome = execute(headers={"anthropic-beta": "one\ntwo"})
    assert (outcome.state, outcome.reason) == (JobState.ERRORED, Reason.REFUSED)
    assert execute(body="\0").error.type == "invalid_request_error"
    assert server.received == []
