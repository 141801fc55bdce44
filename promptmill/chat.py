"""`completion()`: one call, OpenAI's format in and out; straight to Claude, or through the service."""

import os
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from http import HTTPStatus
from time import monotonic, time
from typing import Literal, overload

import msgspec

from claude.chat.chunks import ChunkTranslator
from claude.chat.reply import reply_shape
from claude.dialect import Dialect
from claude.direct import complete_directly, warn_of_changes
from claude.events import read_event
from promptmill.client import URL_VARIABLE, Client
from promptmill.errors import CompletionError, RefusedError
from promptmill.following import Chunk, Ended, Moved, Reset
from promptmill.records import Job, JsonObject
from promptmill.reply import Reply

Messages = Sequence[Mapping[str, object]]


@overload
def completion(
    model: str,
    messages: Messages,
    *,
    stream: Literal[False] = False,
    api_key: str | None = None,
    base_url: str | None = None,
    timeout_s: float = 600.0,
    **params: object,
) -> Reply: ...


@overload
def completion(
    model: str,
    messages: Messages,
    *,
    stream: Literal[True],
    api_key: str | None = None,
    base_url: str | None = None,
    timeout_s: float = 600.0,
    **params: object,
) -> Iterator[Reply]: ...


def completion(
    model: str,
    messages: Messages,
    *,
    stream: bool = False,
    api_key: str | None = None,
    base_url: str | None = None,
    timeout_s: float = 600.0,
    **params: object,
) -> Reply | Iterator[Reply]:
    """Return Claude's answer to `messages`, or with `stream` an iterator over its chunks.

    With `PROMPTMILL_URL` set the call goes through that service, where it is a durable job. Otherwise, and
    whenever `api_key` or `base_url` is given, Claude is called directly with `ANTHROPIC_API_KEY`. `params`
    are those of OpenAI's format (`temperature`, `max_tokens`, `stop`, `tools`, ...). `timeout_s` limits the
    call as a whole.

    What the model does not take is left out with a `ChangedRequestWarning`.
    Raises `ClaudeError`, and `ServerUnreachableError` if the service does not answer.
    """
    if os.environ.get(URL_VARIABLE) and api_key is None and base_url is None:
        request = {"model": model, "messages": list(messages), "stream": stream, **params}
        if stream:
            return (_reply(chunk) for chunk in _streamed_by_service(request, timeout_s))
        return Reply.of(_through_service(request, timeout_s))
    reply = complete_directly(
        model=model,
        messages=messages,
        stream=stream,
        api_key=api_key,
        base_url=base_url,
        timeout_s=timeout_s,
        **params,
    )
    return Reply.of(reply) if isinstance(reply, dict) else (_reply(chunk) for chunk in reply)


def _through_service(request: JsonObject, timeout_s: float) -> JsonObject:
    with Client() as client:
        job = client.wait_for_job(_submitted(client, request).id, timeout_s=timeout_s)
    if job.completion is None:
        raise _failure(job, timeout_s)
    return job.completion


def _streamed_by_service(request: JsonObject, timeout_s: float) -> Generator[JsonObject]:
    end = monotonic() + timeout_s
    with Client() as client:
        job = _submitted(client, request)
    return _chunks(job, msgspec.json.encode(request), end, timeout_s)


def _submitted(client: Client, request: JsonObject) -> Job:
    try:
        job = client.submit_job(request, format=Dialect.CHAT, priority="interactive")
    except RefusedError as error:
        raise CompletionError(str(error), error_type=error.kind, status=error.status) from error
    warn_of_changes(job.warnings, depth=4)
    return job


def _chunks(job: Job, request: bytes, end: float, timeout_s: float) -> Generator[JsonObject]:
    shape, created = reply_shape(request), int(time())
    translator = ChunkTranslator(shape=shape, created=created)
    has_begun = False
    with Client() as client, closing(client.stream(job.id, timeout_s=end - monotonic())) as events:
        for event in events:
            match event:
                case Chunk():
                    for data in event.events:
                        for chunk in translator.chunks(read_event(msgspec.json.encode(data).decode())):
                            has_begun = True
                            yield chunk
                case Reset():
                    if has_begun:
                        raise _broken(job.id)
                    translator = ChunkTranslator(shape=shape, created=created)
                case Moved() | Ended():
                    job = event.job
    if job.state != "succeeded":
        raise _failure(job, timeout_s)


def _broken(job_id: str) -> CompletionError:
    return CompletionError(
        f"the stream broke, and what came of it cannot be taken back; job {job_id} begins again",
        error_type="api_error",
        status=HTTPStatus.BAD_GATEWAY,
        job_id=job_id,
    )


def _failure(job: Job, timeout_s: float) -> CompletionError:
    if (failure := job.error) is not None and job.has_ended:
        return CompletionError(
            failure.message,
            error_type=failure.type,
            status=failure.status,
            request_id=failure.request_id,
            job_id=job.id,
        )
    if job.has_ended:
        return CompletionError(f"the job was {job.state}", error_type=job.state, job_id=job.id)
    return CompletionError(
        f"no answer after {timeout_s:g} s; job {job.id} goes on, and its answer can be fetched by that id",
        error_type="timeout_error",
        status=HTTPStatus.REQUEST_TIMEOUT,
        job_id=job.id,
    )


def _reply(chunk: JsonObject) -> Reply:
    """Return a chunk in which every delta can be asked for its content, as OpenAI's own objects can."""
    reply = Reply.of(chunk)
    for choice in reply["choices"]:
        choice["delta"].setdefault("content", None)
    return reply
