"""Keys: what a caller shows to be let in, and what is kept of it."""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from jobs.ids import ALPHABET

KEY_PREFIX = "pm"
ID_LENGTH = 10
SECRET_LENGTH = 40  # characters of five random bits each: out of reach of any guessing
LONGEST_NAME = 100
TOKEN = re.compile(
    rf"(?P<id>{KEY_PREFIX}-[{ALPHABET}]{{{ID_LENGTH}}})-[{ALPHABET}]{{{SECRET_LENGTH}}}", re.ASCII
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A key as its owner has it, `pm-<id>-<secret>`; we see it when it is made and whenever it is shown."""

    id: str
    """Its beginning, by which it is listed."""
    text: str = field(repr=False)

    @classmethod
    def make(cls) -> Self:
        """Return a new one."""
        key_id = f"{KEY_PREFIX}-{_random(ID_LENGTH)}"
        return cls(id=key_id, text=f"{key_id}-{_random(SECRET_LENGTH)}")

    @classmethod
    def read(cls, text: str) -> Self | None:
        """Return what a caller has shown, None if that can be no key of ours."""
        form = TOKEN.fullmatch(text)
        return None if form is None else cls(id=form["id"], text=text)

    def digest(self) -> str:
        """Return what is kept of it, in hex.

        SHA-256 without salt or stretching: these slow down the guessing of what people choose, and there is
        no guessing two hundred random bits. So a check costs a microsecond on every request.
        """
        return hashlib.sha256(self.text.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """What is kept of a key."""

    id: str
    tenant: str
    name: str | None
    """What its maker calls it."""
    digest: str = field(repr=False)
    created_at: datetime
    revoked_at: datetime | None = None

    def is_good(self, token: Token) -> bool:
        """Whether `token` is this key, and it was not revoked; takes the same time for any wrong one."""
        return hmac.compare_digest(token.digest(), self.digest) and self.revoked_at is None


def _random(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))
