"""`promptmill budget`: what a batch may cost, and how to change that."""

from typing import Annotated

import typer

from promptmill.cli.console import print_json, print_text
from promptmill.cli.held import held_for
from promptmill.cli.options import DATA, Data, Id, Json
from promptmill.cli.server import running_server
from promptmill.cli.words import money
from promptmill.records import Batch

NewMaxCost = Annotated[
    float | None,
    typer.Option("--max-cost", min=0, metavar="USD", help="What the batch may cost from now on."),
]
Unlimited = Annotated[bool, typer.Option("--no-max-cost", help="Let the batch cost what it will.")]


def budget(
    batch_id: Id,
    max_cost: NewMaxCost = None,
    is_unlimited: Unlimited = False,
    data: Data = DATA,
    as_json: Json = False,
) -> None:
    """Show what a batch has cost and may cost, or change it; jobs that waited for money go on."""
    if max_cost is not None and is_unlimited:
        raise typer.BadParameter("--max-cost and --no-max-cost contradict each other")
    with running_server(data) as client:
        if max_cost is not None or is_unlimited:
            client.set_max_cost(batch_id, max_cost)
        batch = client.get_batch(batch_id)
    if as_json:
        print_json(
            {"batch_id": batch.id, "cost": batch.usage.cost, "max_cost": batch.max_cost, "held": batch.held}
        )
    else:
        print_text(_sentence(batch))


def _sentence(batch: Batch) -> str:
    most = "without a limit" if batch.max_cost is None else f"of {money(batch.max_cost)}"
    sentence = f"{batch.id} has cost {money(batch.usage.cost)} {most}"
    return f"{sentence}\nheld: {reason}" if (reason := held_for(batch)) else sentence
