"""Whether a submission may name a webhook, and this one."""

from jobs.settings import Settings
from jobs.webhooks.destination import WebhookRefusedError, check_url


def check_webhook(url: str, settings: Settings) -> None:
    """Raise `WebhookRefusedError` if nothing could be sent to `url`, or nothing that it could trust."""
    if not settings.webhook_masters:
        raise WebhookRefusedError(
            "this server sends no webhooks: it has nothing to sign them with, "
            "set PROMPTMILL_WEBHOOK_SECRET for the api and the workers"
        )
    check_url(url, allows_inside=settings.allows_private_webhooks)
