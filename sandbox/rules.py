"""What each model and each API version rejects of a well-formed body."""

from sandbox.catalog import KNOWN, SERVED, Model
from sandbox.checks import NEW, Body
from sandbox.errors import ApiError, invalid
from sandbox.format_checks import check_format
from sandbox.message_checks import SAMPLING, Blocks, blocks_of, turns

DEFAULTS = {"temperature": 1.0, "top_p": None, "top_k": None}
MIN_BUDGET = 1024
HIGH_EFFORTS = ("xhigh", "max")
ADAPT = 'Use "thinking.type.adaptive" and "output_config.effort" to control thinking behavior.'


def served_model(name: str) -> Model:
    """Return the model that answers to a name; raises `ApiError` (404) for one unknown or retired."""
    if (model := SERVED.get(name)) is None:
        raise ApiError(404, f"model: {name}")
    return model


def known_model(name: str) -> Model:
    """Return a model of the catalogue, retired or not; raises `ApiError` (404) for one unknown."""
    if (model := KNOWN.get(name)) is None:
        raise ApiError(404, f"model: {name}")
    return model


def check_rules(body: Body, model: Model, version: str) -> None:
    """Raise `ApiError` for the first thing that the model or the version does not take."""
    _check_sampling(body, model, version)
    if version == NEW:
        _check_new_version(body)
    _check_size(body, model)
    _check_turns(body, model)
    _check_thinking(body, model)
    _check_effort(body, model)
    _check_choice(body, model)
    check_format(body)


def thinks(body: Body, model: Model) -> bool:
    """Tell whether the model thinks before it answers this body."""
    thinking = body.get("thinking")
    if isinstance(thinking, dict):
        return thinking.get("type") in ("adaptive", "enabled")
    return model.thinking != "off"


def _check_sampling(body: Body, model: Model, version: str) -> None:
    given = [name for name in SAMPLING if name in body]
    if not given:
        return
    if version == NEW:
        raise invalid(f"{given[0]}: Extra inputs are not permitted")
    for name in given:
        _check_number(name, body[name])
    if model.sampling == "none" or (
        model.sampling == "default" and any(body[name] not in (DEFAULTS[name], None) for name in given)
    ):
        raise invalid(f"`{given[0]}` is not supported for this model.")
    if model.sampling == "either" and {"temperature", "top_p"} <= set(given):
        raise invalid(
            "`temperature` and `top_p` cannot both be specified for this model. Please use only one."
        )


def _check_number(name: str, value: object) -> None:
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise invalid(f"{name}: Input should be a valid number")
    if name != "top_k" and not 0 <= value <= 1:
        raise invalid(f"{name}: range: 0..1")


def _check_new_version(body: Body) -> None:
    for index, (role, content) in enumerate(turns(body)):
        for number, block in enumerate(blocks_of(content)):
            where = f"messages.{index}.content.{number}"
            if role == "assistant" and block["type"] == "document":
                raise invalid(f"{where}: `document` blocks are not permitted in `assistant` messages")
            if role == "user" and block["type"] == "text" and block.get("citations"):
                raise invalid(f"{where}.text.citations: citations are not permitted in `user` messages")


def _check_size(body: Body, model: Model) -> None:
    wanted = body.get("max_tokens")
    if isinstance(wanted, int) and wanted > model.max_output:
        raise invalid(
            f"max_tokens: {wanted} > {model.max_output}, which is the maximum allowed number of output "
            f"tokens for {model.id}"
        )


def _check_turns(body: Body, model: Model) -> None:
    said = list(turns(body))
    if said[-1][0] == "assistant":
        if not model.prefill:
            raise invalid(
                "This model does not support assistant message prefill. "
                "The conversation must end with a user message."
            )
        blocks = blocks_of(said[-1][1])
        if blocks and str(blocks[-1].get("text", "")) != str(blocks[-1].get("text", "")).rstrip():
            raise invalid("messages: final assistant content cannot end with trailing whitespace")
    for index, (role, _) in enumerate(said):
        if role == "system":
            _check_system_turn(index, said, model)
    _check_tool_pairs(said)


def _check_system_turn(index: int, said: list[tuple[str, object]], model: Model) -> None:
    if not model.system_turns:
        raise invalid(f"messages.{index}.role: role 'system' is not supported for this model")
    follows = index > 0 and said[index - 1][0] == "user"
    if not follows or (index + 1 < len(said) and said[index + 1][0] != "assistant"):
        raise invalid(
            f"messages.{index}: a system message must follow a user message "
            "and be last or be followed by an assistant message"
        )


