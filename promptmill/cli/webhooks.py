"""`promptmill webhooks`: what webhooks were told and how that went, telling again, and the secrets."""

import os
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from jobs.errors import SettingError
from jobs.settings import read_settings
from jobs.webhooks.signing import WebhookSigner
from promptmill.cli.console import print_json, print_text, say, sheet
from promptmill.cli.options import DATA, Data, Json
from promptmill.cli.server import running_server
from promptmill.records import Delivery
from promptmill.stack.folder import DataFolder

COLORS = {"pending": "yellow", "failed": "red"}
FILE_VARIABLE = "PROMPTMILL_WEBHOOK_SECRET_FILE"
DeliveryId = Annotated[str, typer.Argument(metavar="ID", help="The id of a delivery.")]
OfBatch = Annotated[
    str | None, typer.Option("--batch", metavar="ID", help="Only what was told of this batch.")
]
Limit = Annotated[int, typer.Option("--limit", "-n", min=1, metavar="N", help="How many at most.")]
Tenant = Annotated[str, typer.Option("--tenant", metavar="T", help="Whose receivers it is for.")]


def list_deliveries(
    batch: OfBatch = None, limit: Limit = 20, data: Data = DATA, as_json: Json = False
) -> None:
    """List what webhooks were told, or are about to be, newest first."""
    with running_server(data) as client:
        found = list(client.deliveries(batch_id=batch, limit=limit))
    if as_json:
        for delivery in found:
            print_json(delivery)
    elif not found:
        print_text("no webhook was told of anything")
    else:
        _show_list(found)


def show_delivery(given_id: DeliveryId, data: Data = DATA, as_json: Json = False) -> None:
    """Show a delivery with every attempt at it."""
    with running_server(data) as client:
        delivery = client.get_delivery(given_id)
    _show(delivery, as_json=as_json)


def resend_delivery(given_id: DeliveryId, data: Data = DATA, as_json: Json = False) -> None:
    """Send a delivery now, whether it had succeeded or failed; it keeps its `webhook-id`."""
    with running_server(data) as client:
        delivery = client.resend_delivery(given_id)
    _show(delivery, as_json=as_json)


def show_secret(tenant: Tenant = "default", data: Data = DATA) -> None:
    """Print the secret with which a tenant's receivers verify what they are sent.

    It is derived from PROMPTMILL_WEBHOOK_SECRET, or from what `promptmill up` keeps in DIR.
    """
    environment = dict(os.environ)
    masters = read_settings(environment).webhook_masters
    if not masters and (kept := DataFolder(data).webhook_secret).exists():
        masters = read_settings({**environment, FILE_VARIABLE: str(kept)}).webhook_masters
    if not masters:
        raise SettingError(
            f"there is no secret here: set PROMPTMILL_WEBHOOK_SECRET as the server has it, "
            f"or name the folder of a `promptmill up` with --data (this is {data})"
        )
    print_text(WebhookSigner(masters).secret(tenant))
    if len(masters) > 1:
        say("this is the newest; what is sent is signed with the older ones, too")


def _show_list(found: list[Delivery]) -> None:
    table = Table(
        "delivery",
        "event",
        "about",
        "state",
        "attempts",
        "why",
        box=None,
        pad_edge=False,
        header_style="bold",
    )
    for each in found:
        table.add_row(
            each.id,
            each.event,
            each.subject_id,
            each.state,
            str(each.attempts),
            escape(each.last_error or ""),
            style=COLORS.get(each.state, ""),
        )
    sheet().print(table)


def _show(delivery: Delivery, *, as_json: bool) -> None:
    if as_json:
        print_json(delivery)
        return
    rows = [
        ("delivery", delivery.id),
        ("event", f"{delivery.event} of {delivery.subject_id}"),
        ("url", escape(delivery.url)),
        ("state", delivery.state),
        ("created", delivery.created_at),
        ("delivered", delivery.delivered_at or ""),
        ("next", delivery.next_at or ""),
    ]
    for each in delivery.history:
        came_of_it = each.error or (f"answered {each.status}" if each.status else "no end")
        rows.append((f"attempt {each.attempt}", f"{each.started_at}  {escape(came_of_it)}"))
    table = Table.grid(padding=(0, 2))
    for name, value in rows:
        if value:
            table.add_row(f"[dim]{name}[/dim]", value)
    sheet().print(table)
