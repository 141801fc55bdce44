"""Commands on batches and jobs that were submitted before: submit, status, watch, results, cancel, retry."""

from typing import Annotated

import typer

from promptmill.cli.console import print_json, print_text, say
from promptmill.cli.exits import ExitCode
from promptmill.cli.options import (
    DATA,
    DEFAULT_MAX_TOKENS,
    DEFAULT_MODEL,
    BatchPriority,
    Data,
    ExpiresIn,
    Format,
    Id,
    Input,
    Json,
    MaxCost,
    MaxFailures,
    MaxTime,
    MaxTokens,
    Model,
    PromptField,
    System,
    Webhook,
    input_options,
)
from promptmill.cli.results_file import STANDARD_OUTPUT, require_writable, write_results
from promptmill.cli.run import awaited
from promptmill.cli.server import is_job, running_server, submitted
from promptmill.cli.show import show_batch, show_job
from promptmill.client import Client
from promptmill.inputs.container import InputFormat
from promptmill.inputs.prepare import prepared
from promptmill.records import Batch, Job, Result, text_of

ResultsOutput = Annotated[
    str, typer.Option("--output", "-o", metavar="OUT", help="File for the results, or - for standard output.")
]


def submit(
    file: Input,
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
    webhook: Webhook = None,
    data: Data = DATA,
    as_json: Json = False,
) -> None:
    """Submit a file of prompts and print the batch's id."""
    options = input_options(model, max_tokens, system, input_format, prompt_field)
    with prepared(file, options) as submission, running_server(data) as client:
        batch = submitted(
            client,
            submission,
            priority=priority,
            max_failures=max_failures,
            max_time_s=max_time,
            expires_in_s=expires_in,
            max_cost=max_cost,
            webhook=webhook,
        )
    if as_json:
        print_json(batch)
    else:
        print_text(batch.id)


def status(given_id: Id, data: Data = DATA, as_json: Json = False) -> None:
    """Show how a job or a batch stands."""
    with running_server(data) as client:
        found = _find(client, given_id)
    _show(found, as_json=as_json)


def watch(given_id: Id, data: Data = DATA, as_json: Json = False) -> None:
    """Follow a job or a batch until it has ended; exit code 1 tells that something failed."""
    with running_server(data) as client:
        if is_job(given_id):
            found: Job | Batch = client.wait_for_job(given_id)
            failed = found.state != "succeeded"
        else:
            found = awaited(client, client.get_batch(given_id), None)
            failed = found.counts.failed > 0
    _show(found, as_json=as_json)
    if failed:
        raise typer.Exit(ExitCode.JOBS_FAILED)


def results(
    given_id: Id, output: ResultsOutput = STANDARD_OUTPUT, data: Data = DATA, as_json: Json = False
) -> None:
    """Fetch the results of a job or a batch: one JSON object a line, in the order of submission.

    With --json and --output, also prints how many ended in which state.
    """
    require_writable(output)
    with running_server(data) as client:
        if is_job(given_id):
            tally = write_results([_result_of(client.get_job(given_id))], output)
        else:
            batch = client.get_batch(given_id)
            tally = write_results(client.results(given_id), output)
            if not batch.has_ended:
                say(f"not all yet: {batch.counts.ended:,} of {batch.counts.total:,} jobs have ended")
    if as_json and output != STANDARD_OUTPUT:
        print_json({"id": given_id, "results": output, "states": tally.states})


def cancel(given_id: Id, data: Data = DATA, as_json: Json = False) -> None:
    """Cancel a job, or what has not ended of a batch."""
    with running_server(data) as client:
        found = client.cancel_job(given_id) if is_job(given_id) else client.cancel_batch(given_id)
    if _was_over(found):
        say(f"{given_id} had ended already: there was nothing to cancel")
    _show(found, as_json=as_json)


def retry(given_id: Id, data: Data = DATA, as_json: Json = False) -> None:
    """Run a failed job again, or the failed jobs of a batch."""
    with running_server(data) as client:
        found = client.retry_job(given_id) if is_job(given_id) else client.retry_batch(given_id)
    _show(found, as_json=as_json)


def _find(client: Client, given_id: str) -> Job | Batch:
    return client.get_job(given_id) if is_job(given_id) else client.get_batch(given_id)


def _was_over(found: Job | Batch) -> bool:
    """Whether a thing had ended before it was to be canceled."""
    if isinstance(found, Job):
        return found.has_ended and found.state != "canceled"
    return found.has_ended and not found.counts.canceled


def _show(found: Job | Batch, *, as_json: bool) -> None:
    if as_json:
        print_json(found)
    elif isinstance(found, Job):
        show_job(found)
    else:
        show_batch(found)


def _result_of(job: Job) -> Result:
    return Result(
        custom_id=job.custom_id,
        job_id=job.id,
        state=job.state,
        text=text_of(job.response),
        response=job.response,
        completion=job.completion,
        error=job.error,
        attempts=job.attempt,
        usage=job.usage,
    )
