"""Where our answers differ, on purpose, from those that the corpus records."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Deviation:
    """A case in which we do better."""

    reason: str
    ours: dict[str, Any]
    """Our value at every path that differs; None where only the recorded outcome has one."""


CHOICE = "choices.0"
MESSAGE = "choices.0.message"

LEGACY_REASON = "OpenAI's finish_reason, and the space after `Assistant:` is taken off."

DEVIATIONS = {
    "resp-empty-content": Deviation(
        "An empty answer is an empty string, as in OpenAI's format; null stands only beside tool calls.",
        {f"{MESSAGE}.content": ""},
    ),
    "resp-empty-text": Deviation(
        "An empty answer is an empty string, as in OpenAI's format; null stands only beside tool calls.",
        {f"{MESSAGE}.content": ""},
    ),
    "resp-stop-model_context_window_exceeded": Deviation(
        "Cut off, so `length`; Claude's own word is kept too, as the newer release does for a refusal.",
        {f"{MESSAGE}.provider_specific_fields.stop_reason": "model_context_window_exceeded"},
    ),
    "resp-json-tool-values-key": Deviation(
        "The whole object is the answer, whatever its fields are called.",
        {f"{MESSAGE}.content": '{"values": {"age": 3}, "other": 1}'},
    ),
    "resp-no-usage": Deviation(
        "An answer without usage is an answer; its tokens count as none.",
        {
            "error": None,
            "object": "chat.completion",
            "model": "claude-sonnet-4-5-20250929",
            f"{CHOICE}.index": 0,
            f"{CHOICE}.finish_reason": "stop",
            f"{MESSAGE}.role": "assistant",
            f"{MESSAGE}.content": "ok",
            "usage.prompt_tokens": 0,
            "usage.completion_tokens": 0,
            "usage.total_tokens": 0,
        },
    ),
    "resp-error-body-200": Deviation(
        "No status is made up: the error says that a 200 carried Claude's `overloaded_error`.",
        {"error": "answer: overloaded_error"},
    ),
    "resp-non-json-200": Deviation(
        "The connection was fine and the answer was not; the two have errors of their own.",
        {"error": "answer: response_error"},
    ),
    "resp-legacy-empty": Deviation(
        "An empty legacy completion is an answer too.",
        {
            "error": None,
            "object": "chat.completion",
            "model": "claude-2.0",
            f"{CHOICE}.index": 0,
            f"{CHOICE}.finish_reason": "stop",
            f"{MESSAGE}.role": "assistant",
            f"{MESSAGE}.content": "",
        },
    ),
    "err-413": Deviation("Too large stays 413: a smaller request would do.", {"error": "status 413"}),
    "err-529": Deviation(
        "Overloaded stays 529: it is no fault of this one server's, as 500 would be.", {"error": "status 529"}
    ),
    "err-400-overloaded-in-user-text": Deviation(
        "The status and type say what is wrong; words in the message do not.", {"error": "status 400"}
    ),
    "err-connection-refused": Deviation(
        "No answer came, so there is no status; nothing was sent.", {"error": "connection"}
    ),
    "resp-v1.14.4-legacy-stop-sequence": Deviation(
        LEGACY_REASON,
        {
            f"{CHOICE}.finish_reason": "stop",
            f"{MESSAGE}.content": "Hello.",
        },
    ),
    "resp-v1.14.4-legacy-max-tokens": Deviation(
        LEGACY_REASON,
        {
            f"{CHOICE}.finish_reason": "length",
            f"{MESSAGE}.content": "Hel",
        },
    ),
    "stream-tool-no-args": Deviation(
        "A call without arguments ends as `{}`, which is JSON, and not as an empty string.",
        {"deltas.1.tool_calls.0.arguments": "{}", "deltas.1.tool_calls.0.index": 0},
    ),
    "stream-empty-body": Deviation(
        "A stream without its end is no answer.", {"error": "stream: stream_cut", "finish_reason": None}
    ),
    "stream-legacy-no-ping": Deviation(
        "All of the text arrives, without the space after `Assistant:`.",
        {"deltas.0.content": "Hel", "deltas.2.content": " world"},
    ),
    "stream-legacy-max-tokens": Deviation(
        "`max_tokens` reads `length`; the space after `Assistant:` is taken off.",
        {"deltas.0.content": "Hel", "finish_reason": "length"},
    ),
    "stream-legacy-error": Deviation(
        "An error in mid-stream is an error.",
        {"deltas.0.content": "Hel", "error": "stream: overloaded_error", "finish_reason": None},
    ),
}
