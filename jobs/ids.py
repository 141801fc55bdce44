"""Ids that sort by the time they were made."""

import secrets
import threading
import time
from itertools import islice

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32, in lower case: no i, l, o, u
TIME_BITS = 48  # milliseconds since 1970: good until the year 10889
RANDOM_BITS = 77
LENGTH = (TIME_BITS + RANDOM_BITS) // 5
PAIRS = [first + second for first in ALPHABET for second in ALPHABET]  # how neighbours in a run of ids end
PAIR_BITS = 10
LAST_PAIR = (1 << PAIR_BITS) - 1


class IdSource:
    """Makes ids that rise strictly within a process and sort by time across processes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0

    def make(self, prefix: str) -> str:
        """Return `prefix` followed by 25 characters: 48 bits of milliseconds, then 77 random bits."""
        return prefix + _encode(self._next(1), LENGTH)

    def make_many(self, prefix: str, count: int) -> list[str]:
        """Return `count` ids in rising order, as dense as one lock round allows."""
        first = self._next(count)
        start = first & LAST_PAIR
        heads = range(first >> PAIR_BITS, ((first + count) >> PAIR_BITS) + 1)
        ids = (
            head + pair for head in (prefix + _encode(each, LENGTH - 2) for each in heads) for pair in PAIRS
        )
        return list(islice(ids, start, start + count))

    def _next(self, count: int) -> int:
        fresh = (time.time_ns() // 1_000_000 << RANDOM_BITS) | secrets.randbits(RANDOM_BITS)
        with self._lock:
            first = max(fresh, self._last + 1)
            self._last = first + count - 1
        return first


def _encode(number: int, length: int) -> str:
    characters = [""] * length
    for position in range(length - 1, -1, -1):
        characters[position] = ALPHABET[number & 31]
        number >>= 5
    return "".join(characters)


IDS = IdSource()

JOB_PREFIX = "job_"
BATCH_PREFIX = "batch_"
MESSAGE_BATCH_PREFIX = "msgbatch_"
WORKER_PREFIX = "worker_"
FILE_PREFIX = "file-"  # as OpenAI writes them
DELIVERY_PREFIX = "delivery_"
EVALUATION_PREFIX = "eval_"
EVAL_RUN_PREFIX = "evalrun_"  # this and the one above as OpenAI writes them
SCHEDULE_PREFIX = "schedule_"
