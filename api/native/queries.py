"""What the native endpoints take in their query strings; anything else is refused, never ignored."""

from collections.abc import Sequence
from typing import Annotated, Any, TypeAlias

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.params import QueryParameter

from api.errors import MalformedRequestError

MOST_LISTED = 1000
DEFAULT_LISTED = 100
LONGEST_WAIT_S = 60
PLAIN = r"^[^\x00-\x1f\x7f]{1,256}(?!\n)$"  # no database takes a NUL, and no log a line end

Limit: TypeAlias = Annotated[int, QueryParameter(ge=1, le=MOST_LISTED, description="Length of a page.")]
Cursor: TypeAlias = Annotated[
    str | None, QueryParameter(description="The `next_cursor` of the page before, from the same list.")
]
Wait: TypeAlias = Annotated[
    float,
    QueryParameter(
        ge=0, le=LONGEST_WAIT_S, description="Seconds to wait for the end before it is shown as it is then."
    ),
]


async def refuse_unknown_query(
    connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler
) -> None:
    """Raise `MalformedRequestError` if the query has a name that the endpoint does not take.

    A misspelt filter that is ignored would show more than was asked for. Litestar calls this as a guard.
    """
    known = query_names(handler)
    for name in connection.query_params:
        if name not in known:
            takes = f"this endpoint takes {', '.join(known)}" if known else "this endpoint takes none"
            raise MalformedRequestError(f"unknown query parameter {name[:80]!r}: {takes}")


def query_names(handler: BaseRouteHandler) -> Sequence[str]:
    """Return the names that `handler` takes in a query."""
    fields = handler.parsed_fn_signature.parameters.values()
    return [
        field.kwarg_definition.name or field.name
        for field in fields
        if isinstance(field.kwarg_definition, QueryParameter)
    ]