def _check_tool_pairs(said: list[tuple[str, object]]) -> None:
    waiting: list[str] = []
    for index, (role, content) in enumerate(said):
        if isinstance(content, str) and not waiting:
            continue
        blocks = blocks_of(content)
        if waiting or role == "user":
            _check_results(blocks, waiting, index)
        waiting = [
            str(block["id"]) for block in blocks if role == "assistant" and block["type"] == "tool_use"
        ]


def _check_results(blocks: Blocks, waiting: list[str], index: int) -> None:
    results = [str(block["tool_use_id"]) for block in blocks if block["type"] == "tool_result"]
    missing = [one for one in waiting if one not in results]
    if missing:
        raise invalid(
            f"messages.{index - 1}: `tool_use` ids were found without `tool_result` blocks immediately "
            f"after: {', '.join(missing)}. Each `tool_use` block must have a corresponding `tool_result` "
            "block in the next message."
        )
    for one in results:
        if one not in waiting:
            raise invalid(
                f"messages.{index}.content.0: unexpected `tool_use_id` found in `tool_result` blocks: {one}. "
                "Each `tool_result` block must have a corresponding `tool_use` block in the previous message."
            )


def _check_thinking(body: Body, model: Model) -> None:
    thinking = body.get("thinking")
    if not isinstance(thinking, dict):
        return
    kind = thinking.get("type")
    if kind not in ("adaptive", "enabled", "disabled", "between_tools"):
        raise invalid(
            f"thinking: Input tag '{kind}' found using 'type' does not match any of the expected tags"
        )
    if kind not in model.thinking_types:
        raise invalid(_refused_thinking(str(kind), model))
    if kind in {"disabled", "between_tools"} and _effort(body) in HIGH_EFFORTS and model.thinking == "on":
        if model.id != "claude-sonnet-5":
            raise invalid(
                f'"thinking.type.{kind}" is not supported at effort {_effort(body)} for this model.'
            )
    elif kind == "enabled":
        _check_budget(thinking.get("budget_tokens"), body)


def _refused_thinking(kind: str, model: Model) -> str:
    if kind == "adaptive":
        return "adaptive thinking is not supported on this model"
    refused = f'"thinking.type.{kind}" is not supported for this model.'
    if kind == "disabled" and "between_tools" in model.thinking_types:
        return f'{refused} Use "thinking.type.between_tools" instead.'
    if kind == "disabled" and model.id != "claude-opus-5-5":
        return f"{refused} Thinking defaults to adaptive mode when not specified; {ADAPT}"
    return f"{refused} {ADAPT}"


def _check_budget(budget: object, body: Body) -> None:
    if not isinstance(budget, int):
        raise invalid("thinking.enabled.budget_tokens: Field required")
    if budget < MIN_BUDGET:
        raise invalid(
            f"thinking.enabled.budget_tokens: Input should be greater than or equal to {MIN_BUDGET}"
        )
    wanted = body.get("max_tokens")
    if isinstance(wanted, int) and budget >= wanted:
        raise invalid("`max_tokens` must be greater than `thinking.budget_tokens`.")
    if list(turns(body))[-1][0] == "assistant":
        raise invalid("Prefilling assistant messages is not supported with thinking.")


def _effort(body: Body) -> object:
    config = body.get("output_config")
    return config.get("effort") if isinstance(config, dict) else None


def _check_effort(body: Body, model: Model) -> None:
    effort = _effort(body)
    if effort is None:
        return
    if not model.efforts:
        raise invalid("This model does not support the effort parameter.")
    if effort not in model.efforts:
        raise invalid(f"output_config.effort: Input should be one of {', '.join(map(repr, model.efforts))}")


def _check_choice(body: Body, model: Model) -> None:
    choice = body.get("tool_choice")
    if not isinstance(choice, dict) or choice.get("type") not in ("any", "tool"):
        return
    if not body.get("tools"):
        raise invalid("tool_choice: tools must be given when tool_choice is `any` or `tool`")
    if not model.forced_tools:
        raise invalid(
            f'tool_choice.type "{choice["type"]}" is not supported for this model. Use "auto" or "none".'
        )
    thinking = body.get("thinking")
    if isinstance(thinking, dict) and thinking.get("type") == "enabled":
        raise invalid("Thinking may not be enabled when tool_choice forces tool use.")


def check_window(input_tokens: int, window: int) -> None:
    """Raise `ApiError` for a prompt that is larger than the model's window."""
    if input_tokens > window:
        raise invalid(f"prompt is too long: {input_tokens} tokens > {window} maximum")
