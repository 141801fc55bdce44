"""The bodies of `submit`: the same requests of 1 KB in each of the formats that a contender takes."""

import json
from collections.abc import Iterator
from pathlib import Path

from benchmarks.contenders.loop import REQUEST

CHAT = {"model": REQUEST["model"], "messages": REQUEST["messages"], "max_completion_tokens": 64}


def write_message_batch(path: Path, count: int) -> None:
    """Write the body of Anthropic's `POST /v1/messages/batches`."""
    params = json.dumps(REQUEST)
    with path.open("w", encoding="utf-8") as file:
        file.write('{"requests": [')
        for number in range(count):
            separator = ", " if number else ""
            file.write(f'{separator}{{"custom_id": "{_name(number)}", "params": {params}}}')
        file.write("]}")


def write_jobs(path: Path, count: int) -> None:
    """Write the NDJSON of our own `POST /v1/jobs`."""
    request = json.dumps(REQUEST)
    lines = (f'{{"custom_id": "{_name(n)}", "request": {request}}}\n' for n in range(count))
    _write(path, lines)


def write_openai_file(path: Path, count: int) -> None:
    """Write the JSONL that OpenAI's batches take as a file."""
    around = f'"method": "POST", "url": "/v1/chat/completions", "body": {json.dumps(CHAT)}'
    _write(path, (f'{{"custom_id": "{_name(n)}", {around}}}\n' for n in range(count)))


def _write(path: Path, lines: Iterator[str]) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(lines)


def _name(number: int) -> str:
    return f"request-{number}"
