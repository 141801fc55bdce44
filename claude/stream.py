"""A streamed answer: its events, and when it may be called whole."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import msgspec

from claude.errors import ClaudeResponseError, ClaudeStreamError
from claude.excerpt import UNREADABLE
from claude.request import WireApi
from claude.sse import SseDecoder, SseEvent
from claude.status_errors import error_code, kept_details

EVENT_STREAM = "text/event-stream"


@dataclass(frozen=True, slots=True)
class StreamEvent:
    """One event of a streamed answer."""

    type: str
    """As `content_block_delta`; types that are not known here are passed on."""
    data: str
    """The event's JSON object, exactly as it came."""


class EventError(msgspec.Struct):
    """What an `error` event says."""

    type: str = "api_error"
    message: str = ""
    details: msgspec.Raw = msgspec.Raw()


class EventDelta(msgspec.Struct):
    """The part of a `message_delta` that says how the message ended."""

    stop_reason: str | None = None


class EventFacts(msgspec.Struct):
    """The part of an event that decides what becomes of the stream."""

    type: str = ""
    stop_reason: str | None = None
    delta: EventDelta | None = None
    error: EventError | None = None
    request_id: str | None = None


_decode_facts = msgspec.json.Decoder(EventFacts).decode


class EventReader:
    """Reads the bytes of one streamed answer; knows when it is whole.

    A message is whole once `message_stop` came after a stop_reason; a legacy completion once an event came
    with a stop_reason. Anything after that is ignored.
    """

    def __init__(self, api: WireApi, *, request_id: str | None = None) -> None:
        self._api = api
        self._request_id = request_id
        self._decoder = SseDecoder()
        self._stop_reason: str | None = None
        self.is_whole = False

    def feed(self, piece: bytes) -> Iterator[StreamEvent]:
        """Take the next bytes and yield the events that they complete; run it to its end.

        Raises ClaudeStreamError for an `error` event and for what is no event stream of Claude's, after the
        events before it.
        """
        for event in self._decoder.feed(piece):
            if self.is_whole:
                return
            yield self._judge(event)

    def end(self) -> None:
        """Take note that the body has ended; raises ClaudeStreamError where the answer is not whole."""
        if not self.is_whole:
            raise self._error("the stream ended before the answer was whole", ClaudeStreamError.CUT)

    def _judge(self, event: SseEvent) -> StreamEvent:
        try:
            facts = _decode_facts(event.data)
        except UNREADABLE as error:
            raise self._error(
                f"the stream's {event.name} event is malformed: {error}", ClaudeStreamError.MALFORMED
            ) from error
        event_type = facts.type or event.name
        if event_type == "error":
            raise self._error_event(facts)
        self._note_end(event_type, facts)
        return StreamEvent(event_type, event.data)

    def _note_end(self, event_type: str, facts: EventFacts) -> None:
        if self._api is WireApi.COMPLETE:
            self.is_whole = event_type == "completion" and facts.stop_reason is not None
        elif event_type == "message_delta" and facts.delta is not None:
            self._stop_reason = facts.delta.stop_reason or self._stop_reason
        elif event_type == "message_stop":
            if self._stop_reason is None:
                raise self._error("the stream stopped without a stop_reason", ClaudeStreamError.MALFORMED)
            self.is_whole = True

    def _error_event(self, facts: EventFacts) -> ClaudeStreamError:
        said = facts.error or EventError()
        error = self._error(said.message or "the stream carried an error event", said.type)
        error.request_id = facts.request_id or self._request_id
        error.code = error_code(said.details)
        error.details = kept_details(said.details)
        return error

    def _error(self, message: str, error_type: str) -> ClaudeStreamError:
        return ClaudeStreamError(message, error_type=error_type, request_id=self._request_id)


def check_event_stream(headers: Mapping[str, str]) -> None:
    """Raise ClaudeResponseError where the headers of a 200 announce something other than a stream."""
    content_type = headers.get("content-type", "something without a content-type")
    if not content_type.lower().startswith(EVENT_STREAM):
        message = f"a stream was asked for and {content_type} came"
        raise ClaudeResponseError(message, request_id=headers.get("request-id"))
