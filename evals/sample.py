"""One answer to one item, as graders see it."""

from dataclasses import dataclass, field
from typing import Any

import msgspec

from evals.address import SampleAddress

JsonObject = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What came back, or why nothing did."""

    address: SampleAddress
    output_text: str = ""
    tool_calls: list[JsonObject] = field(default_factory=list)
    stop_reason: str | None = None
    model: str | None = None
    """The model that answered, as it calls itself."""
    latency_s: float | None = None
    cost: float | None = None
    """US dollars."""
    error: str | None = None
    """Why there is no answer; no grader looks at the sample then."""

    @property
    def fields(self) -> JsonObject:
        """What templates and programs see as `sample`; the first four names are OpenAI's."""
        return {
            "output_text": self.output_text,
            "output_json": json_of(self.output_text),
            "output_tools": self.tool_calls,
            "model": self.model,
            "stop_reason": self.stop_reason,
            "latency_s": self.latency_s,
            "cost": self.cost,
        }


class _Block(msgspec.Struct):
    type: str = ""
    text: str | None = None
    name: str | None = None
    id: str | None = None
    input: Any = None


class _Message(msgspec.Struct):
    content: list[_Block] = []
    stop_reason: str | None = None
    model: str | None = None


_decode_message = msgspec.json.Decoder(_Message).decode
_decode_any = msgspec.json.Decoder().decode


def sample_of(
    address: SampleAddress, response: str, *, latency_s: float | None = None, cost: float | None = None
) -> Sample:
    """Read a stored answer in Messages format; one that cannot be read is a sample in error."""
    try:
        message = _decode_message(response)
    except (msgspec.MsgspecError, RecursionError) as error:
        return Sample(address=address, error=f"the stored answer cannot be read: {error}")
    return Sample(
        address=address,
        output_text="".join(block.text or "" for block in message.content if block.type == "text"),
        tool_calls=[_tool_call(block) for block in message.content if block.type == "tool_use"],
        stop_reason=message.stop_reason,
        model=message.model,
        latency_s=latency_s,
        cost=cost,
    )


def given_sample(address: SampleAddress, fields: JsonObject) -> Sample:
    """Take the answer that a dataset brings along under `sample`."""
    text = fields.get("output_text")
    if not isinstance(text, str):
        return Sample(address=address, error="the dataset's sample has no output_text")
    model = fields.get("model")
    return Sample(address=address, output_text=text, model=model if isinstance(model, str) else None)


def json_of(text: str) -> object:
    """Return the text's JSON value; None where it is no JSON."""
    try:
        return _decode_any(text)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None


def _tool_call(block: _Block) -> JsonObject:
    """Write a tool call as OpenAI does, for graders that were written there."""
    arguments = msgspec.json.encode(block.input).decode()
    return {
        "id": block.id,
        "type": "function",
        "function": {"name": block.name, "arguments": arguments},
    }
