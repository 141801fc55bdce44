"""Not a contender: how fast the stand-in answers somebody who only writes bytes and counts them."""

import asyncio
import json
import time

import uvloop

from benchmarks.contenders.loop import REQUEST, STREAMED, arguments, cpu_s, report


async def contend() -> None:
    """Send the same bytes again whenever an answer has come whole, on so many connections."""
    told = arguments()
    body = json.dumps(STREAMED if told.streamed else REQUEST).encode()
    call = b"POST /v1/messages HTTP/1.1\r\nhost: standin\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body)
    host, _, port = told.url.removeprefix("http://").partition(":")
    connections = [await asyncio.open_connection(host, int(port)) for _ in range(told.in_flight)]
    numbers = iter(range(told.jobs))

    async def work(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in numbers:
            writer.write(call)
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(int(head.split(b"content-length: ")[1].split(b"\r\n")[0]))

    began, cpu = time.perf_counter(), cpu_s()
    await asyncio.gather(*(work(*each) for each in connections))
    report(told.jobs, time.perf_counter() - began, cpu_s() - cpu)


if __name__ == "__main__":
    uvloop.run(contend())
