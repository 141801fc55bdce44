"""Input files to make batches of."""

import json
from typing import Any

import openai

ENDPOINT = "/v1/chat/completions"


def a_chat(**fields: Any) -> dict[str, Any]:
    """Return a valid chat request."""
    return {"model": "claude-sonnet-4-5", "messages": [{"role": "user", "content": "2+2?"}], **fields}


def a_line(custom_id: str = "a", **fields: Any) -> dict[str, Any]:
    """Return a valid line of an input file."""
    return {"custom_id": custom_id, "method": "POST", "url": ENDPOINT, "body": a_chat(), **fields}


def jsonl(*lines: Any) -> bytes:
    """Return the lines as a file; one that is bytes stays as it is."""
    encoded = (line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines)
    return b"".join(line + b"\n" for line in encoded)


def uploaded(sdk: openai.OpenAI, *lines: Any) -> Any:
    """Upload the lines."""
    return sdk.files.create(file=("in.jsonl", jsonl(*lines)), purpose="batch")


def created(sdk: openai.OpenAI, *lines: Any, endpoint: str = ENDPOINT, **fields: Any) -> Any:
    """Make a batch of the lines."""
    file = uploaded(sdk, *(lines or (a_line("a"), a_line("b"))))
    return sdk.batches.create(input_file_id=file.id, endpoint=endpoint, completion_window="24h", **fields)
