"""The api's composition root: builds the collaborators once and hands them to the endpoints."""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from importlib.metadata import version

from litestar import Litestar, Router
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin

from api.answering import ErrorAnswers, ErrorShape
from api.anthropic.batches import MessageBatchesController
from api.anthropic.errors import render_error as render_anthropic_error
from api.auth import tenant_of
from api.broker import BrokerProbe
from api.cursor import CursorSealer
from api.health import healthz, readyz
from api.native.batches import BatchesController
from api.native.errors import render_error as render_native_error
from api.native.intake import submit_jobs
from api.native.jobs import JobsController
from api.native.lanes import LanesController
from api.native.queries import refuse_unknown_query
from api.request_id import RequestIds
from api.submission import Reception
from jobs.clock import Clock
from jobs.dispatch import Dispatcher
from jobs.ids import IdSource
from jobs.lanes import LaneBoard
from jobs.settings import Settings
from jobs.store.store import Store
from jobs.submit import Submitter

THREADS = 16  # calls into the store at once; others wait their turn
SHAPES = (
    ErrorShape(prefix="/", render=render_native_error),
    ErrorShape(prefix="/v1/messages", render=render_anthropic_error),
)


def build_app(
    *, settings: Settings, store: Store, dispatcher: Dispatcher, clock: Clock, ids: IdSource
) -> RequestIds:
    """Return the ASGI app; store and dispatcher stay the caller's to close."""
    submitter = Submitter(store=store, dispatcher=dispatcher, settings=settings, clock=clock)
    given = {
        "settings": settings,
        "store": store,
        "dispatcher": dispatcher,
        "clock": clock,
        "cursors": CursorSealer(settings.database_url),
        "reception": Reception(submitter=submitter, max_body_bytes=settings.max_body_bytes),
        "broker": BrokerProbe(settings.redis_url),
        "lanes": LaneBoard(settings.redis_url),
    }
    dependencies = {name: Provide(_giver(it), sync_to_thread=False) for name, it in given.items()}
    native = Router(
        path="/",
        guards=[refuse_unknown_query],
        route_handlers=[submit_jobs, JobsController, BatchesController, LanesController],
    )
    app = Litestar(
        route_handlers=[native, MessageBatchesController, healthz, readyz],
        dependencies={**dependencies, "tenant": Provide(tenant_of)},
        exception_handlers={Exception: ErrorAnswers(SHAPES)},
        lifespan=[_threads],
        openapi_config=_openapi(),
        request_max_body_size=None,  # api.body bounds each body by its own limit
        logging_config=None,
    )
    return RequestIds(app, ids=ids)  # outside of the app: its own layers miss unknown paths


def _giver(it: object) -> Callable[[], object]:
    return lambda: it


@asynccontextmanager
async def _threads(_: Litestar) -> AsyncIterator[None]:
    with ThreadPoolExecutor(THREADS, thread_name_prefix="api") as pool:
        asyncio.get_running_loop().set_default_executor(pool)
        yield


def _openapi() -> OpenAPIConfig:
    return OpenAPIConfig(
        title="Promptmill",
        version=version("promptmill"),
        description="A background job service for Claude completions.",
        path="/schema",
        render_plugins=[JsonRenderPlugin(path=("/", "/openapi.json"))],
        use_handler_docstrings=True,
    )
