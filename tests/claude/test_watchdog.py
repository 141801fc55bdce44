"""Limits on waiting that share one timer."""

import asyncio

import pytest

from claude.watchdog import Watchdog

SOON_S = 0.01
LONG_S = 60.0


def later(seconds):
    return asyncio.get_running_loop().time() + seconds


async def wait_for_ever():
    await asyncio.get_running_loop().create_future()


def test_a_wait_past_its_limit_is_broken_off_and_those_with_more_time_are_not():
    async def limited(watchdog, seconds, wait):
        with watchdog.until(later(seconds)):
            return await wait

    async def scene():
        watchdog, answer = Watchdog(), asyncio.get_running_loop().create_future()
        patient = asyncio.ensure_future(limited(watchdog, LONG_S, answer))
        with pytest.raises(TimeoutError):
            await limited(watchdog, SOON_S, wait_for_ever())
        assert not patient.done()
        answer.set_result("answer")
        assert await patient == "answer"

    asyncio.run(scene())


def test_a_task_goes_on_after_a_wait_that_was_broken_off():
    async def scene():
        watchdog = Watchdog()
        for _ in range(2):
            with pytest.raises(TimeoutError), watchdog.until(later(SOON_S)):
                await wait_for_ever()
        assert asyncio.current_task().cancelling() == 0

    asyncio.run(scene())


def test_who_is_canceled_by_somebody_else_is_canceled():
    async def limited(watchdog):
        with watchdog.until(later(LONG_S)):
            await wait_for_ever()

    async def scene():
        waiting = asyncio.ensure_future(limited(Watchdog()))
        asyncio.get_running_loop().call_soon(waiting.cancel)
        with pytest.raises(asyncio.CancelledError):
            await waiting

    asyncio.run(scene())


def test_a_limit_that_passes_does_not_hide_a_cancellation():
    async def limited(watchdog):
        with watchdog.until(later(LONG_S)) as limit:
            limit.pass_()
            asyncio.current_task().cancel()
            await wait_for_ever()

    async def scene():
        with pytest.raises(asyncio.CancelledError):
            await asyncio.ensure_future(limited(Watchdog()))

    asyncio.run(scene())


def test_nobody_is_watched_once_nobody_waits():
    async def scene():
        watchdog = Watchdog()
        with watchdog.until(later(LONG_S)):
            pass
        with pytest.raises(TimeoutError), watchdog.until(later(SOON_S)):
            await wait_for_ever()
        return watchdog._limits

    assert asyncio.run(scene()) == set()
