"""`/v1/models`: the models that Claude's API has; without a key, those that are known here."""

from typing import Annotated

from litestar import Controller, MediaType, Response, get
from litestar.params import FromPath, QueryParameter

from api.anthropic.batches import DEFAULT_LISTED, Limit
from api.anthropic.catalogue import SHOWN_BY_DEFAULT, ModelInfo, ModelPage, Wanted, find_model, list_models
from api.anthropic.errors import ErrorBody
from api.connection import HttpRequest
from api.given import GivenRelay
from api.openapi import READING, refusals
from api.submission import kept_headers
from jobs.errors import NotFoundError

AfterId = Annotated[str | None, QueryParameter(description="Only models older than this one.")]
BeforeId = Annotated[str | None, QueryParameter(description="Only models newer than this one.")]
Lifecycles = Annotated[
    list[str] | None,
    QueryParameter(name="lifecycle[]", description="`active`, `deprecated`, `retired`; else the first two."),
]


class ModelsController(Controller):
    """The Models endpoints; source: `resources/models.py` of the official SDK."""

    path = "/v1/models"
    tags = ("models",)

    @get("/", summary="List models, newest first", responses=refusals(ErrorBody, READING))
    async def list_models(
        self,
        request: HttpRequest,
        relay: GivenRelay,
        limit: Limit = DEFAULT_LISTED,
        after_id: AfterId = None,
        before_id: BeforeId = None,
        lifecycles: Lifecycles = None,
    ) -> ModelPage | Response[bytes]:
        """Return the page after one model or before another."""
        if relay.has_key:
            query = list(request.query_params.multi_items())
            return _as_it_came(await relay.models(query, kept_headers(request)))
        return list_models(
            Wanted(
                limit=limit,
                after_id=after_id,
                before_id=before_id,
                lifecycles=lifecycles or SHOWN_BY_DEFAULT,
            )
        )

    @get("/{model_id:str}", summary="Retrieve a model", responses=refusals(ErrorBody, READING))
    async def retrieve(
        self, request: HttpRequest, relay: GivenRelay, model_id: FromPath[str]
    ) -> ModelInfo | Response[bytes]:
        """Return a model by its id or alias."""
        if relay.has_key:
            return _as_it_came(await relay.model(model_id, kept_headers(request)))
        if (found := find_model(model_id)) is None:
            raise NotFoundError(f"model: {model_id[:80]}")
        return found


def _as_it_came(body: bytes) -> Response[bytes]:
    return Response(body, media_type=MediaType.JSON)
