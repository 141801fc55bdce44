"""Builds a sandbox from its settings and listens."""

import asyncio
import signal
import socket
from functools import partial

from sandbox.batch_store import BatchStore
from sandbox.checks import body_limit
from sandbox.connection import Connection
from sandbox.ids import Ids
from sandbox.ledger import Ledger
from sandbox.limits import Limits
from sandbox.parts import Parts
from sandbox.path_scripts import PathScripts
from sandbox.prompt_cache import PromptCache
from sandbox.routes import Routes
from sandbox.settings import Dials, Settings

BACKLOG = 4096


def build(settings: Settings, *, ledger_size: int) -> Parts:
    """Build the parts of one sandbox."""
    dials, ids = Dials(settings), Ids()
    return Parts(
        dials=dials,
        ids=ids,
        ledger=Ledger(size=ledger_size, ids=ids),
        limits=Limits(dials),
        cache=PromptCache(),
        batches=BatchStore(dials=dials, ids=ids),
        scripts=PathScripts(dials),
    )


def bind(host: str, port: int) -> socket.socket:
    """Return a listening socket; raises `OSError` when the address cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=BACKLOG)


async def serve(parts: Parts, listening: socket.socket) -> None:
    """Answer until SIGTERM or SIGINT; what is in flight then is dropped."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    factory = partial(Connection, handle=Routes(parts).serve, body_limit=body_limit)
    server = await loop.create_server(factory, sock=listening, backlog=BACKLOG)
    host, port = listening.getsockname()[:2]
    print(f"ready http://{f'[{host}]' if ':' in host else host}:{port}", flush=True)  # noqa: T201  the contract
    await stop.wait()
    server.close()
