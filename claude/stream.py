"""A streamed answer: its events, and when it may be called whole."""

from collections.abc import Iterator, Mapping

from claude.errors import ClaudeResponseError, ClaudeStreamError
from claude.events import (
    BlockDelta,
    Completion,
    ErrorEvent,
    EventError,
    KnownEvent,
    MessageDelta,
    MessageStop,
    StreamEvent,
    read_event,
)
from claude.request import WireApi
from claude.sse import SseDecoder, SseEvent
from claude.status_errors import error_code, kept_details

EVENT_STREAM = "text/event-stream"


class EventReader:
    """Reads the bytes of one streamed answer; knows when it is whole.

    A message is whole once `message_stop` came after a stop_reason; a legacy completion once an event came
    with a stop_reason. Anything after that is ignored.
    """

    def __init__(self, api: WireApi, *, request_id: str | None = None) -> None:
        self._api = api
        self._request_id = request_id
        self._decoder = SseDecoder()
        self._has_stop_reason = False
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
            read = read_event(event.data, name=event.name)
        except ClaudeStreamError as error:
            error.request_id = self._request_id
            raise
        # Nearly all are pieces of a block, and decide nothing.
        if not isinstance(read.known, BlockDelta):
            self._note_end(read.known)
        return read

    def _note_end(self, known: KnownEvent | None) -> None:
        match known:
            case ErrorEvent():
                raise self._error_event(known)
            case Completion():
                self.is_whole = self._api is WireApi.COMPLETE and known.stop_reason is not None
            case MessageDelta():
                self._note_stop_reason(known.delta.get("stop_reason"))
            case MessageStop() if self._api is not WireApi.COMPLETE:
                if not self._has_stop_reason:
                    raise self._error("the stream stopped without a stop_reason", ClaudeStreamError.MALFORMED)
                self.is_whole = True

    def _note_stop_reason(self, reason: object) -> None:
        if reason is not None and not isinstance(reason, str):
            raise self._error("the stream's stop_reason is no string", ClaudeStreamError.MALFORMED)
        self._has_stop_reason = self._has_stop_reason or bool(reason)

    def _error_event(self, event: ErrorEvent) -> ClaudeStreamError:
        said = event.error or EventError()
        error = self._error(said.message or "the stream carried an error event", said.type)
        error.request_id = event.request_id or self._request_id
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
