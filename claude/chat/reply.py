"""What a chat request decides about the form of its reply."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from claude.answer import TokenUsage, estimate_usage
from claude.chat.request import TranslatedChat, translate_chat
from claude.report import Report

OPEN_END = "\n\nAssistant:"


class StreamOptions(msgspec.Struct):
    """OpenAI's `stream_options`."""

    include_usage: bool | None = None


class AskedFor(msgspec.Struct):
    """A chat request, as far as it decides about the reply and the translation does not tell."""

    model: str
    stream_options: StreamOptions | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyShape:
    """The form in which the reply to one chat request is given."""

    request: bytes
    """The chat request, as it came."""
    model: str
    """The model that was asked for; the reply names the one that answered, where Claude says so."""
    include_usage: bool = False
    """Whether a stream ends with a chunk of usage."""
    prompt: str = ""
    """The prompt of a legacy request."""
    json_tool: str | None = None
    """The tool whose input is the JSON that was asked for, where a schema had to be sent as a tool."""
    tool_names: Mapping[str, str] = field(default_factory=dict)
    """The caller's names of tools by the names sent for them, where the two differ."""

    def legacy_text(self, text: str) -> str:
        """Take off the one space with which a legacy completion begins, after `Assistant:`.

        A completion that goes on after a pre-fill keeps it: there the space is part of the text.
        """
        return text.removeprefix(" ") if self.prompt.endswith(OPEN_END) else text

    def legacy_usage(self, completion: str) -> TokenUsage:
        """Estimate the usage of a `/v1/complete` call, which reports none."""
        return estimate_usage(self.prompt, completion)


_decode = msgspec.json.Decoder(AskedFor).decode


def reply_shape(request: str | bytes) -> ReplyShape:
    """Read from a chat request what its reply has to look like.

    The request must have been accepted by `inspect_request`; else this may raise msgspec.DecodeError.
    """
    body = request.encode() if isinstance(request, str) else request
    asked = _decode(body)
    translated = translate_chat(body, Report()) or TranslatedChat(body={}, is_legacy=False, stream=False)
    return ReplyShape(
        request=body,
        model=asked.model,
        include_usage=bool(asked.stream_options and asked.stream_options.include_usage),
        prompt=str(translated.body.get("prompt", "")) if translated.is_legacy else "",
        json_tool=translated.json_tool,
        tool_names=translated.tool_names,
    )
