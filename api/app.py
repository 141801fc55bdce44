"""The api's composition root: builds the collaborators once and hands them to the endpoints."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager, closing
from importlib.metadata import version
from typing import Any, TypeAlias, TypeVar

from litestar import Litestar
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin

from api.answering import ErrorAnswers
from api.anthropic.relay import Relay, open_relay
from api.auth import tenant_of
from api.broker import BrokerProbe
from api.calls import Calls
from api.cursor import CursorSealer
from api.doorkeeper import Doorkeeper
from api.keyring import Keyring
from api.lane_watch import LaneWatch
from api.locality import Locality
from api.metrics import FleetCollector, FleetMetrics
from api.native.schedule_desk import ScheduleDesk
from api.openai.doorway import OpenAIDoorway
from api.pace import Pace
from api.push.hub import Hub
from api.request_id import RequestIds
from api.routes import SHAPES, make_routes
from api.submission import Reception
from evalruns.start import EvalStarter
from jobs.clock import Clock
from jobs.dispatch import Dispatcher
from jobs.ids import IdSource
from jobs.lanes import LaneBoard
from jobs.loopback import is_loopback
from jobs.news import News
from jobs.schedules.scheduling import Scheduling
from jobs.settings import Settings
from jobs.store.store import Store
from jobs.submit import Submitter

THREADS = 16  # calls into the store at once; others wait their turn
Lifespan: TypeAlias = Callable[[Litestar], AbstractAsyncContextManager[Any]]
Closed = TypeVar("Closed", bound=Relay | Pace | Calls)


def build_app(
    *, settings: Settings, store: Store, dispatcher: Dispatcher, clock: Clock, ids: IdSource
) -> RequestIds:
    """Return the ASGI app; store and dispatcher stay the caller's to close."""
    submitter = Submitter(store=store, dispatcher=dispatcher, settings=settings, clock=clock)
    relay = open_relay(settings)
    lanes = LaneBoard(settings.redis_url)
    hub = Hub(store=store, redis_url=settings.redis_url)
    news = News(settings.redis_url)
    watch, most = LaneWatch(lanes), settings.max_calls
    calls = Calls(submitter=submitter, store=store, hub=hub, lanes=watch, clock=clock, most=most)
    given = {
        "settings": settings,
        "store": store,
        "dispatcher": dispatcher,
        "clock": clock,
        "cursors": CursorSealer(settings.database_url),
        "reception": Reception(submitter=submitter, max_body_bytes=settings.max_body_bytes),
        "broker": BrokerProbe(settings.redis_url),
        "lanes": lanes,
        "hub": hub,
        "news": news,
        "relay": relay,
        **_desks(submitter, settings=settings, store=store, clock=clock),
        "calls": calls,
        "fleet": FleetMetrics(FleetCollector(store=store, lanes=lanes, settings=settings, clock=clock)),
    }
    answers = ErrorAnswers(SHAPES)
    pace = Pace(settings.redis_url)
    lifespan: list[Lifespan] = [
        _threads,
        _closing(pace),
        _closing(relay),
        _closed_after(news),
        lambda _: hub,
        _closing(calls),
    ]
    app = _make_app(given, answers, lifespan)
    guarded = _guarded(app, answers, settings=settings, store=store, pace=pace)
    return RequestIds(OpenAIDoorway(guarded), ids=ids)


def _desks(submitter: Submitter, *, settings: Settings, store: Store, clock: Clock) -> Mapping[str, object]:
    """Return who takes in evaluations and schedules."""
    starter = EvalStarter(store=store, submitter=submitter, settings=settings, clock=clock)
    scheduling = Scheduling(store=store, clock=clock)
    desk = ScheduleDesk(scheduling=scheduling, starter=starter, settings=settings)
    return {"starter": starter, "scheduling": scheduling, "desk": desk}


def _make_app(given: Mapping[str, object], answers: ErrorAnswers, lifespan: list[Lifespan]) -> Litestar:
    dependencies = {name: Provide(_giver(it), sync_to_thread=False) for name, it in given.items()}
    return Litestar(
        route_handlers=make_routes(),
        dependencies={**dependencies, "tenant": Provide(tenant_of)},
        exception_handlers={Exception: answers},
        lifespan=lifespan,
        openapi_config=_openapi(),
        request_max_body_size=None,  # api.body bounds each body by its own limit
        logging_config=None,
    )


def _guarded(
    app: Litestar, answers: ErrorAnswers, *, settings: Settings, store: Store, pace: Pace
) -> Doorkeeper:
    # Outside of the app: its own layers miss unknown paths.
    return Doorkeeper(
        app,
        answers=answers,
        keyring=Keyring(store=store, stack_key=settings.stack_key),
        locality=Locality(allowed_hosts=settings.allowed_hosts) if is_loopback(settings.host) else None,
        pace=pace,
    )


def _giver(it: object) -> Callable[[], object]:
    return lambda: it


@asynccontextmanager
async def _threads(_: Litestar) -> AsyncIterator[None]:
    with ThreadPoolExecutor(THREADS, thread_name_prefix="api") as pool:
        asyncio.get_running_loop().set_default_executor(pool)
        yield


def _closing(it: Closed) -> Callable[[Litestar], AbstractAsyncContextManager[Closed]]:
    return lambda _: aclosing(it)


def _closed_after(news: News) -> Callable[[Litestar], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lasting(_: Litestar) -> AsyncIterator[None]:
        with closing(news):
            yield

    return lasting


def _openapi() -> OpenAPIConfig:
    return OpenAPIConfig(
        title="Promptmill",
        version=version("promptmill"),
        description="A background job service for Claude completions.",
        path="/schema",
        render_plugins=[JsonRenderPlugin(path=("/", "/openapi.json"))],
        use_handler_docstrings=True,
    )
