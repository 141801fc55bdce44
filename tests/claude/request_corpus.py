"""Requests with what another library sends for them, read where they lie; they are no part of this project.

Two requests count as equal after these steps, which `comparable` takes on both sides:

1. Where the caller set no limit, the default `max_tokens` is left out: ours is a decision of its own.
2. The one space that the other library writes behind the last `Assistant:` is left out: Anthropic's own
   constant has none.
3. A content or system text given as a string is written as a list of one text block.
4. Bedrock's ids stand for the models that they name, and only the prompt made for them is compared.
5. Two refusals are equal, whatever their words.
"""

import json
import os
from pathlib import Path
from typing import Any

from claude.dialect import Dialect
from claude.request import InvalidRequestError, wire_request

FOLDER = Path(os.environ.get("PROMPTMILL_CORPUS", Path(__file__).parents[3] / "shared" / "corpus"))
FILES = ("legacy_requests.jsonl", "messages_requests.jsonl")

REFUSED = "refused"

BEDROCK_IDS = {"anthropic.claude-v2:1": "claude-2.1", "anthropic.claude-v2": "claude-2"}

OWN_CASES = [
    {
        "id": "own-legacy",
        "input": {
            "model": "anthropic/claude-2.1",
            "messages": [
                {"role": "system", "content": "Count in Dutch."},
                {"role": "user", "content": "To three?"},
                {"role": "assistant", "content": "Een, \n"},
            ],
        },
        "litellm": {
            "path": "/v1/complete",
            "body": {
                "model": "claude-2.1",
                "prompt": "Count in Dutch.\n\nHuman: To three?\n\nAssistant: Een,",
            },
        },
    },
    {
        "id": "own-messages",
        "input": {
            "model": "claude-opus-5-5",
            "max_completion_tokens": 7,
            "messages": [{"role": "developer", "content": "Count."}, {"role": "user", "content": "Go"}],
        },
        "litellm": {
            "path": "/v1/messages",
            "body": {
                "model": "claude-opus-5-5",
                "max_tokens": 7,
                "system": "Count.",
                "messages": [{"role": "user", "content": [{"type": "text", "text": "Go"}]}],
            },
        },
    },
    {
        "id": "own-blank",
        "input": {"model": "claude-haiku-4-5", "messages": [{"role": "user", "content": "\t"}]},
        "litellm": {
            "path": "/v1/messages",
            "body": {"model": "claude-haiku-4-5", "messages": [{"role": "user", "content": "(blank)"}]},
        },
    },
    {"id": "own-refused", "input": {"model": "claude-2", "messages": []}, "litellm": {"error": {}}},
]


def corpus_cases() -> dict[str, dict[str, Any]]:
    """Read the cases; where there is no corpus, there are only our own."""
    paths = [FOLDER / name for name in FILES]
    lines = [line for path in paths if path.exists() for line in path.read_text().splitlines()]
    return {case["id"]: case for case in [*OWN_CASES, *map(json.loads, lines)]}


def sent_by_us(case: dict[str, Any]) -> Any:
    request = dict(case["input"])
    request["model"] = BEDROCK_IDS.get(request["model"], request["model"])
    headers = request.pop("extra_headers", {})
    try:
        wire = wire_request(Dialect.CHAT, json.dumps(request), headers, stream=request.get("stream", False))
    except InvalidRequestError as error:
        return error
    return wire


def ours(case: dict[str, Any]) -> Any:
    """What we send for a case, made comparable."""
    wire = sent_by_us(case)
    if isinstance(wire, InvalidRequestError):
        return REFUSED
    body = json.loads(wire.body)
    if "called" in case["litellm"]:
        return comparable(wire.path, {"prompt": body["prompt"]}, case["input"])
    return comparable(wire.path, body, case["input"])


def theirs(case: dict[str, Any]) -> Any:
    """What the other library sends for a case, made comparable."""
    recorded = case["litellm"]
    if "error" in recorded:
        return REFUSED
    if "called" in recorded:
        return comparable("/v1/complete", {"prompt": recorded["prompt"]}, case["input"])
    return comparable(recorded["path"], recorded["body"], case["input"])


def comparable(path: str, body: dict[str, Any], request: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    body = json.loads(json.dumps(body))
    if not {"max_tokens", "max_completion_tokens"} & request.keys():
        body.pop("max_tokens", None)
        body.pop("max_tokens_to_sample", None)
    if body.get("prompt", "").endswith("\n\nAssistant: "):
        body["prompt"] = body["prompt"][:-1]
    if "system" in body:
        body["system"] = _blocks(body["system"])
    for message in body.get("messages", []):
        message["content"] = _blocks(message["content"])
    return path, body


def _blocks(content: Any) -> Any:
    return [{"type": "text", "text": content}] if isinstance(content, str) else content
