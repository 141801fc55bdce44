"""The app on a real socket, in a thread of the test's process."""

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager

import uvicorn

from api.app import build_app
from api.protocol import Bounds, bounded_by
from api.server import listen, url_of
from jobs.celery_app import make_celery
from jobs.clock import utc_now
from jobs.dispatch import Dispatcher
from jobs.ids import IDS
from jobs.settings import Settings
from jobs.store.store import Store
from tests.eventually import until

DEFAULT_BOUNDS = Bounds()


@contextmanager
def serving(settings: Settings, store: Store, *, bounds: Bounds = DEFAULT_BOUNDS) -> Iterator[str]:
    """Serve until the block ends; yield the URL."""
    with (
        listen(settings.host, settings.port) as listener,
        closing(Dispatcher(celery=make_celery(settings), clock=utc_now)) as dispatcher,
    ):
        app = build_app(settings=settings, store=store, dispatcher=dispatcher, clock=utc_now, ids=IDS)
        server = uvicorn.Server(
            uvicorn.Config(
                app, loop="uvloop", http=bounded_by(bounds), lifespan="on", ws="none", log_config=None
            )
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            until(lambda: server.started, "the api to accept connections")
            yield url_of(listener)
        finally:
            server.should_exit = True
            thread.join()
