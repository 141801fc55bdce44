"""Whether a Messages body is well formed: its fields, its turns and their blocks."""

from collections.abc import Iterator

from sandbox.checks import Body
from sandbox.errors import invalid
from sandbox.tool_checks import check_tools

Blocks = list[dict[str, object]]

FIELDS = frozenset({
    "model", "max_tokens", "messages", "system", "stream", "stop_sequences", "tools", "tool_choice",
    "thinking", "output_config", "cache_control", "metadata", "service_tier", "speed", "inference_geo",
    "container", "diagnostics", "temperature", "top_p", "top_k",
})  # fmt: skip
BETA_FIELDS = frozenset({
    "context_management", "compaction", "mcp_servers", "fallbacks", "fallback_credit_token", "thread",
    "billing_policy", "output_format", "betas",
})  # fmt: skip
COUNTED_ONLY = frozenset({"max_tokens", "stream", "stop_sequences", "metadata", "service_tier"})
SAMPLING = ("temperature", "top_p", "top_k")
BLOCK_TYPES = frozenset({
    "text", "image", "document", "search_result", "thinking", "redacted_thinking", "tool_use", "tool_result",
    "server_tool_use", "container_upload", "mcp_tool_use", "mcp_tool_result", "compaction",
})  # fmt: skip
NEEDED = {
    "text": ("text",), "image": ("source",), "document": ("source",), "thinking": ("thinking", "signature"),
    "tool_use": ("id", "name", "input"), "tool_result": ("tool_use_id",), "redacted_thinking": ("data",),
}  # fmt: skip
MAX_MESSAGES = 100_000
MAX_CACHE_MARKS = 4


def check_body(body: Body, *, betas: str, counting: bool = False) -> None:
    """Raise `ApiError` for the first thing wrong with a body, whatever its model."""
    allowed = FIELDS | BETA_FIELDS if betas else FIELDS
    for name in body:
        if name not in allowed:
            raise invalid(f"{name}: Extra inputs are not permitted")
    _check_model_field(body)
    if not counting:
        _check_max_tokens(body)
    messages = body.get("messages")
    if messages is None:
        raise invalid("messages: Field required")
    if not isinstance(messages, list):
        raise invalid("messages: Input should be a valid list")
    _check_messages(messages)
    _check_options(body)
    if body.get("tools") is not None:
        check_tools(body)


def blocks_of(content: object) -> Blocks:
    """Return content as a list of blocks, whichever way it was written."""
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    return content if isinstance(content, list) else []


def turns(body: Body) -> Iterator[tuple[str, object]]:
    """Return role and content of each message of a checked body."""
    messages = body["messages"]
    for message in messages if isinstance(messages, list) else ():
        yield message["role"], message["content"]


def _check_model_field(body: Body) -> None:
    model = body.get("model")
    if model is None:
        raise invalid("model: Field required")
    if not isinstance(model, str):
        raise invalid("model: Input should be a valid string")
    if not model:
        raise invalid("model: String should have at least 1 character")


def _check_max_tokens(body: Body) -> None:
    value = body.get("max_tokens")
    if value is None:
        raise invalid("max_tokens: Field required")
    if not isinstance(value, int) or isinstance(value, bool):
        raise invalid("max_tokens: Input should be a valid integer")
    if value < 0:
        raise invalid("max_tokens: Input should be greater than or equal to 0")


def _check_messages(messages: list[object]) -> None:
    if not messages:
        raise invalid("messages: at least one message is required")
    if len(messages) > MAX_MESSAGES:
        raise invalid(f"messages: List should have at most {MAX_MESSAGES} items after validation")
    for index, message in enumerate(messages):
        _check_message(message, f"messages.{index}", last=index == len(messages) - 1)
    first = messages[0]
    if isinstance(first, dict) and first["role"] != "user":
        raise invalid('messages: first message must use the "user" role')


def _check_message(message: object, where: str, *, last: bool) -> None:
    if not isinstance(message, dict):
        raise invalid(f"{where}: Input should be a valid dictionary or object to extract fields from")
    _check_names(message, where)
    role, content = message["role"], message["content"]
    if role not in ("user", "assistant", "system"):
        raise invalid(f"{where}.role: Input should be 'user', 'assistant' or 'system'")
    if not isinstance(content, str | list):
        raise invalid(f"{where}.content: Input should be a valid string or list")
    if not content and not (last and role == "assistant"):
        raise invalid(
            f"{where}: all messages must have non-empty content "
            "except for the optional final assistant message"
        )
    if isinstance(content, str):
        if content and not content.strip():
            raise invalid("messages: text content blocks must contain non-whitespace text")
        return
    for number, block in enumerate(content):
        _check_block(block, f"{where}.content.{number}", str(role))


def _check_names(message: dict[str, object], where: str) -> None:
    for name in ("role", "content"):
        if name not in message:
            raise invalid(f"{where}.{name}: Field required")
    if extra := message.keys() - {"role", "content"}:
        raise invalid(f"{where}.{min(extra)}: Extra inputs are not permitted")


def _check_block(block: object, where: str, role: str) -> None:
    if not isinstance(block, dict):
        raise invalid(f"{where}: Input should be a valid dictionary or object to extract fields from")
    kind = block.get("type")
    if not isinstance(kind, str) or (kind not in BLOCK_TYPES and not kind.endswith("_tool_result")):
        raise invalid(
            f"{where}: Input tag '{kind}' found using 'type' does not match any of the expected tags"
        )
    for name in NEEDED.get(kind, ()):
        if name not in block:
            raise invalid(f"{where}.{kind}.{name}: Field required")
    if kind == "text":
        check_text(block["text"], f"{where}.text.text")
    wrong_side = {"assistant": ("image", "tool_result"), "user": ("tool_use", "thinking"), "system": ()}
    if kind in wrong_side[role] or (role == "system" and kind != "text"):
        raise invalid(f"{where}: `{kind}` blocks are not permitted in `{role}` messages")


def check_text(text: object, where: str) -> None:
    """Raise `ApiError` for a text block's text that is no text, or empty."""
    if not isinstance(text, str):
        raise invalid(f"{where}: Input should be a valid string")
    if not text:
        raise invalid("messages: text content blocks must be non-empty")
    if not text.strip():
        raise invalid("messages: text content blocks must contain non-whitespace text")


def _check_options(body: Body) -> None:
    system = body.get("system")
    if system is not None and not isinstance(system, str | list):
        raise invalid("system: Input should be a valid string or list")
    for index, block in enumerate(system if isinstance(system, list) else ()):
        if not isinstance(block, dict) or block.get("type") != "text":
            raise invalid(f"system.{index}.type: Input should be 'text'")
        check_text(block.get("text"), f"system.{index}.text")
    if not isinstance(body.get("stream", False), bool | None):
        raise invalid("stream: Input should be a valid boolean")
    stops = body.get("stop_sequences") or []
    if not isinstance(stops, list) or not all(isinstance(stop, str) for stop in stops):
        raise invalid("stop_sequences: Input should be a valid list of strings")
    if any(not stop.strip() for stop in stops):
        raise invalid("stop_sequences: each stop sequence must contain non-whitespace")
    for name in ("thinking", "output_config", "tool_choice", "metadata", "cache_control"):
        if not isinstance(body.get(name, {}), dict | None):
            raise invalid(f"{name}: Input should be a valid dictionary or object to extract fields from")
