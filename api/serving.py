"""Serves the api from its settings: builds what outlives the app, and lets it go at the end."""

from contextlib import closing

from api.app import THREADS, build_app
from api.exposure import require_keys
from api.protocol import Bounds
from api.push.hub import LOOKING
from api.server import ApiServer, listen
from jobs.celery_app import make_celery
from jobs.clock import utc_now
from jobs.dispatch import Dispatcher
from jobs.ids import IDS
from jobs.log import configure_logging
from jobs.settings import Settings
from jobs.store.connect import open_engine
from jobs.store.store import Store


def serve(settings: Settings, *, migrates: bool) -> None:
    """Serve until a signal comes, with the database brought up to date before if `migrates`.

    Raises `SettingError`, or another `PromptmillError` if the start fails.
    """
    configure_logging(settings.log_format)
    if migrates:
        _migrate(settings)
    with (
        listen(settings.host, settings.port) as listener,
        closing(Store(open_engine(settings.database_url, pool_size=THREADS + LOOKING))) as store,
        closing(Dispatcher(celery=make_celery(settings), clock=utc_now)) as dispatcher,
    ):
        require_keys(settings, store)
        app = build_app(settings=settings, store=store, dispatcher=dispatcher, clock=utc_now, ids=IDS)
        bounds = Bounds(connections=settings.max_connections)
        ApiServer(app, listener, bounds=bounds).serve_until_signal()


def _migrate(settings: Settings) -> None:
    # Alembic takes 0.2 s to load, and a stack migrates in a process of its own.
    from jobs.store.migrate import upgrade  # noqa: PLC0415

    upgrade(settings.database_url)
