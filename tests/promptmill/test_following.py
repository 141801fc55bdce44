"""`stream` and `watch`: what happens, as it happens, whatever becomes of the connections."""

import asyncio

import pytest

from promptmill import completion
from promptmill.async_client import AsyncClient
from promptmill.client import Client
from promptmill.errors import CompletionError, RefusedError
from promptmill.following import Chunk, Ended, Moved, Reset
from tests.promptmill.stacks import running

pytestmark = pytest.mark.journey

POEM = "[[say " + " ".join(f"word{n}" for n in range(30)) + "]]"
WORDS = POEM.removeprefix("[[say ").removesuffix("]]")


def streamed(prompt):
    messages = [{"role": "user", "content": prompt}]
    return {"model": "claude-haiku-5-5", "max_tokens": 999, "stream": True, "messages": messages}


def text_of(events):
    """Return the words since the last reset."""
    words = ""
    for event in events:
        words = "" if isinstance(event, Reset) else words + (event.text if isinstance(event, Chunk) else "")
    return words


@pytest.fixture(scope="module")
def restless(tmp_path_factory):
    """A stack whose connections live for a moment only."""
    with running(tmp_path_factory.mktemp("restless"), PROMPTMILL_PUSH_LIFETIME_S="0.15") as stack:
        yield stack


def test_a_stream_goes_on_over_many_connections_without_gap_or_repetition(restless):
    with Client(restless.url) as client:
        job = client.submit_job(streamed(f"[[stall after=9 for=0.6]] {POEM}"))
        *events, end = client.stream(job.id)
        again = list(client.stream(job.id))
    places = [(event.attempt, event.seq) for event in events if isinstance(event, Chunk)]
    assert places == [(1, seq) for seq in range(1, len(places) + 1)]
    assert len([event for event in events if isinstance(event, Moved)]) > 2, "it never came back"
    assert WORDS in text_of(events) == text_of(again)
    assert isinstance(end, Ended)
    assert end.job.state == "succeeded"


def test_a_stream_that_breaks_is_reset_and_told_from_the_start(stack):
    with Client(stack.url) as client:
        job = client.submit_job(streamed(f"[[cut after=9, then ok]] {POEM}"))
        events = list(client.stream(job.id))
    assert [event.attempt for event in events if isinstance(event, Reset)] == [2]
    assert WORDS in text_of(events)


def test_a_batch_is_watched_to_its_end(restless):
    with Client(restless.url) as client:
        batch = client.submit({"request": streamed(f"[[slow 0.{n}]] 1 + 1?")} for n in range(5))
        seen = list(client.watch(batch.id))
    assert [each.has_ended for each in seen] == [False] * (len(seen) - 1) + [True]
    assert seen[-1].counts.succeeded == 5


def test_jobs_of_a_batch_are_told_of_as_they_end_over_many_connections(restless):
    with Client(restless.url) as client:
        jobs = (
            {"custom_id": f"row-{n}", "request": streamed(f"[[slow 0.{9 - 2 * n}]] 1 + 1?")} for n in range(5)
        )
        batch = client.submit(jobs)
        ended = list(client.ended_jobs(batch.id))
    assert sorted(job.custom_id for job in ended) == [f"row-{n}" for n in range(5)]
    assert {job.state for job in ended} == {"succeeded"}


def test_asyncio_has_the_same(stack):
    async def main():
        async with AsyncClient(stack.url) as client:
            job = await client.submit_job(streamed(POEM))
            events = [event async for event in client.stream(job.id)]
            batch = await client.submit({"request": streamed(f"{n} + 1?")} for n in range(130))
            last = [each async for each in client.watch(batch.id)][-1]
            ended = [job async for job in client.ended_jobs(batch.id)]
            assert len({job.id for job in ended}) == len(ended) == 130
            listed = [each.id async for each in client.jobs(batch_id=batch.id)]
            texts = [each.text async for each in client.results(batch.id)]
            return text_of(events), last, len(listed), texts, await client.wait_for_job(job.id)

    words, last, listed, texts, job = asyncio.run(main())
    assert WORDS in words
    assert (last.counts.succeeded, listed) == (130, 130)
    assert texts == [str(n + 1) for n in range(130)]
    assert job.state == "succeeded"


def test_a_job_that_is_not_there_is_refused(stack):
    with Client(stack.url) as client, pytest.raises(RefusedError) as caught:
        next(client.stream("job_" + "0" * 25))
    assert caught.value.status == 404


def test_following_stops_when_its_time_is_over(stack):
    with Client(stack.url) as client:
        job = client.submit_job(streamed("[[slow 3]] 1 + 1?"))
        assert not any(isinstance(event, Ended) for event in client.stream(job.id, timeout_s=0.2))
        assert client.wait_for_job(job.id).state == "succeeded"


def test_a_streamed_completion_comes_in_pieces_and_fails_as_claude_did(monkeypatch, stack):
    monkeypatch.setenv("PROMPTMILL_URL", stack.url)
    said = [{"role": "user", "content": f"[[stall after=9 for=0.3]] {POEM}"}]
    chunks = list(completion("claude-haiku-5-5", said, stream=True))
    contents = [choice.delta.content for chunk in chunks for choice in chunk.choices if choice.delta.content]
    assert WORDS in "".join(contents)
    assert len(contents) > 9
    with pytest.raises(CompletionError) as caught:
        list(completion("claude-haiku-5-5", [{"role": "user", "content": "[[400]]"}], stream=True))
    assert (caught.value.status, caught.value.type) == (400, "invalid_request_error")
