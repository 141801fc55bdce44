"""Ids and times as the API writes them."""

import secrets
from datetime import UTC, datetime
from functools import lru_cache

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
LENGTH = 10


class Ids:
    """Makes ids that differ between runs and rise within one, so that none needs to be remembered."""

    def __init__(self) -> None:
        self._run = "".join(secrets.choice(ALPHABET) for _ in range(10))
        self._last = 0

    def make(self, prefix: str) -> str:
        """Return a new id such as `msg_01...`."""
        self._last += 1
        return f"{prefix}_01{self._run}{spelled(self._last)}"

    def request(self, sequence: int) -> str:
        """Return the request id of a call, by its place in the ledger."""
        return f"req_011C{self._run}{spelled(sequence)}"


def spelled(number: int) -> str:
    """Return a number in base 58, ten characters wide."""
    digits = []
    while number:
        number, digit = divmod(number, 58)
        digits.append(ALPHABET[digit])
    return "".join(reversed(digits)).rjust(LENGTH, ALPHABET[0])


def rfc3339(moment: datetime) -> str:
    """Return a time as `2024-09-24T18:37:24.100435Z`."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@lru_cache(maxsize=1024)
def rfc3339_second(epoch_s: int) -> str:
    """Return a time as `2024-03-26T20:00:00Z`, the way rate-limit headers have it."""
    return datetime.fromtimestamp(epoch_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def utc_now() -> datetime:
    """Return the time, in UTC."""
    return datetime.now(UTC)
