"""Subscribers who only note what comes and when: all that costs more is done when the last one has ended."""

import asyncio
import json
import sys
import time
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import TypeAlias
from urllib.parse import urlsplit

import uvloop

from claude.sse import SseDecoder

Told: TypeAlias = list[tuple[str, int, float, list[float]]]
"""Of each chunk that one was told: its job and number, when it came, and when its events did."""


class Subscriber(asyncio.Protocol):
    """One connection."""

    def __init__(self, crowd: "Crowd") -> None:
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._crowd = crowd
        self._moments: list[float] = []
        self._ends: list[int] = []
        self._bytes = bytearray()

    def data_received(self, data: bytes) -> None:
        """Note what came."""
        if not self._moments:
            self._crowd.enter()
        self._bytes += data
        self._moments.append(time.time())
        self._ends.append(len(self._bytes))

    def connection_lost(self, _: Exception | None) -> None:
        """Note that this is all."""
        self.ended.set_result(None)

    def told(self, job_id: str) -> Told:
        """Return the chunks among what came."""
        decoder, told = SseDecoder(), []
        for end, piece in self._pieces():
            at = self._moments[bisect_left(self._ends, end)]
            for event in decoder.feed(piece):
                if event.name == "chunk":
                    moments = [each["at"] for each in json.loads(event.data)]
                    told.append((job_id, int(event.id.partition(".")[2]), at, moments))
        return told

    def _pieces(self) -> Iterator[tuple[int, bytes]]:
        """Undo the transfer's chunks: yield where each ends, and what is in it."""
        begin = self._bytes.index(b"\r\n\r\n") + 4
        while True:
            line_end = self._bytes.index(b"\r\n", begin)
            size = int(self._bytes[begin:line_end], 16)
            begin = line_end + 2 + size + 2
            if not size:
                return
            yield begin, bytes(self._bytes[line_end + 2 : begin - 2])


class Crowd:
    """Says on standard output when all are there."""

    def __init__(self, size: int) -> None:
        self._awaited = size

    def enter(self) -> None:
        """Count one more."""
        self._awaited -= 1
        if not self._awaited:
            print("ready", flush=True)


async def subscribe(url: str, job_ids: Sequence[str]) -> None:
    """Follow each of the jobs to its end; print what each subscriber was told."""
    where = urlsplit(url)
    crowd = Crowd(len(job_ids))
    subscribers = []
    for job_id in job_ids:
        transport, subscriber = await asyncio.get_running_loop().create_connection(
            lambda: Subscriber(crowd), where.hostname or "", where.port or 80
        )
        head = f"GET /v1/jobs/{job_id}/events HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"
        transport.write(head.encode())
        subscribers.append(subscriber)
    for subscriber in subscribers:
        await subscriber.ended
    told = [each.told(job_id) for each, job_id in zip(subscribers, job_ids, strict=True)]
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    uvloop.run(subscribe(sys.argv[1], json.load(sys.stdin)))
