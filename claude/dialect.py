"""The request formats that a caller may hand in."""

from enum import StrEnum


class Dialect(StrEnum):
    """The format of a request body; what goes out to Claude follows from it and from the model."""

    MESSAGES = "messages"
    """Anthropic's Messages API: the body goes out exactly as it came in."""

    COMPLETE = "complete"
    """Anthropic's legacy Text Completions (`/v1/complete`): the body goes out exactly as it came in."""

    CHAT = "chat"
    """OpenAI's chat format: translated to Messages, or to a legacy prompt for the models of that age."""
