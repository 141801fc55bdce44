"""The Celery app without its tasks: what producers need to send, and what the worker builds on."""

from celery import Celery
from kombu import Queue as BrokerQueue

from jobs.queues import Queue
from jobs.settings import Settings

CONNECT_TIMEOUT_S = 1.0  # a submission must not hang because the broker does
KOMBU_SCHEMES = {"valkey": "redis", "unix": "redis+socket"}  # where kombu has a name of its own
REPLY_TIMEOUT_S = 10.0  # above the one second for which the transport blocks on an empty queue


def make_celery(settings: Settings) -> Celery:
    """Return an app that talks to the broker in `settings` and keeps no results: results live in SQL."""
    app = Celery("promptmill", broker=_broker_url(settings.redis_url), set_as_current=False)
    app.conf.update(
        accept_content=["json"],
        task_serializer="json",
        task_ignore_result=True,
        # A lost message is found by the stager, so none needs to be acknowledged.
        task_queues=[BrokerQueue(queue.value, routing_key=queue.value, no_ack=True) for queue in Queue],
        task_acks_late=False,
        task_default_queue=Queue.BUNDLES.value,
        task_create_missing_queues=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,  # for as long as it takes
        broker_transport_options={
            "socket_connect_timeout": CONNECT_TIMEOUT_S,
            "socket_timeout": REPLY_TIMEOUT_S,
            "health_check_interval": 5,
        },
        broker_pool_limit=10,
        worker_prefetch_multiplier=1,
        worker_enable_remote_control=False,
        worker_send_task_events=False,
        worker_hijack_root_logger=False,
        enable_utc=True,
        timezone="UTC",
    )
    return app


def _broker_url(url: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"{KOMBU_SCHEMES.get(scheme, scheme)}://{rest}"
