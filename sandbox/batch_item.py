"""The result of one request of a batch."""

from dataclasses import replace

import msgspec

from sandbox.batch import Batch, Item
from sandbox.catalog import Model
from sandbox.checks import Body
from sandbox.conversation import Conversation, count_tokens, read_conversation
from sandbox.errors import ApiError, invalid
from sandbox.faults import error_asked_for
from sandbox.ids import Ids
from sandbox.message_checks import check_body
from sandbox.prompt_cache import UNUSED
from sandbox.rules import check_rules, check_window, served_model
from sandbox.script import Plan, scripts_in
from sandbox.settings import Settings
from sandbox.writer import Writer

LONG_OUTPUT = "output-300k-2026-03-24"
LONG_OUTPUT_TOKENS = 300_000
LONG_WINDOW = 1_000_000
NOT_IN_BATCHES = ("stream", "speed")
OVERLOADED = frozenset({429, 529})
MOST_TRIES = 10

Result = dict[str, object]


def result_of(item: Item, batch: Batch, *, ids: Ids, settings: Settings) -> Result | None:
    """Return the result of one request; None if its script says that it never comes to an end."""
    try:
        body = msgspec.json.decode(item.params)
        if not isinstance(body, dict):
            raise invalid("params: Input should be a valid dictionary or object to extract fields from")
        return _checked_result(body, batch, ids=ids, settings=settings)
    except ApiError as error:
        return {"type": "errored", "error": error.response(ids.make("req"))}


def _checked_result(body: Body, batch: Batch, *, ids: Ids, settings: Settings) -> Result | None:
    for name in NOT_IN_BATCHES:
        if body.get(name):
            raise invalid(f"{name}: not supported in message batches")
    check_body(body, betas=batch.betas)
    if body["max_tokens"] == 0:
        raise invalid("max_tokens: Input should be greater than or equal to 1")
    model = _batch_model(str(body["model"]), batch.betas)
    check_rules(body, model, batch.version)
    talk = read_conversation(body)
    plan = _plan(talk)
    if plan.get("stuck"):
        return None
    for kind in ("expired", "canceled"):
        if plan.get(kind):
            return {"type": kind}
    if error := error_asked_for(plan):
        raise error
    if plan.get("errored"):
        raise ApiError(500)
    return {"type": "succeeded", "message": _message(body, talk, model, plan, ids=ids, settings=settings)}


def _message(
    body: Body, talk: Conversation, model: Model, plan: Plan, *, ids: Ids, settings: Settings
) -> dict[str, object]:
    input_tokens = count_tokens(body, model)
    check_window(input_tokens, model.window)
    writer = Writer(body, talk, model, plan=plan, settings=settings)
    reply = writer.write(ids.make("msg"), input_tokens=input_tokens, cache=UNUSED)
    reply.service_tier = "batch"
    return reply.message()


def _batch_model(name: str, betas: str) -> Model:
    model = served_model(name)
    long = LONG_OUTPUT in betas and model.window == LONG_WINDOW
    return replace(model, max_output=LONG_OUTPUT_TOKENS) if long else model


def _plan(talk: Conversation) -> Plan:
    """Return the plan in force once the API itself has sat out what is only load."""
    scripts = scripts_in(talk.asked)
    plan = Plan([])
    for call in range(MOST_TRIES):
        found = (script.at(call) for script in scripts)
        plan = Plan([one for one in found if one is not None])
        error = error_asked_for(plan)
        if error is None or error.status not in OVERLOADED:
            break
    return plan
