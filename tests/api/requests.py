"""Submissions to test with."""

import json
from typing import Any

NDJSON = {"content-type": "application/x-ndjson"}
JSON = {"content-type": "application/json"}


def a_body(text: str = "2+2?", **fields: Any) -> dict[str, Any]:
    """Return a valid Messages request."""
    message = {"role": "user", "content": text}
    return {"model": "claude-sonnet-4-5", "max_tokens": 64, "messages": [message], **fields}


def a_line(custom_id: str | None = None, **fields: Any) -> dict[str, Any]:
    """Return a valid job of a native submission."""
    named = {} if custom_id is None else {"custom_id": custom_id}
    return {**named, "request": a_body(), **fields}


def ndjson(*lines: Any) -> bytes:
    """Return the lines as NDJSON; one that is bytes stays as it is."""
    encoded = (line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines)
    return b"".join(line + b"\n" for line in encoded)


def a_request(custom_id: str = "a", **fields: Any) -> dict[str, Any]:
    """Return a valid request of a message batch; `fields` are those of its params."""
    return {"custom_id": custom_id, "params": a_body(**fields)}
