"""`promptmill jobs`: the latest jobs."""

from typing import Annotated

import typer

from jobs.job import JobState
from promptmill.cli.console import print_json
from promptmill.cli.options import DATA, Data, Json
from promptmill.cli.server import running_server
from promptmill.cli.show import show_jobs

State = Annotated[JobState | None, typer.Option("--state", help="Only jobs in this state.")]
BatchId = Annotated[str | None, typer.Option("--batch", metavar="ID", help="Only jobs of this batch.")]
Limit = Annotated[int, typer.Option("--limit", "-n", min=1, metavar="N", help="How many at most.")]


def jobs(
    state: State = None, batch: BatchId = None, limit: Limit = 20, data: Data = DATA, as_json: Json = False
) -> None:
    """List jobs, newest first; with --json one object a line."""
    with running_server(data) as client:
        if batch is not None:
            client.get_batch(batch)  # an unknown one is an error, not a list of nothing
        found = client.jobs(state=state, batch_id=batch, limit=limit)
        if as_json:
            for job in found:
                print_json(job)
        else:
            show_jobs(found)
