"""How one look serves all who follow, and who is woken by it."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest

from api.push.watch import Watch
from jobs.errors import StoreUnavailableError

NEVER = float("inf")


class Numbers:
    """What is followed: numbers that count up; a look tells those who know less."""

    def __init__(self, *faults):
        self.present = dict.fromkeys("abc", 1)
        self.faults = list(faults)
        self.looks = []

    def read(self, asked):
        self.looks.append(sorted(asked))
        if self.faults:
            raise self.faults.pop()
        return [self.present[name] if self.present[name] > known else None for name, known in asked]


def watched(numbers, scene):
    """Play `scene` with a watch over `numbers`."""

    async def main():
        with ThreadPoolExecutor(1) as thread:
            watch = Watch(numbers.read, thread, poll_s=NEVER)
            running = asyncio.create_task(watch.run())
            try:
                return await asyncio.wait_for(scene(watch), 30)
            finally:
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)

    return asyncio.run(main())


async def told(watch, name, known, *, until=NEVER):
    with watch.follower(name) as follower:
        return await watch.next(follower, (name, known), until=until, at_once=False)


def test_those_who_come_together_are_served_by_one_look():
    numbers = Numbers()
    assert (
        watched(numbers, lambda watch: asyncio.gather(*(told(watch, name, 0) for name in "abc"))) == [1] * 3
    )
    assert numbers.looks == [[("a", 0), ("b", 0), ("c", 0)]]


def test_who_knows_it_all_waits_for_news():
    numbers = Numbers()

    async def scene(watch):
        waiting = asyncio.create_task(told(watch, "a", 1))
        assert await told(watch, "b", 0) == 1
        assert not waiting.done()
        numbers.present["a"] = 2
        watch.wake(["a"])
        return await waiting

    assert watched(numbers, scene) == 2


def test_news_that_comes_between_two_questions_is_not_lost():
    numbers = Numbers()

    async def scene(watch):
        with watch.follower("a") as follower:
            assert await watch.next(follower, ("a", 0), until=NEVER, at_once=False) == 1
            numbers.present["a"] = 2
            watch.wake(["a"])
            return await watch.next(follower, ("a", 1), until=NEVER, at_once=False)

    assert watched(numbers, scene) == 2
    assert numbers.looks == [[("a", 0)], [("a", 1)]]


def test_who_has_waited_long_enough_is_told_nothing():
    assert watched(Numbers(), lambda watch: told(watch, "a", 1, until=0.0)) is None


def test_a_follower_outlasts_a_database_that_is_away():
    numbers = Numbers(StoreUnavailableError("away"))
    assert watched(numbers, lambda watch: told(watch, "a", 0)) == 1


def test_a_look_that_fails_is_told_to_those_who_asked_and_to_nobody_later():
    async def scene(watch):
        with pytest.raises(ZeroDivisionError):
            await told(watch, "a", 0)
        return await told(watch, "a", 0)

    assert watched(Numbers(ZeroDivisionError()), scene) == 1
