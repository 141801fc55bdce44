"""Turns one row into the job object that the server takes, filling in what the row lacks."""

from dataclasses import dataclass
from typing import Any

from claude.dialect import Dialect
from claude.models import model_card, without_prefix
from promptmill.inputs.container import PROMPT_FIELDS, InputFormat
from promptmill.inputs.rows import Fields

DIALECT_BY_PATH = {
    "/chat/completions": Dialect.CHAT,
    "/messages": Dialect.MESSAGES,
    "/complete": Dialect.COMPLETE,
}
OPENAI_ROLES = frozenset({"system", "developer", "tool", "function"})
OPENAI_PARAMETERS = frozenset({"max_completion_tokens", "n", "response_format", "stop", "seed", "user"})
# What a row of a data set may say about its request; its other fields are the data set's own affair.
PROMPT_PARAMETERS = (
    "cache_control",
    "max_tokens",
    "metadata",
    "model",
    "output_config",
    "service_tier",
    "stop_sequences",
    "stream",
    "system",
    "temperature",
    "thinking",
    "tool_choice",
    "tools",
    "top_k",
    "top_p",
)
NUMBERS = {"max_tokens": int, "top_k": int, "temperature": float, "top_p": float}  # in a table all is text
JOB_FIELDS = ("priority", "max_failures", "max_time_s", "expires_in_s", "run_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """What a row gets where it says nothing itself."""

    model: str
    max_tokens: int
    system: str | None


class RowError(Exception):
    """The row cannot become a job."""

    def __init__(self, message: str, field: str = "") -> None:
        self.field = field
        super().__init__(message)


def job_of(fields: Fields, input_format: InputFormat, prompt_field: str | None, defaults: Defaults) -> Fields:
    """Return the job object for a row, without a custom id if the row has none; raises `RowError`."""
    custom_id = _custom_id(fields)
    job = _job(fields, input_format, prompt_field, defaults)
    if custom_id is not None:
        job["custom_id"] = custom_id
    return job


def _custom_id(fields: Fields) -> str | None:
    value = fields.get("custom_id")
    if value is not None and not isinstance(value, str):
        raise RowError("must be a string", "custom_id")
    if value is None and isinstance(named := fields.get("id"), str | int):
        return str(named)
    return value


def _job(fields: Fields, input_format: InputFormat, prompt_field: str | None, defaults: Defaults) -> Fields:
    if input_format is InputFormat.OPENAI or (input_format is InputFormat.AUTO and "body" in fields):
        return _openai(fields, defaults)
    if input_format is InputFormat.ANTHROPIC or (input_format is InputFormat.AUTO and "params" in fields):
        return _filled(None, _object(fields, "params"), defaults)
    if input_format is InputFormat.AUTO and isinstance(fields.get("request"), dict):
        kept = {name: fields[name] for name in JOB_FIELDS if name in fields}
        return _filled(fields.get("format"), _object(fields, "request"), defaults) | kept
    if prompt_field is None and "messages" in fields:
        body = {name: value for name, value in fields.items() if name not in {"custom_id", "id"}}
        return _filled(None, body, defaults)
    return _from_prompt(fields, prompt_field, defaults)


def _openai(fields: Fields, defaults: Defaults) -> Fields:
    path = fields.get("url", "/v1/chat/completions")
    for ending, dialect in DIALECT_BY_PATH.items():
        if isinstance(path, str) and path.endswith(ending):
            return _filled(dialect, _object(fields, "body"), defaults)
    raise RowError(f"{path!r} cannot be run: only /v1/chat/completions, /v1/messages and /v1/complete", "url")


def _object(fields: Fields, name: str) -> Fields:
    value = fields.get(name)
    if not isinstance(value, dict):
        raise RowError("is missing" if value is None else "must be an object", name)
    return dict(value)


def _from_prompt(fields: Fields, prompt_field: str | None, defaults: Defaults) -> Fields:
    prompt = _prompt(fields, prompt_field)
    if "max_tokens_to_sample" in fields:
        body = {name: value for name, value in fields.items() if name not in {"custom_id", "id"}}
        return _filled(Dialect.COMPLETE, body, defaults)
    messages = prompt if isinstance(prompt, list) else [{"role": "user", "content": prompt}]
    body = {name: _number(name, fields[name]) for name in PROMPT_PARAMETERS if name in fields}
    return _filled(None, {**body, "messages": messages}, defaults)


def _prompt(fields: Fields, prompt_field: str | None) -> str | list[Any]:
    by_name = fields if prompt_field else {name.lower(): value for name, value in fields.items()}
    names = (prompt_field,) if prompt_field else PROMPT_FIELDS
    for name in names:
        if name in by_name:
            value = by_name[name]
            if isinstance(value, list) or (isinstance(value, str) and value.strip()):
                return value
            raise RowError("must be a text that is not empty", name)
    if prompt_field:
        raise RowError("is missing", prompt_field)
    raise RowError(
        f"has none of {', '.join(PROMPT_FIELDS)}, messages, body or params: name its field by --prompt-field"
    )


def _number(name: str, value: object) -> object:
    if name in NUMBERS and isinstance(value, str):
        try:
            return NUMBERS[name](value)
        except ValueError:
            raise RowError(f"must be a number, not {value!r}", name) from None
    return value


def _filled(dialect: object, body: Fields, defaults: Defaults) -> Fields:
    """Return the job for `body`; without a dialect the server recognises it from what the body holds."""
    body.setdefault("model", defaults.model)
    if dialect == Dialect.COMPLETE:
        body.setdefault("max_tokens_to_sample", defaults.max_tokens)
        return {"format": Dialect.COMPLETE, "request": body}
    if "max_completion_tokens" not in body:
        body.setdefault("max_tokens", defaults.max_tokens)
    if dialect is None and _is_chat(body):
        dialect = Dialect.CHAT
    if dialect == Dialect.CHAT:
        _fill_system_message(body, defaults.system)
    elif defaults.system:
        body.setdefault("system", defaults.system)
    return {"request": body} if dialect is None else {"format": dialect, "request": body}


def _is_chat(body: Fields) -> bool:
    """Whether `body` says what only OpenAI's format can: legacy models have no Messages API either."""
    if isinstance(model := body["model"], str) and model_card(without_prefix(model)).is_legacy:
        if isinstance(system := body.pop("system", None), str):
            _fill_system_message(body, system)
        return True
    return "system" not in body and (
        not OPENAI_PARAMETERS.isdisjoint(body) or not OPENAI_ROLES.isdisjoint(_roles(body))
    )


def _fill_system_message(body: Fields, system: str | None) -> None:
    messages = body.get("messages")
    if system and isinstance(messages, list) and _roles(body).isdisjoint({"system", "developer"}):
        body["messages"] = [{"role": "system", "content": system}, *messages]


def _roles(body: Fields) -> set[str]:
    messages = body.get("messages")
    found = (
        [message.get("role") for message in messages if isinstance(message, dict)]
        if isinstance(messages, list)
        else []
    )
    return {role for role in found if isinstance(role, str)}
