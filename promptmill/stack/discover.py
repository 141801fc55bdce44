"""Finds a running server: the one named by the environment, else one on this machine."""

import os
from collections.abc import Mapping

import httpx
import msgspec

from promptmill.client import DEFAULT_URL, URL_VARIABLE
from promptmill.errors import ServerUnreachableError
from promptmill.stack.folder import DataFolder
from promptmill.transport import faults_named, open_connection, without_password

PROBE = httpx.Timeout(2.0)


class _Readiness(msgspec.Struct):
    """What only a Promptmill server answers on `/readyz`."""

    status: str
    database: str
    broker: str


def find_server(folder: DataFolder, environment: Mapping[str, str] = os.environ) -> str | None:
    """Return the URL of a server, None if none is to be found.

    A URL in `PROMPTMILL_URL` must answer, or `ServerUnreachableError` is raised. Without it, the stack that
    runs on `folder` is looked for, then the port that `promptmill up` takes here by default.
    """
    if named := environment.get(URL_VARIABLE):
        require_server(named)
        return named
    return next(
        (url for url in (folder.announced_url(), _usual_url(environment)) if url and _is_server(url)), None
    )


def _usual_url(environment: Mapping[str, str]) -> str:
    port = environment.get("PROMPTMILL_PORT", "")
    return f"http://127.0.0.1:{port}" if port.isdecimal() and port != "0" else DEFAULT_URL


def require_server(url: str) -> None:
    """Raise `ServerUnreachableError` unless something answers at `url`."""
    with faults_named(without_password(url)), open_connection(url) as connection:
        connection.get("/healthz", timeout=PROBE)


def misses_its_broker(url: str) -> bool:
    """Whether a server answers at `url` that cannot reach its broker."""
    seen = _readiness(url)
    return seen is not None and seen.broker == "unreachable"


def _is_server(url: str) -> bool:
    return _readiness(url) is not None


def _readiness(url: str) -> _Readiness | None:
    try:
        with faults_named(url), open_connection(url) as connection:
            return msgspec.json.decode(connection.get("/readyz", timeout=PROBE).content, type=_Readiness)
    except (ServerUnreachableError, msgspec.MsgspecError, UnicodeDecodeError):
        return None
