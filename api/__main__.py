"""`python -m api`: serve the HTTP API with the settings of the environment."""

import os
import sys
from contextlib import closing

from api.app import THREADS, build_app
from api.exposure import require_keys
from api.protocol import Bounds
from api.server import ApiServer, listen
from jobs.celery_app import make_celery
from jobs.clock import utc_now
from jobs.dispatch import Dispatcher
from jobs.errors import PromptmillError, SettingError
from jobs.ids import IDS
from jobs.log import configure_logging
from jobs.settings import Settings, read_settings
from jobs.store.connect import open_engine
from jobs.store.migrate import upgrade
from jobs.store.store import Store

BAD_SETTING = 2
FAILED = 1


def main() -> int:
    """Serve until a signal comes; return the exit code: 2 for a bad setting, 1 for a failed start."""
    try:
        settings = read_settings(os.environ)
        configure_logging(settings.log_format)
        if os.environ.get("PROMPTMILL_MIGRATE") == "1":
            upgrade(settings.database_url)
        _serve(settings)
    except SettingError as error:
        sys.stderr.write(f"{error}\n")
        return BAD_SETTING
    except PromptmillError as error:
        sys.stderr.write(f"{error}\n")
        return FAILED
    return 0


def _serve(settings: Settings) -> None:
    with (
        listen(settings.host, settings.port) as listener,
        closing(Store(open_engine(settings.database_url, pool_size=THREADS))) as store,
        closing(Dispatcher(celery=make_celery(settings), clock=utc_now)) as dispatcher,
    ):
        require_keys(settings, store)
        app = build_app(settings=settings, store=store, dispatcher=dispatcher, clock=utc_now, ids=IDS)
        bounds = Bounds(connections=settings.max_connections)
        ApiServer(app, listener, bounds=bounds).serve_until_signal()


if __name__ == "__main__":
    sys.exit(main())
