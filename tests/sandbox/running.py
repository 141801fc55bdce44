"""A sandbox process for tests, and a plain client for it."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).parents[2]
HEADERS = {"x-api-key": "sk-ant-test", "anthropic-version": "2023-06-01"}
MODEL = "claude-haiku-4-5"
Json = dict[str, Any]


class Running:
    """A sandbox process and a plain client for it."""

    def __init__(self, url: str, process: subprocess.Popen[str]) -> None:
        self.url = url
        self.process = process
        self.http = httpx.Client(base_url=url, headers=HEADERS, timeout=20)

    def post(self, body: Json, path: str = "/v1/messages", **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.http.post(path, json=body, headers=named)

    def ask(self, text: str, **more: Any) -> httpx.Response:
        return self.post(question(text, **more))

    def message(self, text: str, **more: Any) -> Json:
        answer = self.ask(text, **more)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def text(self, text: str, **more: Any) -> str:
        return "".join(block.get("text", "") for block in self.message(text, **more)["content"])

    def events(self, body: Json, path: str = "/v1/messages") -> list[tuple[str, Json]]:
        with self.http.stream("POST", path, json=body | {"stream": True}) as answer:
            assert answer.status_code == 200, answer.read()
            return parsed(answer.read().decode())

    def turn(self, **settings: Any) -> httpx.Response:
        return self.http.put("/_sandbox/settings", json=settings)

    def summary(self) -> Json:
        return dict(self.http.get("/_sandbox/summary").json())

    def calls(self, **filters: Any) -> list[Json]:
        return list(self.http.get("/_sandbox/calls", params=filters).json())


def question(text: str, **more: Any) -> Json:
    turn = {"role": "user", "content": text}
    return {"model": MODEL, "max_tokens": 1024, "messages": [turn]} | more


def parsed(text: str) -> list[tuple[str, Json]]:
    """Return the events of a stream; the framing must be exactly the documented one."""
    events = []
    for frame in text.split("\n\n")[:-1]:
        first, second = frame.split("\n")
        assert first.startswith("event: "), frame
        assert second.startswith("data: "), frame
        events.append((first[7:], json.loads(second[6:])))
    return events


@contextmanager
def started(*flags: str) -> Iterator[Running]:
    command = [sys.executable, "-m", "sandbox", "--latency-ms", "0", "--token-rate", "0", *flags]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        word, url = process.stdout.readline().split()
        assert word == "ready"
        running = Running(url, process)
        try:
            yield running
        finally:
            running.http.close()
            process.terminate()
            process.wait(10)
