import os
import signal
import subprocess
import sys
import threading
from datetime import timedelta

import pytest

from jobs.webhooks.delivery import DeliveryState
from jobs.webhooks.signing import WebhookSigner
from tests.eventually import until
from tests.factories import NOW
from tests.receiver import receiving
from tests.worker.webhooks.conftest import MASTER
from tests.worker.webhooks.queueing import PAYLOAD, queued, the_delivery
from worker.maintenance.aside import Aside
from worker.maintenance.deliverer import LEASE, Deliverer

SOON = timedelta(minutes=2)
DAY = timedelta(days=1, hours=6)


def test_a_delivery_is_signed_sent_once_and_recorded(store, deliverer, receiver, signer):
    delivery_id = queued(store, receiver.url)
    assert deliverer.run_once(NOW) == 1
    assert deliverer.run_once(NOW + SOON) == 0
    [received] = receiver.received
    assert received.verified(signer.secret("default"))["data"] == {"id": "batch_1"}
    assert (received.body, received.headers["content-type"]) == (PAYLOAD, "application/json")
    delivery, attempts = the_delivery(store, delivery_id)
    assert (delivery.state, delivery.attempts, attempts) == (DeliveryState.DELIVERED, 1, [(200, None)])
    assert received.headers["webhook-id"] == delivery_id


def test_another_tenants_secret_does_not_verify(store, deliverer, receiver, signer):
    queued(store, receiver.url, tenant="acme")
    deliverer.run_once(NOW)
    receiver.received[0].verified(signer.secret("acme"))
    with pytest.raises(Exception, match="No matching signature"):
        receiver.received[0].verified(signer.secret("default"))


def test_while_secrets_are_replaced_receivers_of_either_verify(store, receiver, make_sender):
    both = WebhookSigner(["the new master, long enough", MASTER])
    queued(store, receiver.url)
    Deliverer(store=store, sender=make_sender(signer=both)).run_once(NOW)
    for known in (both, WebhookSigner([MASTER])):
        receiver.received[0].verified(known.secret("default"))


def test_failures_are_retried_under_the_same_id_until_one_succeeds(store, deliverer, receiver):
    receiver.answers = [500, 503, 200]
    delivery_id = queued(store, receiver.url)
    now = NOW
    for _ in range(3):
        assert deliverer.run_once(now) == 1
        now = the_delivery(store, delivery_id)[0].next_at or now
    assert receiver.ids == [delivery_id] * 3
    delivery, attempts = the_delivery(store, delivery_id)
    assert delivery.state is DeliveryState.DELIVERED
    assert [status for status, _ in attempts] == [500, 503, 200]


def test_a_failure_is_not_retried_before_its_time(store, deliverer, receiver):
    receiver.answers = [500]
    queued(store, receiver.url)
    deliverer.run_once(NOW)
    assert deliverer.run_once(NOW + timedelta(seconds=4)) == 0
    assert deliverer.run_once(NOW + timedelta(seconds=10)) == 1


def test_after_a_day_in_vain_a_delivery_is_given_up_and_can_be_sent_again(store, deliverer, receiver):
    receiver.answers = [500] * 8
    delivery_id = queued(store, receiver.url)
    now = NOW
    while now is not None:
        last = now
        deliverer.run_once(now)
        now = the_delivery(store, delivery_id)[0].next_at
    delivery, attempts = the_delivery(store, delivery_id)
    assert (delivery.state, len(attempts)) == (DeliveryState.FAILED, 8)
    assert timedelta(hours=20) < last - NOW < DAY
    with store.write() as tx:
        tx.deliveries.resend(delivery_id, now=last)
    assert deliverer.run_once(last) == 1
    assert the_delivery(store, delivery_id)[0].state is DeliveryState.DELIVERED


def test_a_receiver_that_is_gone_is_not_asked_again(store, deliverer, receiver):
    receiver.answers = [410]
    delivery_id = queued(store, receiver.url)
    deliverer.run_once(NOW)
    assert the_delivery(store, delivery_id)[0].state is DeliveryState.FAILED


def test_a_receiver_that_asks_for_time_gets_it(store, deliverer, receiver):
    receiver.answers = [(429, {"retry-after": "3600"})]
    delivery_id = queued(store, receiver.url)
    deliverer.run_once(NOW)
    assert the_delivery(store, delivery_id)[0].next_at >= NOW + timedelta(hours=1)


def test_two_at_once_deliver_once(store, make_sender, receiver):
    ids = {queued(store, receiver.url) for _ in range(20)}
    both = [Deliverer(store=store, sender=make_sender()) for _ in range(2)]
    threads = [threading.Thread(target=each.run_once, args=(NOW,)) for each in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(receiver.ids) == sorted(ids)


def test_one_that_hangs_does_not_keep_the_others_waiting(store, make_sender, receiver):
    with receiving() as hanging:
        let_go = threading.Event()
        hanging.before_answer = let_go.wait
        stuck, fine = queued(store, hanging.url), queued(store, receiver.url)
        Deliverer(store=store, sender=make_sender(timeout_s=0.3)).run_once(NOW)
        let_go.set()
    assert the_delivery(store, stuck)[1] == [(None, "no answer within 0.3 s")]
    assert the_delivery(store, fine)[0].state is DeliveryState.DELIVERED


def test_a_pass_beside_the_ticks_holds_nobody_up(store, deliverer, receiver):
    let_go = threading.Event()
    receiver.before_answer = let_go.wait
    delivery_id = queued(store, receiver.url)
    aside = Aside(deliverer)
    assert aside.run_once(NOW) == 1
    until(lambda: receiver.received, "the request")
    assert aside.run_once(NOW) == 0
    let_go.set()
    until(lambda: the_delivery(store, delivery_id)[0].delivered_at, "the delivery")
    until(lambda: aside.run_once(NOW), "the end of the pass")


def test_without_a_secret_nothing_is_sent_and_nothing_used_up(store, make_sender, receiver):
    delivery_id = queued(store, receiver.url)
    assert Deliverer(store=store, sender=make_sender(signer=WebhookSigner([]))).run_once(NOW) == 0
    assert the_delivery(store, delivery_id)[0].attempts == 0


KILLED = """
import sys
from tests.factories import NOW
from jobs.clock import utc_now
from jobs.store.connect import open_engine
from jobs.store.store import Store
from jobs.webhooks.signing import WebhookSigner
from worker.maintenance.deliverer import Deliverer
from worker.webhooks.sender import Sender
sender = Sender(signer=WebhookSigner([sys.argv[2]]), allows_inside=True, clock=utc_now)
Deliverer(store=Store(open_engine(sys.argv[1])), sender=sender).run_once(NOW)
"""


def test_a_worker_killed_in_between_has_another_deliver_under_the_same_id(
    store, database_url, deliverer, receiver
):
    let_go = threading.Event()
    receiver.before_answer = let_go.wait
    delivery_id = queued(store, receiver.url)
    killed = subprocess.Popen([sys.executable, "-c", KILLED, database_url, MASTER])
    until(lambda: receiver.received, "the request")
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    let_go.set()
    assert deliverer.run_once(NOW + LEASE / 2) == 0
    assert deliverer.run_once(NOW + LEASE * 1.5) == 1
    assert receiver.ids == [delivery_id, delivery_id]
    assert the_delivery(store, delivery_id)[1] == [(None, None), (200, None)]
