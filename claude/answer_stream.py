"""The events of a streamed answer, one by one as they arrive."""

from collections.abc import AsyncGenerator, AsyncIterable, Mapping
from contextlib import AbstractAsyncContextManager, aclosing

from claude.answer import limit_headers
from claude.errors import NO_HEADERS
from claude.events import StreamEvent
from claude.exchange import Exchange
from claude.request import WireApi
from claude.stream import EventReader, check_event_stream


class AnswerStream(AsyncIterable[StreamEvent]):
    """One streamed answer, to iterate over once; close it (`aclosing`), also when it is not read out."""

    def __init__(self, exchange: AbstractAsyncContextManager[Exchange], api: WireApi) -> None:
        self._exchange = exchange
        self._api = api
        self._events = self._read()
        self.request_id: str | None = None
        """Claude's `request-id`, known from the first event on."""
        self.headers: Mapping[str, str] = NO_HEADERS
        """The rate-limit headers, known from the first event on."""

    def __aiter__(self) -> AsyncGenerator[StreamEvent]:
        return self._events

    async def aclose(self) -> None:
        """Let go of the connection; safe at any time and more than once."""
        await self._events.aclose()

    async def _read(self) -> AsyncGenerator[StreamEvent]:
        async with self._exchange as exchange:
            self._note(exchange)
            reader = EventReader(self._api, request_id=exchange.request_id)
            async with aclosing(exchange.pieces()) as pieces:
                async for piece in pieces:
                    for event in reader.feed(piece):
                        yield event
                    if reader.is_whole:
                        break
            reader.end()
            await exchange.drain()

    def _note(self, exchange: Exchange) -> None:
        self.request_id = exchange.request_id
        self.headers = limit_headers(exchange.headers)
        check_event_stream(exchange.headers)
