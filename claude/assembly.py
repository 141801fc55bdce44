"""A streamed answer put together again, to the JSON that the same answer has when it is not streamed."""

from collections.abc import Mapping

import msgspec

from claude.answer import Answer, TokenUsage, read_answer, usage_so_far
from claude.blocks import Block
from claude.errors import NO_HEADERS, ClaudeResponseError, ClaudeStreamError
from claude.events import (
    BlockDelta,
    BlockStart,
    Completion,
    JsonObject,
    MessageDelta,
    MessageStart,
    MessageStop,
    StreamEvent,
    malformed,
    merge,
    usage_of,
)
from claude.request import WireApi, WireRequest


class MessageAssembler:
    """Takes the events of one stream and makes them one answer; events of unknown types leave no trace."""

    def __init__(self, request: WireRequest) -> None:
        self._request = request
        self._message: JsonObject = {}
        self._blocks: dict[int, Block] = {}
        self._completion: list[str] = []
        self._is_stopped = False

    def feed(self, event: StreamEvent) -> None:
        """Take the next event; raises ClaudeStreamError for one that cannot follow what came before."""
        match event.known:
            case BlockDelta() as piece:
                self._block(piece.index).add(piece.delta)
            case BlockStart() as start:
                self._start_block(start)
            case MessageStart() as start:
                self._start(start)
            case MessageDelta() as news:
                self._take_news(news)
            case MessageStop():
                self._stop()
            case Completion() as piece:
                self._take_completion(piece, event.data)

    def answer(self, *, request_id: str | None, headers: Mapping[str, str] = NO_HEADERS) -> Answer:
        """Return the whole answer; raises ClaudeStreamError where the stream has not come to its end."""
        if not self._is_stopped:
            raise ClaudeStreamError(
                "the stream ended before the answer was whole",
                error_type=ClaudeStreamError.CUT,
                request_id=request_id,
            )
        body = msgspec.json.encode(self._whole())
        try:
            return read_answer(self._request, body, request_id=request_id, headers=headers)
        except ClaudeResponseError as error:
            raise malformed(error.message) from error

    @property
    def usage(self) -> TokenUsage:
        """What the stream has used as far as it has told; of a broken one, less than is billed."""
        if not self._message:
            return TokenUsage()
        return usage_so_far(self._request, self._message.get("usage"), "".join(self._completion))

    def _whole(self) -> JsonObject:
        if self._request.api is WireApi.COMPLETE:
            return {**self._message, "completion": "".join(self._completion)}
        return {**self._message, "content": [block.json() for _, block in sorted(self._blocks.items())]}

    def _block(self, index: int) -> Block:
        block = self._blocks.get(index)
        if block is None:
            raise malformed(f"the stream continued block {index}, which was never started")
        return block

    def _start(self, start: MessageStart) -> None:
        if self._message:
            raise malformed("the stream started a second message, or started after it had begun")
        self._message = start.message

    def _start_block(self, start: BlockStart) -> None:
        if start.index in self._blocks:
            raise malformed(f"the stream started block {start.index} twice")
        self._blocks[start.index] = Block(start.content_block)

    def _take_news(self, news: MessageDelta) -> None:
        merge(self._message, news.delta)
        merge(usage_of(self._message), news.usage or {})
        if news.context_management is not None:
            self._message["context_management"] = news.context_management

    def _stop(self) -> None:
        if not self._message:
            raise malformed("the stream stopped a message that was never started")
        self._is_stopped = True

    def _take_completion(self, piece: Completion, data: str) -> None:
        self._message |= msgspec.json.decode(data, type=JsonObject)
        self._completion.append(piece.completion or "")
        self._is_stopped = piece.stop_reason is not None
