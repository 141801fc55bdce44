"""What the parts of a client are given by it: the means to ask the server."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Iterator
from typing import Any, Protocol, TypeVar

from promptmill.asks import Ask, Pages
from promptmill.waiting import Waiting

T = TypeVar("T")


class Asker(Protocol):
    """Sends a request and decodes the answer."""

    def __call__(self, ask: Ask[T]) -> T:
        """Return the answer; raises what the client raises."""
        ...


class Pager(Protocol):
    """Walks a list page by page."""

    def __call__(self, pages: Pages[T]) -> Iterator[T]:
        """Yield the list's entries."""
        ...


class LineReader(Protocol):
    """Streams an answer's lines."""

    def __call__(self, path: str, **details: Any) -> Generator[bytes]:  # noqa: ANN401 - httpx's own
        """Yield the lines."""
        ...


class AsyncAsker(Protocol):
    """`Asker` for asyncio."""

    def __call__(self, ask: Ask[T]) -> Awaitable[T]:
        """Return the answer; raises what the client raises."""
        ...


class AsyncPager(Protocol):
    """`Pager` for asyncio."""

    def __call__(self, pages: Pages[T]) -> AsyncGenerator[T]:
        """Yield the list's entries."""
        ...


class AsyncLineReader(Protocol):
    """`LineReader` for asyncio."""

    def __call__(self, path: str, **details: Any) -> AsyncGenerator[bytes]:  # noqa: ANN401 - httpx's own
        """Yield the lines."""
        ...


Wait = Callable[[Callable[[float], Ask[T]], Waiting, Callable[[T], None] | None], T]
"""Looks at something until it has ended."""
AsyncWait = Callable[[Callable[[float], Ask[T]], Waiting, Callable[[T], None] | None], Awaitable[T]]
