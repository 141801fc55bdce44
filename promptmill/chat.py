"""`completion()`: one call, OpenAI's format in and out; straight to Claude, or through the service."""

import os
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Literal, overload

from claude.dialect import Dialect
from claude.direct import complete_directly
from promptmill.client import URL_VARIABLE, Client
from promptmill.errors import CompletionError, RefusedError
from promptmill.records import JsonObject
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

    With `PROMPTMILL_URL` set the call goes through that service, where it is a durable job; a stream's
    chunks then come together, once the answer is whole. Otherwise, and whenever `api_key` or `base_url` is
    given, Claude is called directly with `ANTHROPIC_API_KEY`. `params` are those of OpenAI's format
    (`temperature`, `max_tokens`, `stop`, `tools`, ...). `timeout_s` limits the call as a whole.

    Raises `ClaudeError`, and `ServerUnreachableError` if the service does not answer.
    """
    if os.environ.get(URL_VARIABLE) and api_key is None and base_url is None:
        request = {"model": model, "messages": list(messages), "stream": stream, **params}
        answer = _through_service(request, timeout_s)
        return (_reply(chunk) for chunk in _chunks(answer)) if stream else Reply.of(answer)
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
        try:
            job = client.submit_job(request, format=Dialect.CHAT, priority="interactive")
        except RefusedError as error:
            raise CompletionError(str(error), error_type=error.kind, status=error.status) from error
        job = client.wait_for_job(job.id, timeout_s=timeout_s)
    if job.completion is not None:
        return job.completion
    if (failure := job.error) is not None:
        raise CompletionError(
            failure.message,
            error_type=failure.type,
            status=failure.status,
            request_id=failure.request_id,
            job_id=job.id,
        )
    if job.has_ended:
        raise CompletionError(f"the job was {job.state}", error_type=job.state, job_id=job.id)
    raise CompletionError(
        f"no answer after {timeout_s:g} s; job {job.id} goes on, and its answer can be fetched by that id",
        error_type="timeout_error",
        status=HTTPStatus.REQUEST_TIMEOUT,
        job_id=job.id,
    )


def _chunks(answer: JsonObject) -> Iterator[JsonObject]:
    """Yield a finished completion as the chunks that a stream of it would have had, in few large pieces."""
    shared = {name: answer[name] for name in ("id", "created", "model")}
    for choice in answer["choices"]:
        said = {name: value for name, value in choice["message"].items() if value is not None}
        if "tool_calls" in said:
            said["tool_calls"] = [{"index": index, **call} for index, call in enumerate(said["tool_calls"])]
        for delta, reason in ((said, None), ({}, choice["finish_reason"])):
            yield {
                **shared,
                "object": "chat.completion.chunk",
                "choices": [{"index": choice["index"], "delta": delta, "finish_reason": reason}],
            }


def _reply(chunk: JsonObject) -> Reply:
    """Return a chunk in which every delta can be asked for its content, as OpenAI's own objects can."""
    reply = Reply.of(chunk)
    for choice in reply["choices"]:
        choice["delta"].setdefault("content", None)
    return reply
