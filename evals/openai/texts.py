"""OpenAI's templates and message contents, as ours."""

import re
from typing import Any

from evals.definition.document import Document

_PLACEHOLDER = re.compile(r"(\{\{.*?\}\})", re.DOTALL)
_OURS = re.compile(r"\{[%#]|[%#]\}")
_TEXT_TYPES = frozenset({"input_text", "output_text", "text"})


def template(text: str) -> str:
    """Write a template of OpenAI's, which knows nothing but `{{ ... }}`, so that ours does the same."""
    parts = _PLACEHOLDER.split(text)
    return "".join(part if at % 2 else _OURS.sub(_quoted, part) for at, part in enumerate(parts))


def _quoted(found: "re.Match[str]") -> str:
    return "{{ '" + found[0] + "' }}"


def content_text(content: object, document: Document, path: str) -> str:
    """Return a message's content as one template; raises DefinitionError for images and sound."""
    if isinstance(content, str):
        return template(content)
    if isinstance(content, list):
        return "\n\n".join(content_text(part, document, f"{path}[{at}]") for at, part in enumerate(content))
    if (
        isinstance(content, dict)
        and content.get("type") in _TEXT_TYPES
        and isinstance(content.get("text"), str)
    ):
        return template(content["text"])
    kind = content.get("type") if isinstance(content, dict) else content
    raise document.error(path, f"must be text; {kind!r} is not taken here")


def messages(value: object, document: Document, path: str) -> list[dict[str, Any]]:
    """Return messages as a definition of ours has them; raises DefinitionError."""
    if not isinstance(value, list) or not value:
        raise document.error(path, "must be a list of messages")
    found = []
    for at, message in enumerate(value):
        if not isinstance(message, dict):
            raise document.error(f"{path}[{at}]", "must be an object with role and content")
        role = message.get("role")
        content = content_text(message.get("content"), document, f"{path}[{at}].content")
        found.append({"role": "system" if role == "developer" else role, "content": content})
    return found
