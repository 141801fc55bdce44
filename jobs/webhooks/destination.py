"""The URLs to which a webhook may go: what can be said of one without asking anybody."""

import re
import socket
from contextlib import suppress
from ipaddress import IPv4Address

import httpx

from jobs.errors import PromptmillError
from jobs.webhooks.addresses import Address, may_reach, parsed

HOST = re.compile(rb"[a-zA-Z0-9._-]+|[0-9a-fA-F:.]+")  # a name on the wire, or an address
LONGEST = 2048  # characters
WELL_KNOWN_PORTS = (80, 443)
FIRST_FREE_PORT = 1024  # below are other services, which must not be talked to by way of us
LOCAL_NAMES = ("localhost", "localdomain", "internal", "local")
HOW_TO_ALLOW = "PROMPTMILL_WEBHOOK_PRIVATE=allow lets webhooks go there"


class WebhookRefusedError(PromptmillError):
    """The webhook's URL cannot be used."""


def check_url(text: str, *, allows_inside: bool) -> httpx.URL:
    """Return the URL; raises `WebhookRefusedError` if nothing may ever be sent there.

    A host's name is looked up, and its addresses judged, only when something is sent.
    """
    if len(text) > LONGEST or not text.isprintable() or text != text.strip():
        raise WebhookRefusedError(f"webhook must be a URL of at most {LONGEST} printable characters")
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL as error:
        raise WebhookRefusedError(f"webhook is no URL: {error}") from None
    if url.scheme not in {"http", "https"} or not HOST.fullmatch(url.raw_host):
        raise WebhookRefusedError(
            "webhook must be a URL that starts with https:// or http:// and names a host"
        )
    if url.userinfo:
        raise WebhookRefusedError("webhook must not hold a user or password: every webhook is signed instead")
    if not is_usual(url.port):
        raise WebhookRefusedError(f"webhook must use port 80, 443, or one from {FIRST_FREE_PORT} on")
    if not allows_inside and _is_local(url.host):
        raise WebhookRefusedError(f"webhook must not lead to this machine or network; {HOW_TO_ALLOW}")
    _check_literal(url.host, allows_inside=allows_inside)
    return url


def is_usual(port: int | None) -> bool:
    """Return whether people have receivers on `port`; None is the scheme's own."""
    return port is None or port in WELL_KNOWN_PORTS or port >= FIRST_FREE_PORT


def _is_local(host: str) -> bool:
    return host.rstrip(".").rpartition(".")[2] in LOCAL_NAMES


def _check_literal(host: str, *, allows_inside: bool) -> None:
    address = spelled_out(host)
    if address is None or may_reach(address, allows_inside=allows_inside):
        return
    hint = f"; {HOW_TO_ALLOW}" if may_reach(address, allows_inside=True) else ""
    raise WebhookRefusedError(f"webhook must not lead to {address}, which is no public address{hint}")


def spelled_out(host: str) -> Address | None:
    """Return the address if `host` is one, in any spelling that a resolver takes (`0x7f.1`, `2130706433`)."""
    if (address := parsed(host)) is not None:
        return address
    with suppress(OSError):
        return IPv4Address(socket.inet_aton(host.rstrip(".")))
    return None
