"""`promptmill keys`: who may use the server."""

from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from jobs.clock import utc_now
from jobs.key import LONGEST_NAME, Key, Token
from jobs.tenant import DEFAULT_TENANT
from promptmill.cli.console import print_json, print_text, say, sheet
from promptmill.cli.direct import opened
from promptmill.cli.options import DATA, Data, Json
from promptmill.cli.tenants import checked_tenant

Tenant = Annotated[
    str, typer.Option("--tenant", metavar="T", help="Whose key it is.", callback=checked_tenant)
]
Name = Annotated[
    str | None, typer.Option("--name", metavar="N", help="What you call it, to tell it from others.")
]
KeyId = Annotated[str, typer.Argument(metavar="KEY_ID", help="As `promptmill keys list` shows it.")]


def create_key(
    tenant: Tenant = DEFAULT_TENANT, name: Name = None, data: Data = DATA, as_json: Json = False
) -> None:
    """Make a key and print it, once: only its hash is kept, in DATABASE_URL or else in DIR.

    Once there is a key, servers on that database take no request without one.
    """
    if name is not None and not (name.isprintable() and 0 < len(name) <= LONGEST_NAME):
        raise typer.BadParameter(f"a name has 1 to {LONGEST_NAME} printable characters", param_hint="--name")
    token = Token.make()
    key = Key(id=token.id, tenant=tenant, name=name, digest=token.digest(), created_at=utc_now())
    with opened(data, may_make=True) as (store, place):
        with store.write() as tx:
            is_first = not tx.keys.are_made()
            tx.keys.add(key)
        say(f"promptmill: key {key.id} of tenant {tenant}, in {place}; it is shown this once:")
        if is_first:
            say("promptmill: it is the first: in 2 seconds, servers on this database ask everybody for a key")
    if as_json:
        print_json({**_shown(key), "key": token.text})
    else:
        print_text(token.text)


def list_keys(data: Data = DATA, as_json: Json = False) -> None:
    """List the keys by their ids; what they open is not kept, and cannot be shown."""
    with opened(data) as (store, _), store.read() as tx:
        keys = tx.keys.list()
    if as_json:
        for key in keys:
            print_json(_shown(key))
    elif not keys:
        print_text("no key was made: a server on loopback is open to this machine's programs")
    else:
        _show(keys)


def revoke_key(key_id: KeyId, data: Data = DATA, as_json: Json = False) -> None:
    """Take a key back; servers refuse it within 2 seconds."""
    token = Token.read(key_id.strip())  # somebody may paste the whole
    with opened(data) as (store, _), store.write() as tx:
        key = tx.keys.revoke(token.id if token else key_id.strip(), now=utc_now())
    if as_json:
        print_json(_shown(key))
    else:
        print_text(f"revoked {key.id} of tenant {key.tenant}")


def _shown(key: Key) -> dict[str, object]:
    return {
        "id": key.id,
        "tenant": key.tenant,
        "name": key.name,
        "created_at": key.created_at,
        "revoked_at": key.revoked_at,
    }


def _show(keys: list[Key]) -> None:
    table = Table("key", "tenant", "name", "made", "state", box=None, pad_edge=False, header_style="bold")
    for key in keys:
        table.add_row(
            key.id,
            key.tenant,
            escape(key.name or ""),
            f"{key.created_at:%Y-%m-%d %H:%M}",
            f"revoked {key.revoked_at:%Y-%m-%d %H:%M}" if key.revoked_at else "good",
            style="dim" if key.revoked_at else "",
        )
    sheet().print(table)
