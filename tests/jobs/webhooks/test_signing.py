import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from jobs.clock import utc_now
from jobs.webhooks.signing import WebhookSigner

MASTERS = ["the newest master of all", "an older one, kept for now"]


def test_a_secret_is_the_tenants_own_and_always_the_same():
    signer = WebhookSigner(MASTERS)
    secret = signer.secret("acme")
    assert secret.startswith("whsec_")
    assert secret == WebhookSigner(MASTERS[:1]).secret("acme") != signer.secret("default")


def test_signatures_verify_with_the_secrets_of_every_master_and_no_other():
    headers = WebhookSigner(MASTERS).headers("delivery_1", '{"a": 1}', tenant="acme", at=utc_now())
    for master in MASTERS:
        assert Webhook(WebhookSigner([master]).secret("acme")).verify('{"a": 1}', headers) == {"a": 1}
    with pytest.raises(WebhookVerificationError):
        Webhook(WebhookSigner(["another master"]).secret("acme")).verify('{"a": 1}', headers)


def test_a_signer_does_not_show_its_masters():
    assert MASTERS[0] not in repr(WebhookSigner(MASTERS))
