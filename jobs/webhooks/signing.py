"""Signatures by the Standard Webhooks specification, with a secret for each tenant that is kept nowhere."""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime

from standardwebhooks import Webhook

SERIALIZED = "whsec_"  # how the specification marks a secret
PURPOSE = b"promptmill webhook secret\0"


class WebhookSigner:
    """Signs with secrets that are derived from a master and a tenant's name.

    With several masters, newest first, each gives a signature of its own: so a receiver that knows either
    secret accepts what is sent while one is replaced by the next.
    """

    def __init__(self, masters: Sequence[str]) -> None:
        self._masters = tuple(masters)

    def __repr__(self) -> str:
        return f"<WebhookSigner with {len(self._masters)} masters>"

    @property
    def can_sign(self) -> bool:
        """Whether there is a master."""
        return bool(self._masters)

    def secret(self, tenant: str) -> str:
        """Return the newest secret with which the tenant's receivers verify, as `whsec_...`."""
        return _derived(self._masters[0], tenant)

    def headers(self, delivery_id: str, payload: str, *, tenant: str, at: datetime) -> dict[str, str]:
        """Return the headers that go with `payload` when it is sent at `at`."""
        signatures = [
            Webhook(_derived(master, tenant)).sign(delivery_id, at, payload) for master in self._masters
        ]
        return {
            "webhook-id": delivery_id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": " ".join(signatures),
        }


def _derived(master: str, tenant: str) -> str:
    key = hmac.new(master.encode(), PURPOSE + tenant.encode(), hashlib.sha256).digest()
    return SERIALIZED + base64.b64encode(key).decode()
