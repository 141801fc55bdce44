"""A worker reduced to limiter and client: calls as fast as it may for some seconds, then prints sums."""

import argparse
import asyncio
import json
import os
import sys
from collections import Counter
from contextlib import suppress

import uvloop

from claude.client import ClaudeClient
from claude.dialect import Dialect
from claude.errors import ClaudeError
from claude.request import wire_request
from worker.limits.landing import of_answer, of_error
from worker.limits.lane import account_of, lane_of
from worker.limits.limiter import Ask
from worker.limits.redis_limiter import RedisLimiter
from worker.limits.script import open_redis

MODEL = "claude-haiku-4-5"
KEY = "sk-ant-driver"
CHARACTERS_A_TOKEN = 4  # in the sandbox; the estimates given to the limiter assume 3.5
ASKED_AT_ONCE = 200


class Driver:
    def __init__(self, options):
        self.options = options
        self.lane = lane_of(account_of(KEY, options.base_url), MODEL)
        self.limiter = RedisLimiter(redis=open_redis(options.redis_url), holder=f"driver-{os.getpid()}")
        self.client = ClaudeClient(
            base_url=options.base_url, api_key=KEY, call_timeout_s=60, stall_timeout_s=60, max_connections=500
        )
        self.sums = Counter()
        self.calls = set()
        self.landed = asyncio.Event()
        filler = "x" * (options.input_tokens * CHARACTERS_A_TOKEN)
        self.prompt = f"[[tokens {options.output_tokens}]] {filler}"
        self.ask = Ask(model=MODEL, input_tokens=int(len(self.prompt) / 3.5) + 1)

    async def run(self):
        loop = asyncio.get_running_loop()
        end = loop.time() + self.options.seconds
        while (now := loop.time()) < end:
            free = min(self.options.slots - len(self.calls), ASKED_AT_ONCE)
            wait_s = 1.0
            if free > 0:
                admission = await self.limiter.admit(self.lane, [self.ask] * free)
                for permit in admission.permits:
                    call = asyncio.ensure_future(self.call(permit))
                    self.calls.add(call)
                    call.add_done_callback(self.calls.discard)
                wait_s = admission.wait_s
            await self.pause(min(wait_s, end - now))
        await asyncio.gather(*self.calls)
        await self.limiter.close()
        await self.client.aclose()

    async def pause(self, wait_s):
        self.landed.clear()
        try:
            async with asyncio.timeout(wait_s):
                while self.options.slots <= len(self.calls):
                    await self.landed.wait()
                await asyncio.Event().wait()
        except TimeoutError:
            return

    async def call(self, permit):
        number = self.sums["calls"] = self.sums["calls"] + 1
        body = {
            "model": MODEL,
            "max_tokens": 4096,
            "messages": [{"role": "user", "content": f"{self.prompt} {os.getpid()} {number}"}],
        }
        request = wire_request(Dialect.MESSAGES, json.dumps(body), {}, stream=False)
        if permit.departs_at:
            loop = asyncio.get_running_loop()
            with suppress(TimeoutError):
                async with asyncio.timeout_at(permit.departs_at):
                    await asyncio.Event().wait()
            self.limiter.departed(permit, late_s=loop.time() - permit.departs_at)
        try:
            answer = await self.client.send(request)
        except ClaudeError as error:
            self.sums[f"status_{error.status}"] += 1
            self.limiter.landed(permit, of_error(error))
        else:
            self.sums["answered"] += 1
            self.sums["input"] += answer.usage.input
            self.sums["output"] += answer.usage.output
            self.limiter.landed(permit, of_answer(answer))
        self.landed.set()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--base-url", required=True)
    parser.add_argument("--redis-url", required=True)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--slots", type=int, default=200)
    parser.add_argument("--input-tokens", type=int, default=20)
    parser.add_argument("--output-tokens", type=int, default=5)
    driver_options = parser.parse_args()

    async def drive():
        driver = Driver(driver_options)
        await driver.run()
        return driver.sums

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        sys.stdout.write(json.dumps(runner.run(drive())))


if __name__ == "__main__":
    main()
