import asyncio
from contextlib import aclosing

import pytest
from msgspec.structs import replace

from claude.assembly import MessageAssembler
from claude.errors import (
    ClaudeConnectionError,
    ClaudeError,
    ClaudeResponseError,
    ClaudeStatusError,
    ClaudeStreamError,
    ConnectionFault,
)
from claude.events import StreamEvent
from claude.request import WireRequest
from tests.claude.requests_to_send import (
    LEGACY_STREAM,
    MESSAGE,
    STREAM,
    client_for,
    legacy_request,
    message_request,
)
from tests.claude.scripted_server import Act, ScriptedServer, reply, sse, stream_reply


async def read(
    url: str, request: WireRequest, events: list[StreamEvent], *, call_s: float, stall_s: float
) -> None:
    client = client_for(url, call_s=call_s, stall_s=stall_s)
    try:
        async with aclosing(client.stream(request)) as stream:
            async for event in stream:
                events += [event]
    finally:
        await client.aclose()


def types(url: str, request: WireRequest | None = None) -> list[str]:
    events: list[StreamEvent] = []
    asyncio.run(read(url, request or message_request(stream=True), events, call_s=20, stall_s=20))
    return [event.type for event in events]


def failure(url: str, *, call_s: float = 20, stall_s: float = 20) -> tuple[ClaudeError, list[str]]:
    events: list[StreamEvent] = []
    with pytest.raises(ClaudeError) as caught:
        asyncio.run(read(url, message_request(stream=True), events, call_s=call_s, stall_s=stall_s))
    return caught.value, [event.type for event in events]


def test_a_stream_brings_every_event_as_it_came(server: ScriptedServer):
    server.replies.append(stream_reply(sse(*STREAM)))
    assert types(server.url) == [event["type"] for event in STREAM]
    assert server.received[0].headers["accept"] == "text/event-stream"


def test_a_legacy_stream_ends_with_its_stop_reason(server: ScriptedServer):
    server.replies.append(stream_reply(sse(*LEGACY_STREAM)))
    assert types(server.url, legacy_request(stream=True)) == [
        "completion",
        "ping",
        "completion",
        "completion",
    ]


def test_a_stream_tells_the_request_id_and_the_limits(server: ScriptedServer):
    limit = {"request-id": "req_3", "anthropic-ratelimit-tokens-remaining": "9"}
    server.replies.append(stream_reply(sse(*STREAM), **limit))

    async def main() -> tuple[str | None, dict[str, str]]:
        client = client_for(server.url)
        assembler = MessageAssembler(message_request(stream=True))
        async with aclosing(client.stream(message_request(stream=True))) as stream:
            async for event in stream:
                assembler.feed(event)
        await client.aclose()
        answer = assembler.answer(request_id=stream.request_id, headers=stream.headers)
        return answer.request_id, dict(answer.headers)

    assert asyncio.run(main()) == ("req_3", {"anthropic-ratelimit-tokens-remaining": "9"})


@pytest.mark.parametrize("whole_events", [0, 1, 4, 7])
def test_a_stream_that_ends_early_is_cut_and_never_a_success(server: ScriptedServer, whole_events: int):
    server.replies.append(stream_reply(sse(*STREAM[:whole_events])))
    said, seen = failure(server.url)
    assert isinstance(said, ClaudeStreamError)
    assert (said.type, len(seen)) == (ClaudeStreamError.CUT, whole_events)


def test_a_connection_that_breaks_in_mid_stream_is_disconnected(server: ScriptedServer):
    chunked = {"transfer-encoding": "chunked"}
    server.replies.append(stream_reply(b"5\r\ndata:\r\n", Act.RESET, **chunked))
    said, _ = failure(server.url)
    assert isinstance(said, ClaudeConnectionError)
    assert said.kind is ConnectionFault.DISCONNECTED


