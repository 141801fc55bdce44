"""Requests and answers that the wire's tests send about."""

from claude.client import ClaudeClient
from claude.request import WireApi, WireRequest

MESSAGE: dict[str, object] = {
    "id": "msg_01",
    "type": "message",
    "role": "assistant",
    "model": "claude-opus-5-5",
    "content": [{"type": "text", "text": "Hello ☃"}],
    "stop_reason": "end_turn",
    "stop_sequence": None,
    "usage": {
        "input_tokens": 12,
        "output_tokens": 6,
        "cache_creation_input_tokens": 5,
        "cache_read_input_tokens": 3,
        "cache_creation": {"ephemeral_5m_input_tokens": 3, "ephemeral_1h_input_tokens": 2},
    },
}

STREAM: tuple[dict[str, object], ...] = (
    {
        "type": "message_start",
        "message": {
            **MESSAGE,
            "content": [],
            "stop_reason": None,
            "usage": {"input_tokens": 12, "output_tokens": 1},
        },
    },
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "ping"},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hello "}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "☃"}},
    {"type": "content_block_stop", "index": 0},
    {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 6}},
    {"type": "message_stop"},
)

LEGACY_STREAM: tuple[dict[str, object], ...] = (
    {"type": "completion", "completion": " Hel", "stop_reason": None, "model": "claude-2.1"},
    {"type": "ping"},
    {"type": "completion", "completion": "lo", "stop_reason": None, "model": "claude-2.1"},
    {"type": "completion", "completion": "", "stop_reason": "stop_sequence", "model": "claude-2.1"},
)


def message_request(*, stream: bool = False, **headers: str) -> WireRequest:
    return WireRequest(
        path="/v1/messages",
        headers={"anthropic-version": "2023-06-01", **headers},
        body=b'{"model": "claude-opus-5-5"}',
        stream=stream,
        api=WireApi.MESSAGES,
    )


def legacy_request(*, stream: bool = False) -> WireRequest:
    return WireRequest(
        path="/v1/complete",
        headers={"anthropic-version": "2023-06-01"},
        body=b'{"model": "claude-2.1", "prompt": "\\n\\nHuman: Hi\\n\\nAssistant:"}',
        stream=stream,
        api=WireApi.COMPLETE,
    )


def client_for(
    url: str, *, api_key: str = "sk-ant-secret", call_s: float = 20, stall_s: float = 20
) -> ClaudeClient:
    return ClaudeClient(
        base_url=url, api_key=api_key, call_timeout_s=call_s, stall_timeout_s=stall_s, max_connections=10
    )
