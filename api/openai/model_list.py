"""`/openai/v1/models`: the models that Claude's API has, as OpenAI lists them."""

from datetime import datetime
from typing import Literal

import msgspec
from litestar import Controller, get
from litestar.params import FromPath

from api.anthropic.catalogue import SHOWN_BY_DEFAULT, Wanted, find_model, list_models
from api.given import GivenRelay
from api.openai.errors import ErrorBody
from api.openai.moments import unix
from api.openapi import READING, refusals
from claude.models import without_prefix
from jobs.errors import NotFoundError

MOST_LISTED = 1000


class ModelObject(msgspec.Struct, frozen=True, kw_only=True):
    """A model."""

    id: str
    object: Literal["model"] = "model"
    created: int
    """When it came out, in Unix seconds; 0 where that is not known."""
    owned_by: Literal["anthropic"] = "anthropic"


class ModelList(msgspec.Struct, frozen=True):
    """All of them, in one page."""

    data: list[ModelObject]
    object: Literal["list"] = "list"


class _Model(msgspec.Struct, frozen=True):
    id: str
    created_at: datetime


class _Models(msgspec.Struct, frozen=True):
    data: list[_Model]


_decode_models = msgspec.json.Decoder(_Models).decode
_decode_model = msgspec.json.Decoder(_Model).decode


class OpenAIModelsController(Controller):
    """The endpoints of models; without a key of this server's own, they tell what is known here."""

    path = "/openai/v1/models"
    tags = ("openai",)

    @get("/", summary="List the models, newest first", responses=refusals(ErrorBody, READING))
    async def list_models(self, relay: GivenRelay) -> ModelList:
        """Return the models that are served, in one page."""
        if relay.has_key:
            page = await relay.models([("limit", str(MOST_LISTED))], {})
            return ModelList([_view(model.id, model.created_at) for model in _decode_models(page).data])
        wanted = Wanted(limit=MOST_LISTED, after_id=None, before_id=None, lifecycles=SHOWN_BY_DEFAULT)
        return ModelList(
            [_view(model.id, datetime.fromisoformat(model.created_at)) for model in list_models(wanted).data]
        )

    @get("/{model_id:path}", summary="Retrieve a model", responses=refusals(ErrorBody, READING))
    async def retrieve(self, relay: GivenRelay, model_id: FromPath[str]) -> ModelObject:
        """Return a model by its id or alias, which may carry the prefix `anthropic/`."""
        name = without_prefix(model_id.removeprefix("/"))
        if relay.has_key:
            found = _decode_model(await relay.model(name, {}))
            return _view(name, found.created_at)
        known = find_model(name)
        if known is None:
            raise NotFoundError(f"The model '{name[:80]}' does not exist.")
        return _view(name, datetime.fromisoformat(known.created_at))


def _view(name: str, created_at: datetime) -> ModelObject:
    return ModelObject(id=name, created=max(0, unix(created_at)))
