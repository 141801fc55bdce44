"""Takes runs whose answers are there, grades them, and says what came of them."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec
import msgspec.structs
import structlog

from claude.dialect import Dialect
from evalruns.outcome import RunVerdict
from evalruns.reading import plan_of_run, provenance_of_run, results_of_run
from evalruns.verdict import judge
from evals.plan import Plan
from evals.summary import Summary, summarize
from jobs.errors import PromptmillError, QueueFullError, StoreUnavailableError
from jobs.evaluation import EvalRun, EvalRunEnd, EvalRunState
from jobs.settings import Settings
from jobs.store.store import Store, Transaction
from jobs.submission import BatchOptions, SubmittedRequest
from jobs.submit import Submitter
from jobs.webhooks.delivery import EventType, NewDelivery
from jobs.webhooks.event import EndedEvalRun, eval_run_ended
from worker.evaluations.answers import answered, replies_of
from worker.evaluations.marking import Marked, Marker

LEASE = timedelta(seconds=120)  # then whoever had the run is gone, and another takes it on
RENEW_AFTER_S = 20.0
MOST_RUNS = 20  # in one pass
GIVEN_UP = 5  # claims after which a run that nobody lives through is failed


class LostRunError(PromptmillError):
    """Another worker has the run, or it was canceled."""


class Examiner:
    """Grades one run after the other; each is leased first, and what is written is fenced by the claim.

    A sample's result is stored once, by its place; whoever takes a run over goes on where it was left.
    """

    def __init__(self, *, store: Store, submitter: Submitter, settings: Settings) -> None:
        self._store = store
        self._submitter = submitter
        self._settings = settings
        self._log = structlog.get_logger("evaluations")

    def run_once(self, now: datetime) -> int:
        """Grade every run that is due and return how many that were; raises `StoreUnavailableError`."""
        begun = time.monotonic()

        def clock() -> datetime:
            return now + timedelta(seconds=time.monotonic() - begun)

        for count in range(MOST_RUNS):
            run = self._claim(clock())
            if run is None:
                return count
            self._take(run, clock)
        return MOST_RUNS

    def _claim(self, now: datetime) -> EvalRun | None:
        with self._store.read() as tx:
            if not tx.eval_runs.is_any_due(now):
                return None
        with self._store.write() as tx:
            return tx.eval_runs.claim(now=now, lease=LEASE)

    def _take(self, run: EvalRun, clock: Callable[[], datetime]) -> None:
        try:
            Examination(self._store, self._submitter, self._settings, run, clock).go_on()
        except LostRunError:
            self._log.info("eval_run_lost", run_id=run.id)
        except StoreUnavailableError:
            raise
        except QueueFullError as error:
            self._log.warning("eval_run_waits", run_id=run.id, error=str(error))
        except PromptmillError as error:
            self._fail(run, str(error), clock())
        except Exception as error:  # noqa: BLE001 - one run that fails must not keep the others waiting
            self._log.exception("eval_run_failed", run_id=run.id)
            if run.claim >= GIVEN_UP:
                self._fail(
                    run, f"it cannot be graded: {type(error).__name__}; the worker's log tells more", clock()
                )

    def _fail(self, run: EvalRun, why: str, now: datetime) -> None:
        self._log.warning("eval_run_failed", run_id=run.id, error=why)
        end = EvalRunEnd(state=EvalRunState.FAILED, ended_at=now, error=why)
        with self._store.write() as tx:
            if tx.eval_runs.end(run, end) and run.webhook is not None:
                tx.deliveries.add_many([_news(run, run.webhook, end)])


class Examination:
    """One run before its examiner."""

    def __init__(
        self,
        store: Store,
        submitter: Submitter,
        settings: Settings,
        run: EvalRun,
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._submitter = submitter
        self._allows_programs = settings.allows_python_graders
        self._run = run
        self._clock = clock
        self._renewed = time.monotonic()

    def go_on(self) -> None:
        """Grade what can be graded, then ask what must be asked, or end the run."""
        with self._store.read() as tx:
            batch = None if self._run.batch_id is None else tx.batches.get(self._run.batch_id)
            plan = plan_of_run(tx, self._run)
        if batch is not None and batch.cancel_requested_at is not None:
            self._end(EvalRunEnd(state=EvalRunState.CANCELED, ended_at=self._clock()), None, None)
            return
        questions = self._grade(plan)
        if questions:
            self._ask(questions, spent=0.0 if batch is None else batch.usage.cost)
        else:
            self._conclude(plan)

    def _grade(self, plan: Plan) -> list[SubmittedRequest]:
        """Store the results that there can be by now; return what model graders want to ask."""
        places = {request.address: place for place, request in enumerate(plan.requests)}
        places |= {sample.address: place for place, sample in enumerate(plan.given, len(places))}
        items = {item.id: item for item in plan.dataset.items}
        replies = replies_of(self._store, self._run)
        marker = Marker(plan.definition, allows_programs=self._allows_programs)
        with self._store.read() as tx:
            graded = tx.eval_runs.places(self._run.id)
        questions: list[SubmittedRequest] = []
        for group in answered(self._store, self._run, plan):
            if group.answers:
                with self._store.write() as tx:
                    tx.evaluations.keep_answers(
                        group.answers.values(), tenant=self._run.tenant, now=self._clock()
                    )
            samples = [sample for sample in group.samples if places[sample.address] not in graded]
            marked: dict[int, str] = {}
            for each in marker.mark_all(
                samples, items.__getitem__, lambda sample: replies.get(sample.address, {})
            ):
                self._note(each, places[each.sample.address], marked, questions)
            self._store_results(marked)
        return questions

    def _note(
        self, each: Marked, place: int, marked: dict[int, str], questions: list[SubmittedRequest]
    ) -> None:
        questions += [
            msgspec.structs.replace(request, priority=self._run.priority) for request in each.requests
        ]
        if each.result is not None:
            marked[place] = msgspec.json.encode(each.result).decode()
        self._stay()

    def _store_results(self, marked: dict[int, str]) -> None:
        if marked:
            with self._store.write() as tx:
                tx.eval_runs.add_results(self._run.id, marked)

    def _stay(self) -> None:
        """Keep the lease; raises LostRunError once somebody else has it."""
        if time.monotonic() - self._renewed < RENEW_AFTER_S:
            return
        with self._store.write() as tx:
            is_held = tx.eval_runs.renew(self._run, until=self._clock() + LEASE)
        if not is_held:
            raise LostRunError
        self._renewed = time.monotonic()

    def _ask(self, questions: list[SubmittedRequest], *, spent: float) -> None:
        """Put the graders' questions into the queue; the run goes on when they are answered."""
        left = None if self._run.max_cost is None else max(0.0, self._run.max_cost - spent)

        def within(tx: Transaction, batch_id: str) -> None:
            if not tx.eval_runs.await_grading(self._run, batch_id):
                raise LostRunError

        self._submitter.submit_batch(
            questions,
            tenant=self._run.tenant,
            dialect=Dialect.MESSAGES,
            options=BatchOptions(name=f"grading of {self._run.id}", max_cost=left),
            within=within,
        )

    def _conclude(self, plan: Plan) -> None:
        results = results_of_run(self._store, self._run)
        summary = summarize(plan.definition, provenance_of_run(self._run).variants, results)
        verdict = judge(self._store, self._run, results, summary)
        end = EvalRunEnd(
            state=EvalRunState.ENDED,
            ended_at=self._clock(),
            summary=msgspec.json.encode(summary).decode(),
            verdict=msgspec.json.encode(verdict).decode(),
        )
        self._end(end, summary, verdict)

    def _end(self, end: EvalRunEnd, summary: Summary | None, verdict: RunVerdict | None) -> None:
        run = self._run
        with self._store.write() as tx:
            if not tx.eval_runs.end(run, end):
                raise LostRunError
            if run.webhook is not None and verdict is not None and summary is not None:
                tx.deliveries.add_many([_news(run, run.webhook, end, summary, verdict)])


def _news(
    run: EvalRun,
    url: str,
    end: EvalRunEnd,
    summary: Summary | None = None,
    verdict: RunVerdict | None = None,
) -> NewDelivery:
    """Return what a run's webhook is told of its end; without a verdict it has failed."""
    kind = EventType.EVAL_RUN_FAILED
    if verdict is not None:
        kind = EventType.EVAL_RUN_WORSE if verdict.is_worse else EventType.EVAL_RUN_ENDED
    told = EndedEvalRun(
        id=run.id,
        evaluation=run.name,
        version=run.version,
        state=end.state.value,
        verdict=None if verdict is None else verdict.verdict,
        reason=(end.error or "") if verdict is None else verdict.reason,
        compared_with=None if verdict is None else verdict.compared_with,
        scores={} if summary is None else {each.name: each.overall.mean for each in summary.variants},
        created_at=run.created_at,
        ended_at=end.ended_at,
    )
    return eval_run_ended(told, kind=kind, tenant=run.tenant, url=url)
