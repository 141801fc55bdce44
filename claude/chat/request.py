"""A chat request as a whole, turned into a request that Claude understands."""

from dataclasses import dataclass, field

import msgspec

from claude.body import read_body
from claude.chat.conversation import Conversation, read_conversation
from claude.chat.legacy import read_prompt, refuse_tools
from claude.chat.response_format import JSON_TOOL, AnswerForm, answer_form
from claude.chat.settings import max_tokens, write_native, write_sampling, write_stop, write_user
from claude.chat.thinking import Thinking
from claude.chat.tool_calls import ToolHistory
from claude.chat.tools import ToolSet
from claude.chat.turns import plain
from claude.chat.unsupported import refuse_what_changes_the_result, warn_of_the_rest
from claude.messages import estimate_input_tokens
from claude.model_name import check_model
from claude.models import ModelCard, model_card, without_prefix
from claude.reader import Fields, Reader
from claude.report import Found, Report, Unsupported
from claude.tokens import tokens_of, utf8_length


@dataclass(frozen=True, slots=True, kw_only=True)
class TranslatedChat:
    """A chat request in Claude's terms, and what its answer's translation has to know."""

    body: Fields
    """Without `stream`."""
    is_legacy: bool
    """Whether it goes to `/v1/complete`, as a prompt."""
    stream: bool
    json_tool: str | None = None
    """The tool whose input is the JSON answer, where the model is held to a form by a tool."""
    tool_names: dict[str, str] = field(default_factory=dict)
    """The caller's names of tools by the names sent for them, where the two differ."""


def inspect_chat(body: bytes, report: Report) -> Found | None:
    """Translate a checked body for what it tells; None where it is unusable."""
    translated = translate_chat(body, report)
    if translated is None or report.refusals:
        return None
    sent = translated.body
    if translated.is_legacy:
        limit, tokens = sent["max_tokens_to_sample"], tokens_of(utf8_length(str(sent["prompt"])))
    else:
        limit, tokens = sent["max_tokens"], estimate_input_tokens(msgspec.json.encode(sent))
    return Found(str(sent["model"]), translated.stream, int(str(limit)), tokens)


def translate_chat(body: bytes, report: Report) -> TranslatedChat | None:
    """Translate a checked body; None where it is no object. What is wrong with it is in the report."""
    request = read_body(body, report)
    if request is None:
        return None
    model = without_prefix(check_model(request))
    if "/" in model:
        request.refuse("model", "names another provider; only Claude's own API is spoken here")
    messages = request.children("messages")
    if messages is None and not request.has("messages"):
        request.refuse("messages", "is missing")
    elif request.fields["messages"] == []:
        request.refuse("messages", "must hold at least one message")
    refuse_what_changes_the_result(request)
    warn_of_the_rest(request)
    card = model_card(model)
    write = _legacy if card.is_legacy else _messages
    translated = write(request, messages or [], model, card)
    if (is_dropping := request.flag("drop_params")) is not None:
        report.unsupported = Unsupported.DROP if is_dropping else Unsupported.ERROR
    report.conclude()
    return translated


def _legacy(request: Reader, messages: list[Reader], model: str, card: ModelCard) -> TranslatedChat:
    refuse_tools(request)
    body: Fields = {"model": model, "prompt": read_prompt(messages, card)}
    body["max_tokens_to_sample"] = max_tokens(request, card)
    answer_form(request, card, may_force=False)
    Thinking(request, card, body).write(hindrance=None)
    write_sampling(request, card, body, is_thinking=False)
    write_stop(request, body)
    write_user(request, body)
    return TranslatedChat(body=body, is_legacy=True, stream=request.flag("stream") or False)


def _messages(request: Reader, messages: list[Reader], model: str, card: ModelCard) -> TranslatedChat:
    tools = ToolSet(request, messages, card)
    conversation = read_conversation(messages, card, ToolHistory(tools.names))
    body: Fields = {"model": model, "max_tokens": max_tokens(request, card)}
    if conversation.system:
        body["system"] = plain(conversation.system)
    body["messages"] = [turn.json() for turn in conversation.turns]
    write_native(request, body)
    can_force = card.takes_forced_tools and not conversation.is_prefilled and not _thinks(request)
    json_tool = _write_tools(request, card, tools, body, can_force=can_force)
    thinking = Thinking(request, card, body)
    thinking.write(hindrance=_hindrance(body, conversation))
    write_sampling(request, card, body, is_thinking=thinking.is_on)
    write_stop(request, body)
    write_user(request, body)
    return TranslatedChat(
        body=body,
        is_legacy=False,
        stream=request.flag("stream") or False,
        json_tool=json_tool,
        tool_names=tools.names.replaced(),
    )


def _write_tools(
    request: Reader, card: ModelCard, tools: ToolSet, body: Fields, *, can_force: bool
) -> str | None:
    """Write tools, choice and answer form; returns the tool that stands for the form, where there is one."""
    sent, choice = tools.sent(), tools.choice()
    form = answer_form(request, card, may_force=can_force and not sent)
    json_tool = _write_form(form, tools, sent, body)
    if json_tool is not None:
        choice = _forced(json_tool, choice, has_others=len(sent) > 1)
    if sent:
        body["tools"] = sent
    if choice is not None:
        body["tool_choice"] = choice
    return json_tool


def _write_form(form: AnswerForm, tools: ToolSet, sent: list[Fields], body: Fields) -> str | None:
    if form.schema is not None:
        config = body.setdefault("output_config", {})
        if isinstance(config, dict):
            config["format"] = {"type": "json_schema", "schema": form.schema}
    if form.tool_schema is None:
        return None
    name = tools.names.free(JSON_TOOL)
    sent.insert(0, {"name": name, "input_schema": form.tool_schema})
    return name


def _forced(json_tool: str, choice: Fields | None, *, has_others: bool) -> Fields:
    """Make the model answer by the JSON tool, or by a tool of the caller's where there are any."""
    choice_type = (choice or {}).get("type")
    if choice is not None and choice_type == "tool":
        return choice
    if has_others and choice_type != "none":
        return {**(choice or {}), "type": "any"}
    return {"type": "tool", "name": json_tool}


def _thinks(request: Reader) -> bool:
    thinking = request.fields.get("thinking")
    return isinstance(thinking, dict) and thinking.get("type") == "enabled"


def _hindrance(body: Fields, conversation: Conversation) -> str | None:
    """Name what a model cannot do while it thinks on a budget."""
    choice = body.get("tool_choice")
    if isinstance(choice, dict) and choice.get("type") in {"any", "tool"}:
        return "a tool that must be called"
    return "a pre-filled answer" if conversation.is_prefilled else None
