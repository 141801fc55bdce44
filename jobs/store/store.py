"""The door to the database: transactions, and what happens when there is no database."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
import sqlalchemy.exc
from sqlalchemy import Connection, Engine

from jobs.errors import StoreUnavailableError
from jobs.news import News
from jobs.store.attempts import AttemptStore
from jobs.store.batches import BatchStore
from jobs.store.census import CensusStore
from jobs.store.chunks import ChunkStore
from jobs.store.connect import close, for_reading, for_writing, takes_turns, turn
from jobs.store.deliveries import DeliveryStore
from jobs.store.endings import EndingStore
from jobs.store.eval_runs import EvalRunStore
from jobs.store.evaluations import EvaluationStore
from jobs.store.files import FileStore
from jobs.store.jobs import JobStore
from jobs.store.keys import KeyStore
from jobs.store.moved import MOVED, Moved
from jobs.store.openai_batches import OpenAIBatchStore
from jobs.store.openai_evals import OpenAIEvalStore
from jobs.store.schedule_runs import ScheduleRunStore
from jobs.store.schedules import ScheduleStore
from jobs.store.spending import SpendingStore
from jobs.store.submissions import SubmissionStore
from jobs.store.tenants import TenantStore
from jobs.store.workers import WorkerStore

UNAVAILABLE = (
    sqlalchemy.exc.OperationalError,
    sqlalchemy.exc.InterfaceError,
    sqlalchemy.exc.InternalError,  # read-only, as a standby is after a failover
    sqlalchemy.exc.TimeoutError,
    psycopg.OperationalError,
    psycopg.InterfaceError,
    psycopg.InternalError,
)


@dataclass(slots=True)  # frozen, each would cost several times as much to make
class Transaction:
    """The tables, as one transaction sees them."""

    jobs: JobStore
    batches: BatchStore
    attempts: AttemptStore
    chunks: ChunkStore
    endings: EndingStore
    workers: WorkerStore
    submissions: SubmissionStore
    files: FileStore
    openai_batches: OpenAIBatchStore
    deliveries: DeliveryStore
    census: CensusStore
    keys: KeyStore
    tenants: TenantStore
    spending: SpendingStore
    evaluations: EvaluationStore
    eval_runs: EvalRunStore
    openai_evals: OpenAIEvalStore
    schedules: ScheduleStore
    schedule_runs: ScheduleRunStore


class Store:
    """The record in SQL; may be used from several threads, each in transactions of its own."""

    def __init__(self, engine: Engine, *, news: News | None = None) -> None:
        """With `news`, followers are told of what actors and callers have moved, after each commit."""
        self._news = news
        self._reader = for_reading(engine)
        self._writer = for_writing(engine)
        self._turn = turn(engine)
        self.takes_turns = takes_turns(engine)
        """Whether transactions that write do so one after the other, whatever they write."""

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """Run one transaction that writes: committed at the end, rolled back on any exception.

        Raises `StoreUnavailableError` if the database cannot be reached, is locked or full, or if the
        transaction fell victim to another; all of it may be tried again.
        """
        moved = Moved()
        with self._turn, translated(self._writer), self._writer.begin() as connection:
            connection.execution_options(**{MOVED: moved})
            yield _transaction(connection)
        if moved.jobs and self._news is not None:
            self._news.announce(jobs=moved.jobs, batches=sorted(moved.batches))

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """Run statements that only read; raises `StoreUnavailableError`."""
        with translated(self._reader), self._reader.connect() as connection:
            yield _transaction(connection)

    def close(self) -> None:
        """Close all connections: those at work once they have done theirs."""
        close(self._reader)


def _transaction(connection: Connection) -> Transaction:
    return Transaction(
        jobs=JobStore(connection),
        batches=BatchStore(connection),
        attempts=AttemptStore(connection),
        chunks=ChunkStore(connection),
        endings=EndingStore(connection),
        workers=WorkerStore(connection),
        submissions=SubmissionStore(connection),
        files=FileStore(connection),
        openai_batches=OpenAIBatchStore(connection),
        deliveries=DeliveryStore(connection),
        census=CensusStore(connection),
        keys=KeyStore(connection),
        tenants=TenantStore(connection),
        spending=SpendingStore(connection),
        evaluations=EvaluationStore(connection),
        eval_runs=EvalRunStore(connection),
        openai_evals=OpenAIEvalStore(connection),
        schedules=ScheduleStore(connection),
        schedule_runs=ScheduleRunStore(connection),
    )


@contextmanager
def translated(engine: Engine) -> Iterator[None]:
    """Turn what the drivers raise when there is no database to speak to into `StoreUnavailableError`."""
    try:
        yield
    except UNAVAILABLE as error:
        cause = getattr(error, "orig", None) or error
        reason = str(cause).partition("\n")[0]
        if engine.url.password:
            reason = reason.replace(str(engine.url.password), "***")
        raise StoreUnavailableError(f"the database is unavailable: {reason}") from error
