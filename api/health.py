"""`/healthz` and `/readyz`: whether the process is alive, and whether it can do its work."""

from typing import Literal

import msgspec
from litestar import Response, get

from api.broker import Reach
from api.given import GivenBroker, GivenStore
from jobs.errors import StoreUnavailableError
from jobs.store.store import Store


class Health(msgspec.Struct, frozen=True):
    """The process answers."""

    status: Literal["ok"] = "ok"


class Readiness(msgspec.Struct, frozen=True):
    """What this process can reach.

    A broker that is down does not make it unready: submissions are durable without it, and are worked on
    once it is back.
    """

    status: Literal["ready", "unready"]
    database: Reach
    broker: Reach


@get("/healthz", tags=["health"], summary="Whether the process is alive")
async def healthz() -> Health:
    """Return at once, whatever else is down."""
    return Health()


@get("/readyz", sync_to_thread=True, tags=["health"], summary="Whether submissions can be taken")
def readyz(store: GivenStore, broker: GivenBroker) -> Response[Readiness]:
    """Return 200 if the database can be reached, else 503; the broker's state is told as well."""
    database = _reach_database(store)
    is_ready = database == "reachable"
    readiness = Readiness("ready" if is_ready else "unready", database, broker.reach())
    return Response(readiness, status_code=200 if is_ready else 503)


def _reach_database(store: Store) -> Reach:
    try:
        with store.read() as tx:
            tx.workers.slots()
    except StoreUnavailableError:
        return "unreachable"
    return "reachable"
