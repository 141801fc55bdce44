"""Server-sent events out of a body that arrives in pieces of any size."""

from collections.abc import Iterator

import msgspec

from claude.errors import ClaudeStreamError

MAX_EVENT_BYTES = 16 * 1024 * 1024
"""Far above any event of Claude's (a server tool's result comes whole), far below what hurts."""

BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class SseEvent(msgspec.Struct, frozen=True):
    """One event: its name (`message` where the server named none), its data, lines joined, and its id."""

    name: str
    data: str
    id: str = ""


class SseDecoder:
    """Decodes one body as the HTML standard's event stream; how it is cut into reads makes no difference.

    An event is out once its blank line is in, so what is unfinished at the end of the body is dropped.
    """

    def __init__(self, *, max_event_bytes: int = MAX_EVENT_BYTES) -> None:
        self._max_event_bytes = max_event_bytes
        self._unfinished_line: list[bytes] = []
        self._name = b""
        self._id = b""
        self._data: list[bytes] = []
        self._held_bytes = 0
        self._after_carriage_return = False
        self._at_start = True

    def feed(self, piece: bytes) -> Iterator[SseEvent]:
        """Take the next bytes of the body and yield the events that they complete; run it to its end.

        Raises ClaudeStreamError for an event that is too large or not UTF-8, after those before it.
        """
        if self._after_carriage_return and piece:
            piece = piece.removeprefix(b"\n")
            self._after_carriage_return = False
        if piece:
            self._after_carriage_return = piece.endswith(b"\r")
            lines, rest = self._cut(piece)
            yield from self._take_lines(lines)
            if rest:
                self._unfinished_line.append(rest)
                self._count(len(rest))

    def _cut(self, piece: bytes) -> tuple[list[bytes], bytes]:
        lines = piece.splitlines()
        rest = b"" if piece.endswith((b"\n", b"\r")) else lines.pop()
        if lines and self._unfinished_line:
            lines[0] = b"".join([*self._unfinished_line, lines[0]])
            self._unfinished_line = []
            self._held_bytes = sum(map(len, self._data))
        return lines, rest

    def _take_lines(self, lines: list[bytes]) -> Iterator[SseEvent]:
        for line in lines:
            if line:
                self._take_field(line)
                continue
            if self._data:
                yield self._event()
            self._name, self._id, self._data, self._held_bytes = b"", b"", [], 0

    def _count(self, size: int) -> None:
        self._held_bytes += size
        if self._held_bytes > self._max_event_bytes:
            raise ClaudeStreamError(
                f"an event of the stream is larger than {self._max_event_bytes} bytes",
                error_type=ClaudeStreamError.MALFORMED,
            )

    def _take_field(self, line: bytes) -> None:
        if self._at_start:
            line = line.removeprefix(BYTE_ORDER_MARK)
            self._at_start = False
        field, _, value = line.partition(b":")
        if field == b"data":
            self._data.append(value.removeprefix(b" "))
            self._count(len(line))
        elif field == b"event":
            self._name = value.removeprefix(b" ")
        elif field == b"id":
            self._id = value.removeprefix(b" ")

    def _event(self) -> SseEvent:
        data = self._data[0] if len(self._data) == 1 else b"\n".join(self._data)
        try:
            return SseEvent(self._name.decode() or "message", data.decode(), self._id.decode())
        except UnicodeDecodeError:
            raise ClaudeStreamError(
                "an event of the stream is not UTF-8", error_type=ClaudeStreamError.MALFORMED
            ) from None
