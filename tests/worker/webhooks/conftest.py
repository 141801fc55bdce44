import pytest

from jobs.clock import utc_now
from jobs.webhooks.signing import WebhookSigner
from tests.receiver import receiving
from worker.maintenance.deliverer import Deliverer
from worker.webhooks.sender import Sender

MASTER = "a master secret of enough length"


@pytest.fixture
def receiver():
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def signer():
    return WebhookSigner([MASTER])


@pytest.fixture
def make_sender(signer):
    """Return a sender that may reach the loopback."""

    def make(**changes):
        return Sender(**{"signer": signer, "allows_inside": True, "clock": utc_now, **changes})

    return make


@pytest.fixture
def deliverer(store, make_sender):
    return Deliverer(store=store, sender=make_sender())
