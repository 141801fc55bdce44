"""Makes a batch of an input file, or notes by line why none can be made of it."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial

from api.openai.lines import BatchLines
from api.openai.new_batch import NewOpenAIBatch
from api.spool import Spool
from claude.report import Unsupported
from jobs.batch import Batch
from jobs.clock import Clock
from jobs.errors import InvalidSubmissionError, NotFoundError
from jobs.ids import BATCH_PREFIX, IDS
from jobs.openai_batch import LineError, OpenAIBatch
from jobs.store.store import Store, Transaction
from jobs.submission import BatchOptions, Idempotency
from jobs.submit import Submitter

MOST_REQUESTS = 100_000  # as in Anthropic's dialect; OpenAI takes half as many
EMPTY = LineError(
    code="empty_file", message="The input file has no request in it.", line=None, param="input_file_id"
)
TOO_MANY = LineError(
    code="too_many_tasks",
    message=f"The input file has more than {MOST_REQUESTS} requests.",
    line=None,
    param="input_file_id",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Creation:
    """One call to create a batch."""

    new: NewOpenAIBatch
    tenant: str
    headers: dict[str, str]
    unsupported: Unsupported | None
    idempotency: Idempotency | None


class BatchMaker:
    """Makes batches of spooled files."""

    def __init__(self, *, store: Store, submitter: Submitter, clock: Clock) -> None:
        self._store = store
        self._submitter = submitter
        self._clock = clock

    def make(self, creation: Creation, spool: Spool) -> tuple[OpenAIBatch, Batch | None]:
        """Return the batch, or only its row where the file was refused; that is kept, to be looked up."""
        lines = BatchLines(
            spool,
            endpoint=creation.new.endpoint,
            headers=creation.headers,
            unsupported=creation.unsupported,
        )
        if lines.is_empty():
            return self._refuse(creation, [EMPTY]), None
        if lines.has_over(MOST_REQUESTS):
            return self._refuse(creation, [TOO_MANY]), None
        try:
            batch = self._submitter.submit_batch(
                lines,
                tenant=creation.tenant,
                dialect=lines.dialect,
                options=BatchOptions(expires_in=creation.new.expires_in),
                idempotency=creation.idempotency,
                within=partial(self._note, creation, lines),
            )
        except InvalidSubmissionError as error:
            return self._refuse(creation, lines.line_errors(error.bad_requests)), None
        return self._find(batch.id, creation.tenant), batch

    def _note(self, creation: Creation, lines: BatchLines, tx: Transaction, batch_id: str) -> None:
        model = next(iter(lines.models)) if len(lines.models) == 1 else None
        tx.openai_batches.add(self._row(creation, batch_id, model=model, errors=[]))

    def _refuse(self, creation: Creation, errors: list[LineError]) -> OpenAIBatch:
        row = self._row(creation, IDS.make(BATCH_PREFIX), model=None, errors=errors)
        with self._store.write() as tx:
            tx.openai_batches.add(row)
        return row

    def _row(
        self, creation: Creation, batch_id: str, *, model: str | None, errors: list[LineError]
    ) -> OpenAIBatch:
        new = creation.new
        return OpenAIBatch(
            id=batch_id,
            tenant=creation.tenant,
            endpoint=new.endpoint,
            input_file_id=new.input_file_id,
            completion_window=new.completion_window,
            created_at=self._clock(),
            metadata=new.metadata,
            output_expires_in=new.output_expires_in,
            model=model,
            errors=errors,
        )

    def _find(self, batch_id: str, tenant: str) -> OpenAIBatch:
        with self._store.read() as tx:
            record = tx.openai_batches.get(batch_id, tenant=tenant)
        if record is None:  # an Idempotency-Key that was used for a batch of another dialect
            raise NotFoundError(f"No batch found with id '{batch_id}'.")
        return record


@contextmanager
def spooled_file(store: Store, file_id: str) -> Iterator[Spool]:
    """Copy the content of a file from the database into a spool, part by part."""
    with closing(Spool(is_digested=False)) as spool:
        number = 0
        while (part := _part(store, file_id, number)) is not None:
            spool.write(part)
            number += 1
        yield spool


def _part(store: Store, file_id: str, number: int) -> bytes | None:
    with store.read() as tx:
        return tx.files.part(file_id, number)
