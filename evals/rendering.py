"""Fills a definition's templates in for one item: the request that Claude gets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evals.dataset.dataset import Item
from evals.definition.definition import Definition
from evals.definition.graders import Message
from evals.errors import TemplateError
from evals.template import read_template

JsonObject = dict[str, Any]
JsonValue = Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One pair of model and parameters."""

    index: int
    model: str
    parameters: JsonObject

    @property
    def name(self) -> str:
        """Return the model, and the parameters if there are any."""
        shown = " ".join(f"{name}={value}" for name, value in sorted(self.parameters.items()))
        return f"{self.model} {shown}".strip()


def variants_of(definition: Definition) -> list[Variant]:
    """Return the matrix of models and sets of parameters, model by model."""
    pairs = [(model, chosen) for model in definition.asked_models for chosen in definition.parameter_sets]
    return [Variant(index=at, model=model, parameters=chosen) for at, (model, chosen) in enumerate(pairs)]


def request_body(definition: Definition, variant: Variant, item: Item, *, kind: str = "plain") -> JsonObject:
    """Return the body in Messages format; raises TemplateError."""
    values = {"item": item.fields}
    messages = _conversation(definition, values, kind)
    system = [_filled_at("system", definition.system, values)] if definition.system else []
    system += [text for message in messages if (text := _system_text(message)) is not None]
    body: JsonObject = {"model": variant.model, "max_tokens": definition.max_tokens}
    if system:
        body["system"] = "\n\n".join(system)
    body["messages"] = [message for message in messages if message["role"] != "system"]
    return {**body, **variant.parameters}


def filled_messages(messages: Sequence[Message], values: Mapping[str, object]) -> list[JsonObject]:
    """Return the messages with their templates filled in; raises TemplateError."""
    return [
        {"role": message.role, "content": _filled_at(f"messages[{place}].content", message.content, values)}
        for place, message in enumerate(messages)
    ]


def filled(value: JsonValue, values: Mapping[str, object]) -> JsonValue:
    """Fill in every text within a value; raises TemplateError."""
    if isinstance(value, str):
        return read_template(value).render(**values)
    if isinstance(value, list):
        return [filled(part, values) for part in value]
    if isinstance(value, dict):
        return {name: filled(part, values) for name, part in value.items()}
    return value


def _filled_at(path: str, value: JsonValue, values: Mapping[str, object]) -> JsonValue:
    try:
        return filled(value, values)
    except TemplateError as error:
        raise TemplateError(f"{path}: {error}") from None


def _conversation(definition: Definition, values: Mapping[str, Any], kind: str) -> list[JsonObject]:
    if isinstance(definition.messages, list):
        return filled_messages(definition.messages, values)
    if definition.prompt is not None:
        return [{"role": "user", "content": _filled_at("prompt", definition.prompt, values)}]
    path = definition.messages or ("item.input" if kind == "inspect" else "")
    if not path:
        raise TemplateError("there is nothing to ask: the definition has neither messages nor prompt")
    return _given_conversation(_at(values, path), path)


def _at(values: Mapping[str, Any], path: str) -> object:
    value: object = values
    for step in path.split("."):
        if not isinstance(value, Mapping) or step not in value:
            raise TemplateError(f"there is no field {step!r} for {path}")
        value = value[step]
    return value


def _given_conversation(value: object, path: str) -> list[JsonObject]:
    """Take a conversation as the dataset holds it: a text, or messages with role and content."""
    if isinstance(value, str):
        return [{"role": "user", "content": value}]
    if not isinstance(value, list) or not value:
        raise TemplateError(f"{path} must be a text or a list of messages")
    for message in value:
        if not isinstance(message, dict) or not {"role", "content"} <= message.keys():
            raise TemplateError(f"a message of {path} has no role or no content")
    return [{"role": _role(str(message["role"])), "content": message["content"]} for message in value]


def _role(role: str) -> str:
    return "system" if role == "developer" else role


def _system_text(message: JsonObject) -> str | None:
    content = message["content"]
    if message["role"] != "system":
        return None
    if isinstance(content, str):
        return content
    return "\n\n".join(str(block.get("text", "")) for block in content)
