"""The check that a submission passes whole or not at all."""

from collections.abc import Iterable

from claude.answer import TokenUsage
from claude.prices import cost
from claude.report import Unsupported
from claude.request import InvalidRequestError, Problem, RequestFacts, inspect_request
from jobs.errors import BadRequest, InvalidSubmissionError
from jobs.submission import SubmittedRequest

LONGEST_CUSTOM_ID = 512  # characters


def check(requests: Iterable[SubmittedRequest], *, unsupported: Unsupported) -> list[RequestFacts]:
    """Return the facts of every request; raises `InvalidSubmissionError` with all that cannot be accepted.

    `unsupported` is for the requests that do not say their own.
    """
    facts: list[RequestFacts] = []
    bad: list[BadRequest] = []
    bad_count = 0
    first_index: dict[str, int] = {}
    for index, request in enumerate(requests):
        problems = _problems(request, index, first_index, facts, request.unsupported or unsupported)
        bad_count += bool(problems)
        if len(bad) < InvalidSubmissionError.LISTED:
            bad.extend(problems)
    if not facts and not bad_count:
        bad.append(BadRequest(index=0, custom_id=None, field="", message="there is no request here"))
        bad_count = 1
    if bad_count:
        raise InvalidSubmissionError(bad, bad_count)
    return facts


def check_prices(facts: Iterable[RequestFacts]) -> None:
    """Raise `InvalidSubmissionError` for models whose price is not known: they never reach a `max_cost`."""
    first_index: dict[str, int] = {}
    for index, fact in enumerate(facts):
        first_index.setdefault(fact.model, index)
    bad = [
        BadRequest(
            index=index,
            custom_id=None,
            field="model",
            message=f"the price of {model!r} is not known, so max_cost could not be kept: submit it without",
        )
        for model, index in first_index.items()
        if cost(model, TokenUsage()) is None
    ]
    if bad:
        raise InvalidSubmissionError(bad)


def _problems(
    request: SubmittedRequest,
    index: int,
    first_index: dict[str, int],
    facts: list[RequestFacts],
    unsupported: Unsupported,
) -> list[BadRequest]:
    if request.fault is not None:
        found = [request.fault]
    else:
        found = _problems_of_id(request.custom_id, index, first_index)
        try:
            facts.append(inspect_request(request.dialect, request.body, unsupported=unsupported))
        except InvalidRequestError as error:
            found += error.problems
    return [
        BadRequest(index=index, custom_id=request.custom_id, field=problem.field, message=problem.message)
        for problem in found
    ]


def _problems_of_id(custom_id: str | None, index: int, first_index: dict[str, int]) -> list[Problem]:
    if custom_id is None:
        return []
    message = None
    if not custom_id.isprintable() or not 0 < len(custom_id) <= LONGEST_CUSTOM_ID:
        message = f"must be 1 to {LONGEST_CUSTOM_ID} printable characters"
    elif (first := first_index.setdefault(custom_id, index)) != index:
        message = f"{custom_id!r} is already the custom_id of request {first + 1}"
    return [Problem(field="custom_id", message=message)] if message else []
