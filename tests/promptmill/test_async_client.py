"""The client for asyncio can do what the other can: files, evaluations, schedules."""

import asyncio
import io

import msgspec
import pytest

from evalruns.told import ToldEvaluation
from promptmill.async_client import AsyncClient
from promptmill.client import Client
from promptmill.errors import RefusedError

pytestmark = pytest.mark.journey

REQUEST = {"model": "claude-haiku-5-5", "max_tokens": 99, "messages": [{"role": "user", "content": "1 + 1?"}]}
JOB = {"custom_id": "one", "request": REQUEST}
TOLD = ToldEvaluation(
    definition={
        "name": "of asyncio",
        "model": "claude-haiku-5-5",
        "dataset": [{"id": "a"}, {"id": "b"}],
        "prompt": "What is 1 + 1?",
        "graders": [{"type": "number", "target": 2}],
    }
)


@pytest.fixture
def attend(stack):
    """Run a coroutine function with a client of the shared stack."""

    def attend(work):
        async def main():
            async with AsyncClient(stack.url) as client:
                return await work(client)

        return asyncio.run(main())

    return attend


def test_a_file_of_jobs_is_submitted(attend):
    async def work(client):
        batch = await client.submit_file(io.BytesIO(msgspec.json.encode(JOB)), name="a file")
        ended = await client.wait(batch.id)
        return ended, [result.text async for result in client.results(batch.id)]

    ended, texts = attend(work)
    assert (ended.name, texts) == ("a file", ["2"])


def test_an_evaluation_is_run_and_compared(attend):
    async def work(client):
        runs = [await client.evaluations.start(TOLD) for _ in range(2)]
        ended = [await client.evaluations.wait(run.id) for run in runs]
        compared = await client.evaluations.compare(*(run.id for run in runs))
        items = [result.item_id async for result in client.evaluations.results(runs[0].id)]
        listed = [run.id async for run in client.evaluations.runs("of asyncio")]
        return ended, compared, items, listed

    ended, compared, items, listed = attend(work)
    assert [run.summary.variants[0].overall.mean for run in ended] == [1.0, 1.0]
    assert (compared.verdict, items) == ("cannot_tell", ["a", "b"])
    assert listed == [ended[1].id, ended[0].id]


def test_a_schedule_is_added_moved_triggered_and_removed(attend, stack):
    async def work(client):
        added = await client.schedules.add("of asyncio", every_s=3600, batch={"requests": [JOB]})
        moved = [await client.schedules.pause(added.id), await client.schedules.resume("of asyncio")]
        await client.schedules.trigger("of asyncio")
        [run] = [run async for run in client.schedules.runs("of asyncio")]
        listed = [each.name async for each in client.schedules.list()]
        shown = await client.schedules.get("of asyncio")
        await client.schedules.remove("of asyncio")
        return [each.state for each in moved], run.is_triggered, listed, len(shown.upcoming)

    states, is_triggered, listed, upcoming = attend(work)
    assert (states, is_triggered, upcoming) == (["paused", "active"], True, 5)
    assert "of asyncio" in listed
    with Client(stack.url) as client, pytest.raises(RefusedError, match="there is no schedule 'of asyncio'"):
        client.schedules.get("of asyncio")
