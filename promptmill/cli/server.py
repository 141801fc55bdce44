"""How commands come by a server."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Unpack

from promptmill.batch_options import BatchOptions
from promptmill.cli.console import say
from promptmill.client import KEY_VARIABLE, URL_VARIABLE, Client
from promptmill.errors import RefusedError, ServerUnreachableError
from promptmill.inputs.prepare import Submission
from promptmill.records import Batch
from promptmill.stack.discover import find_server
from promptmill.stack.embedded import embedded_stack
from promptmill.stack.folder import DataFolder

JOB_PREFIX = "job_"


@contextmanager
def running_server(data: Path) -> Iterator[Client]:
    """Yield a client of the server that runs; raises `ServerUnreachableError` if none does."""
    folder = DataFolder(data)
    url = find_server(folder)
    if url is None:
        raise ServerUnreachableError(
            f"no server is running here: start one with `promptmill up`, or set {URL_VARIABLE}"
        )
    with _client(folder, url) as client:
        yield client


@contextmanager
def any_server(data: Path) -> Iterator[tuple[Client, bool]]:
    """Yield a client of the server that runs, else of one that is started for now; and whether it was."""
    folder = DataFolder(data)
    if (url := find_server(folder)) is not None:
        with _client(folder, url) as client:
            yield client, False
        return
    say(f"starting a stack for this run (data in {data}) ...")
    with embedded_stack(folder, say) as url, _client(folder, url) as client:
        yield client, True


def _client(folder: DataFolder, url: str) -> Client:
    """Return a client that shows the user's own key or, without one, that of the folder's own stack."""
    return Client(url, api_key=os.environ.get(KEY_VARIABLE) or folder.key_for(url))


def submitted(client: Client, submission: Submission, **options: Unpack[BatchOptions]) -> Batch:
    """Submit, and raise the server's refusal in terms of the input's own lines."""
    try:
        options.setdefault("name", submission.name)
        batch = client.submit_file(submission.body, **options)
    except RefusedError as error:
        if error.details:
            raise submission.explain(error) from error
        raise
    return batch


def is_job(given_id: str) -> bool:
    """Whether an id is a job's; all others are taken for batches'."""
    return given_id.startswith(JOB_PREFIX)
