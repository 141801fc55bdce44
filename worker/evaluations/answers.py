"""What came back for a run: its samples, a group at a time, and the replies to its graders' questions."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from evalruns.start import answer_key
from evals.address import GradingAddress, SampleAddress, read_address
from evals.graders.exam import Reply
from evals.plan import Plan
from evals.sample import Sample, sample_of
from jobs.evaluation import EvalRun, StoredAnswer
from jobs.job import FINAL_STATES, Job, JobState
from jobs.store.store import Store
from jobs.store.stored import JobResult

PAGE = 200  # jobs whose answers are in memory at a time

AllReplies = dict[SampleAddress, dict[tuple[str, int], Reply]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A group of samples, and the answers among them as they may be kept for later runs."""

    samples: list[Sample]
    answers: dict[SampleAddress, StoredAnswer]


def answered(store: Store, run: EvalRun, plan: Plan) -> Iterator[Answered]:
    """Yield every sample of the plan once: answered, given by the dataset, kept from before, or missing."""
    missing = {request.address: request for request in plan.requests}
    keys = (
        {address: answer_key(request) for address, request in missing.items()}
        if plan.definition.cache
        else {}
    )
    for page in _pages(store, run.batch_id):
        samples, answers = [], {}
        for result in page:
            address = read_address(result.job.custom_id or "")
            if not isinstance(address, SampleAddress) or missing.pop(address, None) is None:
                continue
            samples.append(_sample(address, result))
            if address in keys and result.response is not None:
                answers[address] = _kept(keys[address], result, result.response)
        yield Answered(samples=samples, answers=answers)
    if plan.given:
        yield Answered(samples=plan.given, answers={})
    yield from _from_before(store, run, list(missing), keys)


def replies_of(store: Store, run: EvalRun) -> AllReplies:
    """Return what model graders were answered so far, by the sample that they asked about."""
    found: AllReplies = defaultdict(dict)
    for batch_id in run.grading_batch_ids:
        for page in _pages(store, batch_id):
            for result in page:
                address = read_address(result.job.custom_id or "")
                if isinstance(address, GradingAddress):
                    found[address.sample][address.grader, address.attempt] = _reply(address.sample, result)
    return found


def _from_before(
    store: Store, run: EvalRun, missing: list[SampleAddress], keys: dict[SampleAddress, str]
) -> Iterator[Answered]:
    for start in range(0, len(missing), PAGE):
        group = missing[start : start + PAGE]
        with store.read() as tx:
            there = tx.evaluations.answers([keys[one] for one in group if one in keys], tenant=run.tenant)
        samples = []
        for address in group:
            answer = there.get(keys.get(address, ""))
            if answer is None:
                samples.append(Sample(address=address, error="its job is gone: it was deleted"))
            else:
                samples.append(sample_of(address, answer.body, latency_s=answer.latency_s, cost=answer.cost))
        yield Answered(samples=samples, answers={})


def _pages(store: Store, batch_id: str | None) -> Iterator[list[JobResult]]:
    after: str | None = None
    while batch_id is not None:
        with store.read() as tx:
            page = tx.jobs.results(batch_id, states=FINAL_STATES, after=after, limit=PAGE)
        yield page
        if len(page) < PAGE:
            return
        after = page[-1].job.id


def _sample(address: SampleAddress, result: JobResult) -> Sample:
    job = result.job
    if result.response is None:
        return Sample(address=address, error=_why(job))
    return sample_of(address, result.response, latency_s=_latency_s(job), cost=job.usage.cost)


def _reply(address: SampleAddress, result: JobResult) -> Reply:
    if result.response is None:
        return Reply(error=_why(result.job))
    sample = sample_of(address, result.response)
    return Reply(error=sample.error) if sample.error is not None else Reply(text=sample.output_text)


def _kept(key: str, result: JobResult, response: str) -> StoredAnswer:
    job = result.job
    return StoredAnswer(key=key, body=response, latency_s=_latency_s(job), cost=job.usage.cost)


def _latency_s(job: Job) -> float | None:
    """Return how long the attempt took that brought the answer."""
    if job.started_at is None or job.ended_at is None:
        return None
    return (job.ended_at - job.started_at).total_seconds()


def _why(job: Job) -> str:
    if job.error is not None and job.state is JobState.ERRORED:
        return f"{job.error.type}: {job.error.message}"
    return f"the job was {job.state.value}" if job.state is not JobState.ERRORED else "the job failed"
