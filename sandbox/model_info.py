"""GET /v1/models and /v1/models/{id}: what each model is and can do."""

from sandbox.catalog import ALL_EFFORTS, KNOWN, LEGACY, MODELS, RETIRED, Model
from sandbox.errors import ApiError, invalid
from sandbox.exchange import Exchange
from sandbox.faults import encoded
from sandbox.pages import page_of
from sandbox.parts import Caller, Parts

LIFECYCLES = frozenset({"active", "deprecated", "retired"})
SHOWN_BY_DEFAULT = ["active", "deprecated"]
THINKING = ("adaptive", "enabled", "disabled", "between_tools")


async def list_models(exchange: Exchange, parts: Parts, caller: Caller) -> None:  # noqa: ARG001  all endpoints look alike
    """Answer one page of the catalogue, the newest model first."""
    parameters = exchange.request.parameters()
    wanted = parameters.get("lifecycle[]") or parameters.get("lifecycle") or SHOWN_BY_DEFAULT
    if unknown := set(wanted) - LIFECYCLES:
        raise invalid(f"lifecycle: Input should be 'active', 'deprecated' or 'retired', not '{min(unknown)}'")
    shown = [(model.id, model) for model in (*MODELS, *RETIRED, *LEGACY) if model.lifecycle in wanted]
    frame, models = page_of(shown, parameters)
    exchange.respond(200, encoded({"data": [info_of(model) for model in models], **frame}))


async def retrieve_model(exchange: Exchange, parts: Parts, caller: Caller, model_id: str) -> None:  # noqa: ARG001  as above
    """Answer one model, by id or alias."""
    if (model := KNOWN.get(model_id)) is None:
        raise ApiError(404, f"model: {model_id}")
    exchange.respond(200, encoded(info_of(model)))


def info_of(model: Model) -> dict[str, object]:
    """Return the model as the API shows it."""
    return {
        "type": "model",
        "id": model.id,
        "display_name": model.name,
        "created_at": _midnight(model.released),
        "lifecycle": model.lifecycle,
        "deprecated_at": _midnight(model.deprecated),
        "retires_at": _midnight(model.retires),
        "line": model.line,
        "max_input_tokens": model.window,
        "max_tokens": model.max_output,
        "capabilities": _capabilities(model),
    }


def _capabilities(model: Model) -> dict[str, object]:
    served = not model.legacy
    thinking = {name: _supported(name in model.thinking_types) for name in THINKING}
    efforts = {name: _supported(name in model.efforts) for name in ALL_EFFORTS}
    plain = ("batch", "citations", "code_execution", "image_input", "pdf_input", "structured_outputs")
    return {
        **{name: _supported(served) for name in plain},
        "thinking": _supported(bool(model.thinking_types)) | {"types": thinking},
        "effort": _supported(bool(model.efforts)) | efforts,
        "context_management": _supported(served),
        "server_tools": _supported(served)
        | {"web_search": _supported(served), "code_execution": _supported(served)},
    }


def _supported(supported: bool) -> dict[str, object]:
    return {"supported": supported}


def _midnight(day: str | None) -> str | None:
    return None if day is None else f"{day}T00:00:00Z"
