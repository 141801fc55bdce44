"""The ledger: one line for every call, in bounded memory, and the sums over them."""

import hashlib
import sys
import time
from collections import Counter, deque
from datetime import UTC, datetime

from sandbox.ids import Ids, rfc3339

TEXT_KEPT = 120
OK = 200


class Call:
    """One call as it is remembered; `ended` is open, finished, failed (cut off by us) or disconnected."""

    __slots__ = (
        "beta", "digest", "ended", "key", "marker", "method", "model", "path", "seconds", "sequence",
        "started_at", "status", "stream", "text", "version",
    )  # fmt: skip

    def __init__(self, sequence: int, method: str, path: str) -> None:
        self.sequence = sequence
        self.started_at = time.time()
        self.method = sys.intern(method)
        self.path = sys.intern(path) if path.count("/") <= len("///") else path
        self.model: str | None = None
        self.digest: bytes | None = None
        self.marker: str | None = None
        self.text: str = ""
        self.status = 0
        self.stream = False
        self.ended = "open"
        self.seconds = 0.0
        self.version = ""
        self.beta = ""
        self.key = ""


def digest_of(text: str) -> bytes:
    """Return a short digest that stands for a prompt."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()


class Ledger:
    """Remembers the last `size` calls, and sums over all since it was last emptied."""

    def __init__(self, *, size: int, ids: Ids) -> None:
        self._size = size
        self._ids = ids
        self._sequence = 0
        self._in_flight = 0
        self.clear()

    def clear(self) -> None:
        """Forget all calls and sums; what is in flight stays counted."""
        self._calls: deque[Call] = deque()
        self._by_status: Counter[int] = Counter()
        self._by_model: Counter[str] = Counter()
        self._by_end: Counter[str] = Counter()
        self._prompts: Counter[bytes] = Counter()
        self._answered: Counter[bytes] = Counter()
        self._total = 0
        self._peak = self._in_flight

    @property
    def in_flight(self) -> int:
        """How many calls are being worked on."""
        return self._in_flight

    def begin(self, method: str, path: str) -> Call:
        """Write down that a call has come in."""
        self._sequence += 1
        call = Call(self._sequence, method, path)
        self._calls.append(call)
        self._total += 1
        self._in_flight += 1
        self._peak = max(self._peak, self._in_flight)
        if len(self._calls) > self._size:
            self._forget(self._calls.popleft())
        return call

    def prompt(self, call: Call, digest: bytes, text: str) -> int:
        """Write down what a call asks; returns how often that was asked before."""
        call.digest = digest
        call.text = text[:TEXT_KEPT]
        before = self._prompts[digest]
        self._prompts[digest] = before + 1
        return before

    def end(self, call: Call, status: int, how: str) -> None:
        """Write down what became of a call."""
        call.status, call.ended = status, how
        call.seconds = time.time() - call.started_at
        self._in_flight -= 1
        self._by_status[status] += 1
        self._by_end[how] += 1
        if call.model is not None:
            self._by_model[call.model] += 1
        if call.digest is not None and how == "finished" and status == OK:
            self._answered[call.digest] += 1

    def calls(self, wanted: dict[str, str], limit: int) -> list[dict[str, object]]:
        """Return the newest calls that match, oldest first."""
        found: list[dict[str, object]] = []
        for call in reversed(self._calls):
            if len(found) == limit:
                break
            if _matches(call, wanted):
                found.append(self._shown(call))
        return found[::-1]

    def count(self, wanted: dict[str, str]) -> int:
        """Return how many of the remembered calls match."""
        return sum(_matches(call, wanted) for call in self._calls)

    def summary(self) -> dict[str, object]:
        """Return the sums over all calls since the ledger was last emptied."""
        return {
            "total": self._total,
            "remembered": len(self._calls),
            "by_status": {str(status): count for status, count in sorted(self._by_status.items())},
            "by_model": dict(self._by_model),
            "by_end": dict(self._by_end),
            "in_flight": self._in_flight,
            "peak_in_flight": self._peak,
            "prompts": len(self._prompts),
            "prompts_called_more_than_once": sum(count > 1 for count in self._prompts.values()),
            "prompts_answered_more_than_once": sum(count > 1 for count in self._answered.values()),
            "most_calls_of_one_prompt": max(self._prompts.values(), default=0),
        }

    def _forget(self, call: Call) -> None:
        if call.digest is None:
            return
        for counter in (self._prompts, self._answered):
            counter[call.digest] -= 1
            if counter[call.digest] <= 0:
                del counter[call.digest]

    def _shown(self, call: Call) -> dict[str, object]:
        return {
            "sequence": call.sequence,
            "request_id": self._ids.request(call.sequence),
            "at": rfc3339(datetime.fromtimestamp(call.started_at, UTC)),
            "seconds": round(call.seconds, 6),
            "method": call.method,
            "path": call.path,
            "model": call.model,
            "prompt": call.digest.hex() if call.digest else None,
            "text": call.text,
            "marker": call.marker,
            "status": call.status,
            "stream": call.stream,
            "ended": call.ended,
            "anthropic_version": call.version,
            "anthropic_beta": call.beta,
            "key": call.key,
        }


def _matches(call: Call, wanted: dict[str, str]) -> bool:
    for name, value in wanted.items():
        if name == "text":
            if value not in call.text:
                return False
        elif name == "status":
            if str(call.status) != value:
                return False
        elif name == "stream":
            if call.stream != (value == "true"):
                return False
        elif getattr(call, name) != value:
            return False
    return True
