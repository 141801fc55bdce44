"""`/v1/webhooks/deliveries`: what webhooks were told, how that went, and telling them again."""

from typing import Annotated

from litestar import Controller, get, post
from litestar.params import FromPath, QueryParameter

from api.given import GivenClock, GivenCursors, GivenStore, GivenTenant
from api.ids import is_id
from api.native.errors import ErrorBody
from api.native.queries import DEFAULT_LISTED, PLAIN, Cursor, Limit
from api.native.webhook_views import DeliveryDetail, DeliveryPage, view_delivery, view_delivery_in_full
from api.openapi import CHANGING, READING, refusals
from jobs.errors import NotFoundError
from jobs.ids import DELIVERY_PREFIX
from jobs.store.store import Transaction
from jobs.webhooks.delivery import Delivery

SubjectFilter = Annotated[
    str | None, QueryParameter(pattern=PLAIN, description="Only what was told of this batch.")
]


class DeliveriesController(Controller):
    """The endpoints of webhooks' deliveries."""

    path = "/v1/webhooks/deliveries"
    tags = ("webhooks",)

    @get(
        "/",
        sync_to_thread=True,
        summary="List deliveries, newest first",
        responses=refusals(ErrorBody, READING),
    )
    def list_deliveries(
        self,
        store: GivenStore,
        cursors: GivenCursors,
        tenant: GivenTenant,
        subject_id: SubjectFilter = None,
        limit: Limit = DEFAULT_LISTED,
        cursor: Cursor = None,
    ) -> DeliveryPage:
        """Return one page of what webhooks were told, or are about to be."""
        scope = ("deliveries", tenant, subject_id)
        after = cursors.open(cursor, scope) if cursor is not None else None
        with store.read() as tx:
            found = tx.deliveries.list(tenant=tenant, subject_id=subject_id, after=after, limit=limit + 1)
        page = found[:limit]
        next_cursor = cursors.seal(page[-1].id, scope) if len(found) > limit else None
        return DeliveryPage(data=[view_delivery(each) for each in page], next_cursor=next_cursor)

    @get(
        "/{delivery_id:str}",
        sync_to_thread=True,
        summary="Show a delivery with its payload and attempts",
        responses=refusals(ErrorBody, READING),
    )
    def get_delivery(
        self, store: GivenStore, tenant: GivenTenant, delivery_id: FromPath[str]
    ) -> DeliveryDetail:
        """Return a delivery, the exact JSON that is sent, and every attempt."""
        with store.read() as tx:
            return _in_full(tx, delivery_id, tenant)

    @post(
        "/{delivery_id:str}/resend",
        status_code=200,
        sync_to_thread=True,
        summary="Send a delivery again",
        responses=refusals(ErrorBody, CHANGING),
    )
    def resend_delivery(
        self, store: GivenStore, clock: GivenClock, tenant: GivenTenant, delivery_id: FromPath[str]
    ) -> DeliveryDetail:
        """Have the delivery sent now, under the same id, and retried for a day if that fails."""
        with store.write() as tx:
            tx.deliveries.resend(_find(tx, delivery_id, tenant).id, now=clock())
            return _in_full(tx, delivery_id, tenant)


def _in_full(tx: Transaction, delivery_id: str, tenant: str) -> DeliveryDetail:
    delivery = _find(tx, delivery_id, tenant)
    return view_delivery_in_full(
        delivery, payload=tx.deliveries.payload(delivery_id), attempts=tx.deliveries.attempts(delivery_id)
    )


def _find(tx: Transaction, delivery_id: str, tenant: str) -> Delivery:
    found = tx.deliveries.get(delivery_id, tenant=tenant) if is_id(delivery_id, DELIVERY_PREFIX) else None
    if found is None:
        raise NotFoundError(f"there is no delivery {delivery_id[:80]!r}")
    return found
