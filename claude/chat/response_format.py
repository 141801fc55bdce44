"""The form of answer that is asked for: held by schema where the model has that, else by a forced tool."""

from dataclasses import dataclass

from claude.chat.schema import supported_schema
from claude.models import ModelCard
from claude.reader import Fields, Reader

JSON_TOOL = "json_tool_call"

OPEN_OBJECT: Fields = {"type": "object", "properties": {}, "additionalProperties": True}


@dataclass(frozen=True, slots=True)
class AnswerForm:
    """How the answer is held to its form."""

    schema: object | None = None
    """For `output_config.format`."""
    tool_schema: object | None = None
    """For a tool that the model is made to call; its input is then the answer."""


FREE = AnswerForm()


def answer_form(request: Reader, card: ModelCard, *, may_force: bool) -> AnswerForm:
    """Read `response_format`; `may_force` where a tool may be forced and the caller has none of their own.

    `json_object` can be promised only where a tool can be forced. Elsewhere it is left to the prompt, which
    by OpenAI's own rules asks for JSON anyway, with a warning.
    """
    wanted = request.child("response_format")
    form_type = wanted.required_text("type") if wanted is not None else None
    if wanted is None or form_type in {None, "text"}:
        return FREE
    if form_type == "json_object":
        if may_force:
            return AnswerForm(tool_schema=OPEN_OBJECT)
        request.adapt("response_format", "only the prompt asks for JSON", deed=f"{form_type} was left out")
        return FREE
    if form_type != "json_schema":
        wanted.refuse("type", f"must be text, json_object or json_schema, not {form_type!r}")
        return FREE
    return _by_schema(wanted, card)


def _by_schema(wanted: Reader, card: ModelCard) -> AnswerForm:
    holder = wanted.child("json_schema")
    schema = holder.child("schema") if holder is not None else None
    if holder is None:
        wanted.refuse("json_schema", "is missing")
    elif schema is None:
        holder.refuse("schema", "is missing")
    elif card.is_legacy:
        wanted.refuse("type", "must be text: this model cannot be held to a schema")
    elif card.takes_schema:
        return AnswerForm(schema=supported_schema(schema.fields))
    else:
        return AnswerForm(tool_schema=schema.fields)
    return FREE
