"""One HTTP connection to the server: every fault becomes an error that says what to do."""

import ipaddress
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

import httpx
import msgspec

from jobs.errors import SettingError
from promptmill.errors import Detail, RefusedError, ServerUnreachableError

KEY_HINT = " (set PROMPTMILL_API_KEY: it is sent along)"
TIMEOUT = httpx.Timeout(30, connect=5, read=300)  # a large batch is answered once it is on disk


class _ErrorBody(msgspec.Struct):
    message: str = ""
    type: str = "api_error"
    details: list[dict[str, Any]] = []
    count: int = 0


class _ErrorAnswer(msgspec.Struct):
    error: _ErrorBody


def open_connection(base_url: str, *, api_key: str | None = None) -> httpx.Client:
    """Return an HTTP client for `base_url` that shows it `api_key`, if there is one.

    Raises `SettingError` if that is no URL, or no key.
    """
    return httpx.Client(**_connection(base_url, api_key))


def open_async_connection(base_url: str, *, api_key: str | None = None) -> httpx.AsyncClient:
    """Return the same for asyncio; raises the same."""
    return httpx.AsyncClient(**_connection(base_url, api_key))


def _connection(base_url: str, api_key: str | None) -> dict[str, Any]:
    try:
        url = httpx.URL(base_url)
    except httpx.InvalidURL as error:
        raise SettingError(f"{without_password(base_url)!r} is not the URL of a server: {error}") from error
    if url.scheme not in {"http", "https"} or not url.host:
        raise SettingError(
            f"{without_password(base_url)!r} is not the URL of a server: write it as http://host:port"
        )
    # A proxy from the environment has no way to this machine's own loopback.
    trust_env = not _is_loopback(url.host)
    return {"base_url": url, "headers": key_header(api_key), "timeout": TIMEOUT, "trust_env": trust_env}


def key_header(api_key: str | None) -> dict[str, str]:
    """Return the header that shows `api_key`, beside which a URL may name a proxy's user and password.

    Raises `SettingError` if it can be no key.
    """
    if not api_key:
        return {}
    if not (api_key.isascii() and api_key.isprintable() and " " not in api_key):
        raise SettingError("PROMPTMILL_API_KEY has characters that no key has: copy it once more")
    return {"x-api-key": api_key}


@contextmanager
def faults_named(base_url: str) -> Iterator[None]:
    """Turn transport errors into `ServerUnreachableError`."""
    try:
        yield
    except httpx.ConnectError as error:
        raise ServerUnreachableError(
            f"no server answers at {base_url}: start one with `promptmill up`, or set PROMPTMILL_URL"
        ) from error
    except httpx.TimeoutException as error:
        raise ServerUnreachableError(f"the server at {base_url} did not answer in time; try again") from error
    except httpx.TransportError as error:
        reason = str(error) or type(error).__name__
        raise ServerUnreachableError(f"the connection to {base_url} was lost: {reason}") from error


def refuse(response: httpx.Response) -> None:
    """Raise `RefusedError` if the (read) response is not a success."""
    if response.is_success:
        return
    try:
        error = msgspec.json.decode(response.content, type=_ErrorAnswer).error
    except msgspec.MsgspecError:
        host = response.request.url.netloc.decode()
        raise RefusedError(
            f"{host} answered {response.status_code} {response.reason_phrase}; is it a Promptmill server?",
            status=response.status_code,
            kind="api_error",
        ) from None
    hint = KEY_HINT if response.status_code == HTTPStatus.UNAUTHORIZED else ""
    raise RefusedError(
        f"{error.message or f'the server answered {response.status_code}'}{hint}",
        status=response.status_code,
        kind=error.type,
        details=[_detail(detail) for detail in error.details],
        count=error.count,
    )


def _detail(detail: dict[str, Any]) -> Detail:
    return Detail(
        index=int(detail.get("index") or 0),
        message=str(detail.get("message") or ""),
        field=str(detail.get("field") or ""),
        custom_id=detail.get("custom_id"),
    )


def without_password(url: str) -> str:
    """Return `url` as it may be shown: without user and password, and no slash at its end."""
    scheme, separator, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    return f"{scheme}{separator}{authority.rpartition('@')[2]}{slash}{path}".rstrip("/")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
