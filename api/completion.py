"""Claude's answer in OpenAI's format, for the jobs that came in that format."""

from typing import Any

import msgspec

from claude.chat.completion import to_completion
from claude.chat.reply import reply_shape
from claude.dialect import Dialect
from claude.request import WireApi
from jobs.job import Job
from jobs.store.store import Transaction


class _Kind(msgspec.Struct):
    """The field that only a legacy completion has."""

    completion: msgspec.Raw = msgspec.Raw()


_kinds = msgspec.json.Decoder(_Kind)


def completion_of(tx: Transaction, job: Job, response: str | None) -> dict[str, Any] | None:
    """Return Claude's `response` as OpenAI's `chat.completion`; None where the job did not ask for one.

    The request is read as well: it decides about the form of the reply.
    """
    if job.dialect is not Dialect.CHAT or response is None:
        return None
    request = tx.jobs.get_request(job.id)
    if request is None:
        return None
    api = WireApi.COMPLETE if _kinds.decode(response).completion else WireApi.MESSAGES
    answered_at = job.ended_at or job.created_at
    return to_completion(response, api, shape=reply_shape(request.body), created=int(answered_at.timestamp()))
