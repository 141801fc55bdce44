from datetime import timedelta

from celery import Celery

from jobs.clock import utc_now
from jobs.queues import TICK
from worker.tasks import register_tasks


class Broken:
    """An actor that always fails."""

    def run_once(self, now):
        raise LookupError(now)


class Counting:
    """An actor that counts its passes."""

    def __init__(self):
        self.passes = 0

    def run_once(self, now):
        del now
        self.passes += 1
        return 0


def test_an_actor_that_fails_does_not_keep_the_next_from_its_work():
    celery, counting = Celery(set_as_current=False), Counting()
    register_tasks(
        celery,
        engine=None,
        ticked=[Broken(), counting],
        pruner=Broken(),
        dispatch_lease=timedelta(seconds=10),
        clock=utc_now,
    )
    celery.tasks[TICK]()
    assert counting.passes == 1
