"""Keeps web pages away from an api that asks for no key: by what a browser says of itself in the head.

A page on any site can have its visitor's browser send requests to this machine, and with a name of its own
that it makes point here (DNS rebinding) it could even read the answers. Such requests carry that name as
`Host`, and those of a page on another site its `Origin`; neither can be forged from within a browser.
"""

import re
from collections.abc import Iterable

from litestar.types import HTTPScope

from jobs.loopback import is_loopback

HOST = re.compile(r"(\[(?P<v6>[0-9a-f:.]+)\]|(?P<name>[a-z0-9._-]+))(:(?P<port>[0-9]{1,5}))?", re.ASCII)
HIGHEST_PORT = 65535
SHOWN = 80  # characters of what a stranger wrote
UNRELATED = frozenset({b"cross-site", b"same-site"})
"""What `Sec-Fetch-Site` says of a request that another origin's page has caused."""


class Locality:
    """Judges whether a request can have come from a program of this machine, or from a page of our own."""

    def __init__(self, *, allowed_hosts: Iterable[str]) -> None:
        self._allowed = frozenset(allowed_hosts)

    def fault(self, scope: HTTPScope) -> str | None:
        """Return why the request is not taken, None if it is."""
        heads = scope["headers"]
        hosts = _hosts(heads)
        if len(hosts) != 1 or not self._is_ours(hosts[0]):
            named = ascii(", ".join(hosts)[:SHOWN]) if hosts else "none"
            return (
                "this server asks for no keys, and so it is spoken to as localhost only; this request names "
                f"{named} as its host (see PROMPTMILL_ALLOWED_HOSTS, or make a key: `promptmill keys create`)"
            )
        origins = {value.decode("latin-1").lower() for name, value in heads if name == b"origin"}
        if origins - {f"{scope['scheme']}://{hosts[0]}"} or _is_of_another_page(heads):
            return (
                "this server asks for no keys, and so it takes no requests from pages of other origins "
                "(make a key with `promptmill keys create`)"
            )
        return None

    def _is_ours(self, host: str) -> bool:
        name = _name_in(host)
        return name is not None and (is_loopback(name) or name in self._allowed)


def is_well_formed(scope: HTTPScope) -> bool:
    """Return whether the request names one host, as hosts are written, or none."""
    hosts = _hosts(scope["headers"])
    return not hosts or (len(hosts) == 1 and _name_in(hosts[0]) is not None)


def _hosts(heads: Iterable[tuple[bytes, bytes]]) -> list[str]:
    return [value.decode("latin-1").lower() for name, value in heads if name == b"host"]


def _name_in(host: str) -> str | None:
    form = HOST.fullmatch(host)
    if form is None or int(form["port"] or 0) > HIGHEST_PORT:
        return None
    return form["v6"] or form["name"].removesuffix(".")


def _is_of_another_page(heads: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether a browser says that another page causes this, other than by a link that a person follows."""
    named = dict(heads)
    site, mode = named.get(b"sec-fetch-site", b""), named.get(b"sec-fetch-mode", b"")
    return site.lower() in UNRELATED and mode.lower() != b"navigate"