def test_an_error_event_carries_claudes_own_word(server: ScriptedServer):
    error = {
        "type": "error",
        "error": {"type": "overloaded_error", "message": "Overloaded"},
        "request_id": "req_4",
    }
    server.replies.append(stream_reply(sse(*STREAM[:4], error)))
    said, seen = failure(server.url)
    assert isinstance(said, ClaudeStreamError)
    assert (said.type, said.message, said.request_id) == ("overloaded_error", "Overloaded", "req_4")
    assert len(seen) == 4


def test_a_silent_stream_has_stalled(server: ScriptedServer):
    server.replies.append(stream_reply(sse(*STREAM[:4]), Act.HANG))
    said, seen = failure(server.url, stall_s=0.1)
    assert isinstance(said, ClaudeConnectionError)
    assert (said.kind, len(seen)) == (ConnectionFault.STALLED, 4)


def test_a_stream_is_not_given_more_than_the_whole_call(server: ScriptedServer):
    server.replies.append(stream_reply(sse(*STREAM[:4]), Act.HANG))
    said, _ = failure(server.url, call_s=0.2)
    assert isinstance(said, ClaudeConnectionError)
    assert said.kind is ConnectionFault.CALL_TIMEOUT


def test_a_call_that_may_take_long_is_given_more_time(server: ScriptedServer):
    server.replies.append(stream_reply(sse(*STREAM[:4]), Act.HANG))
    patient = replace(message_request(stream=True), patience=1000.0)
    with pytest.raises(ClaudeConnectionError) as caught:
        asyncio.run(read(server.url, patient, [], call_s=0.05, stall_s=0.5))
    assert caught.value.kind is ConnectionFault.STALLED


def test_a_status_before_the_stream_is_a_status(server: ScriptedServer):
    server.replies.append(reply({"error": {"type": "overloaded_error", "message": "Overloaded"}}, status=529))
    said, _ = failure(server.url)
    assert isinstance(said, ClaudeStatusError)
    assert (said.status, said.type) == (529, "overloaded_error")


def test_a_plain_answer_where_a_stream_was_asked_for_is_refused(server: ScriptedServer):
    server.replies.append(reply(MESSAGE))
    assert isinstance(failure(server.url)[0], ClaudeResponseError)


def test_a_stream_that_stays_open_after_its_end_is_let_go(server: ScriptedServer):
    server.replies.append(stream_reply(sse(*STREAM), Act.HANG))
    assert types(server.url)[-1] == "message_stop"


def test_a_reader_that_stops_early_leaves_no_connection_behind(server: ScriptedServer):
    server.replies.append(stream_reply(sse(*STREAM[:4]), Act.HANG))

    async def main() -> int:
        client = client_for(server.url)
        async with aclosing(client.stream(message_request(stream=True))) as stream:
            await anext(aiter(stream))
        left = _open_connections(client)
        await client.aclose()
        return left

    assert asyncio.run(main()) == 0


def test_a_reader_that_is_canceled_leaves_no_connection_behind(server: ScriptedServer):
    server.replies.append(stream_reply(sse(*STREAM[:4]), Act.HANG))

    async def main() -> int:
        client = client_for(server.url)
        started = asyncio.Event()

        async def consume() -> None:
            async with aclosing(client.stream(message_request(stream=True))) as stream:
                async for _ in stream:
                    started.set()

        task = asyncio.create_task(consume())
        await started.wait()
        task.cancel()
        await asyncio.wait([task])
        left = _open_connections(client)
        await client.aclose()
        return left

    assert asyncio.run(main()) == 0


def _open_connections(client: object) -> int:
    connector = client._session.connector
    return len(connector._acquired)


def test_a_stream_that_was_never_begun_can_be_closed(server: ScriptedServer):
    async def main() -> None:
        client = client_for(server.url)
        stream = client.stream(message_request(stream=True))
        await stream.aclose()
        await stream.aclose()
        await client.aclose()

    asyncio.run(main())
    assert server.received == []
