"""`promptmill estimate`: tokens and cost of a file of prompts, before anything is sent."""

from rich.table import Table

from promptmill.cli.console import print_json, say, sheet
from promptmill.cli.options import (
    DEFAULT_MAX_TOKENS,
    DEFAULT_MODEL,
    Format,
    Input,
    Json,
    MaxTokens,
    Model,
    PromptField,
    System,
    input_options,
)
from promptmill.cli.words import money
from promptmill.inputs.container import InputFormat
from promptmill.inputs.estimate import Estimate, ModelEstimate, estimate
from promptmill.inputs.prepare import prepared

NOTE = (
    "input tokens are estimated from the length of the text; answers are nearly always shorter than "
    "max_tokens, so the cost lies between the two"
)


def estimate_file(
    file: Input,
    model: Model = DEFAULT_MODEL,
    max_tokens: MaxTokens = DEFAULT_MAX_TOKENS,
    system: System = None,
    input_format: Format = InputFormat.AUTO,
    prompt_field: PromptField = None,
    as_json: Json = False,
) -> None:
    """Tell what a file of prompts will cost, by model; nothing is sent, and no server is needed."""
    options = input_options(model, max_tokens, system, input_format, prompt_field)
    with prepared(file, options) as submission:
        found = estimate(submission)
    if as_json:
        print_json(
            {
                "models": list(found.models.values()),
                "total": found.total,
                "unpriced_models": found.unpriced,
            }
        )
        return
    sheet().print(_table(found))
    say(NOTE)
    if found.unpriced:
        say(f"the price of {', '.join(found.unpriced)} is not known: it is left out of the total")


def _table(found: Estimate) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("model")
    for name in ("jobs", "input tokens", "output tokens at most", "cost from", "to"):
        table.add_column(name, justify="right")
    rows = list(found.models.values())
    for row in rows if len(rows) == 1 else [*rows, found.total]:
        table.add_row(*_cells(row))
    return table


def _cells(row: ModelEstimate) -> tuple[str, ...]:
    return (
        row.model,
        f"{row.jobs:,}",
        f"{row.input_tokens:,}",
        f"{row.output_tokens_most:,}",
        *("?" if dollars is None else money(dollars) for dollars in (row.cost_low, row.cost_high)),
    )
