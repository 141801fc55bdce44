import asyncio
import threading

from tests.eventually import one_turn_of_the_loop
from worker.engine.feeder import AHEAD_S, Feeder
from worker.engine.slots import Slots


class Hungry:
    """A backlog that is never full, and notes how much it was asked to hold."""

    def __init__(self):
        self.asked = []

    def is_hungry(self, *, soon):
        self.asked.append(soon)
        return True


def feed_until(fed, feeder, meanwhile=lambda: None):
    async def main():
        feeding = asyncio.create_task(feeder.run())
        async with asyncio.timeout(30):
            while not fed.is_set():
                meanwhile()
                await one_turn_of_the_loop()
        feeding.cancel()
        await asyncio.gather(feeding, return_exceptions=True)

    asyncio.run(main())


def test_a_feed_that_fails_is_tried_again():
    fed = threading.Event()
    faults = [LookupError("a fault of ours")]

    def feed(_pace):
        if faults:
            raise faults.pop()
        fed.set()
        return False

    feed_until(fed, Feeder(Hungry(), Slots(1), feed))
    assert not faults


def test_the_faster_calls_land_the_more_is_fetched_before_it_is_needed():
    fed, hungry, paces = threading.Event(), Hungry(), []
    slots = Slots(1, steady=lambda: 0.0)

    def feed(pace):
        paces.append(pace)
        if len(paces) == 3:
            fed.set()
        return True

    feed_until(fed, Feeder(hungry, slots, feed), meanwhile=slots.land)
    assert paces[2] > paces[1] > paces[0]
    assert hungry.asked[:3] == [pace * AHEAD_S for pace in paces[:3]]
