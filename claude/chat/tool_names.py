"""Names and ids as Claude takes them, where OpenAI's format allows more."""

import re
from collections.abc import Iterable

LONGEST_NAME = 64

_LEGAL = re.compile(r"[a-zA-Z0-9_-]+")
_ILLEGAL = re.compile(r"[^a-zA-Z0-9_-]")


class SentNames:
    """Gives each name a legal one that no other has; legal names stay as they are."""

    def __init__(self, names: Iterable[str], *, longest: int | None = None) -> None:
        self._longest = longest
        names = list(dict.fromkeys(names))
        self._sent = {name: name for name in names if self._is_legal(name)}
        self._taken = set(self._sent)
        for name in names:
            self.sent(name)

    def sent(self, name: str) -> str:
        """Return the name under which this one is sent."""
        if name not in self._sent:
            self._sent[name] = self.free(_ILLEGAL.sub("_", name)[: self._longest])
        return self._sent[name]

    def replaced(self) -> dict[str, str]:
        """Return the caller's names by the names sent for them, where the two differ."""
        return {sent: name for name, sent in self._sent.items() if sent != name}

    def _is_legal(self, name: str) -> bool:
        is_short = self._longest is None or len(name) <= self._longest
        return is_short and _LEGAL.fullmatch(name) is not None

    def free(self, wanted: str) -> str:
        """Take a name that is not taken yet, as near to the one wanted as can be."""
        name, number = wanted, 1
        while name in self._taken:
            number += 1
            ending = f"_{number}"
            name = wanted[: None if self._longest is None else self._longest - len(ending)] + ending
        self._taken.add(name)
        return name
