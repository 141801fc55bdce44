import asyncio
import threading

from worker.engine.feeder import Feeder


class Hungry:
    """A backlog that is never full."""

    is_hungry = True


def test_a_feed_that_fails_is_tried_again():
    fed = threading.Event()
    faults = [LookupError("a fault of ours")]

    def feed():
        if faults:
            raise faults.pop()
        fed.set()
        return False

    async def main():
        feeding = asyncio.create_task(Feeder(Hungry(), feed).run())
        assert await asyncio.to_thread(fed.wait, 10)
        feeding.cancel()
        await asyncio.gather(feeding, return_exceptions=True)

    asyncio.run(main())
