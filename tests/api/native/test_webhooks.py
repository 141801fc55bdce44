from dataclasses import replace

import pytest

from jobs.clock import utc_now
from jobs.webhooks.signing import WebhookSigner
from tests.api.ending import end
from tests.api.requests import NDJSON, a_line, ndjson
from tests.receiver import receiving
from worker.maintenance.deliverer import Deliverer
from worker.webhooks.sender import Sender

MASTER = "a master secret of enough length"
LINES = ndjson(a_line("a"), a_line("b"))


@pytest.fixture
def settings(settings):
    """Return settings under which webhooks are sent, to the loopback as well."""
    return replace(settings, webhook_masters=(MASTER,), allows_private_webhooks=True)


@pytest.fixture
def deliver(store):
    """Deliver what is due, as a worker would."""
    sender = Sender(signer=WebhookSigner([MASTER]), allows_inside=True, clock=utc_now)
    return lambda: Deliverer(store=store, sender=sender).run_once(utc_now())


def submit(http, webhook):
    return http.post("/v1/jobs", content=LINES, headers=NDJSON, params={"webhook": webhook})


def test_a_webhook_is_told_what_the_batchs_own_page_says(http, store, deliver):
    with receiving() as receiver:
        batch_id = submit(http, receiver.url).json()["id"]
        end(store, batch_id, failing="b")
        assert deliver() == 1
    event = receiver.received[0].verified(WebhookSigner([MASTER]).secret("default"))
    batch = http.get(f"/v1/batches/{batch_id}").json()
    assert {name: batch[name] for name in event["data"]} == event["data"]
    assert (event["type"], event["timestamp"]) == ("batch.ended", batch["ended_at"])
    assert set(event["data"]) >= {"name", "state", "counts", "usage"}


def test_deliveries_are_listed_shown_and_sent_again(http, store, deliver):
    with receiving() as receiver:
        receiver.answers = [500]
        batch_id = submit(http, receiver.url).json()["id"]
        end(store, batch_id)
        deliver()
        [listed] = http.get("/v1/webhooks/deliveries", params={"subject_id": batch_id}).json()["data"]
        path = f"/v1/webhooks/deliveries/{listed['id']}"
        assert (listed["state"], listed["last_status"]) == ("pending", 500)
        assert http.post(f"{path}/resend").json()["state"] == "pending"
        deliver()
    shown = http.get(path).json()
    assert (shown["state"], [each["status"] for each in shown["history"]]) == ("delivered", [500, 200])
    assert shown["payload"]["data"]["id"] == batch_id
    assert receiver.ids == [listed["id"]] * 2


def test_a_page_of_deliveries_goes_on_where_the_last_one_ended(http, store):
    for _ in range(3):
        end(store, submit(http, "https://example.com/").json()["id"])
    first = http.get("/v1/webhooks/deliveries", params={"limit": 2}).json()
    rest = {"limit": 2, "cursor": first["next_cursor"]}
    second = http.get("/v1/webhooks/deliveries", params=rest).json()
    assert (len(first["data"]), len(second["data"]), second["next_cursor"]) == (2, 1, None)


@pytest.mark.parametrize("hook", ["nonsense", "http://169.254.169.254/", "https://u:p@example.com/"])
def test_a_url_that_cannot_be_used_is_refused_and_nothing_stored(http, hook):
    refused = submit(http, hook)
    assert refused.status_code == 400
    assert refused.json()["error"]["message"].startswith("webhook ")
    assert http.get("/v1/batches").json()["data"] == []


def test_without_a_secret_no_webhook_is_taken(refusing):
    refused = submit(refusing, "https://example.com/")
    assert refused.status_code == 400
    assert "PROMPTMILL_WEBHOOK_SECRET" in refused.json()["error"]["message"]


def test_a_single_job_has_no_webhook(refusing):
    answered = refusing.post("/v1/jobs", json=a_line(), params={"webhook": "https://example.com/"})
    assert answered.status_code == 400


@pytest.mark.parametrize("unknown", ["nope", "%00", "delivery_" + "0" * 25])
def test_an_unknown_delivery_is_not_found(refusing, unknown):
    assert refusing.get(f"/v1/webhooks/deliveries/{unknown}").status_code == 404
    assert refusing.post(f"/v1/webhooks/deliveries/{unknown}/resend").status_code == 404
