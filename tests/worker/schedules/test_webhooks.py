"""The webhook of a schedule: told of each batch that the schedule submits."""

import pytest

from tests.scheduling import HOUR, MIDNIGHT, a_plan, hall

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

URL = "https://hooks.example.com/told"


def test_every_batch_that_a_schedule_submitted_tells_its_webhook_when_it_has_ended(store):
    with hall(store, PROMPTMILL_WEBHOOK_SECRET="x" * 32) as desk:
        schedule = desk.add(a_plan(webhook=URL))
        for hour in (1, 2):
            desk.tick(MIDNIGHT + hour * HOUR)
            desk.end(desk.runs(schedule)[-1])
        batches = {run.batch_id for run in desk.runs(schedule)}
    with store.read() as tx:
        deliveries = tx.deliveries.list(tenant="default", limit=10)
    assert {(each.subject_id, each.url) for each in deliveries} == {(batch_id, URL) for batch_id in batches}
    assert len(batches) == 2
