"""What an answer or an error says about its lane: a pure table on top of `worker.meaning`."""

from claude.answer import Answer
from claude.errors import ClaudeConnectionError, ClaudeError, ClaudeStatusError, HeaderError, MissingKeyError
from claude.request import InvalidRequestError
from worker.limits.limiter import Landed, Refusal, RefusalKind
from worker.meaning import Meaning, meaning_of

KINDS = {
    Meaning.ACCOUNT: RefusalKind.ACCOUNT,
    Meaning.RATE: RefusalKind.RATE,
    Meaning.CROWD: RefusalKind.CONCURRENCY,
    Meaning.OVERLOAD: RefusalKind.OVERLOAD,
}
"""The meanings that concern the whole lane."""

UNNAMED_WAIT_S = 1.0  # for a 429 that asks for patience and does not say how much

NOT_SENT = Landed(was_sent=False, was_answered=False)
"""The permit was not used."""

STOPPED = Landed(was_answered=False)
"""The call was given up on our side."""


def of_answer(answer: Answer) -> Landed:
    """Return what a whole answer says."""
    return Landed(usage=answer.usage, headers=answer.headers)


def of_error(error: ClaudeError) -> Landed:
    """Return what an error says."""
    refusal = refusal_of(error)
    match error:
        case ClaudeStatusError():
            return Landed(headers=error.headers, refusal=refusal)
        case ClaudeConnectionError():
            return Landed(refusal=refusal, was_sent=error.was_sent, was_answered=False)
        case MissingKeyError() | HeaderError() | InvalidRequestError():
            return Landed(refusal=refusal, was_sent=False, was_answered=False)
        case _:
            return Landed(refusal=refusal)


def refusal_of(error: ClaudeError) -> Refusal | None:
    """Return what an error says about the lane; None where it concerns the job alone."""
    kind = KINDS.get(meaning_of(error))
    match kind:
        case None:
            return None
        case RefusalKind.ACCOUNT:
            return Refusal(kind=kind, reason=f"{error.type}: {error.message}")
        case RefusalKind.OVERLOAD:
            return Refusal(kind=kind, reason=error.type)
        case _:
            named = error.retry_after_s if isinstance(error, ClaudeStatusError) else None
            return Refusal(
                kind=kind, wait_s=UNNAMED_WAIT_S if named is None else named, reason="rate_limited"
            )
