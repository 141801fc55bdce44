"""A bundle: the jobs of one Celery message, by id; bodies stay in SQL."""

import msgspec

from jobs.job import Priority

BUNDLE_SIZE = 100  # jobs; the cost of a message is shared by so many


INTERACTIVE_RANK = 0
OTHER_RANK = 1


class BundleItem(msgspec.Struct, frozen=True, array_like=True):
    """What a worker must know of a job before it claims it: enough to order it and to ask the limiter."""

    job_id: str
    model: str
    rank: int
    """Which jobs go first, whatever their virtual start times: the lower rank."""
    vstart: float
    """The job's virtual start time: within a rank the lower goes first."""
    input_tokens: int
    """Estimated."""


class Bundle(msgspec.Struct, frozen=True):
    """The payload of one `run_bundle` message."""

    items: list[BundleItem]
    dispatched_at: float
    """Unix seconds. Past the dispatch lease the stager sends the jobs again and this message is void."""


def rank_of(priority: Priority) -> int:
    """Return the rank at which a job of that priority travels and waits."""
    return INTERACTIVE_RANK if priority is Priority.INTERACTIVE else OTHER_RANK


def encode_bundle(bundle: Bundle) -> str:
    """Return the bundle as JSON text."""
    return msgspec.json.encode(bundle).decode()


def decode_bundle(text: str) -> Bundle:
    """Return the bundle in `text`; raises `msgspec.ValidationError` if it is none."""
    return msgspec.json.decode(text, type=Bundle)
