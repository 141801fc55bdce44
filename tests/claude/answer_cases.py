"""Cases of answers and streams: a corpus of a popular library's behaviour where there is one, and our own."""

import json
import os
from pathlib import Path
from typing import Any

Case = dict[str, Any]

FILES = ("responses.jsonl", "streams.jsonl")

HI = [{"role": "user", "content": "hi"}]
USAGE = {"input_tokens": 12, "output_tokens": 6}
OPENAI_USAGE = {"prompt_tokens": 12, "completion_tokens": 6, "total_tokens": 18}


def _message(content: list[dict[str, Any]], stop_reason: str) -> dict[str, Any]:
    return {
        "id": "msg_7",
        "type": "message",
        "role": "assistant",
        "model": "claude-opus-5-5",
        "content": content,
        "stop_reason": stop_reason,
        "usage": USAGE,
    }


def _completion(message: dict[str, Any], finish_reason: str) -> dict[str, Any]:
    choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish_reason}
    return {
        "model": "claude-opus-5-5",
        "object": "chat.completion",
        "choices": [choice],
        "usage": OPENAI_USAGE,
    }


OWN_CASES: list[Case] = [
    {
        "id": "own-text",
        "input": {
            "request": {"model": "claude-opus-5-5", "messages": HI},
            "upstream": {"status": 200, "json": _message([{"type": "text", "text": "Hello."}], "end_turn")},
        },
        "litellm": {"openai": _completion({"content": "Hello."}, "stop")},
    },
    {
        "id": "own-overloaded",
        "input": {
            "request": {"model": "claude-opus-5-5", "messages": HI},
            "upstream": {
                "status": 529,
                "json": {"error": {"type": "overloaded_error", "message": "Overloaded"}},
            },
        },
        "litellm": {"error": {"exception": "OverloadedError", "status_code": 529}},
    },
    {
        "id": "own-legacy-stream",
        "input": {
            "request": {"model": "claude-2.1", "messages": HI, "stream": True},
            "upstream": {
                "status": 200,
                "sse": [
                    {"type": "completion", "completion": " One", "stop_reason": None},
                    {"type": "completion", "completion": " two", "stop_reason": "stop_sequence"},
                ],
            },
        },
        "litellm": {
            "chunks": [
                {"choices": [{"delta": {"role": "assistant", "content": "One"}}]},
                {"choices": [{"delta": {"content": " two"}}]},
                {"choices": [{"delta": {}, "finish_reason": "stop"}]},
            ]
        },
    },
]


def corpus_folder() -> Path:
    """Where the corpus is: PROMPTMILL_CORPUS, else `shared/corpus` beside the checkout."""
    beside = Path(__file__).resolve().parents[2].parent / "shared" / "corpus"
    return Path(os.environ.get("PROMPTMILL_CORPUS") or beside)


def corpus_cases() -> list[Case]:
    files = [corpus_folder() / name for name in FILES]
    lines = [line for file in files if file.is_file() for line in file.read_text().splitlines()]
    return [json.loads(line) for line in lines if line.strip()]
