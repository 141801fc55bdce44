"""Evaluations in tests: started as the service would, answered by the test in Claude's place."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta

from evalruns.start import EvalStarter, RunOptions
from evalruns.told import Changes, ToldEvaluation
from jobs.celery_app import make_celery
from jobs.clock import utc_now
from jobs.dispatch import Dispatcher
from jobs.evaluation import EvalRun
from jobs.job import JobError, JobState, Usage
from jobs.settings import read_settings
from jobs.store.store import Store
from jobs.submit import Submitter
from tests.factories import WORKER, an_outcome
from worker.evaluations.examiner import Examiner

Answer = Callable[[str, dict], str | None]
"""Claude's answer to a custom id and its request; None: the job fails."""

SUMS = {
    "name": "sums",
    "model": "claude-haiku-4-5",
    "dataset": [{"id": f"s{n}", "sum": f"{n} + {n}", "answer": 2 * n} for n in range(1, 21)],
    "prompt": "What is {{ item.sum }}?",
    "graders": [{"type": "number", "target": "{{ item.answer }}"}],
}


class Bench:
    """Starts, answers and grades runs on one store."""

    def __init__(self, store: Store, submitter: Submitter, **settings: str) -> None:
        self.store = store
        self.settings = read_settings(settings)
        self.starter = EvalStarter(store=store, submitter=submitter, settings=self.settings, clock=utc_now)
        self.examiner = Examiner(store=store, submitter=submitter, settings=self.settings)

    def start(self, definition: dict, *, tenant: str = "default", webhook=None, **changes) -> EvalRun:
        """Start a run."""
        told = ToldEvaluation(definition=definition, changes=Changes(**changes))
        return self.starter.start_told(told, tenant=tenant, options=RunOptions(webhook=webhook))

    def answer(self, batch_id: str, answer: Answer, *, tenant: str = "default") -> None:
        """Let Claude answer every open job of the batch."""
        with self.store.write() as tx:
            ids = [job.id for job in tx.jobs.list(tenant=tenant, batch_id=batch_id, limit=1000)]
            for job in tx.jobs.claim(ids, worker_id=WORKER, now=utc_now()):
                custom_id = tx.jobs.get(job.id).custom_id
                tx.jobs.settle([_outcome(job.id, answer(custom_id, json.loads(job.body)))])

    def grade(self, *, after: timedelta = timedelta()) -> int:
        """Let the examiner do one pass; return how many runs it took."""
        return self.examiner.run_once(utc_now() + after)

    def run(self, definition: dict, answer: Answer, **details) -> EvalRun:
        """Start, answer and grade, and return the run as it is then."""
        run = self.start(definition, **details)
        self.answer(run.batch_id, answer)
        self.grade()
        return self.get(run)

    def get(self, run: EvalRun) -> EvalRun:
        """Return the run as it stands."""
        with self.store.read() as tx:
            return tx.eval_runs.get(run.id)


@contextmanager
def bench(store: Store, **settings: str) -> Iterator[Bench]:
    """Yield a bench whose broker is away: nobody needs it here."""
    read = read_settings({"REDIS_URL": "redis://127.0.0.1:1/0", **settings})
    with closing(Dispatcher(celery=make_celery(read), clock=utc_now)) as dispatcher:
        submitter = Submitter(store=store, dispatcher=dispatcher, settings=read, clock=utc_now)
        yield Bench(store, submitter, **settings)


def right(_: str, body: dict) -> str:
    """Answer a sum as it should be."""
    left, _, other = body["messages"][0]["content"].removeprefix("What is ").rstrip("?").split()
    return f"That is {int(left) + int(other)}."


def wrong(_: str, __: dict) -> str:
    """Answer every sum wrongly."""
    return "That is 1000."


def _outcome(job_id: str, text: str | None):
    if text is None:
        error = JobError(type="api_error", message="Claude was not well", status=500)
        return an_outcome(
            job_id, state=JobState.ERRORED, response=None, error=error, ended_at=utc_now(), status=500
        )
    body = {
        "model": "claude-haiku-4-5",
        "content": [{"type": "text", "text": text}],
        "stop_reason": "end_turn",
    }
    return an_outcome(job_id, response=json.dumps(body), ended_at=utc_now(), usage=Usage(cost=0.01))
