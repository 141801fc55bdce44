"""`promptmill run`: from a file of prompts to a file of results in one go."""

from pathlib import Path
from typing import Annotated

import typer

from promptmill.cli.console import people, print_json, say
from promptmill.cli.exits import ExitCode
from promptmill.cli.held import HeldNotice
from promptmill.cli.options import (
    DATA,
    DEFAULT_MAX_TOKENS,
    DEFAULT_MODEL,
    BatchPriority,
    Data,
    ExpiresIn,
    Format,
    Input,
    Json,
    MaxCost,
    MaxFailures,
    MaxTime,
    MaxTokens,
    Model,
    PromptField,
    System,
    input_options,
)
from promptmill.cli.progress import batch_progress
from promptmill.cli.results_file import STANDARD_OUTPUT, require_writable, write_results
from promptmill.cli.server import any_server, submitted
from promptmill.cli.summary import print_summary, summary_json
from promptmill.cli.words import count
from promptmill.client import Client
from promptmill.inputs.container import InputFormat
from promptmill.inputs.prepare import prepared
from promptmill.inputs.source import STANDARD_INPUT
from promptmill.records import Batch

RESULTS_SUFFIX = ".results.jsonl"

Output = Annotated[
    str | None,
    typer.Option(
        "--output",
        "-o",
        metavar="OUT",
        help="File for the results, or - for standard output.",
        show_default=f"FILE's name with {RESULTS_SUFFIX}, here",
    ),
]


def run(
    file: Input,
    output: Output = None,
    model: Model = DEFAULT_MODEL,
    max_tokens: MaxTokens = DEFAULT_MAX_TOKENS,
    system: System = None,
    input_format: Format = InputFormat.AUTO,
    prompt_field: PromptField = None,
    priority: BatchPriority = None,
    max_failures: MaxFailures = None,
    max_time: MaxTime = None,
    expires_in: ExpiresIn = None,
    max_cost: MaxCost = None,
    data: Data = DATA,
    as_json: Json = False,
) -> None:
    """Run a file of prompts and write the results; with --json, print a summary unless the results go there.

    Uses the server at PROMPTMILL_URL, else one that runs on this machine, else a stack of its own that is
    stopped afterwards.
    """
    output = output or _output_for(file)
    require_writable(output, source=file)
    options = input_options(model, max_tokens, system, input_format, prompt_field)
    with prepared(file, options) as submission, any_server(data) as (client, is_own):
        batch = submitted(
            client,
            submission,
            priority=priority,
            max_failures=max_failures,
            max_time_s=max_time,
            expires_in_s=expires_in,
            max_cost=max_cost,
        )
        say(f"batch {batch.id}: {count(batch.counts.total, 'job')} submitted to {client.base_url}")
        batch = awaited(client, batch, data if is_own else None)
        failed = _finish(client, batch, output, as_json=as_json)
    if failed:
        raise typer.Exit(ExitCode.JOBS_FAILED)


def awaited(client: Client, batch: Batch, own_stack: Path | None) -> Batch:
    """Return the batch once it has ended, showing how it goes; Ctrl-C leaves it alone and says so."""
    try:
        notice = HeldNotice()

        def show(seen: Batch) -> None:
            progress.show(seen)
            if news := notice.news(seen):
                say(news)

        with batch_progress() as progress:
            return client.wait(batch.id, show)
    except KeyboardInterrupt:
        if own_stack is None:
            say(
                f"the batch goes on: `promptmill watch {batch.id}` shows how, "
                f"`promptmill results {batch.id}` fetches what there is"
            )
        else:
            say(
                f"the batch is kept in {own_stack}: `promptmill up --data {own_stack}` goes on with it, "
                f"and `promptmill watch {batch.id}` shows how it goes"
            )
        raise typer.Exit(ExitCode.INTERRUPTED) from None


def _finish(client: Client, batch: Batch, output: str, *, as_json: bool) -> int:
    tally = write_results(client.results(batch.id), output)
    if as_json and output != STANDARD_OUTPUT:
        print_json(summary_json(batch, tally, output))
    else:
        print_summary(people(), batch, tally, output)
    return batch.counts.failed


def _output_for(file: str) -> str:
    stem = "stdin" if file == STANDARD_INPUT else Path(file).stem
    return f"{stem}{RESULTS_SUFFIX}"
