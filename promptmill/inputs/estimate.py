"""What a submission will cost, told before anything is sent: by model, as low and as high as it may come."""

from dataclasses import dataclass, field

import msgspec

from claude.answer import TokenUsage
from claude.dialect import Dialect
from claude.request import InvalidRequestError, RequestFacts, inspect_request
from promptmill.errors import Detail, InputError, RefusedError
from promptmill.inputs.prepare import Submission

DIALECTS = (Dialect.MESSAGES, Dialect.CHAT, Dialect.COMPLETE)
"""Tried in this order where a job does not name its format."""


class _Job(msgspec.Struct):
    request: msgspec.Raw
    format: Dialect | None = None


@dataclass(slots=True)
class ModelEstimate:
    """What the jobs of one model come to."""

    model: str
    jobs: int = 0
    input_tokens: int = 0
    """Estimated as the limiter does: by the length of the text."""
    output_tokens_most: int = 0
    """The sum of `max_tokens`: answers are nearly always shorter."""
    cost_low: float | None = 0.0
    """US dollars, for the input alone; None: the model has no known price."""
    cost_high: float | None = 0.0
    """US dollars, were every answer as long as it may be."""

    def add(self, input_tokens: int, max_tokens: int) -> None:
        """Count a job."""
        self.jobs += 1
        self.input_tokens += input_tokens
        self.output_tokens_most += max_tokens
        from claude.prices import cost  # noqa: PLC0415 - every other command would wait for the price list

        self.cost_low = _sum(self.cost_low, cost(self.model, TokenUsage(input=input_tokens)))
        self.cost_high = _sum(
            self.cost_high, cost(self.model, TokenUsage(input=input_tokens, output=max_tokens))
        )


@dataclass(slots=True)
class Estimate:
    """What a submission comes to."""

    models: dict[str, ModelEstimate] = field(default_factory=dict)

    @property
    def total(self) -> ModelEstimate:
        """Return the sum over the models; those without a known price count nothing."""
        found = self.models.values()
        return ModelEstimate(
            model="total",
            jobs=sum(each.jobs for each in found),
            input_tokens=sum(each.input_tokens for each in found),
            output_tokens_most=sum(each.output_tokens_most for each in found),
            cost_low=sum(each.cost_low or 0.0 for each in found),
            cost_high=sum(each.cost_high or 0.0 for each in found),
        )

    @property
    def unpriced(self) -> list[str]:
        """Return the models whose price is not known."""
        return [model for model, each in self.models.items() if each.cost_low is None]


def estimate(submission: Submission) -> Estimate:
    """Return what `submission` comes to; raises `InputError` for requests that no server would take."""
    found = Estimate()
    bad: list[Detail] = []
    bad_count = 0
    jobs = msgspec.json.Decoder(_Job)
    for index, line in enumerate(submission.body):
        try:
            facts = _facts(jobs.decode(line))
        except InvalidRequestError as error:
            bad_count += 1
            if len(bad) < InputError.LISTED:
                bad += [
                    Detail(index=index, field=each.field, message=each.message) for each in error.problems
                ]
        else:
            model = found.models.setdefault(facts.model, ModelEstimate(facts.model))
            model.add(facts.input_tokens_estimate, facts.max_tokens or 0)
    if bad:
        raise submission.explain(RefusedError("", status=400, kind="", details=bad, count=bad_count))
    return found


def _facts(job: _Job) -> RequestFacts:
    """Return the facts of a request in the first format in which it makes sense."""
    formats = DIALECTS if job.format is None else (job.format,)
    refusal: InvalidRequestError | None = None
    for dialect in formats:
        try:
            return inspect_request(dialect, bytes(job.request))
        except InvalidRequestError as error:
            refusal = refusal or error
    raise refusal or AssertionError


def _sum(dollars: float | None, more: float | None) -> float | None:
    return None if dollars is None or more is None else dollars + more
